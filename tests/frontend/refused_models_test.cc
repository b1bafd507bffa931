// Files are guests: what a model may not do is refused before it can do it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "tests/frontend/model_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using torch::jit::Module;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(RefusedModels, ForwardThatSavesAFile) {
  const std::string victim = TemporaryPath(".victim");
  Module module = NewModule();
  module.define(
      absl::StrFormat("def forward(self, x):\n  torch.save(x, '%s')\n  return x\n", victim));
  EXPECT_THAT(Load(module),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("torch.save"), HasSubstr("forward"), HasSubstr("files"))));
  EXPECT_FALSE(std::filesystem::exists(victim));
}

TEST(RefusedModels, ForwardThatReadsAFile) {
  Module module = NewModule();
  module.define(
      "def forward(self, x):\n"
      "  return torch.from_file('/etc/passwd', False, 10, dtype=1, layout=0, device='cpu')\n");
  EXPECT_THAT(Load(module),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("torch.from_file")));
}

TEST(RefusedModels, SetStateThatWritesAFileWhileLoading) {
  const std::string victim = TemporaryPath(".victim");
  Module module = NewModule();
  module.register_buffer("b", torch::ones({2}));
  module.define("def forward(self, x):\n  return x\n");
  module.define("def __getstate__(self):\n  return (self.b, self.training)\n");
  module.define(
      absl::StrFormat("def __setstate__(self, s: Tuple[Tensor, bool]) -> None:\n  self.b = s[0]\n"
                      "  self.training = s[1]\n  torch.save(s[0], '%s')\n",
                      victim));
  EXPECT_THAT(Load(module), StatusIs(absl::StatusCode::kFailedPrecondition,
                                     AllOf(HasSubstr("torch.save"), HasSubstr("__setstate__"))));
  EXPECT_FALSE(std::filesystem::exists(victim));
}

TEST(RefusedModels, MethodThatNobodyCalls) {
  Module module = NewModule();
  module.define("def forward(self, x):\n  return x\n");
  module.define("def other(self, x):\n  torch.save(x, 'file')\n  return x\n");
  EXPECT_THAT(Load(module), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("in other")));
}

TEST(RefusedModels, EveryTruncationAndFlippedBitOfEntryData) {
  Module module = NewModule();
  module.register_parameter("w", torch::arange(16).to(torch::kFloat).reshape({4, 4}), false);
  module.define("def forward(self, x):\n  return x @ self.w\n");
  const std::string bytes = ReadBytes(Save(module));
  for (size_t size = 0; size < bytes.size(); size += 97) {
    const std::string path = TemporaryPath(".pt");
    WriteBytes(path, bytes.substr(0, size));
    EXPECT_FALSE(Load(path).ok()) << size;
  }
  const std::string weights(
      reinterpret_cast<const char*>(torch::arange(16).to(torch::kFloat).data_ptr<float>()), 64);
  const size_t at = bytes.find(weights);
  ASSERT_NE(at, std::string::npos);
  for (size_t i = at; i < at + weights.size(); i += 5) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 4);
    const std::string path = TemporaryPath(".pt");
    WriteBytes(path, flipped);
    EXPECT_THAT(Load(path), StatusIs(kInvalid, HasSubstr("")));
  }
}

TEST(RefusedModels, FilesThatAreNotThere) {
  EXPECT_THAT(Load("/no/such/model.pt"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/no/such/model.pt")));
  const std::string folder = TemporaryPath(".folder");
  std::filesystem::create_directory(folder);
  EXPECT_THAT(Load(folder),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is a folder")));
}

TEST(RefusedModels, FilesThatAreNoModels) {
  const std::string text = TemporaryPath(".pt");
  WriteBytes(text, "just text\n");
  EXPECT_THAT(Load(text),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("can't be served")));
  const std::string empty = TemporaryPath(".pt");
  WriteBytes(empty, "");
  EXPECT_FALSE(Load(empty).ok());
  EXPECT_THAT(Load(DataFile("checkpoint.pt")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("checkpoint")));
}

TEST(RefusedModels, ModuleWithoutAMethod) {
  Module module = NewModule();
  module.register_buffer("b", torch::ones({2}));
  EXPECT_THAT(Load(module),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no method")));
}

TEST(RefusedModels, UnknownDevice) {
  Module module = NewModule();
  module.define("def forward(self, x):\n  return x\n");
  ModelSource source = CpuSource(Save(module));
  source.device = "toaster";
  EXPECT_THAT(LoadModel(source), StatusIs(kInvalid, HasSubstr("toaster")));
}

}  // namespace
}  // namespace sconce::testing
