#include "tests/frontend/model_files.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/io/atomic_output.h"
#include "server/formats/libtorch/scalar_type.h"
#include "server/formats/libtorch/tensor_memory.h"
#include "server/formats/weights/weights_file.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    path_ = std::filesystem::temp_directory_path() /
            absl::StrFormat("sconce_frontend_test.%d", getpid());
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string NewPath(const std::string& suffix) {
    return path_ / absl::StrFormat("%d%s", ++count_, suffix);
  }

 private:
  std::filesystem::path path_;
  int count_ = 0;
};

StoredTensor Stored(const std::string& name, const at::Tensor& tensor) {
  const at::Tensor whole = tensor.contiguous().clone();
  StoredTensor stored;
  stored.name = name;
  stored.dtype = DtypeOf(whole.scalar_type());
  stored.shape = whole.sizes().vec();
  stored.strides = whole.strides().vec();
  stored.storage =
      OwnedBytes(std::string(static_cast<const char*>(whole.const_data_ptr()), whole.nbytes()));
  return stored;
}

class MemoryWeights final : public WeightsFile {
 public:
  explicit MemoryWeights(const StateDict& state) {
    for (const auto& [name, tensor] : state) tensors_.push_back(Stored(name, tensor));
    kind_ = "state_dict";
  }
  absl::StatusOr<std::string> Digest() override { return ""; }
};

}  // namespace

std::string TemporaryPath(const std::string& suffix) {
  static TemporaryFolder folder;
  return folder.NewPath(suffix);
}

void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<int64_t>(bytes.size()));
}

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string DataFile(const std::string& name) {
  return absl::StrFormat("%s/frontend/%s", SCONCE_TEST_DATA, name);
}

std::pair<at::Tensor, at::Tensor> Expected(const std::string& name) {
  const StateDict state = ReadState(DataFile(name + ".expected.pt"));
  return {state.at(0).second, state.at(1).second};
}

StateDict ReadState(const std::string& path) {
  const auto file = WeightsFile::Open(path, {});
  SCONCE_EXPECT_OK(file);
  StateDict state;
  TensorReader reader;
  for (const StoredTensor& stored : file.value()->tensors()) {
    state.emplace_back(stored.name, reader.Read(stored).value());
  }
  return state;
}

std::string WriteState(const StateDict& state) {
  std::string path = TemporaryPath(".pth");
  const auto out = AtomicOutput::ForFile(path);
  MemoryWeights weights(state);
  SCONCE_EXPECT_OK(WriteCheckpoint(weights, {.format = CheckpointFormat::kStateDict}, **out));
  SCONCE_EXPECT_OK((*out)->Commit());
  return path;
}

absl::StatusOr<std::string> SaveAs(const LoadedModel& model, CheckpointFormat format) {
  std::string path = TemporaryPath(".saved");
  SCONCE_ASSIGN_OR_RETURN(const auto out, AtomicOutput::ForFile(path));
  SCONCE_RETURN_IF_ERROR(model.savable->Save({.format = format}, *out));
  SCONCE_RETURN_IF_ERROR(CheckWritten(format, out->temporary()));
  SCONCE_RETURN_IF_ERROR(out->Commit().status());
  return path;
}

torch::jit::Module NewModule() {
  torch::jit::Module module("__torch__.Net");
  module.register_attribute("training", c10::BoolType::get(), true);
  return module;
}

std::string Save(const torch::jit::Module& module) {
  const std::string path = TemporaryPath(".pt");
  module.save(path);
  return path;
}

ModelSource CpuSource(const std::string& path) {
  ModelSource source;
  source.path = path;
  source.device = "cpu";
  return source;
}

absl::StatusOr<LoadedModel> Load(const std::string& path) { return LoadModel(CpuSource(path)); }

absl::StatusOr<LoadedModel> Load(const torch::jit::Module& module) { return Load(Save(module)); }

absl::StatusOr<std::vector<NamedValue>> Call(const LoadedModel& model,
                                             std::vector<NamedValue> inputs,
                                             const std::string& method) {
  SCONCE_ASSIGN_OR_RETURN(auto call, model.executable->Bind(method, std::move(inputs)));
  return model.executable->Run(std::move(call));
}

absl::StatusOr<at::Tensor> Forward(const LoadedModel& model, const at::Tensor& x) {
  const std::string name = model.executable->signatures()[0].inputs[0].spec.name;
  SCONCE_ASSIGN_OR_RETURN(const auto outputs, Call(model, {{name, x}}));
  return TensorOf(outputs[0]);
}

at::Tensor TensorOf(const NamedValue& value) { return std::get<at::Tensor>(value.value); }

}  // namespace sconce::testing
