// The files that tests/data/make_torch_files.py wrote, and what is in them.

#ifndef SCONCE_TESTS_FORMATS_TORCH_FILES_H_
#define SCONCE_TESTS_FORMATS_TORCH_FILES_H_

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "server/formats/tensors/stored_tensor.h"
#include "server/formats/torch/torch_file.h"

namespace sconce::testing {

const nlohmann::ordered_json& ExpectedTorchFiles();

std::string ReadTorchFile(const std::string& name);
absl::StatusOr<std::shared_ptr<TorchFile>> OpenTorchFile(const std::string& name);
// Of bytes that are copied.
absl::StatusOr<std::shared_ptr<TorchFile>> OpenTorchBytes(const std::string& bytes);

// The value of `key` in the dict that is the file's root; fails the test when there is none.
const PickleValue& EntryOf(const TorchFile& file, const std::string& key);

// The elements in row-major order, whatever their strides.
absl::StatusOr<std::string> ElementBytes(const StoredTensor& tensor);

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_FORMATS_TORCH_FILES_H_
