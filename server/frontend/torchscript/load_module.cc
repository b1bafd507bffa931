#include "server/frontend/torchscript/load_module.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/describe/describe.h"
#include "server/formats/io/byte_source.h"
#include "server/formats/torch/torch_file.h"
#include "server/formats/torch/torch_zip.h"
#include "server/formats/weights/weights_file.h"
#include "server/formats/zip/zip_archive.h"
#include "server/frontend/python_source/python_source.h"
#include "server/frontend/read_sources.h"
#include "server/frontend/torchscript/archive_loader.h"
#include "server/frontend/torchscript/read_file.h"

namespace sconce {
namespace {

using torch::jit::Module;

absl::Status Prepend(const std::string& path, const absl::Status& status) {
  if (absl::StrContains(status.message(), path)) return status;
  return {status.code(), absl::StrFormat("%s: %s", path, status.message())};
}

// What the file is instead, and what to do.
absl::Status NotServable(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const FileDescription description, DescribeFile(path));
  return absl::FailedPreconditionError(
      absl::StrFormat("%s can't be served as it is: it is %s (%s). %s", path, description.kind,
                      description.container, description.advice));
}

// By its table of contents alone; what is damaged or no zip file at all is none.
bool IsTorchScript(const std::string& path) {
  const auto archive = ZipArchive::OpenFile(path, ZipArchive::Limits());
  return archive.ok() && (*archive)->Find(InRoot(**archive, "data.pkl")) != nullptr &&
         LooksLikeTorchScript(**archive);
}

struct CheckedArchive {
  Module module;
  std::string digest;
};

// The checks, LibTorch and the digest see the same bytes, whatever happens to the file meanwhile.
absl::StatusOr<CheckedArchive> LoadArchiveFile(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  auto module = LoadArchive(bytes);
  if (!module.ok()) return Prepend(path, module.status());
  SCONCE_ASSIGN_OR_RETURN(const auto file, TorchFile::OpenArchive(ByteSource::OverBytes(bytes)));
  SCONCE_ASSIGN_OR_RETURN(std::string digest, file->Digest());
  return CheckedArchive{*std::move(module), std::move(digest)};
}

absl::StatusOr<CheckedArchive> LoadSkeleton(const std::string& path) {
  if (!IsTorchScript(path)) {
    const auto described = DescribeFile(path);
    if (!described.ok()) return Prepend(path, described.status());
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s can't be a skeleton: it is %s (%s); a skeleton is a TorchScript file of the model: "
        "torch.jit.script(model).save(\"model.pt\")",
        path, described->kind, described->container));
  }
  SCONCE_ASSIGN_OR_RETURN(CheckedArchive skeleton, LoadArchiveFile(path));
  if (IsFrozen(skeleton.module)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s can't be a skeleton: it is frozen, its weights are constants of the code and have no "
        "names. Use the archive from before torch.jit.freeze",
        path));
  }
  return skeleton;
}

absl::StatusOr<LoadedModule> LoadTorchScript(const ModelSource& source) {
  if (!source.skeleton.empty()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("%s is a TorchScript archive, which has its own structure: load it without "
                        "a skeleton",
                        source.path));
  }
  if (!source.weights_key.empty()) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s is a TorchScript archive, a whole model: load it without a weights key (\"%s\")",
        source.path, source.weights_key));
  }
  SCONCE_ASSIGN_OR_RETURN(CheckedArchive archive, LoadArchiveFile(source.path));
  return LoadedModule{
      std::move(archive.module), "torchscript", {std::move(archive.digest), ""}, {}, {}};
}

absl::Status WeightsOnly(const std::string& path, const WeightsFile& weights) {
  return absl::FailedPreconditionError(
      absl::StrFormat("%s is a %s: it holds weights only (%d tensors), not what the model "
                      "computes. Give the Python "
                      "file with its class: sconce load NAME %s --source model.py; or a "
                      "TorchScript file of the same "
                      "model: --skeleton model.pt",
                      path, weights.kind(), weights.tensors().size(), path));
}

// What looks like a training wrapper's prefix may be the name of a child of this model.
std::vector<StoredTensor> NamedFor(const Module& module, const WeightsFile& weights) {
  std::vector<StoredTensor> tensors = weights.tensors();
  const std::string& prefix = weights.stripped_prefix();
  const StateDict state = StateOf(module);
  const bool own = std::all_of(state.begin(), state.end(), [&](const auto& entry) {
    return absl::StartsWith(entry.first, prefix);
  });
  if (!own || prefix.empty()) return tensors;
  for (StoredTensor& tensor : tensors) tensor.name.insert(0, prefix);
  return tensors;
}

