// Tensors as safetensors: one file, or several and the index that Hugging Face's libraries read.
// Format: the crate safetensors 0.8, tensor.rs (serialize); transformers, modeling_utils.py
// (save_pretrained).

#ifndef SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_WRITER_H_
#define SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_WRITER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/formats/io/output_files.h"
#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

using SafetensorsMetadata = std::vector<std::pair<std::string, std::string>>;

// Tensors of a shared storage are written each in full, as the format has it. With `shard_bytes`,
// files of at most that much tensor data (unless one tensor is larger), in the tensors' order, and
// "model.safetensors.index.json"; where one is enough, "model.safetensors" alone.
// FAILED_PRECONDITION: a type that the format has no name for.
absl::Status WriteSafetensors(const std::vector<StoredTensor>& tensors,
                              const SafetensorsMetadata& metadata, uint64_t shard_bytes,
                              OutputFiles& out);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_WRITER_H_
