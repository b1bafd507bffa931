// TorchFile in the stream that torch.save wrote before PyTorch 1.6, and still writes with
// _use_new_zipfile_serialization=False. Format: torch/serialization.py, _legacy_save.

#ifndef SCONCE_SERVER_FORMATS_TORCH_TORCH_LEGACY_FILE_H_
#define SCONCE_SERVER_FORMATS_TORCH_TORCH_LEGACY_FILE_H_

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/formats/torch/torch_file.h"

namespace sconce {

class TorchLegacyFile final : public TorchFile {
 public:
  static absl::StatusOr<std::shared_ptr<TorchFile>> Open(std::shared_ptr<const ByteSource> source);

  std::string_view container() const override { return "legacy torch stream"; }
  absl::StatusOr<std::string> Digest() override;

 protected:
  absl::StatusOr<Place> FindPersistent(const PickleValue& reference) override;

 private:
  // A storage that the pickle names.
  struct Storage {
    uint64_t element_size = 0;
    uint64_t size = 0;      // in bytes, as the pickle claims
    uint64_t position = 0;  // of its first byte in the file
    std::shared_ptr<const StorageBytes> bytes = nullptr;
  };

  TorchLegacyFile(std::shared_ptr<const ByteSource> source, PickleDocument document)
      : TorchFile(std::move(document)), source_(std::move(source)) {}

  // By what the object's pickle says.
  absl::Status CollectStorages();
  // By what lies in the file from `position` on, in the order of the list of keys.
  absl::Status LocateStorages(const PickleValue& keys, uint64_t position);
  absl::StatusOr<uint64_t> LocateStorage(const std::string& key, uint64_t position);

  const std::shared_ptr<const ByteSource> source_;
  std::unordered_map<std::string, Storage> storages_;  // by key
  std::vector<std::string> keys_;                      // in the file's order
  std::unordered_map<std::string, std::shared_ptr<const StorageBytes>> views_;
  uint64_t pickles_end_ = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_TORCH_LEGACY_FILE_H_
