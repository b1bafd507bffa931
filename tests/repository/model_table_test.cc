#include "server/repository/model_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_format.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::StatusIs;
constexpr auto kNotFound = absl::StatusCode::kNotFound;
constexpr auto kUnavailable = absl::StatusCode::kUnavailable;

class ModelTableTest : public ::testing::Test {
 protected:
  ModelInfo Info(const std::string& name, int64_t version) {
    ModelInfo info;
    info.name = name;
    info.version = version;
    return info;
  }
  void Begin(const std::string& name, int64_t version) {
    table_.BeginLoad(Info(name, version), metrics_.ForVersion(name, version));
  }
  // Returns the instance.
  InstanceId Publish(const std::string& name, int64_t version) {
    auto serving = std::make_shared<ServingVersion>();
    serving->name = name;
    serving->version = version;
    serving->metrics = metrics_.ForVersion(name, version);
    Begin(name, version);
    SCONCE_EXPECT_OK(table_.Publish(Info(name, version), serving, ++instance_));
    return instance_;
  }
  ModelInfo Get(const std::string& name, int64_t version) {
    const auto info = table_.Get(name, version);
    EXPECT_TRUE(info.ok()) << info.status();
    return info.ok() ? *info : ModelInfo();
  }

  Metrics metrics_;
  ModelTable table_;
  InstanceId instance_ = 0;
};

TEST_F(ModelTableTest, TheHighestReadyVersionIsTheDefault) {
  Publish("m", 3);
  Publish("m", 10);
  Publish("m", 4);
  Begin("m", 11);
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto found, table_.Find("m", 0));
  EXPECT_EQ(found->version, 10);
  EXPECT_TRUE(Get("m", 10).is_default);
  EXPECT_FALSE(Get("m", 4).is_default);
  EXPECT_EQ(table_.NewestVersion("m"), 11);
}

TEST_F(ModelTableTest, SaysWhichModelsAndVersionsThereAre) {
  EXPECT_THAT(table_.Find("m", 0), StatusIs(kNotFound, HasSubstr("none is loaded")));
  Publish("digits", 2);
  Publish("iris", 1);
  EXPECT_THAT(table_.Find("m", 0), StatusIs(kNotFound, HasSubstr("there are digits, iris")));
  EXPECT_THAT(table_.Find("digits", 7),
              StatusIs(kNotFound, HasSubstr("no version 7; there are 2")));
}

TEST_F(ModelTableTest, SaysWhyAKnownVersionDoesNotServe) {
  Begin("m", 1);
  EXPECT_THAT(table_.Find("m", 1), StatusIs(kUnavailable, HasSubstr("version 1 is loading")));
  table_.FailLoad("m", 1, "it is broken");
  EXPECT_THAT(table_.Find("m", 0),
              StatusIs(kUnavailable, HasSubstr("\"m\" version 1 is failed: it is broken")));
  EXPECT_EQ(Get("m", 0).reason, "it is broken");
}

TEST_F(ModelTableTest, AFailedReloadLeavesWhatServesReady) {
  Publish("m", 1);
  Begin("m", 1);
  EXPECT_EQ(Get("m", 1).state, ModelState::kReady);
  table_.FailLoad("m", 1, "no luck");
  EXPECT_EQ(Get("m", 1).state, ModelState::kReady);
  EXPECT_EQ(Get("m", 1).reason, "no luck");
  SCONCE_EXPECT_OK(table_.Find("m", 1));
}

TEST_F(ModelTableTest, ARetiredVersionDrainsUntilItIsGone) {
  const InstanceId instance = Publish("m", 1);
  ModelTable::Retired retired = table_.Retire("m", {1});
  EXPECT_EQ(retired.handles.size(), 1u);
  EXPECT_EQ(retired.instances, std::set<InstanceId>{instance});
  EXPECT_EQ(Get("m", 1).state, ModelState::kDraining);
  EXPECT_THAT(table_.Find("m", 1), StatusIs(kUnavailable, HasSubstr("draining")));
  table_.NoteGone("m", 1, instance);
  EXPECT_EQ(Get("m", 1).state, ModelState::kUnloaded);
  table_.WaitUntilGone(retired.instances);  // returns
}

TEST_F(ModelTableTest, ANewInstanceOfAVersionOutlivesTheEndOfTheOldOne) {
  const InstanceId old = Publish("m", 1);
  Publish("m", 1);
  table_.NoteGone("m", 1, old);
  EXPECT_EQ(Get("m", 1).state, ModelState::kReady);
}

TEST_F(ModelTableTest, ClosingRetiresAllAndTakesNothingMore) {
  Publish("a", 1);
  Publish("b", 1);
  EXPECT_EQ(table_.Close().handles.size(), 2u);
  EXPECT_THAT(table_.Find("a", 1), StatusIs(kUnavailable, HasSubstr("shutting down")));
  auto serving = std::make_shared<ServingVersion>();
  serving->metrics = metrics_.ForVersion("c", 1);
  EXPECT_THAT(table_.Publish(Info("c", 1), serving, 99),
              StatusIs(kUnavailable, HasSubstr("shutting down")));
}

TEST_F(ModelTableTest, OldUnloadedAndFailedVersionsAreForgotten) {
  Publish("m", 1);
  for (int64_t version = 2; version < 40; ++version) {
    Begin("m", version);
    table_.FailLoad("m", version, "broken");
  }
  const std::vector<ModelInfo> known = table_.List();
  ASSERT_EQ(known.size(), 1 + ModelTable::kMaxPastVersions);
  EXPECT_EQ(known.front().version, 1);  // it serves
  EXPECT_EQ(known[1].version, 24);
  EXPECT_EQ(known.back().version, 39);
}

TEST_F(ModelTableTest, NamesThatOnlyFailedAreForgottenInTheEnd) {
  Publish("keep", 1);
  for (size_t i = 0; i < ModelTable::kMaxPastNames + 50; ++i) {
    const std::string name = absl::StrFormat("m%d", i);
    Begin(name, 1);
    table_.FailLoad(name, 1, "broken");
  }
  EXPECT_EQ(table_.List().size(), ModelTable::kMaxPastNames);
  SCONCE_EXPECT_OK(table_.Find("keep", 0));
}

TEST_F(ModelTableTest, TheStateIsAMetricToo) {
  const InstanceId instance = Publish("m", 1);
  EXPECT_THAT(metrics_.Scrape(), HasSubstr("state=\"ready\""));
  table_.Retire("m", {1});
  table_.NoteGone("m", 1, instance);
  EXPECT_THAT(metrics_.Scrape(), ::testing::Not(HasSubstr("model=\"m\"")));
}

}  // namespace
}  // namespace sconce
