#include "server/frontend/torchscript/declared_specs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::sconce::testing::StatusIs;
using ::testing::ElementsAre;
using Shape = std::vector<int64_t>;

Argument Input(const std::string& name) {
  Argument argument;
  argument.spec.name = name;
  return argument;
}

Signature TwoInputs() {
  Signature signature;
  signature.inputs = {Input("a"), Input("b")};
  return signature;
}

TEST(DeclaredSpecs, ByNameInAnyOrder) {
  Signature signature = TwoInputs();
  SCONCE_ASSERT_OK(ApplyDeclaredInputs(
      {{"b", Datatype::kInt64, Shape{-1}}, {"a", Datatype::kFp32, Shape{-1, 4}}}, signature));
  EXPECT_EQ(ToString(signature.inputs[0].spec), "FP32[-1,4]");
  EXPECT_EQ(ToString(signature.inputs[1].spec), "INT64[-1]");
}

TEST(DeclaredSpecs, ByPositionKeepsTheModelsName) {
  Signature signature = TwoInputs();
  SCONCE_ASSERT_OK(ApplyDeclaredInputs({{"INPUT__1", Datatype::kBool, Shape{1}}}, signature));
  EXPECT_EQ(signature.inputs[1].spec.name, "b");
  EXPECT_EQ(signature.inputs[1].spec.datatype, Datatype::kBool);
  EXPECT_EQ(signature.inputs[0].spec.datatype, Datatype::kUnknown);
}

TEST(DeclaredSpecs, AnotherNameTakesItsPosition) {
  Signature signature = TwoInputs();
  SCONCE_ASSERT_OK(ApplyDeclaredInputs({{"tokens", Datatype::kInt64, {}}}, signature));
  EXPECT_EQ(signature.inputs[0].spec.name, "tokens");
}

TEST(DeclaredSpecs, MoreThanThereAreIsAnError) {
  Signature signature = TwoInputs();
  const auto refused = absl::StatusCode::kFailedPrecondition;
  EXPECT_THAT(ApplyDeclaredInputs({{"INPUT__2", Datatype::kFp32, {}}}, signature),
              StatusIs(refused, ::testing::HasSubstr("INPUT__2")));
  EXPECT_THAT(ApplyDeclaredInputs({{"b", Datatype::kFp32, {}}, {"INPUT__1", {}, {}}}, signature),
              StatusIs(refused, ::testing::HasSubstr("INPUT__1")));
}

TEST(DeclaredSpecs, OutputsGoByPosition) {
  Signature signature = TwoInputs();
  signature.outputs = {{"output", Datatype::kUnknown, {}}};
  SCONCE_ASSERT_OK(ApplyDeclaredOutputs({{"OUTPUT__0", Datatype::kFp32, Shape{-1, 3}}}, signature));
  EXPECT_EQ(signature.outputs[0].name, "OUTPUT__0");
  EXPECT_EQ(ToString(signature.outputs[0]), "FP32[-1,3]");
  EXPECT_THAT(ApplyDeclaredOutputs({{"a", {}, {}}, {"b", {}, {}}}, signature),
              StatusIs(absl::StatusCode::kFailedPrecondition, ::testing::HasSubstr("2 outputs")));
}

}  // namespace
}  // namespace sconce
