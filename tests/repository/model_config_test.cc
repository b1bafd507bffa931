#include "server/repository/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr char kFull[] = R"(
name: "digits"   # a comment
platform: "pytorch_libtorch"
max_batch_size: 8
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1, 8, 8 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 10 ] } ]
instance_group [ { count: 2 kind: KIND_CPU } ]
version_policy: { specific { versions: [1, 3] } }
default_model_filename: "net.pt"
parameters { key: "INFERENCE_MODE" value { string_value: "true" } }
)";

TEST(ModelConfig, ReadsEveryFieldThatItTakes) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto config, ParseConfigText(kFull, "f"));
  EXPECT_EQ(config.name(), "digits");
  EXPECT_EQ(config.max_batch_size(), 8);
  EXPECT_EQ(config.input(0).dims_size(), 3);
  EXPECT_EQ(config.output(0).name(), "y");
  EXPECT_EQ(config.instance_group(0).count(), 2);
  EXPECT_EQ(config.version_policy().specific().versions(1), 3);
  EXPECT_EQ(config.default_model_filename(), "net.pt");
  EXPECT_EQ(config.parameters().at("INFERENCE_MODE").string_value(), "true");
}

TEST(ModelConfig, RefusesAnUnknownFieldWithItsPlaceAndTheFieldsThereAre) {
  EXPECT_THAT(ParseConfigText("name: \"a\"\n  dynamic_batching { }\n", "digits/config.pbtxt"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("digits/config.pbtxt, line 2, column 3"),
                             HasSubstr("no setting \"dynamic_batching\" in ModelConfig"),
                             HasSubstr("max_batch_size"), HasSubstr("version_policy"))));
}

TEST(ModelConfig, ThePlaceIsTheFieldsOwnHoweverItIsLaidOut) {
  EXPECT_THAT(ParseConfigText("\n\tensemble_scheduling\n\n{ }", "f"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("f, line 2, column 2:")));
  EXPECT_THAT(ParseConfigText("ensemble_scheduling", "f"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("f, line 1, column 1:")));
}

TEST(ModelConfig, RefusesAnUnknownFieldOfAPartWithThatPartsFields) {
  EXPECT_THAT(ParseConfigText("instance_group { profile: \"p\" }", "f"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("\"profile\" in ModelInstanceGroup"),
                             HasSubstr("name, kind, count, gpus"))));
}

TEST(ModelConfig, RefusesWhatIsNoConfiguration) {
  for (const char* text : {"{", "name: 3", "name: \"a\" name: \"b\"", "max_batch_size: \"x\"",
                           "input { data_type: TYPE_FP8 }", "PK\x03\x04"}) {
    EXPECT_THAT(ParseConfigText(text, "f"),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("f, line 1")))
        << text;
  }
}

TEST(ModelConfig, RefusesDeepNestingAndHugeText) {
  std::string nested;
  for (int i = 0; i < 10000; ++i) nested += "version_policy {";
  EXPECT_THAT(ParseConfigText(nested, "f"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 1")));
  EXPECT_THAT(ParseConfigText(std::string(kMaxConfigBytes + 1, '\n'), "f"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("bytes")));
}

TEST(ModelConfig, ReadsJsonWithNamesInEitherSpelling) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto config,
      ParseConfigJson(R"({"max_batch_size": 4, "instanceGroup": [{"kind": "KIND_CPU"}],
                          "input": [{"name": "x", "data_type": "TYPE_FP32", "dims": [-1, "3"]}],
                          "version_policy": {"latest": {"num_versions": 2}},
                          "parameters": {"SKELETON": {"string_value": "s.pt"}}})",
                      "f"));
  EXPECT_EQ(config.max_batch_size(), 4);
  EXPECT_EQ(config.instance_group(0).kind(), inference::ModelInstanceGroup::KIND_CPU);
  EXPECT_EQ(config.input(0).dims(1), 3);
  EXPECT_EQ(config.version_policy().latest().num_versions(), 2u);
  EXPECT_EQ(config.parameters().at("SKELETON").string_value(), "s.pt");
}

TEST(ModelConfig, RefusesUnknownJsonByName) {
  EXPECT_THAT(ParseConfigJson(R"({"dynamic_batching": {}})", "the request"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("the request"), HasSubstr("dynamic_batching"),
                             HasSubstr("max_batch_size"))));
  EXPECT_THAT(ParseConfigJson("[", "r"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("r: ")));
}

}  // namespace
}  // namespace sconce
