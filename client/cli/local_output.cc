#include "client/cli/local_output.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "client/cli/model_text.h"
#include "client/cli/progress_files.h"
#include "client/cli/table.h"
#include "server/base/clock.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

using nlohmann::ordered_json;

uint64_t BytesOf(const std::vector<WrittenFile>& files) {
  uint64_t bytes = 0;
  for (const WrittenFile& file : files) bytes += file.bytes;
  return bytes;
}

// Of the only file, or of the index.
std::string DigestOf(const std::vector<WrittenFile>& files) {
  std::string sha256;
  for (const WrittenFile& file : files) {
    if (sha256.empty() || file.name.ends_with(".index.json")) sha256 = file.sha256;
  }
  return sha256;
}

ordered_json WrittenJson(const std::string& path, const std::vector<WrittenFile>& files) {
  ordered_json list = ordered_json::array();
  for (const WrittenFile& file : files) {
    list.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  return {{"path", path},
          {"bytes", BytesOf(files)},
          {"sha256", DigestOf(files)},
          {"files", std::move(list)}};
}

std::string WrittenText(const std::string& path, const std::vector<WrittenFile>& files) {
  std::string text = absl::StrFormat("%s\n%s\n", path, BytesText(BytesOf(files)));
  if (files.size() == 1 && files.front().name.empty()) {
    return text + absl::StrFormat("sha256 %s\n", files.front().sha256);
  }
  Table table({"FILE", "BYTES", "SHA256"});
  for (const WrittenFile& file : files) {
    table.AddRow({file.name, BytesText(file.bytes), file.sha256});
  }
  return text + table.Text();
}

}  // namespace

absl::StatusOr<std::vector<WrittenFile>> WriteBeside(const Session& session,
                                                     const std::string& path, bool folder,
                                                     const WriteFiles& write,
                                                     const CheckFiles& check) {
  SCONCE_ASSIGN_OR_RETURN(const auto output,
                          folder ? AtomicOutput::ForFolder(path) : AtomicOutput::ForFile(path));
  {
    ProgressFiles progress(*output, *session.err, session.err_is_terminal, Clock::Real());
    SCONCE_RETURN_IF_ERROR(write(progress));
    SCONCE_RETURN_IF_ERROR(progress.Finish());
  }
  SCONCE_RETURN_IF_ERROR(check(output->temporary()));
  return output->Commit();
}

void PrintWritten(const Session& session, const std::string& path,
                  const std::vector<WrittenFile>& files) {
  if (session.json) {
    session.PrintJson(WrittenJson(path, files));
  } else {
    session.Print(WrittenText(path, files));
  }
}

}  // namespace sconce::cli
