// A Repository over a temporary folder whose "models" are text files: a file that says "broken"
// does not load, any other answers every request with its text.

#ifndef SCONCE_TESTS_REPOSITORY_REPOSITORY_FIXTURE_H_
#define SCONCE_TESTS_REPOSITORY_REPOSITORY_FIXTURE_H_

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "server/base/status_macros.h"
#include "server/repository/repository.h"
#include "server/telemetry/metrics.h"
#include "tests/repository/temp_folder.h"
#include "tests/testing/fake_executable.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {

inline std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Saves the text that it was loaded from: as one file, or one file a letter and an index.
class FakeSavable final : public SavableModel {
 public:
  explicit FakeSavable(std::string text) : text_(std::move(text)) {}
  absl::Status Save(const WriteOptions& options, OutputFiles& out) const override {
    if (options.shard_bytes > 0) return SaveShards(out);
    SCONCE_RETURN_IF_ERROR(out.Begin("", text_.size()));
    SCONCE_RETURN_IF_ERROR(out.Write(text_));
    if (options.format == CheckpointFormat::kStateDict) {
      return absl::ResourceExhaustedError("disk full");
    }
    return out.Finish();
  }

 private:
  absl::Status SaveShards(OutputFiles& out) const {
    for (const char letter : text_) {
      SCONCE_RETURN_IF_ERROR(out.Begin(std::string(1, letter) + ".safetensors", std::nullopt));
      SCONCE_RETURN_IF_ERROR(out.Write(std::string(1, letter)));
    }
    SCONCE_RETURN_IF_ERROR(out.Begin("model.safetensors.index.json", 2));
    SCONCE_RETURN_IF_ERROR(out.Write("{}"));
    return out.Finish();
  }

  const std::string text_;
};

inline std::shared_ptr<FakeExecutable> ExecutableSaying(const std::string& text) {
  return std::make_shared<FakeExecutable>(EchoSignature(), [text](const std::string&,
                                                                  const std::vector<NamedValue>&) {
    return FakeExecutable::Outputs(std::vector<NamedValue>{{"output", StringTensor{{1}, {text}}}});
  });
}

inline absl::StatusOr<LoadedModel> LoadText(const ModelSource& source) {
  const std::string text = ReadAll(source.path);
  if (text == "broken") return absl::FailedPreconditionError("the text says that it is broken");
  return LoadedModel{.executable = ExecutableSaying(text),
                     .savable = std::make_shared<FakeSavable>(text),
                     .format = "text",
                     .notes = {}};
}

class RepositoryFixture : public ::testing::Test {
 protected:
  using LoadRequest = Repository::LoadRequest;

  // Replaces the loader; before Open.
  void LoadWith(Repository::Loader loader) { options_.loader = std::move(loader); }

  Repository& Open() {
    options_.models_dir = models_.path();
    auto opened = Repository::Open(options_, metrics_, Clock::Real());
    EXPECT_TRUE(opened.ok()) << opened.status();
    repository_ = *std::move(opened);
    return *repository_;
  }

  static LoadRequest Request(const std::string& name, const std::string& path = "",
                             int64_t version = 0) {
    LoadRequest request;
    request.name = name;
    request.path = path;
    request.version = version;
    return request;
  }

  // What the model answers; nothing when there is none to ask.
  std::optional<std::string> Ask(const std::string& name, int64_t version = 0) {
    const auto found = repository_->Find(name, version);
    if (!found.ok()) return std::nullopt;
    return AskVersion(*found);
  }

  // The answer of a version that the caller holds.
  static std::optional<std::string> AskVersion(std::shared_ptr<const ServingVersion> serving) {
    struct Answer {
      Mutex mutex;
      CondVar changed;
      std::optional<Outcome> outcome SCONCE_GUARDED_BY(mutex);
    };
    auto answer = std::make_shared<Answer>();
    Task task;
    auto invocation = serving->executable->Bind("", {{"x", StringTensor{{1}, {"?"}}}});
    if (!invocation.ok()) return std::nullopt;
    task.invocation = *std::move(invocation);
    task.done = [answer, serving](Outcome outcome) {
      MutexLock lock(answer->mutex);
      answer->outcome = std::move(outcome);
      answer->changed.Signal();
    };
    if (!serving->batcher->Submit(std::move(task)).ok()) return std::nullopt;
    serving.reset();  // the task's is the last handle now: it is released on a worker
    MutexLock lock(answer->mutex);
    while (!answer->outcome.has_value()) answer->changed.Wait(answer->mutex);
    if (!answer->outcome->outputs.ok()) return std::nullopt;
    return std::get<StringTensor>(answer->outcome->outputs->front().value).elements.front();
  }

  ModelState StateOf(const std::string& name, int64_t version) {
    const auto info = repository_->Get(name, version);
    EXPECT_TRUE(info.ok()) << info.status();
    return info.ok() ? info->state : ModelState::kFailed;
  }

  bool PageHas(std::string_view line) {
    return absl::StrContains(metrics_.Scrape(), std::string(line));
  }

  TempFolder models_;
  Metrics metrics_;
  Repository::Options options_{
      .models_dir = "",
      .checkpoints_dir = "",
      .device = "auto",
      .max_queue = 1024,
      .cpus = 2,
      .loader = LoadText,
      .check_written = [](CheckpointFormat, const std::string&) { return absl::OkStatus(); }};
  std::unique_ptr<Repository> repository_;
};

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_REPOSITORY_REPOSITORY_FIXTURE_H_
