// The table of contents of a safetensors file.

#ifndef SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_HEADER_H_
#define SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_HEADER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/io/byte_source.h"

namespace sconce {

struct SafetensorsHeader {
  struct Tensor {
    std::string name;
    std::string dtype;  // as PyTorch says it
    std::vector<int64_t> shape;
    uint64_t begin = 0, end = 0;  // within the data
  };
  uint64_t data_offset = 0;     // of the data in the file
  std::vector<Tensor> tensors;  // by position
  std::vector<std::pair<std::string, std::string>> metadata;
};

// As strict as the format's reference implementation (github.com/huggingface/safetensors,
// safetensors/src/tensor.rs). INVALID_ARGUMENT: damaged. Every tensor's bytes fit its shape, they
// follow each other without holes, and they end where the file ends.
absl::StatusOr<SafetensorsHeader> ReadSafetensorsHeader(const ByteSource& source);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_HEADER_H_
