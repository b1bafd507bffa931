#include "server/repository/load_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/repository/temp_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;
using testing::TempFolder;

class LoadPlanTest : public ::testing::Test {
 protected:
  Repository::LoadRequest Request(const std::string& name, const std::string& path = "",
                                  int64_t version = 0) {
    Repository::LoadRequest request;
    request.name = name;
    request.path = path;
    request.version = version;
    return request;
  }
  absl::StatusOr<LoadPlan> Plan(const Repository::LoadRequest& request, int64_t newest = 0) {
    return PlanLoad({.path = temp_.path(), .flag = "--models"}, request, newest, "auto");
  }
  // The only step of a plan that must work.
  LoadStep Step(const Repository::LoadRequest& request, int64_t newest = 0) {
    const auto plan = Plan(request, newest);
    EXPECT_TRUE(plan.ok()) << plan.status();
    if (!plan.ok()) return {.version = 0, .source = plan.status()};
    EXPECT_EQ(plan->steps.size(), 1u);
    return plan->steps.front();
  }
  static std::vector<int64_t> VersionsOf(const LoadPlan& plan) {
    std::vector<int64_t> versions;
    for (const LoadStep& step : plan.steps) versions.push_back(step.version);
    return versions;
  }

  TempFolder temp_;
};

TEST_F(LoadPlanTest, ABareFileIsVersionOne) {
  temp_.Write("iris.pt");
  const LoadStep step = Step(Request("iris"));
  EXPECT_EQ(step.version, 1);
  EXPECT_EQ(step.source->path, temp_ / "iris.pt");
  EXPECT_EQ(step.source->device, "auto");
}

TEST_F(LoadPlanTest, TheNewestVersionFolderIsServed) {
  temp_.Write("digits/2/a.pt");
  temp_.Write("digits/10/a.pt");
  const LoadStep step = Step(Request("digits"));
  EXPECT_EQ(step.version, 10);
  EXPECT_EQ(step.source->path, temp_ / "digits/10/a.pt");
}

TEST_F(LoadPlanTest, ThePolicyPicksVersionsAndAWrongOneDoesNotStopTheOthers) {
  temp_.Write("digits/config.pbtxt", "version_policy { all {} }");
  temp_.Write("digits/1/a.pt");
  temp_.MakeFolder("digits/2");
  temp_.Write("digits/3/a.pt");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadPlan plan, Plan(Request("digits")));
  EXPECT_THAT(VersionsOf(plan), ElementsAre(1, 2, 3));
  EXPECT_THAT(plan.steps[1].source,
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("digits/2")));
  SCONCE_EXPECT_OK(plan.steps[2].source);
}

TEST_F(LoadPlanTest, OneVersionOfTheFolderCanBeAskedFor) {
  temp_.Write("digits/1/a.pt");
  temp_.Write("digits/2/a.pt");
  EXPECT_EQ(Step(Request("digits", "", 1)).source->path, temp_ / "digits/1/a.pt");
  EXPECT_THAT(Plan(Request("digits", "", 7)),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no version 7")));
}

TEST_F(LoadPlanTest, AFileOfAVersionFolderHasItsNumber) {
  temp_.Write("digits/4/a.pt");
  EXPECT_EQ(Step(Request("digits", "digits/4/a.pt"), 9).version, 4);
  EXPECT_EQ(Step(Request("digits", "digits/4/a.pt", 6), 9).version, 6);
}

TEST_F(LoadPlanTest, AnyOtherFileIsOneMoreThanTheNewest) {
  temp_.Write("new.pt");
  EXPECT_EQ(Step(Request("iris", "new.pt")).version, 1);
  EXPECT_EQ(Step(Request("iris", "new.pt"), 4).version, 5);
  temp_.Write("iris/8/a.pt");  // nobody loaded it, but the number is taken
  EXPECT_EQ(Step(Request("iris", "new.pt"), 4).version, 9);
}

TEST_F(LoadPlanTest, TheRequestsDeviceComesFirstThenTheConfigurations) {
  temp_.Write("digits/1/a.pt");
  temp_.Write("digits/config.pbtxt", "instance_group { kind: KIND_CPU count: 3 }");
  Repository::LoadRequest request = Request("digits");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadPlan plan, Plan(request));
  EXPECT_EQ(plan.steps[0].source->device, "cpu");
  EXPECT_EQ(plan.settings.instances, 3);
  request.device = "cuda:1";
  EXPECT_EQ(Step(request).source->device, "cuda:1");
}

