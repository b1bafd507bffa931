#include "server/formats/torch/archive_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/sniff.h"
#include "server/formats/torch/torch_zip.h"
#include "server/formats/torch/torchscript_pickle.h"
#include "server/formats/zip/zip_archive.h"

namespace sconce {
namespace {

constexpr uint64_t kMaxCodeBytes = uint64_t{64} << 20;
constexpr uint64_t kMaxVersionBytes = 32;

// TorchScript stores its weights as they are and deflates only code, so what it unpacks to is of
// the order of what it is.
ZipArchive::Limits LimitsFor(std::string_view bytes) {
  ZipArchive::Limits limits;
  limits.max_total_bytes = uint64_t{bytes.size()} * 4 + (uint64_t{256} << 20);
  return limits;
}

// Where the version stands: newer files of some models have it beside LibTorch's other records.
std::string VersionEntry(const ZipArchive& archive) {
  const std::string record = InRoot(archive, ".data/version");
  return archive.Find(record) != nullptr ? record : InRoot(archive, "version");
}

absl::Status CheckRequired(ZipArchive& archive) {
  if (archive.root().empty()) {
    return absl::FailedPreconditionError(
        "a zip file, but not TorchScript: its entries are not in one folder");
  }
  for (const std::string& name : {InRoot(archive, "data.pkl"), VersionEntry(archive)}) {
    if (archive.Find(name) == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrFormat("a zip file, but not TorchScript: it has no \"%s\"", name));
    }
  }
  if (!LooksLikeTorchScript(archive)) {
    return absl::FailedPreconditionError(
        "saved by torch.save, not TorchScript: it has neither code nor constants. It holds weights "
        "(or a pickled object); a state_dict is loaded with --skeleton FILE, a TorchScript file of "
        "the model");
  }
  return absl::OkStatus();
}

absl::Status CheckVersion(ZipArchive& archive) {
  const std::string name = VersionEntry(archive);
  SCONCE_ASSIGN_OR_RETURN(std::string text, archive.Read(name, kMaxVersionBytes));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const bool digits = !text.empty() && text.size() <= 9 &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  if (digits) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%s: \"%s\" is no version number", name, absl::CHexEscape(text)));
}

// The part of a name behind the root folder.
std::string_view Inner(const ZipArchive& archive, const std::string& name) {
  return std::string_view(name).substr(archive.root().size() + 1);
}

absl::Status CheckPickles(ZipArchive& archive) {
  for (const ZipEntry& entry : archive.entries()) {
    const std::string name(Inner(archive, entry.name));
    // extra/ is the user's own and never read as a pickle.
    if (absl::StartsWith(name, "extra/")) continue;
    if (absl::EndsWith(name, ".pkl") || absl::EndsWith(name, ".debug_pkl")) {
      SCONCE_RETURN_IF_ERROR(CheckTorchScriptPickle(archive, name));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CodeFile>> ReadCode(ZipArchive& archive) {
  std::vector<CodeFile> files;
  uint64_t left = kMaxCodeBytes;
  for (const ZipEntry& entry : archive.entries()) {
    if (!absl::StartsWith(std::string(Inner(archive, entry.name)), "code/")) continue;
    if (absl::EndsWith(entry.name, ".debug_pkl") || entry.name.back() == '/') continue;
    SCONCE_ASSIGN_OR_RETURN(std::string text, archive.Read(entry.name, left));
    left -= text.size();
    files.push_back({entry.name, std::move(text)});
  }
  return files;
}

}  // namespace

absl::StatusOr<std::vector<CodeFile>> CheckTorchScriptArchive(std::string_view bytes) {
  if (SniffContainer(bytes) != Container::kZip) {
    return absl::FailedPreconditionError(absl::StrFormat("not a TorchScript archive: it is %s",
                                                         ContainerPhrase(SniffContainer(bytes))));
  }
  SCONCE_ASSIGN_OR_RETURN(auto archive, ZipArchive::OpenBytes(bytes, LimitsFor(bytes)));
  SCONCE_RETURN_IF_ERROR(CheckRequired(*archive));
  SCONCE_RETURN_IF_ERROR(archive->VerifyAll());
  SCONCE_RETURN_IF_ERROR(CheckByteOrder(*archive));
  SCONCE_RETURN_IF_ERROR(CheckVersion(*archive));
  SCONCE_RETURN_IF_ERROR(CheckPickles(*archive));
  return ReadCode(*archive);
}

}  // namespace sconce
