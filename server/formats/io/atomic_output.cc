#include "server/formats/io/atomic_output.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

absl::Status Misused(const std::string& path, std::string_view what) {
  return absl::InternalError(absl::StrFormat("writing %s: %s", path, what));
}

}  // namespace

absl::StatusOr<std::unique_ptr<AtomicOutput>> AtomicOutput::ForFile(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s: is a folder, and the checkpoint is one file; choose another name", path));
  }
  SCONCE_ASSIGN_OR_RETURN(auto temporary, TemporaryPath::Beside(path, TemporaryPath::Kind::kFile));
  return std::unique_ptr<AtomicOutput>(
      new AtomicOutput(path, TemporaryPath::Kind::kFile, std::move(temporary)));
}

absl::StatusOr<std::unique_ptr<AtomicOutput>> AtomicOutput::ForFolder(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  SCONCE_RETURN_IF_ERROR(CheckReplaceableFolder(path));
  SCONCE_ASSIGN_OR_RETURN(auto temporary,
                          TemporaryPath::Beside(path, TemporaryPath::Kind::kFolder));
  return std::unique_ptr<AtomicOutput>(
      new AtomicOutput(std::move(path), TemporaryPath::Kind::kFolder, std::move(temporary)));
}

absl::Status AtomicOutput::Begin(const std::string& name, std::optional<uint64_t> bytes) {
  SCONCE_RETURN_IF_ERROR(EndFile());
  SCONCE_RETURN_IF_ERROR(Keep(CheckName(name)));
  auto file = HashedFile::Create(name, PathOf(name), bytes);
  SCONCE_RETURN_IF_ERROR(Keep(file.status()));
  file_ = *std::move(file);
  return absl::OkStatus();
}

absl::Status AtomicOutput::Write(std::string_view bytes) {
  if (!failure_.ok()) return failure_;
  if (file_ == nullptr) return Keep(Misused(path_, "bytes before a file was begun"));
  return Keep(file_->Write(bytes));
}

absl::Status AtomicOutput::Finish() {
  SCONCE_RETURN_IF_ERROR(EndFile());
  if (written_.empty()) return Keep(Misused(path_, "no file was begun"));
  finished_ = true;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<WrittenFile>> AtomicOutput::Commit() {
  if (!failure_.ok()) return failure_;
  if (!finished_) return Misused(path_, "committed before it was finished");
  SCONCE_RETURN_IF_ERROR(ReadBack());
  SCONCE_RETURN_IF_ERROR(kind_ == TemporaryPath::Kind::kFile ? temporary_->ReplaceFile(path_)
                                                             : temporary_->ReplaceFolder(path_));
  return written_;
}

absl::Status AtomicOutput::Keep(absl::Status status) {
  if (failure_.ok()) failure_ = std::move(status);
  return failure_;
}

absl::Status AtomicOutput::EndFile() {
  if (!failure_.ok()) return failure_;
  if (file_ == nullptr) return absl::OkStatus();
  auto written = file_->Close();
  file_ = nullptr;
  SCONCE_RETURN_IF_ERROR(Keep(written.status()));
  written_.push_back(*std::move(written));
  return absl::OkStatus();
}

absl::Status AtomicOutput::CheckName(const std::string& name) const {
  if (kind_ == TemporaryPath::Kind::kFile) {
    if (name.empty() && written_.empty()) return absl::OkStatus();
    return Misused(path_, "it is one file without a name of its own");
  }
  const bool used = std::any_of(written_.begin(), written_.end(),
                                [&](const WrittenFile& file) { return file.name == name; });
  if (!used && IsCheckpointFileName(name) && name.find('/') == std::string::npos) {
    return absl::OkStatus();
  }
  return Misused(path_, absl::StrFormat("\"%s\" is no name for a file in it", name));
}

std::string AtomicOutput::PathOf(const std::string& name) const {
  return name.empty() ? temporary() : absl::StrFormat("%s/%s", temporary(), name);
}

absl::Status AtomicOutput::ReadBack() const {
  for (const WrittenFile& file : written_) {
    SCONCE_ASSIGN_OR_RETURN(const WrittenFile read, HashFile(PathOf(file.name)));
    if (read.bytes == file.bytes && read.sha256 == file.sha256) continue;
    return absl::DataLossError(
        absl::StrFormat("%s: reads back other than it was written (%d bytes, %d were written)",
                        PathOf(file.name), read.bytes, file.bytes));
  }
  return absl::OkStatus();
}

}  // namespace sconce
