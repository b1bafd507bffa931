#include "server/frontend/load_model.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/archive_check.h"
#include "server/formats/describe.h"
#include "server/formats/state_dict.h"
#include "server/frontend/torchscript/archive_loader.h"
#include "server/frontend/torchscript/build_executable.h"
#include "server/frontend/torchscript/module_state.h"
#include "server/frontend/torchscript/read_file.h"
#include "server/frontend/torchscript/torchscript_savable.h"

namespace sconce {
namespace {

using torch::jit::Module;

absl::Status Prepend(const std::string& path, const absl::Status& status) {
  return {status.code(), absl::StrFormat("%s: %s", path, status.message())};
}

bool IsZip(std::string_view bytes) { return bytes.starts_with("PK\x03\x04"); }

// What the file is instead, and what to do.
absl::Status NotServable(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const FileDescription description, DescribeFile(path));
  return absl::FailedPreconditionError(
      absl::StrFormat("%s can't be served as it is: it is %s (%s). %s", path, description.kind,
                      description.container, description.advice));
}

absl::Status WeightsOnly(const std::string& path, size_t tensors) {
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s is a state_dict: it holds weights only (%d tensors), not what the model computes. Name a "
      "TorchScript file of the same model as its skeleton: sconce load NAME %s --skeleton model.pt",
      path, tensors, path));
}

absl::StatusOr<Module> LoadSkeleton(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  if (!IsZip(bytes)) return NotServable(path);
  auto module = LoadArchive(bytes);
  if (!module.ok()) return Prepend(path, module.status());
  if (IsFrozen(*module)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s can't be a skeleton: it is frozen, its weights are constants of the code and have no "
        "names. Use the archive from before torch.jit.freeze",
        path));
  }
  return module;
}

absl::StatusOr<Module> LoadWeightsOnto(const std::string& skeleton, const std::string& path,
                                       const StateDict& weights) {
  SCONCE_ASSIGN_OR_RETURN(Module module, LoadSkeleton(skeleton));
  const absl::Status copied = CopyWeights(weights, module);
  if (!copied.ok()) return Prepend(absl::StrFormat("%s onto %s", path, skeleton), copied);
  return module;
}

absl::StatusOr<LoadedModel> Finish(Module module, const ModelSource& source, std::string format) {
  LoadedModel loaded;
  SCONCE_ASSIGN_OR_RETURN(loaded.executable, BuildExecutable(module, source));
  loaded.savable = MakeSavable(std::move(module));
  loaded.format = std::move(format);
  return loaded;
}

// A zip that is no TorchScript archive: weights, or something else.
absl::StatusOr<LoadedModel> LoadWeights(const ModelSource& source, std::string bytes) {
  auto weights = ReadStateDict(bytes);
  if (weights.status().code() == absl::StatusCode::kFailedPrecondition) {
    return NotServable(source.path);
  }
  if (!weights.ok()) return Prepend(source.path, weights.status());
  if (source.skeleton.empty()) return WeightsOnly(source.path, weights->size());
  bytes = {};
  SCONCE_ASSIGN_OR_RETURN(Module module, LoadWeightsOnto(source.skeleton, source.path, *weights));
  weights->clear();
  return Finish(std::move(module), source, "state_dict on torchscript");
}

absl::StatusOr<LoadedModel> LoadTorchScript(const ModelSource& source, std::string bytes,
                                            const std::vector<CodeFile>& code) {
  if (!source.skeleton.empty()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("%s is a TorchScript archive, which has its own structure: load it without "
                        "a skeleton",
                        source.path));
  }
  auto module = LoadCheckedArchive(bytes, code);
  if (!module.ok()) return Prepend(source.path, module.status());
  bytes = {};
  return Finish(*std::move(module), source, "torchscript");
}

}  // namespace

absl::StatusOr<LoadedModel> LoadModel(const ModelSource& source) {
  SCONCE_ASSIGN_OR_RETURN(std::string bytes, ReadFile(source.path));
  if (!IsZip(bytes)) return NotServable(source.path);
  const auto code = CheckTorchScriptArchive(bytes);
  if (code.ok()) return LoadTorchScript(source, std::move(bytes), *code);
  // A TorchScript archive with something in it that may not be there stays one.
  const auto description = DescribeFile(source.path);
  const bool torchscript = description.ok() && description->kind == "TorchScript archive";
  if (code.status().code() == absl::StatusCode::kFailedPrecondition && !torchscript) {
    return LoadWeights(source, std::move(bytes));
  }
  return Prepend(source.path, code.status());
}

}  // namespace sconce
