#include "client/json_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(JsonTensor, NestedListsGiveTheShape) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const Tensor tensor, ParseJsonTensor("[[1,2,3],[4,5,6]]", "FP32"));
  EXPECT_THAT(tensor.shape, ElementsAre(2, 3));
  EXPECT_THAT(*ValuesOf<float>(tensor), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(JsonTensor, DeducesTheDatatype) {
  EXPECT_EQ(ParseJsonTensor("[1, 2.5]", "")->datatype, "FP32");
  EXPECT_EQ(ParseJsonTensor("[[1], [2]]", "")->datatype, "INT64");
  EXPECT_EQ(ParseJsonTensor("[true]", "")->datatype, "BOOL");
  EXPECT_EQ(ParseJsonTensor("[\"a\"]", "")->datatype, "BYTES");
  EXPECT_EQ(ParseJsonTensor("[1, \"NaN\"]", "")->datatype, "FP32");
  EXPECT_EQ(ParseJsonTensor("[]", "")->datatype, "FP32");
}

TEST(JsonTensor, ScalarsAndEmptyListsHaveTheirShapes) {
  EXPECT_THAT(ParseJsonTensor("3", "")->shape, ElementsAre());
  EXPECT_THAT(ParseJsonTensor("[]", "FP32")->shape, ElementsAre(0));
  EXPECT_THAT(ParseJsonTensor("[[],[]]", "FP32")->shape, ElementsAre(2, 0));
}

TEST(JsonTensor, RefusesRaggedListsWithThePlace) {
  EXPECT_THAT(ParseJsonTensor("[[1,2],[3]]", ""),
              StatusIs(kInvalid, "[1]: a list of 1 where its neighbours have 2"));
  EXPECT_THAT(ParseJsonTensor("[[1,2],3]", ""),
              StatusIs(kInvalid, "[1]: an element where its neighbours are lists"));
  EXPECT_THAT(ParseJsonTensor("[[1,[2]]]", ""),
              StatusIs(kInvalid, "[0][1]: a list where its neighbours are elements"));
  EXPECT_THAT(ParseJsonTensor("[[],[1]]", ""), StatusIs(kInvalid, HasSubstr("[1]: a list of 1")));
}

TEST(JsonTensor, RefusesElementsOfTheWrongKind) {
  EXPECT_THAT(ParseJsonTensor("[1,\"a\"]", "FP32"), StatusIs(kInvalid, "[1]: \"a\" is no FP32"));
  EXPECT_THAT(ParseJsonTensor("[1.5]", "INT64"), StatusIs(kInvalid, "[0]: 1.5 is no INT64"));
  EXPECT_THAT(ParseJsonTensor("[1]", "BOOL"), StatusIs(kInvalid, "[0]: 1 is no BOOL"));
  EXPECT_THAT(ParseJsonTensor("[1]", "BYTES"), StatusIs(kInvalid, "[0]: 1 is no BYTES"));
  EXPECT_THAT(ParseJsonTensor("null", "FP32"), StatusIs(kInvalid, "the value: null is no FP32"));
  EXPECT_THAT(ParseJsonTensor("[{\"a\":1}]", ""), StatusIs(kInvalid, HasSubstr("is no BYTES")));
}

TEST(JsonTensor, IntegersKeepTheirRange) {
  EXPECT_THAT(*ValuesOf<uint8_t>(*ParseJsonTensor("[0,255]", "UINT8")), ElementsAre(0, 255));
  EXPECT_THAT(ParseJsonTensor("[256]", "UINT8"), StatusIs(kInvalid, HasSubstr("256")));
  EXPECT_THAT(ParseJsonTensor("[-1]", "UINT8"), StatusIs(kInvalid, HasSubstr("-1")));
  EXPECT_THAT(*ValuesOf<int8_t>(*ParseJsonTensor("[-128,127]", "INT8")), ElementsAre(-128, 127));
  EXPECT_THAT(ParseJsonTensor("[-129]", "INT8"), StatusIs(kInvalid, HasSubstr("-129")));
  EXPECT_THAT(*ValuesOf<uint64_t>(*ParseJsonTensor("18446744073709551615", "UINT64")),
              ElementsAre(18446744073709551615u));
  EXPECT_THAT(ParseJsonTensor("18446744073709551615", "INT64"), StatusIs(kInvalid, ::testing::_));
  EXPECT_THAT(*ValuesOf<int64_t>(*ParseJsonTensor("-9223372036854775808", "INT64")),
              ElementsAre(std::numeric_limits<int64_t>::min()));
}

TEST(JsonTensor, FloatsKeepTheirRange) {
  EXPECT_THAT(ParseJsonTensor("1e39", "FP32"), StatusIs(kInvalid, HasSubstr("is no FP32")));
  EXPECT_THAT(ParseJsonTensor("70000", "FP16"), StatusIs(kInvalid, HasSubstr("is no FP16")));
  EXPECT_EQ(ParseJsonTensor("1.0", "FP16")->bytes, std::string("\x00\x3c", 2));
  EXPECT_EQ(ParseJsonTensor("1.0", "BF16")->bytes, std::string("\x80\x3f", 2));
}

TEST(JsonTensor, NotFiniteValuesAreSpeltAsStrings) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const Tensor tensor,
                              ParseJsonTensor(R"(["NaN","Infinity","-Infinity"])", "FP32"));
  const auto values = *ValuesOf<float>(tensor);
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_EQ(values[1], INFINITY);
  EXPECT_EQ(TensorToJson(tensor).dump(), R"(["NaN","Infinity","-Infinity"])");
}

