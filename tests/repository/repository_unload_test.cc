#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/repository/repository_fixture.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

class RepositoryUnload : public testing::RepositoryFixture {};

TEST_F(RepositoryUnload, TakesTheModelOutOfServiceAndRemembersIt) {
  models_.Write("iris.pt", "i");
  Repository& repository = Open();
  repository.LoadAll();
  SCONCE_ASSERT_OK(repository.Unload("iris", 0));
  EXPECT_EQ(StateOf("iris", 1), ModelState::kUnloaded);
  EXPECT_THAT(repository.Find("iris", 0),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("unloaded")));
  EXPECT_FALSE(PageHas("model=\"iris\",version=\"1\""));
  SCONCE_ASSERT_OK(repository.Load(Request("iris")));
  EXPECT_EQ(Ask("iris"), "i");
}

TEST_F(RepositoryUnload, TakesOneVersionAndTheNextHighestBecomesDefault) {
  models_.Write("m/config.pbtxt", "version_policy { all {} }");
  models_.Write("m/1/net.pt", "1");
  models_.Write("m/2/net.pt", "2");
  Repository& repository = Open();
  repository.LoadAll();
  SCONCE_ASSERT_OK(repository.Unload("m", 2));
  EXPECT_EQ(Ask("m"), "1");
  SCONCE_ASSERT_OK(repository.Unload("m", 0));
  EXPECT_EQ(Ask("m"), std::nullopt);
}

TEST_F(RepositoryUnload, RefusesWhatIsNotLoaded) {
  models_.Write("iris.pt", "i");
  Repository& repository = Open();
  repository.LoadAll();
  EXPECT_THAT(repository.Unload("nobody", 0),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("there are iris")));
  EXPECT_THAT(repository.Unload("iris", 5),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no version 5")));
  SCONCE_ASSERT_OK(repository.Unload("iris", 1));
  EXPECT_THAT(repository.Unload("iris", 1),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("unloaded")));
}

TEST_F(RepositoryUnload, WaitsForTheRequestsAtHand) {
  models_.Write("iris.pt", "i");
  Repository& repository = Open();
  repository.LoadAll();
  auto held = repository.Find("iris", 0);
  SCONCE_ASSERT_OK(held);
  std::atomic<bool> unloaded{false};
  std::thread unloader([&] {
    SCONCE_EXPECT_OK(repository.Unload("iris", 0));
    unloaded = true;
  });
  while (StateOf("iris", 1) != ModelState::kDraining) std::this_thread::yield();
  EXPECT_FALSE(unloaded);
  EXPECT_EQ(Ask("iris"), std::nullopt);          // nobody new gets in
  EXPECT_EQ(AskVersion(*std::move(held)), "i");  // who was in gets the answer
  held = absl::CancelledError();                 // drops what a moved-from StatusOr may keep
  unloader.join();
  EXPECT_TRUE(unloaded);
  EXPECT_EQ(StateOf("iris", 1), ModelState::kUnloaded);
}

TEST_F(RepositoryUnload, DrainFinishesAllAndTakesNothingMore) {
  models_.Write("a.pt", "a");
  models_.Write("b.pt", "b");
  Repository& repository = Open();
  repository.LoadAll();
  repository.Drain();
  EXPECT_FALSE(repository.ready());
  EXPECT_EQ(StateOf("a", 1), ModelState::kUnloaded);
  EXPECT_THAT(repository.Find("a", 0),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("shutting down")));
  EXPECT_THAT(repository.Load(Request("a")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("shutting down")));
}

TEST_F(RepositoryUnload, ALoadThatEndsAfterDrainDoesNotServe) {
  models_.Write("a.pt", "a");
  Repository* repository = nullptr;
  LoadWith([&](const ModelSource& source) {
    repository->Drain();
    return testing::LoadText(source);
  });
  repository = &Open();
  EXPECT_THAT(repository->Load(Request("a")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("shutting down")));
  EXPECT_EQ(StateOf("a", 1), ModelState::kFailed);
}

}  // namespace
}  // namespace sconce
