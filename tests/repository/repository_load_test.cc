#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/repository/repository_fixture.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::LoadText;
using testing::StatusIs;

class RepositoryLoad : public testing::RepositoryFixture {};

TEST_F(RepositoryLoad, ServesTheFolderWithoutConfiguration) {
  models_.Write("iris.pt", "i");
  models_.Write("digits/2/net.pth", "d2");
  models_.Write("digits/1/net.pth", "d1");
  Repository& repository = Open();
  EXPECT_FALSE(repository.ready());
  repository.LoadAll();
  EXPECT_TRUE(repository.ready());
  EXPECT_EQ(Ask("iris"), "i");
  EXPECT_EQ(Ask("iris", 1), "i");
  EXPECT_EQ(Ask("digits"), "d2");
  EXPECT_EQ(repository.List().size(), 2u);
}

TEST_F(RepositoryLoad, OneBrokenModelDoesNotStopTheOthers) {
  models_.Write("bad.pt", "broken");
  models_.Write("twice.pt", "a");
  models_.Write("twice.pth", "b");
  models_.Write("odd/config.pbtxt", "nonsense");
  models_.Write("odd/4/net.pt", "x");
  models_.Write("good.pt", "g");
  models_.Write("caf\xc3\xa9.pt", "not a name");
  Repository& repository = Open();
  repository.LoadAll();
  EXPECT_TRUE(repository.ready());
  EXPECT_EQ(Ask("good"), "g");
  EXPECT_THAT(repository.Find("bad", 0), StatusIs(absl::StatusCode::kUnavailable,
                                                  HasSubstr("the text says that it is broken")));
  EXPECT_THAT(repository.Find("twice", 0),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("twice.pt, twice.pth")));
  EXPECT_THAT(repository.Find("odd", 4),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("odd/config.pbtxt, line 1")));
  EXPECT_EQ(repository.List().size(), 4u);
}

TEST_F(RepositoryLoad, ABrokenModelCanBeMendedAndLoaded) {
  models_.Write("bad.pt", "broken");
  Repository& repository = Open();
  repository.LoadAll();
  models_.Write("bad.pt", "mended");
  SCONCE_ASSERT_OK(repository.Load(Request("bad")));
  EXPECT_EQ(Ask("bad"), "mended");
}

TEST_F(RepositoryLoad, ReportsWhatItLoaded) {
  models_.Write("digits/config.pbtxt",
                "max_batch_size: 4 parameters { key: \"INFERENCE_MODE\" "
                "value { string_value: \"true\" } }");
  models_.Write("digits/3/net.pt", "d");
  Repository& repository = Open();
  SCONCE_ASSERT_OK_AND_ASSIGN(const ModelInfo info, repository.Load(Request("digits")));
  EXPECT_EQ(info.name, "digits");
  EXPECT_EQ(info.version, 3);
  EXPECT_EQ(info.state, ModelState::kReady);
  EXPECT_EQ(info.format, "text");
  EXPECT_EQ(info.path, models_ / "digits/3/net.pt");
  EXPECT_EQ(info.device, "cpu");
  EXPECT_EQ(info.signatures.size(), 1u);
  EXPECT_EQ(info.notes.size(), 2u);
  EXPECT_TRUE(info.is_default);
  EXPECT_EQ(info.config.name(), "digits");
  EXPECT_EQ(info.config.max_batch_size(), 4);
  EXPECT_GT(info.loaded_at.time_since_epoch().count(), 0);
}

TEST_F(RepositoryLoad, HandsTheLoaderWhatTheConfigurationDeclares) {
  models_.Write("digits/config.pbtxt",
                "max_batch_size: 4 instance_group { kind: KIND_CPU } "
                "input { name: \"x\" data_type: TYPE_FP32 dims: 8 }");
  models_.Write("digits/1/net.pt");
  ModelSource seen;
  LoadWith([&](const ModelSource& source) {
    seen = source;
    return LoadText(source);
  });
  SCONCE_ASSERT_OK(Open().Load(Request("digits")));
  EXPECT_EQ(seen.device, "cpu");
  ASSERT_EQ(seen.declared_inputs.size(), 1u);
  EXPECT_EQ(ToString(seen.declared_inputs[0]), "FP32[-1,8]");
}

TEST_F(RepositoryLoad, AnInputIsOptionalOnlyIfTheModelAgrees) {
  models_.Write("m/config.pbtxt", "input { name: \"x\" data_type: TYPE_FP32 optional: true }");
  models_.Write("m/1/net.pt");
  EXPECT_THAT(Open().Load(Request("m")), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                  HasSubstr("calls input \"x\" optional")));
}

