#include "server/frontend/torchscript/savable_files.h"

#include <torch/csrc/jit/serialization/export.h>

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/weights/weights_file.h"
#include "server/frontend/torchscript/archive_loader.h"
#include "server/frontend/torchscript/combined_weights.h"
#include "server/frontend/torchscript/exception_text.h"
#include "server/frontend/torchscript/module_state.h"

namespace sconce {
namespace {

// Those that the weights gave.
std::vector<std::string> NamesOf(const LoadedModule& loaded) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : StateOf(loaded.module)) {
    const auto& tied = loaded.leftovers.tied;
    if (std::find(tied.begin(), tied.end(), name) == tied.end()) names.push_back(name);
  }
  return names;
}

// LibTorch's writer, told of a failed write, throws from its destructor, which ends the process: it
// hears that all went well, and this knows better.
absl::Status ExportTo(const torch::jit::Module& module, OutputFiles& out) {
  SCONCE_RETURN_IF_ERROR(out.Begin("", std::nullopt));
  absl::Status status;
  torch::jit::ExportModule(module, [&](const void* data, size_t size) {
    if (status.ok()) status = out.Write(std::string_view(static_cast<const char*>(data), size));
    return size;
  });
  SCONCE_RETURN_IF_ERROR(status);
  return out.Finish();
}

absl::Status Changed(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s is not the file any more that this version was loaded from, so its weights can't be "
      "saved. Put it back, or load it as a new version and save that",
      path));
}

absl::Status Gone(const std::string& path, const absl::Status& status) {
  return absl::FailedPreconditionError(absl::StrFormat(
      "the file that this version was loaded from can't be read any more, so its weights can't be "
      "saved: %s: %s",
      path, status.message()));
}

class SavableFiles final : public SavableModel {
 public:
  SavableFiles(ModelSource source, const LoadedModule& loaded)
      : source_(std::move(source)),
        digests_(loaded.digests),
        names_(NamesOf(loaded)),
        is_archive_(loaded.format == "torchscript"),
        frozen_(IsFrozen(loaded.module)),
        partial_(!loaded.leftovers.missing.empty() || !loaded.leftovers.unexpected.empty()) {}

  absl::Status Save(const WriteOptions& options, OutputFiles& out) const override {
    try {
      return options.format == CheckpointFormat::kTorchScript ? SaveArchive(options, out)
                                                              : SaveWeights(options, out);
    } catch (const std::exception& error) {
      return absl::InternalError(absl::StrFormat("can't save the model: %s", ReasonOf(error)));
    }
  }

 private:
  absl::Status SaveArchive(const WriteOptions& options, OutputFiles& out) const {
    if (options.dtype != nullptr) {
      return absl::InvalidArgumentError(
          "TORCHSCRIPT holds code made for its own types: a dtype can't be chosen for it. Save the "
          "weights in another format");
    }
    const auto loaded = LoadModule(source_);
    if (!loaded.ok()) return Gone(source_.path, loaded.status());
    SCONCE_RETURN_IF_ERROR(CompareDigests(loaded->digests));
    return ExportTo(loaded->module, out);
  }

  absl::Status SaveWeights(const WriteOptions& options, OutputFiles& out) const {
    if (names_.empty()) return NoWeights();
    const auto weights = OpenWeights(options.format);
    if (!weights.ok()) return Gone(source_.path, weights.status());
    SCONCE_RETURN_IF_ERROR(WriteCheckpoint(**weights, options, out));
    // What has just been written is what was loaded.
    SCONCE_ASSIGN_OR_RETURN(const std::string digest, (*weights)->Digest());
    return CompareDigests({digest, digests_.structure});
  }

  absl::StatusOr<std::unique_ptr<WeightsFile>> OpenWeights(CheckpointFormat format) const {
    if (is_archive_) return WeightsFile::OpenArchive(source_.path, names_);
    SCONCE_ASSIGN_OR_RETURN(
        auto given, WeightsFile::Open(source_.path,
                                      {.weights_key = source_.weights_key, .root = source_.root}));
    // A checkpoint keeps the layout of its file, and what is in it.
    if (!partial_ || format == CheckpointFormat::kCheckpoint) return given;
    // Without a skeleton nothing is missing, only left out.
    if (source_.skeleton.empty()) return CombineWeights(std::move(given), nullptr, names_);
    SCONCE_ASSIGN_OR_RETURN(auto skeleton, WeightsFile::OpenArchive(source_.skeleton, names_));
    SCONCE_ASSIGN_OR_RETURN(const std::string digest, skeleton->Digest());
    if (digest != digests_.structure) return Changed(source_.skeleton);
    return CombineWeights(std::move(given), std::move(skeleton), names_);
  }

  absl::Status CompareDigests(const SourceDigests& now) const {
    if (now.model != digests_.model) return Changed(source_.path);
    if (now.structure == digests_.structure) return absl::OkStatus();
    if (!source_.skeleton.empty()) return Changed(source_.skeleton);
    return Changed(source_.sources.empty() ? source_.path : source_.sources.front());
  }

  absl::Status NoWeights() const {
    if (frozen_) {
      return absl::FailedPreconditionError(
          "the model was loaded from a frozen archive: its weights are constants of the code and "
          "have no names. Save it as TORCHSCRIPT, or load the archive from before "
          "torch.jit.freeze");
    }
    return absl::FailedPreconditionError(
        "the model has no parameters and no buffers: there are no weights to save");
  }

  const ModelSource source_;
  const SourceDigests digests_;
  const std::vector<std::string> names_;  // of the module's parameters and buffers, in its order
  const bool is_archive_;
  const bool frozen_;
  const bool partial_;  // the weights file holds other keys than the module
};

}  // namespace

std::shared_ptr<SavableModel> MakeSavable(const ModelSource& source, const LoadedModule& loaded) {
  return std::make_shared<SavableFiles>(source, loaded);
}

}  // namespace sconce
