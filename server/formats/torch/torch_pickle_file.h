// TorchFile in a plain pickle: what Python's pickle.dump makes of tensors and NumPy arrays.

#ifndef SCONCE_SERVER_FORMATS_TORCH_TORCH_PICKLE_FILE_H_
#define SCONCE_SERVER_FORMATS_TORCH_TORCH_PICKLE_FILE_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/formats/torch/torch_file.h"

namespace sconce {

class TorchPickleFile final : public TorchFile {
 public:
  // Bytes of any size stay in the file until they are read; text and structure may have up to this.
  static constexpr uint64_t kMostText = uint64_t{1} << 30;

  static absl::StatusOr<std::shared_ptr<TorchFile>> Open(std::shared_ptr<const ByteSource> source);

  std::string_view container() const override { return "pickle"; }
  absl::StatusOr<std::string> Digest() override;

 protected:
  absl::StatusOr<Place> FindPersistent(const PickleValue& reference) override;
  absl::StatusOr<std::shared_ptr<const ByteSource>> FindOutside(
      const PickleValue& reference) override;

 private:
  TorchPickleFile(std::shared_ptr<const ByteSource> source, PickleDocument document)
      : TorchFile(std::move(document)), source_(std::move(source)) {}

  const std::shared_ptr<const ByteSource> source_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_TORCH_PICKLE_FILE_H_