TEST_F(LoadPlanTest, TheSkeletonLiesBesideTheModelOrInItsFolder) {
  temp_.Write("digits/config.pbtxt",
              R"(parameters { key: "SKELETON" value { string_value: "net.pt" } })");
  temp_.Write("digits/net.pt");
  temp_.Write("digits/1/weights.pth");
  EXPECT_EQ(Step(Request("digits")).source->skeleton, temp_ / "digits/net.pt");
  temp_.Write("digits/1/net.pt");
  const LoadStep step = Step(Request("digits"));
  EXPECT_EQ(step.source->skeleton, temp_ / "digits/1/net.pt");
  EXPECT_EQ(step.source->path, temp_ / "digits/1/weights.pth");
}

TEST_F(LoadPlanTest, TheRequestsSkeletonObeysThePathRules) {
  temp_.Write("weights.pth");
  temp_.Write("iris.pt");
  Repository::LoadRequest request = Request("tuned", "weights.pth");
  request.skeleton = "iris.pt";
  EXPECT_EQ(Step(request).source->skeleton, temp_ / "iris.pt");
  request.skeleton = "../iris.pt";
  EXPECT_THAT(Step(request).source,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not inside")));
}

TEST_F(LoadPlanTest, WhatIsAskedOfWeightsComesFromTheRequestThenTheConfiguration) {
  temp_.Write("digits/1/a.pt");
  Repository::LoadRequest request = Request("digits");
  const ModelSource plain = *Step(request).source;
  EXPECT_EQ(plain.weights_key, "");
  EXPECT_FALSE(plain.allow_missing || plain.allow_unexpected);
  EXPECT_EQ(plain.root, temp_.path());
  temp_.Write("digits/config.pbtxt",
              R"(parameters { key: "WEIGHTS_KEY" value { string_value: "ema" } }
                 parameters { key: "ALLOW_MISSING" value { string_value: "true" } })");
  EXPECT_EQ(Step(request).source->weights_key, "ema");
  EXPECT_TRUE(Step(request).source->allow_missing);
  EXPECT_FALSE(Step(request).source->allow_unexpected);
  request.weights_key = "model";
  request.allow_unexpected = true;
  EXPECT_EQ(Step(request).source->weights_key, "model");
  EXPECT_TRUE(Step(request).source->allow_missing);
  EXPECT_TRUE(Step(request).source->allow_unexpected);
}

TEST_F(LoadPlanTest, AnIndexOfShardsIsTheModelFile) {
  temp_.Write("llm/1/model.safetensors.index.json");
  temp_.Write("llm/1/model-00001-of-00001.safetensors");
  EXPECT_EQ(Step(Request("llm")).source->path, temp_ / "llm/1/model.safetensors.index.json");
  EXPECT_EQ(Step(Request("new", "llm/1/model.safetensors.index.json")).source->path,
            temp_ / "llm/1/model.safetensors.index.json");
}

TEST_F(LoadPlanTest, JsonReplacesTheFoldersConfiguration) {
  temp_.Write("digits/config.pbtxt", "nonsense");
  temp_.Write("digits/1/a.pt");
  Repository::LoadRequest request = Request("digits");
  EXPECT_THAT(Plan(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("digits/config.pbtxt, line 1")));
  request.config_json = R"({"max_batch_size": 2})";
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadPlan plan, Plan(request));
  EXPECT_EQ(plan.settings.config.max_batch_size(), 2);
}

TEST_F(LoadPlanTest, RefusesRequestsThatNameNothing) {
  EXPECT_THAT(Plan(Request("../x")), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/")));
  EXPECT_THAT(Plan(Request("nobody")),
              StatusIs(absl::StatusCode::kNotFound, AllOf(HasSubstr("nobody"), HasSubstr(".pt"))));
  EXPECT_THAT(Plan(Request("x", "missing.pt")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("missing.pt")));
  EXPECT_THAT(Plan(Request("x", "", -1)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("-1 is no version")));
}

TEST_F(LoadPlanTest, ConfigurationIsReadThroughNoLinkToTheOutside) {
  TempFolder outside;
  outside.Write("secret", "password");
  temp_.Write("digits/1/a.pt");
  temp_.Link("digits/config.pbtxt", outside / "secret");
  EXPECT_THAT(Plan(Request("digits")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("not inside"), ::testing::Not(HasSubstr("password")))));
}

}  // namespace
}  // namespace sconce
