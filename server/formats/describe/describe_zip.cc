#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/status_macros.h"
#include "server/formats/describe/describe_parts.h"
#include "server/formats/torch/module_tree.h"
#include "server/formats/torch/torch_zip.h"
#include "server/formats/zip/zip_archive.h"

namespace sconce {
namespace {

constexpr uint64_t kMostCodeBytes = uint64_t{4} << 20;
constexpr size_t kMostMethods = 1000;
constexpr size_t kLongestSignature = 4000;

bool HasFolder(const ZipArchive& archive, const std::string& folder) {
  return std::any_of(archive.entries().begin(), archive.entries().end(),
                     [&](const ZipEntry& entry) { return absl::StartsWith(entry.name, folder); });
}

bool HasInRoot(const ZipArchive& archive, std::string_view name) {
  return archive.Find(InRoot(archive, name)) != nullptr;
}

// The line or lines from `at` to the colon that ends a signature.
std::string SignatureAt(const std::vector<std::string>& lines, size_t at) {
  constexpr size_t kMostLines = 200;
  std::string text;
  for (size_t i = at; i < std::min(lines.size(), at + kMostLines); ++i) {
    if (!text.empty()) text += ' ';
    text += std::string(absl::StripAsciiWhitespace(lines[i]));
    if (text.size() > kLongestSignature) {
      text.resize(kLongestSignature);
      text += " [...]";
      break;
    }
    if (absl::EndsWith(text, ":")) break;
  }
  text.resize(text.size() - (absl::EndsWith(text, ":") ? 1 : 0));
  // "def forward(self: __torch__.Net, x: Tensor)": the class is known.
  if (const size_t self = text.find("(self: "); self != std::string::npos) {
    const size_t end = text.find_first_of(",)", self);
    if (end != std::string::npos) text.erase(self + 5, end - self - 5);
  }
  return std::string(absl::StripAsciiWhitespace(absl::StripPrefix(text, "def")));
}

// The methods of `name` in a code file of TorchScript: the "  def" lines of its class.
std::vector<std::string> MethodsOf(const std::string& code, const std::string& name) {
  std::vector<std::string> methods;
  const std::vector<std::string> lines = absl::StrSplit(code, '\n');
  bool inside = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (absl::StartsWith(lines[i], "class ")) {
      inside = absl::StartsWith(lines[i], absl::StrFormat("class %s(", name));
    } else if (inside && absl::StartsWith(lines[i], "  def ") && methods.size() < kMostMethods) {
      std::string signature = SignatureAt(lines, i);
      if (!signature.empty()) methods.push_back(std::move(signature));
    }
  }
  return methods;
}

// "__torch__.a.b.Net" is class Net in code/__torch__/a/b.py.
void AddMethods(ZipArchive& archive, const std::string& qualified, FileDescription& description) {
  const size_t dot = qualified.rfind('.');
  if (dot == std::string::npos) return;
  const std::string file =
      "code/" + absl::StrReplaceAll(qualified.substr(0, dot), {{".", "/"}}) + ".py";
  const auto code = archive.Read(InRoot(archive, file), kMostCodeBytes);
  if (!code.ok()) return;
  for (const std::string& method : MethodsOf(*code, qualified.substr(dot + 1))) {
    description.facts.push_back("method: " + method);
  }
}

// "__torch__.a.___torch_mangle_3.Net" is a.Net to its author.
std::string AuthorsName(const std::string& qualified) {
  std::vector<std::string> parts;
  for (const auto& view : absl::StrSplit(qualified, '.')) {
    std::string part(view);
    if (part != "__torch__" && !absl::StartsWith(part, "___torch_mangle_")) {
      parts.push_back(std::move(part));
    }
  }
  return absl::StrJoin(parts, ".");
}

absl::Status DescribeTorchScript(std::shared_ptr<const ByteSource> source, ZipArchive& archive,
                                 FileDescription& description) {
  SCONCE_ASSIGN_OR_RETURN(const auto file, TorchFile::OpenArchive(std::move(source)));
  SCONCE_RETURN_IF_ERROR(DescribeTensors(*file, description).status());
  const bool mobile = HasInRoot(archive, "bytecode.pkl");
  description.kind = mobile ? "TorchScript mobile archive" : "TorchScript archive";
  const std::string class_name = ClassNameOf(file->root());
  description.facts.push_back("class: " + AuthorsName(class_name));
  AddMethods(archive, class_name, description);
  const std::string code = InRoot(archive, "code/");
  const auto files =
      std::count_if(archive.entries().begin(), archive.entries().end(), [&](const ZipEntry& entry) {
        return absl::StartsWith(entry.name, code) && absl::EndsWith(entry.name, ".py");
      });
  description.facts.push_back(absl::StrFormat("code: %d files", files));
  description.advice = mobile ? absl::StrFormat(
                                    "Made for PyTorch's mobile runtime; it also carries ordinary "
                                    "TorchScript, which is what is served: %s",
                                    LoadCommand(description))
                              : absl::StrFormat("Ready to serve: %s", LoadCommand(description));
  return absl::OkStatus();
}

void DescribeExported(const ZipArchive& archive, FileDescription& description) {
  if (HasFolder(archive, InRoot(archive, "data/aotinductor/"))) {
    description.kind = "AOTInductor package";
    description.advice =
        "It holds compiled native code, which is not run. Serve the model as "
        "TorchScript instead: torch.jit.script(model.eval()).save(\"model.pt\")";
    return;
  }
  description.kind = "torch.export program";
  description.advice =
      "Exported programs are not served. In Python: "
      "torch.jit.trace(torch.export.load(path).module(), example).save(\"model.pt\"), then: sconce "
      "load NAME model.pt";
}

bool IsExported(const ZipArchive& archive) {
  return HasInRoot(archive, "archive_format") || HasFolder(archive, InRoot(archive, "models/")) ||
         HasInRoot(archive, "serialized_exported_program.json");
}

bool IsNumpyArchive(const ZipArchive& archive) {
  const auto& entries = archive.entries();
  return !entries.empty() && std::all_of(entries.begin(), entries.end(), [](const ZipEntry& entry) {
    return absl::EndsWith(entry.name, ".npy");
  });
}

void DescribeForeignZip(const ZipArchive& archive, FileDescription& description) {
  if (HasFolder(archive, "MAR-INF/")) {
    description.kind = "TorchServe archive (.mar)";
    description.advice =
        "Unpack it (unzip FILE) and inspect the model file inside: a TorchScript file in it can be "
        "served as it is.";
  } else if (IsNumpyArchive(archive)) {
    description.kind = "numpy arrays (.npz)";
    description.advice = "Arrays, not a model.";
  } else if (archive.Find("model.weights.h5") != nullptr) {
    description.kind = "Keras model";
    description.advice = "Not PyTorch: Sconce serves PyTorch models.";
  } else {
    description.kind = "not a model";
    description.advice = "A zip file with nothing of PyTorch in it.";
  }
  for (const ZipEntry& entry : archive.entries()) {
    if (description.facts.size() >= 20) break;
    description.facts.push_back(absl::StrFormat("holds: %s (%d bytes)", entry.name, entry.size));
  }
}

}  // namespace

absl::Status DescribeZip(std::shared_ptr<const ByteSource> source, FileDescription& description) {
  SCONCE_ASSIGN_OR_RETURN(const auto archive, ZipArchive::Open(source, ZipArchive::Limits()));
  if (IsExported(*archive)) {
    DescribeExported(*archive, description);
  } else if (!HasInRoot(*archive, "data.pkl")) {
    DescribeForeignZip(*archive, description);
  } else if (LooksLikeTorchScript(*archive)) {
    return DescribeTorchScript(std::move(source), *archive, description);
  } else {
    return DescribeTorchFile(std::move(source), description);
  }
  return absl::OkStatus();
}

}  // namespace sconce