// What weights are put on.
struct Structure {
  Module module;
  std::string digest;
  std::string kind;  // "torchscript", "class Net"; empty: the file's own
  std::vector<std::string> notes;
  std::string weights_part = {};  // as BuiltModule has it
};

absl::StatusOr<Structure> LoadStructure(const ModelSource& source, const WeightsFile& weights) {
  if (!source.skeleton.empty()) {
    if (!source.sources.empty()) {
      return absl::InvalidArgumentError(
          "a skeleton and Python sources both give the structure: name one of them");
    }
    SCONCE_ASSIGN_OR_RETURN(CheckedArchive skeleton, LoadSkeleton(source.skeleton));
    return Structure{std::move(skeleton.module), std::move(skeleton.digest), "torchscript", {}};
  }
  // Who names a class or its arguments wants that instead of what the file has.
  const bool stored =
      weights.module() != nullptr && source.class_name.empty() && source.init.empty();
  if (source.sources.empty() && !stored) return WeightsOnly(source.path, weights);
  if (source.allow_missing) {
    return absl::FailedPreconditionError(
        "weights that are missing have no values when the structure is not that of a TorchScript "
        "skeleton: load without allow_missing");
  }
  SCONCE_ASSIGN_OR_RETURN(NamedSources named, ReadSources(source));
  if (stored) {
    SCONCE_ASSIGN_OR_RETURN(
        BuiltModule built,
        BuildStoredModule(named.source, *weights.torch_file(), *weights.module()));
    return Structure{std::move(built.module), std::move(named.digest), "", std::move(built.notes)};
  }
  SCONCE_ASSIGN_OR_RETURN(BuiltModule built,
                          BuildModule(named.source, weights.tensors(), weights.torch_file()));
  return Structure{std::move(built.module), std::move(named.digest), "class " + built.class_name,
                   std::move(built.notes), std::move(built.weights_part)};
}

// What leads to the part of the weights that the model has.
std::string KeyOfPart(const WeightsFile& weights, const std::string& part) {
  const std::string& above = weights.weights_key();
  return (above.empty() ? above : above + ".") + weights.stripped_prefix() + part;
}

absl::StatusOr<LoadedModule> LoadWeights(const ModelSource& source) {
  WeightsOptions options = {.weights_key = source.weights_key, .root = source.root};
  auto weights = WeightsFile::Open(source.path, options);
  if (!weights.ok()) return Prepend(source.path, weights.status());
  SCONCE_ASSIGN_OR_RETURN(Structure structure, LoadStructure(source, **weights));
  if (!structure.weights_part.empty()) {
    options.weights_key = KeyOfPart(**weights, structure.weights_part);
    weights = WeightsFile::Open(source.path, options);
    if (!weights.ok()) return Prepend(source.path, weights.status());
  }
  auto leftovers = ReadWeights(
      NamedFor(structure.module, **weights),
      {.allow_missing = source.allow_missing, .allow_unexpected = source.allow_unexpected},
      structure.module);
  if (!leftovers.ok()) {
    const std::string& onto = source.skeleton.empty() ? structure.kind : source.skeleton;
    return Prepend(onto.empty() ? source.path : absl::StrFormat("%s onto %s", source.path, onto),
                   leftovers.status());
  }
  auto digest = (*weights)->Digest();
  if (!digest.ok()) return Prepend(source.path, digest.status());
  std::string format = (*weights)->kind();
  if (!structure.kind.empty()) format += " on " + structure.kind;
  return LoadedModule{std::move(structure.module),
                      std::move(format),
                      {*std::move(digest), std::move(structure.digest)},
                      *std::move(leftovers),
                      std::move(structure.notes),
                      std::move(options.weights_key)};
}

// What holds none gets the diagnosis of what it is. A folder may hold shards; their reader says
// what it lacks.
bool MayHoldWeights(const FileDescription& file) {
  return !file.tensors.empty() || !file.weights.empty() || file.container == "directory";
}

}  // namespace

absl::StatusOr<LoadedModule> LoadModule(const ModelSource& source) {
  if (IsTorchScript(source.path)) return LoadTorchScript(source);
  const auto description = DescribeFile(source.path);
  if (description.ok() && !MayHoldWeights(*description)) return NotServable(source.path);
  return LoadWeights(source);
}

}  // namespace sconce
