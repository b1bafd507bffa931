#include "server/frontend/torchscript/archive_loader.h"

#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/torch/archive_check.h"
#include "server/formats/zip/zip_archive.h"
#include "server/frontend/torchscript/code_policy.h"
#include "server/frontend/torchscript/exception_text.h"
#include "server/frontend/torchscript/graph_policy.h"
#include "server/frontend/torchscript/operator_policy.h"

namespace sconce {
namespace {

constexpr uint64_t kMaxPickleBytes = uint64_t{1} << 30;

// Reads from memory that outlives it.
class MemoryReader : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit MemoryReader(std::string_view bytes) : bytes_(bytes) {}
  size_t size() const override { return bytes_.size(); }
  size_t read(uint64_t pos, void* buffer, size_t count, const char* /*what*/) const override {
    if (pos >= bytes_.size()) return 0;
    count = std::min(count, bytes_.size() - static_cast<size_t>(pos));
    std::memcpy(buffer, bytes_.data() + pos, count);
    return count;
  }

 private:
  std::string_view bytes_;
};

// The profiling executor specialises to shapes and costs 70 ms at the first call; the simple one is
// also faster afterwards. Process-wide, before the first graph runs.
void UseSimpleExecutor() {
  static const bool done = [] {
    torch::jit::getProfilingMode() = false;
    torch::jit::getExecutorMode() = false;
    return true;
  }();
  (void)done;
}

// Pickles name native classes too, and their __setstate__ runs while loading.
absl::Status CheckNativeClasses(std::string name, std::string pickle) {
  constexpr std::string_view kPrefix = "torch.classes.";
  std::replace(pickle.begin(), pickle.end(), '\n', '.');
  for (size_t at = pickle.find(kPrefix); at != std::string::npos;
       at = pickle.find(kPrefix, at + 1)) {
    const size_t begin = at + kPrefix.size();
    const std::string space = pickle.substr(begin, pickle.find('.', begin) - begin);
    if (const auto refusal = RefusalOfNativeClass(space)) {
      return absl::FailedPreconditionError(
          absl::StrFormat("%s holds an object of the native class torch.classes.%s, which is not "
                          "allowed: %s",
                          name, space.substr(0, 60), *refusal));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPickles(std::string_view bytes) {
  SCONCE_ASSIGN_OR_RETURN(auto zip, ZipArchive::OpenBytes(bytes, ZipArchive::Limits{}));
  for (const ZipEntry& entry : zip->entries()) {
    if (!entry.name.ends_with(".pkl")) continue;
    SCONCE_ASSIGN_OR_RETURN(std::string pickle, zip->Read(entry.name, kMaxPickleBytes));
    SCONCE_RETURN_IF_ERROR(CheckNativeClasses(entry.name, std::move(pickle)));
  }
  return absl::OkStatus();
}

absl::StatusOr<torch::jit::Module> ReadModule(std::string_view bytes) {
  try {
    auto module = torch::jit::load(std::make_shared<MemoryReader>(bytes), c10::Device(c10::kCPU));
    module.eval();
    return module;
  } catch (const std::exception& error) {
    return absl::FailedPreconditionError(
        absl::StrFormat("LibTorch can't load the archive: %s", ReasonOf(error)));
  }
}

}  // namespace

absl::StatusOr<torch::jit::Module> LoadArchive(std::string_view bytes) {
  SCONCE_ASSIGN_OR_RETURN(const std::vector<CodeFile> code, CheckTorchScriptArchive(bytes));
  return LoadCheckedArchive(bytes, code);
}

absl::StatusOr<torch::jit::Module> LoadCheckedArchive(std::string_view bytes,
                                                      const std::vector<CodeFile>& code) {
  UseSimpleExecutor();
  SCONCE_RETURN_IF_ERROR(JudgeCode(code));
  SCONCE_RETURN_IF_ERROR(CheckPickles(bytes));
  SCONCE_ASSIGN_OR_RETURN(torch::jit::Module module, ReadModule(bytes));
  SCONCE_RETURN_IF_ERROR(JudgeGraphs(module));
  return module;
}

bool IsFrozen(const torch::jit::Module& module) { return !module.hasattr("training"); }

}  // namespace sconce