TEST(JsonTensor, StringsThatAreNoTextTravelAsBase64) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const Tensor tensor,
                              ParseJsonTensor(R"(["é",{"base64":"/wA="}])", "BYTES"));
  EXPECT_THAT(tensor.strings, ElementsAre("é", std::string("\xff\0", 2)));
  EXPECT_EQ(TensorToJson(tensor).dump(), R"(["é",{"base64":"/wA="}])");
  EXPECT_THAT(ParseJsonTensor(R"([{"base64":"%"}])", "BYTES"), StatusIs(kInvalid, ::testing::_));
}

TEST(JsonTensor, FloatsPrintTheShortestTextThatReadsBack) {
  EXPECT_EQ(TensorToJson(MakeTensor<float>("x", {2}, {0.1f, 3})).dump(), "[0.1,3.0]");
  EXPECT_EQ(TensorToJson(MakeTensor<double>("x", {}, {0.1})).dump(), "0.1");
}

TEST(JsonTensor, EveryDatatypeComesBackAsItWent) {
  for (const char* datatype : {"UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32",
                               "INT64", "FP16", "BF16", "FP32", "FP64"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const Tensor tensor, ParseJsonTensor("[[1,2],[3,4]]", datatype));
    SCONCE_ASSERT_OK_AND_ASSIGN(const Tensor back, TensorFromJson(TensorToJson(tensor), datatype));
    EXPECT_EQ(back.bytes, tensor.bytes) << datatype;
    EXPECT_EQ(tensor.bytes.size(), 4 * ElementSize(datatype));
  }
  EXPECT_EQ(TensorToJson(*ParseJsonTensor("[true,false]", "BOOL")).dump(), "[true,false]");
}

TEST(JsonTensor, SaysWhereTextIsNoJson) {
  EXPECT_THAT(ParseJsonTensor("[1,", ""),
              StatusIs(kInvalid, HasSubstr("not JSON: parse error at")));
  EXPECT_THAT(ParseJsonTensor("hello", ""), StatusIs(kInvalid, HasSubstr("not JSON")));
}

TEST(JsonTensor, RefusesDeepNestingWithoutRecursingIntoIt) {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_THAT(ParseJsonTensor(deep, ""), StatusIs(kInvalid, HasSubstr("64 nested")));
  EXPECT_THAT(ParseJsonTensor("[1," + deep + "]", ""), StatusIs(kInvalid, HasSubstr("[1]")));
}

TEST(JsonTensor, RefusesWhatIsNoDatatype) {
  EXPECT_THAT(ParseJsonTensor("1", "FLOAT"), StatusIs(kInvalid, HasSubstr("FLOAT")));
}

}  // namespace
}  // namespace sconce
