#include "server/frontend/torchscript/torchscript_savable.h"

#include <ATen/Functions.h>
#include <fcntl.h>
#include <torch/csrc/jit/serialization/export.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/formats/state_dict.h"
#include "server/frontend/torchscript/archive_loader.h"
#include "server/frontend/torchscript/exception_text.h"
#include "server/frontend/torchscript/module_state.h"
#include "server/frontend/torchscript/read_file.h"

namespace sconce {
namespace {

// A fresh file that remembers the first thing that went wrong, since LibTorch's writer does not
// say.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : path_(path),
        descriptor_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0) error_ = errno;
  }
  ~NewFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // Does nothing after an error.
  void Write(const void* data, size_t size) {
    size_t done = 0;
    while (error_ == 0 && done < size) {
      const ssize_t count = write(descriptor_, static_cast<const char*>(data) + done, size - done);
      if (count >= 0) {
        done += static_cast<size_t>(count);
      } else if (errno != EINTR) {
        error_ = errno;
      }
    }
  }

  absl::Status status() const {
    if (error_ == 0) return absl::OkStatus();
    const std::string text = absl::StrFormat("can't write %s: %s", path_, strerror(error_));
    if (error_ == ENOSPC || error_ == EDQUOT || error_ == EFBIG) {
      return absl::ResourceExhaustedError(text);
    }
    if (error_ == EACCES || error_ == EPERM || error_ == EROFS) {
      return absl::PermissionDeniedError(text);
    }
    return absl::InternalError(text);
  }

 private:
  std::string path_;
  int descriptor_;
  int error_ = 0;
};

bool SameTensor(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes() || a.scalar_type() != b.scalar_type()) return false;
  // Not a number is not equal to itself, but is a legal weight.
  if (a.is_quantized() || a.layout() != at::kStrided) return true;
  return at::equal(a, b) || at::allclose(a, b, 0, 0, /*equal_nan=*/true);
}

absl::Status CompareReadBack(const StateDict& written, const StateDict& read,
                             const std::string& path) {
  bool same = written.size() == read.size();
  for (size_t i = 0; same && i < written.size(); ++i) {
    same = written[i].first == read[i].first && SameTensor(written[i].second, read[i].second);
  }
  if (same) return absl::OkStatus();
  return absl::InternalError(
      absl::StrFormat("%s: reading back gave other weights than were written", path));
}

class TorchScriptSavable : public SavableModel {
 public:
  explicit TorchScriptSavable(torch::jit::Module module) : module_(std::move(module)) {}

  absl::Status Save(CheckpointFormat format, const std::string& path) const override {
    const MutexLock lock(mutex_);
    try {
      return format == CheckpointFormat::kTorchScript ? SaveArchive(path) : SaveState(path);
    } catch (const std::exception& error) {
      return absl::InternalError(absl::StrFormat("can't save %s: %s", path, ReasonOf(error)));
    }
  }

 private:
  absl::Status SaveArchive(const std::string& path) const SCONCE_REQUIRES(mutex_) {
    SCONCE_RETURN_IF_ERROR(WriteArchive(path));
    SCONCE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
    SCONCE_ASSIGN_OR_RETURN(const torch::jit::Module copy, LoadArchive(bytes));
    return CompareReadBack(StateOf(module_), StateOf(copy), path);
  }

  absl::Status WriteArchive(const std::string& path) const SCONCE_REQUIRES(mutex_) {
    NewFile file(path);
    SCONCE_RETURN_IF_ERROR(file.status());
    // LibTorch's writer, told of a failed write, throws from its destructor, which ends the
    // process: it hears that all went well, and the file knows better.
    torch::jit::ExportModule(module_, [&file](const void* data, size_t size) {
      file.Write(data, size);
      return size;
    });
    return file.status();
  }

  absl::Status SaveState(const std::string& path) const SCONCE_REQUIRES(mutex_) {
    const StateDict state = StateOf(module_);
    if (state.empty()) return NoWeights();
    SCONCE_RETURN_IF_ERROR(WriteStateDict(state, path));
    SCONCE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
    SCONCE_ASSIGN_OR_RETURN(const StateDict copy, ReadStateDict(bytes));
    return CompareReadBack(state, copy, path);
  }

  absl::Status NoWeights() const SCONCE_REQUIRES(mutex_) {
    if (IsFrozen(module_)) {
      return absl::FailedPreconditionError(
          "the model was loaded from a frozen archive: its weights are constants of the code and "
          "have no names. Save it as TORCHSCRIPT, or load the archive from before "
          "torch.jit.freeze");
    }
    return absl::FailedPreconditionError(
        "the model has no parameters and no buffers: there is no state_dict to save");
  }

  mutable Mutex mutex_;
  const torch::jit::Module module_ SCONCE_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<SavableModel> MakeSavable(torch::jit::Module module) {
  return std::make_shared<TorchScriptSavable>(std::move(module));
}

}  // namespace sconce
