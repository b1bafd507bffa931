#include "server/frontend/torchscript/combined_weights.h"

#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

class CombinedWeights final : public WeightsFile {
 public:
  CombinedWeights(std::unique_ptr<WeightsFile> given, std::vector<StoredTensor> tensors)
      : given_(std::move(given)) {
    tensors_ = std::move(tensors);
    kind_ = given_->kind();
    metadata_ = given_->metadata();
  }

  absl::StatusOr<std::string> Digest() override { return given_->Digest(); }

 private:
  const std::unique_ptr<WeightsFile> given_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<WeightsFile>> CombineWeights(std::unique_ptr<WeightsFile> given,
                                                            std::unique_ptr<WeightsFile> skeleton,
                                                            const std::vector<std::string>& names) {
  std::unordered_map<std::string_view, const StoredTensor*> by_name;
  // The first of a name stays.
  for (const WeightsFile* file : {given.get(), skeleton.get()}) {
    if (file == nullptr) continue;
    for (const StoredTensor& tensor : file->tensors()) by_name.emplace(tensor.name, &tensor);
  }
  std::vector<StoredTensor> tensors;
  for (const std::string& name : names) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      return absl::NotFoundError(absl::StrFormat("neither file has a tensor \"%s\"", name));
    }
    tensors.push_back(*found->second);
  }
  return std::make_unique<CombinedWeights>(std::move(given), std::move(tensors));
}

}  // namespace sconce
