#include "server/runtime/datatype.h"

#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/runtime/value.h"

namespace sconce {
namespace {

// The protocol's names and sizes, written down once more from its specification.
struct Known {
  const char* name;
  size_t size;
};
constexpr Known kKnown[] = {{"BOOL", 1}, {"UINT8", 1}, {"UINT16", 2}, {"UINT32", 4}, {"UINT64", 8},
                            {"INT8", 1}, {"INT16", 2}, {"INT32", 4},  {"INT64", 8},  {"FP16", 2},
                            {"FP32", 4}, {"FP64", 8},  {"BF16", 2}};

TEST(Datatype, NamesSizesAndLibTorchTypesAgree) {
  for (const Known& known : kKnown) {
    const std::optional<Datatype> datatype = ParseDatatype(known.name);
    ASSERT_TRUE(datatype) << known.name;
    EXPECT_EQ(DatatypeName(*datatype), known.name);
    EXPECT_EQ(DatatypeSize(*datatype), known.size) << known.name;
    const auto scalar = ToScalarType(*datatype);
    ASSERT_TRUE(scalar) << known.name;
    EXPECT_EQ(c10::elementSize(*scalar), known.size) << known.name;
    EXPECT_EQ(FromScalarType(*scalar), *datatype) << known.name;
  }
}

TEST(Datatype, BytesHaveNoSizeAndNoLibTorchType) {
  EXPECT_EQ(ParseDatatype("BYTES"), Datatype::kBytes);
  EXPECT_EQ(DatatypeSize(Datatype::kBytes), 0u);
  EXPECT_EQ(ToScalarType(Datatype::kBytes), std::nullopt);
}

TEST(Datatype, KnowsNoOthers) {
  for (const char* name : {"", "fp32", "FLOAT", "FP32 ", "INT128"}) {
    EXPECT_EQ(ParseDatatype(name), std::nullopt) << name;
  }
  EXPECT_EQ(FromScalarType(at::kComplexFloat), Datatype::kUnknown);
  EXPECT_EQ(FromScalarType(at::kQInt8), Datatype::kUnknown);
}

TEST(Value, TellsDatatypeAndShapeOfNumbersAndStrings) {
  const Value numbers = at::ones({2, 3}, at::kShort);
  EXPECT_EQ(DatatypeOf(numbers), Datatype::kInt16);
  EXPECT_EQ(ShapeOf(numbers), std::vector<int64_t>({2, 3}));
  const Value words = StringTensor{{1, 2}, {"a", "b"}};
  EXPECT_EQ(DatatypeOf(words), Datatype::kBytes);
  EXPECT_EQ(ShapeOf(words), std::vector<int64_t>({1, 2}));
}

}  // namespace
}  // namespace sconce
