// Promise 3: a swap never fails a request.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/repository/repository_fixture.h"

namespace sconce {
namespace {

using testing::StatusIs;

class RepositorySwap : public testing::RepositoryFixture {};

TEST_F(RepositorySwap, TheNewestVersionReplacesTheOlderOnes) {
  models_.Write("a.pt", "a");
  models_.Write("b.pt", "b");
  Repository& repository = Open();
  SCONCE_ASSERT_OK(repository.Load(Request("m", "a.pt")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const ModelInfo second, repository.Load(Request("m", "b.pt")));
  EXPECT_EQ(second.version, 2);
  EXPECT_EQ(Ask("m"), "b");
  EXPECT_EQ(Ask("m", 1), std::nullopt);
  EXPECT_NE(StateOf("m", 1), ModelState::kReady);
  EXPECT_TRUE(PageHas("result=\"loaded\""));
  EXPECT_TRUE(PageHas("result=\"swapped\""));
}

TEST_F(RepositorySwap, WhoHoldsTheOldVersionFinishesOnIt) {
  models_.Write("a.pt", "a");
  models_.Write("b.pt", "b");
  Repository& repository = Open();
  SCONCE_ASSERT_OK(repository.Load(Request("m", "a.pt")));
  auto held = *repository.Find("m", 0);
  SCONCE_ASSERT_OK(repository.Load(Request("m", "b.pt")));
  EXPECT_EQ(StateOf("m", 1), ModelState::kDraining);
  EXPECT_EQ(AskVersion(std::move(held)), "a");
}

TEST_F(RepositorySwap, TheSameNumberAgainIsAReload) {
  models_.Write("m.pt", "before");
  Repository& repository = Open();
  repository.LoadAll();
  auto held = *repository.Find("m", 0);
  models_.Write("m.pt", "after");
  SCONCE_ASSERT_OK_AND_ASSIGN(const ModelInfo again, repository.Load(Request("m")));
  EXPECT_EQ(again.version, 1);
  EXPECT_EQ(Ask("m"), "after");
  EXPECT_EQ(AskVersion(std::move(held)), "before");
  EXPECT_EQ(repository.List().size(), 1u);
}

TEST_F(RepositorySwap, AFailedReloadKeepsTheOldContentServing) {
  models_.Write("m.pt", "before");
  Repository& repository = Open();
  repository.LoadAll();
  models_.Write("m.pt", "broken");
  EXPECT_FALSE(repository.Load(Request("m")).ok());
  EXPECT_EQ(Ask("m"), "before");
  SCONCE_ASSERT_OK_AND_ASSIGN(const ModelInfo info, repository.Get("m", 1));
  EXPECT_EQ(info.state, ModelState::kReady);
  EXPECT_EQ(info.reason, "the text says that it is broken");
  EXPECT_TRUE(PageHas("result=\"failed\""));
}

TEST_F(RepositorySwap, AnOlderVersionCanBeLoadedBesideTheNewest) {
  models_.Write("m/1/net.pt", "1");
  models_.Write("m/2/net.pt", "2");
  Repository& repository = Open();
  repository.LoadAll();
  SCONCE_ASSERT_OK_AND_ASSIGN(const ModelInfo older, repository.Load(Request("m", "", 1)));
  EXPECT_EQ(older.version, 1);
  EXPECT_FALSE(older.is_default);
  EXPECT_EQ(Ask("m"), "2");
  EXPECT_EQ(Ask("m", 1), "1");
}

TEST_F(RepositorySwap, NewVersionFoldersAreFound) {
  models_.Write("m/1/net.pt", "1");
  Repository& repository = Open();
  repository.LoadAll();
  models_.Write("m/2/net.pt", "2");
  SCONCE_ASSERT_OK(repository.Load(Request("m")));
  EXPECT_EQ(Ask("m"), "2");
}

TEST_F(RepositorySwap, OldVersionsAreForgottenInTheEnd) {
  models_.Write("a.pt", "a");
  Repository& repository = Open();
  for (int i = 0; i < 40; ++i) SCONCE_ASSERT_OK(repository.Load(Request("m", "a.pt")));
  repository.Drain();
  EXPECT_EQ(repository.List().size(), 16u);
  EXPECT_EQ(repository.List().back().version, 40);
}

// 100 swaps under 8 callers: no request fails, every answer is of exactly one version, and no
// caller sees an older version after a newer one.
TEST_F(RepositorySwap, HundredSwapsUnderEightCallersFailNoRequest) {
  constexpr int kSwaps = 100, kCallers = 8;
  for (int i = 1; i <= kSwaps + 1; ++i) {
    models_.Write("files/v" + std::to_string(i) + ".pt", std::to_string(i));
  }
  Repository& repository = Open();
  SCONCE_ASSERT_OK(repository.Load(Request("m", "files/v1.pt")));
  std::atomic<bool> stop{false};
  std::atomic<int> failures{0}, mixed{0}, answers{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < kCallers; ++c) {
    callers.emplace_back([&] {
      int64_t newest = 0;
      while (!stop) {
        auto found = repository.Find("m", 0);
        if (!found.ok()) {
          ++failures;
          continue;
        }
        std::shared_ptr<const ServingVersion> serving = *std::move(found);
        const int64_t version = serving->version;
        const std::optional<std::string> answer = AskVersion(std::move(serving));
        if (!answer.has_value()) ++failures;
        if (answer != std::to_string(version) || version < newest) ++mixed;
        newest = version;
        ++answers;
      }
    });
  }
  for (int i = 2; i <= kSwaps + 1; ++i) {
    // Each version answers somebody before the next one comes.
    const int before = answers;
    SCONCE_EXPECT_OK(repository.Load(Request("m", "files/v" + std::to_string(i) + ".pt")));
    while (answers < before + kCallers) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(mixed, 0);
  EXPECT_GE(answers, kSwaps * kCallers);
  EXPECT_EQ(Ask("m"), std::to_string(kSwaps + 1));
}

}  // namespace
}  // namespace sconce
