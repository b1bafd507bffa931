#include "client/cli/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/cli/signatures.h"
#include "tests/testing/status_matchers.h"

namespace sconce::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakeArgument;
using testing::MakeMethod;
using testing::MakeOptional;
using testing::StatusIs;

TEST(InputDatatype, ComesFromTheTensorThenFromTheType) {
  const auto method =
      MakeMethod("forward", {MakeArgument("x", "Tensor", "FP16"), MakeArgument("n", "int"),
                             MakeArgument("scale", "float"), MakeArgument("flags", "List[bool]"),
                             MakeArgument("text", "Optional[str]"), MakeArgument("any", "Tensor")});
  EXPECT_EQ(InputDatatype(method, "x"), "FP16");
  EXPECT_EQ(InputDatatype(method, "n"), "INT64");
  EXPECT_EQ(InputDatatype(method, "scale"), "FP64");
  EXPECT_EQ(InputDatatype(method, "flags"), "BOOL");
  EXPECT_EQ(InputDatatype(method, "text"), "BYTES");
  EXPECT_EQ(InputDatatype(method, "any"), "");
  EXPECT_EQ(InputDatatype(method, "absent"), "");
}

TEST(InputDatatype, ElementsOfContainersHaveTheContainersDatatype) {
  const auto method = MakeMethod("forward", {MakeArgument("xs", "List[Tensor]", "FP32"),
                                             MakeArgument("d", "Dict[str, Tensor]", "INT32"),
                                             MakeArgument("x", "Tensor", "FP64")});
  EXPECT_EQ(InputDatatype(method, "xs.0"), "FP32");
  EXPECT_EQ(InputDatatype(method, "d.key"), "INT32");
  EXPECT_EQ(InputDatatype(method, "x.0"), "");
}

TEST(ExampleInputs, AnySizeIsOne) {
  const auto examples =
      ExampleInputs(MakeMethod("forward", {MakeArgument("x", "Tensor", "FP32", {{-1, 4}})}));
  ASSERT_EQ(examples.size(), 1);
  EXPECT_THAT(examples[0].shape, ElementsAre(1, 4));
  EXPECT_FALSE(examples[0].guessed);
}

TEST(ExampleInputs, OnlyTheFirstDimensionIsOneWithoutAGuess) {
  const auto examples =
      ExampleInputs(MakeMethod("forward", {MakeArgument("x", "Tensor", "FP32", {{-1, 1, -1}})}));
  EXPECT_THAT(examples[0].shape, ElementsAre(1, 1, 1));
  EXPECT_TRUE(examples[0].guessed);
}

TEST(ExampleInputs, SaysWhatItGuessed) {
  const auto examples = ExampleInputs(
      MakeMethod("forward", {MakeArgument("x", "Tensor"), MakeArgument("y", "Tensor", "FP32"),
                             MakeArgument("n", "int"), MakeArgument("s", "List[str]")}));
  ASSERT_EQ(examples.size(), 4);
  EXPECT_TRUE(examples[0].guessed);
  EXPECT_TRUE(examples[1].guessed);
  EXPECT_FALSE(examples[2].guessed);
  EXPECT_EQ(examples[2].datatype, "INT64");
  EXPECT_EQ(examples[3].datatype, "BYTES");
}

TEST(ExampleInputs, ContainersAreSpelledOutAndOptionalArgumentsLeftOut) {
  const auto examples = ExampleInputs(MakeMethod(
      "forward",
      {MakeArgument("xs", "List[Tensor]"), MakeArgument("t", "Tuple[Tensor, Tensor]"),
       MakeArgument("d", "Dict[str, Tensor]"), MakeOptional(MakeArgument("m", "Tensor"), "None")}));
  std::vector<std::string> names;
  for (const ExampleInput& example : examples) names.push_back(example.name);
  EXPECT_THAT(names, ElementsAre("xs.0", "t.0", "t.1", "d.key"));
}

TEST(FindMethod, DefaultsToForwardThenToTheFirst) {
  v1::ModelVersion model;
  model.set_name("net");
  *model.add_methods() = MakeMethod("encode", {});
  EXPECT_EQ(FindMethod(model, "")->name(), "encode");
  *model.add_methods() = MakeMethod("forward", {});
  EXPECT_EQ(FindMethod(model, "")->name(), "forward");
  EXPECT_EQ(FindMethod(model, "encode")->name(), "encode");
  EXPECT_THAT(FindMethod(model, "decode"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("it has: encode, forward")));
}

}  // namespace
}  // namespace sconce::cli
