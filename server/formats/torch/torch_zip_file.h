// TorchFile in a zip archive: what torch.save writes since PyTorch 1.6, and TorchScript archives.

#ifndef SCONCE_SERVER_FORMATS_TORCH_TORCH_ZIP_FILE_H_
#define SCONCE_SERVER_FORMATS_TORCH_TORCH_ZIP_FILE_H_

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "server/formats/torch/torch_file.h"
#include "server/formats/zip/zip_archive.h"

namespace sconce {

class TorchZipFile final : public TorchFile {
 public:
  // `torch_script`: whether an archive with code is wanted; the other kind is refused.
  static absl::StatusOr<std::shared_ptr<TorchFile>> Open(std::shared_ptr<const ByteSource> source,
                                                         bool torch_script);

  std::string_view container() const override { return "zip"; }
  absl::StatusOr<std::string> Digest() override;

 protected:
  absl::StatusOr<Place> FindPersistent(const PickleValue& reference) override;

 private:
  TorchZipFile(std::unique_ptr<ZipArchive> archive, PickleDocument document)
      : TorchFile(std::move(document)), archive_(std::move(archive)) {}

  const std::unique_ptr<ZipArchive> archive_;
  std::unordered_map<std::string, std::shared_ptr<const StorageBytes>> storages_;  // by key
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_TORCH_ZIP_FILE_H_