TEST_F(RepositoryLoad, AFailureIsRecordedForTheVersionThatFailed) {
  models_.Write("a.pt", "a");
  models_.Write("bad.pt", "broken");
  Repository& repository = Open();
  SCONCE_ASSERT_OK(repository.Load(Request("m", "a.pt")));
  EXPECT_THAT(repository.Load(Request("m", "bad.pt")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("broken")));
  EXPECT_EQ(Ask("m"), "a");
  EXPECT_EQ(StateOf("m", 1), ModelState::kReady);
  EXPECT_EQ(StateOf("m", 2), ModelState::kFailed);
  EXPECT_THAT(repository.Find("m", 2), StatusIs(absl::StatusCode::kUnavailable,
                                                AllOf(HasSubstr("failed"), HasSubstr("broken"))));
  EXPECT_TRUE(PageHas("sconce_swap_total"));
}

TEST_F(RepositoryLoad, ARefusedPathLeavesNoTrace) {
  Repository& repository = Open();
  EXPECT_THAT(repository.Load(Request("m", "../x.pt")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not inside")));
  EXPECT_THAT(repository.Load(Request("../m")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("name")));
  EXPECT_TRUE(repository.List().empty());
}

TEST_F(RepositoryLoad, ALoaderThatThrowsIsAFailedLoad) {
  models_.Write("m.pt");
  LoadWith([](const ModelSource&) -> absl::StatusOr<LoadedModel> { throw std::bad_alloc(); });
  Repository& repository = Open();
  EXPECT_THAT(repository.Load(Request("m")),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("out of memory")));
  EXPECT_EQ(StateOf("m", 1), ModelState::kFailed);
}

TEST_F(RepositoryLoad, SpecificVersionsAllServe) {
  models_.Write("m/config.pbtxt", "version_policy { specific { versions: [1, 3] } }");
  for (const char* version : {"1", "2", "3"}) {
    models_.Write(std::string("m/") + version + "/net.pt", version);
  }
  SCONCE_ASSERT_OK(Open().Load(Request("m")));
  EXPECT_EQ(Ask("m"), "3");
  EXPECT_EQ(Ask("m", 1), "1");
  EXPECT_EQ(Ask("m", 2), std::nullopt);
}

// Holds loads inside the loader until told.
class LoadGate {
 public:
  absl::StatusOr<LoadedModel> Load(const ModelSource& source) {
    {
      MutexLock lock(mutex_);
      ++inside_;
      most_ = std::max(most_, inside_);
      changed_.SignalAll();
      while (!open_) changed_.Wait(mutex_);
    }
    auto loaded = LoadText(source);
    MutexLock lock(mutex_);
    --inside_;
    return loaded;
  }
  void WaitUntilInside(int count) {
    MutexLock lock(mutex_);
    while (inside_ < count) changed_.Wait(mutex_);
  }
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.SignalAll();
  }
  int most() {
    MutexLock lock(mutex_);
    return most_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int inside_ SCONCE_GUARDED_BY(mutex_) = 0;
  int most_ SCONCE_GUARDED_BY(mutex_) = 0;
  bool open_ SCONCE_GUARDED_BY(mutex_) = false;
};

TEST_F(RepositoryLoad, DifferentNamesLoadSideBySideAndFindIsNeverBlocked) {
  models_.Write("a.pt", "a");
  models_.Write("b.pt", "b");
  LoadGate gate;
  LoadWith([&](const ModelSource& source) { return gate.Load(source); });
  Repository& repository = Open();
  std::thread a([&] { SCONCE_EXPECT_OK(repository.Load(Request("a"))); });
  std::thread b([&] { SCONCE_EXPECT_OK(repository.Load(Request("b"))); });
  gate.WaitUntilInside(2);
  EXPECT_THAT(repository.Find("a", 0),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("loading")));
  EXPECT_EQ(repository.List().size(), 2u);
  gate.Open();
  a.join();
  b.join();
  EXPECT_EQ(Ask("a"), "a");
}

TEST_F(RepositoryLoad, LoadsOfOneNameWaitForEachOther) {
  models_.Write("a.pt", "a");
  LoadGate gate;
  LoadWith([&](const ModelSource& source) { return gate.Load(source); });
  Repository& repository = Open();
  std::vector<std::thread> loads;
  for (int i = 0; i < 4; ++i) {
    loads.emplace_back([&] { SCONCE_EXPECT_OK(repository.Load(Request("m", "a.pt"))); });
  }
  gate.WaitUntilInside(1);
  gate.Open();
  for (std::thread& load : loads) load.join();
  EXPECT_EQ(gate.most(), 1);
  EXPECT_EQ(StateOf("m", 4), ModelState::kReady);
}

TEST_F(RepositoryLoad, OpenSaysWhatIsWrongWithTheFolder) {
  options_.models_dir = models_ / "nothing";
  EXPECT_THAT(Repository::Open(options_, metrics_, Clock::Real()),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("--models")));
}

}  // namespace
}  // namespace sconce
