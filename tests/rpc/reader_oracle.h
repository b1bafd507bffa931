// What the generated parser says about a message, and whether InferReader says the same. Any bytes
// will do: tests feed it mutations, the fuzzer whatever it finds.

#ifndef SCONCE_TESTS_RPC_READER_ORACLE_H_
#define SCONCE_TESTS_RPC_READER_ORACLE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace sconce::testing {

// "" when both agree, else how they differ. `slice`: size of the pieces the bytes arrive in.
std::string DifferenceFromGenerated(std::string_view bytes, size_t slice);

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_RPC_READER_ORACLE_H_
