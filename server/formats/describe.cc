#include "server/formats/describe.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/describe_parts.h"
#include "server/formats/printable_text.h"

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

absl::Status DescribeContent(std::unique_ptr<ByteSource> source, const std::string& path,
                             Container container, const std::string& head,
                             FileDescription& description) {
  switch (container) {
    case Container::kZip: {
      SCONCE_ASSIGN_OR_RETURN(auto archive, ZipArchive::OpenFile(path, ZipArchive::Limits()));
      return DescribeZip(*archive, description);
    }
    case Container::kLegacyTorch:
      return DescribeLegacyTorch(*source, description);
    case Container::kPickle:
      return DescribePlainPickle(*source, description);
    case Container::kSafetensors:
      return DescribeSafetensors(*source, description);
    default:
      DescribeOther(container, head, description);
      return absl::OkStatus();
  }
}

// What came from the file may hold anything; terminals and JSON may not.
void MakePrintable(FileDescription& description) {
  const auto clean = [](std::string& text) { text = PrintableText(text); };
  clean(description.path);
  clean(description.kind);
  clean(description.advice);
  for (std::string& fact : description.facts) clean(fact);
  for (std::string& name : description.foreign_globals) clean(name);
  for (FileDescription::Tensor& tensor : description.tensors) clean(tensor.name);
}

absl::Status Prefixed(const absl::Status& status, const std::string& path) {
  const std::string message(status.message());
  // Errors of opening already begin with what was done and the path.
  if (absl::StrContains(message, path)) return status;
  // Bytes that are not there are a damaged file to whoever asked what it is.
  const auto code = status.code() == absl::StatusCode::kOutOfRange
                        ? absl::StatusCode::kInvalidArgument
                        : status.code();
  return absl::Status(code, PrintableText(absl::StrFormat("%s: %s", path, message)));
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

absl::StatusOr<FileDescription> DescribeFile(const std::string& path) {
  if (IsDirectory(path)) return DescribeDirectory(path);
  SCONCE_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, ByteSource::OpenFile(path));
  FileDescription description;
  description.path = path;
  description.bytes = source->size();
  SCONCE_ASSIGN_OR_RETURN(const std::string head,
                          source->ReadString(0, std::min<uint64_t>(kSniffBytes, source->size())));
  const Container container = SniffContainer(head);
  description.container = std::string(ContainerName(container));
  const absl::Status status =
      DescribeContent(std::move(source), path, container, head, description);
  if (!status.ok()) return Prefixed(status, path);
  MakePrintable(description);
  return description;
}

}  // namespace sconce
