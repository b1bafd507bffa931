// Whatever the bytes, InferReader and the generated parser agree. The first byte says how the rest
// is cut into slices.

#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/rpc/reader_oracle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::SetLogHandler(nullptr);
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string difference = sconce::testing::DifferenceFromGenerated(bytes, 1 + data[0]);
  if (difference.empty()) return 0;
  std::fprintf(stderr, "the readers differ: %s\n", difference.c_str());
  std::abort();
}
