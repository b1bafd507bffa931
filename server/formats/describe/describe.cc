#include "server/formats/describe/describe.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/describe/describe_parts.h"
#include "server/formats/text/printable_status.h"
#include "server/formats/text/printable_text.h"
#include "server/formats/weights/shard_index.h"

namespace sconce {
namespace {

bool IsDirectory(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

FileDescription DescribeDirectory(const std::string& path) {
  FileDescription description;
  description.path = PrintableText(path);
  description.container = "directory";
  description.kind = "directory";
  description.advice =
      absl::StrFormat("Name a file in it, or serve it as a model repository: sconced --models %s",
                      ShellWord(description.path));
  return description;
}

absl::Status DescribeContent(std::shared_ptr<const ByteSource> source, Container container,
                             const std::string& head, FileDescription& description) {
  switch (container) {
    case Container::kZip:
      return DescribeZip(std::move(source), description);
    case Container::kLegacyTorch:
    case Container::kPickle:
      return DescribeTorchFile(std::move(source), description);
    case Container::kSafetensors:
      return DescribeSafetensors(source, description);
    default:
      DescribeOther(container, head, description);
      return absl::OkStatus();
  }
}

absl::Status DescribeAny(const std::string& path, FileDescription& description) {
  SCONCE_ASSIGN_OR_RETURN(std::shared_ptr<const ByteSource> source, ByteSource::OpenFile(path));
  description.path = path;
  description.bytes = source->size();
  if (IsShardIndexName(path)) return DescribeShards(path, description);
  SCONCE_ASSIGN_OR_RETURN(const std::string head,
                          source->ReadString(0, std::min<uint64_t>(kSniffBytes, source->size())));
  const Container container = SniffContainer(head);
  description.container = std::string(ContainerName(container));
  absl::Status status = DescribeContent(std::move(source), container, head, description);
  if (!absl::IsFailedPrecondition(status)) return status;
  // Sound, and of a kind that can't be read: the reader says why and what to do.
  description.kind = "PyTorch file that is not read";
  description.advice = std::string(status.message());
  return absl::OkStatus();
}

// What came from the file may hold anything; terminals and JSON may not.
void MakePrintable(FileDescription& description) {
  const auto clean = [](std::string& text) { text = PrintableText(text); };
  clean(description.path);
  clean(description.kind);
  clean(description.advice);
  for (std::string& fact : description.facts) clean(fact);
  for (std::string& name : description.foreign_globals) clean(name);
  for (std::string& module : description.modules) clean(module);
  for (FileDescription::Tensor& tensor : description.tensors) clean(tensor.name);
  for (FileDescription::Weights& weights : description.weights) clean(weights.key);
}

absl::Status Prefixed(const absl::Status& status, const std::string& path) {
  const std::string message(status.message());
  // Errors of opening already begin with what was done and the path.
  if (absl::StrContains(message, path)) return PrintableStatus(status);
  // Bytes that are not there are a damaged file to whoever asked what it is.
  const auto code = status.code() == absl::StatusCode::kOutOfRange
                        ? absl::StatusCode::kInvalidArgument
                        : status.code();
  return PrintableStatus(absl::Status(code, absl::StrFormat("%s: %s", path, message)));
}

}  // namespace

std::string LoadCommand(const FileDescription& description) {
  const size_t slash = description.path.rfind('/');
  std::string stem =
      slash == std::string::npos ? description.path : description.path.substr(slash + 1);
  const size_t dot = stem.find('.');
  if (dot != std::string::npos && dot > 0) stem.resize(dot);
  std::replace_if(
      stem.begin(), stem.end(),
      [](unsigned char c) { return !(std::isalnum(c) || c == '_' || c == '-'); }, '_');
  return absl::StrFormat("sconce load %s %s", stem.empty() ? "NAME" : stem,
                         ShellWord(description.path));
}

std::string LoadWeightsCommand(const FileDescription& description, const std::string& key) {
  const std::string command = LoadCommand(description) + " --source model.py";
  const std::string keyed =
      key.empty() ? command : absl::StrFormat("%s --weights-key %s", command, ShellWord(key));
  return keyed + " (or, with a TorchScript file of the same model: --skeleton model.pt)";
}

absl::StatusOr<FileDescription> DescribeFile(const std::string& path) {
  std::string file = path;
  if (IsDirectory(path)) {
    const auto found = FindWeightsInFolder(path);
    if (!found.ok() || !IsShardIndexName(*found)) return DescribeDirectory(path);
    file = *found;
  }
  FileDescription description;
  const absl::Status status = DescribeAny(file, description);
  if (!status.ok()) return Prefixed(status, file);
  MakePrintable(description);
  return description;
}

}  // namespace sconce
