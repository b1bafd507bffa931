// Which argument each input of a request belongs to.

#ifndef SCONCE_SERVER_RUNTIME_INPUT_ADDRESSES_H_
#define SCONCE_SERVER_RUNTIME_INPUT_ADDRESSES_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/runtime/signature.h"
#include "server/runtime/value.h"

namespace sconce {

struct InputAddress {
  size_t argument = 0;  // index into the signature's inputs
  // "0" of "xs.0", "left" of "pair.left": part of an argument made of several tensors; else empty.
  // Points into the input's name.
  std::string_view element;
};

// NAME.0, NAME.1 and so on make up one argument.
bool HasElements(ArgumentKind kind);

// "7" is 7; nothing for what is no index ("07", "-1", "x").
std::optional<size_t> ParseIndex(std::string_view text);

// One address for each input, in order. All inputs are named, or all are positions (INPUT__0 ...).
// INVALID_ARGUMENT: an unknown name or position, or a mixture.
absl::StatusOr<std::vector<InputAddress>> AddressInputs(const Signature& signature,
                                                        const std::vector<NamedValue>& inputs);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_INPUT_ADDRESSES_H_
