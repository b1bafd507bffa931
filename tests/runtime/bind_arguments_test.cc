#include <ATen/core/Dict.h>
#include <ATen/core/List.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "server/runtime/schema.h"
#include "tests/runtime/schemas.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using namespace ::sconce::testing;  // NOLINT: type builders
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Bound = absl::StatusOr<std::vector<c10::IValue>>;

Bound Bind(const c10::FunctionSchema& schema, std::vector<NamedValue> inputs) {
  auto signature = SignatureOf("forward", schema);
  if (!signature.ok()) return signature.status();
  return BindArguments(*signature, schema, std::move(inputs), c10::Device("cpu"));
}

// The value of forward(x: `type`) for one input x.
absl::StatusOr<c10::IValue> BindX(c10::TypePtr type, NamedValue input) {
  input.name = "x";
  auto bound = Bind(Schema({Arg("x", std::move(type))}), {std::move(input)});
  if (!bound.ok()) return bound.status();
  return bound->at(0);
}

template <typename T>
absl::StatusOr<c10::IValue> BindNumbers(c10::TypePtr type, at::ScalarType scalar,
                                        std::vector<int64_t> shape, std::vector<T> elements) {
  return BindX(std::move(type), Tensor("x", Elements(scalar, std::move(shape), elements)));
}

auto Refused(const std::string& text) {
  return StatusIs(absl::StatusCode::kInvalidArgument,
                  AllOf(HasSubstr(text), HasSubstr("the signature is forward(")));
}

const c10::FunctionSchema& TwoTensors() {
  static const auto* const schema =
      new c10::FunctionSchema(Schema({Arg("x", TensorT()), Arg("mask", TensorT())}));
  return *schema;
}

TEST(BindArguments, TakesInputsByNameInAnyOrderWithoutCopying) {
  const at::Tensor x = at::arange(4);
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto bound,
                              Bind(TwoTensors(), {Tensor("mask", at::ones({2})), Tensor("x", x)}));
  ASSERT_EQ(bound.size(), 2u);
  EXPECT_EQ(bound[0].toTensor().const_data_ptr(), x.const_data_ptr());
  EXPECT_EQ(bound[1].toTensor().numel(), 2);
}

TEST(BindArguments, TakesInputsByPosition) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto bound,
      Bind(TwoTensors(), {Tensor("INPUT__1", at::ones({2})), Tensor("INPUT__0")}));
  EXPECT_EQ(bound[0].toTensor().numel(), 4);
  EXPECT_EQ(bound[1].toTensor().numel(), 2);
}

TEST(BindArguments, QuotesTheSignatureWhenNamesDoNotFit) {
  EXPECT_THAT(Bind(TwoTensors(), {Tensor("x")}), Refused("missing input mask"));
  EXPECT_THAT(Bind(TwoTensors(), {}), Refused("forward(x: Tensor, mask: Tensor)"));
  EXPECT_THAT(Bind(TwoTensors(), {Tensor("x"), Tensor("mask"), Tensor("y")}),
              Refused("unknown input y"));
  EXPECT_THAT(Bind(TwoTensors(), {Tensor("x"), Tensor("mask"), Tensor("x")}),
              Refused("input x: given twice"));
  EXPECT_THAT(Bind(TwoTensors(), {Tensor("x.0"), Tensor("mask")}), Refused("unknown input x.0"));
}

TEST(BindArguments, RefusesBadPositions) {
  EXPECT_THAT(Bind(TwoTensors(), {Tensor("INPUT__0"), Tensor("mask")}),
              Refused("mask is a name and INPUT__0 a position"));
  EXPECT_THAT(Bind(TwoTensors(), {Tensor("INPUT__0"), Tensor("INPUT__2")}),
              Refused("there are only 2 inputs"));
  EXPECT_THAT(Bind(TwoTensors(), {Tensor("INPUT__0"), Tensor("INPUT__0")}),
              Refused("INPUT__0: given twice"));
  EXPECT_THAT(Bind(TwoTensors(), {Tensor("INPUT__00"), Tensor("INPUT__1")}),
              Refused("unknown input INPUT__00"));
  EXPECT_THAT(Bind(TwoTensors(), {Tensor("INPUT__0.1"), Tensor("INPUT__1")}),
              Refused("unknown input INPUT__0.1"));
  EXPECT_THAT(Bind(TwoTensors(), {Tensor("INPUT__99999999999999999999")}),
              Refused("unknown input INPUT__99999999999999999999"));
}

TEST(BindArguments, FillsDefaultsAndNone) {
  const auto schema =
      Schema({Arg("x", TensorT()), Arg("mask", OptionalT(TensorT())),
              Arg("where", OptionalT(DeviceT()), c10::IValue()), Arg("k", IntT(), 3)});
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto bound, Bind(schema, {Tensor("x")}));
  ASSERT_EQ(bound.size(), 4u);
  EXPECT_TRUE(bound[1].isNone());
  EXPECT_TRUE(bound[2].isNone());
  EXPECT_EQ(bound[3].toInt(), 3);
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto by_position,
      Bind(schema, {Tensor("INPUT__0"), Tensor("INPUT__2", at::ones({1}, at::kLong))}));
  EXPECT_EQ(by_position[3].toInt(), 1);
}

TEST(BindArguments, GivesEachRequestItsOwnDefaultList) {
  const auto schema = Schema({Arg("sizes", ListT(IntT()), c10::IValue(std::vector<int64_t>{1}))});
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto first, Bind(schema, {}));
  first[0].toIntList().push_back(2);
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto second, Bind(schema, {}));
  EXPECT_EQ(second[0].toIntVector(), std::vector<int64_t>({1}));
}

TEST(BindArguments, BindsByTheSignaturesNamesNotTheSchemas) {
  SCONCE_ASSERT_OK_AND_ASSIGN(Signature signature, SignatureOf("forward", TwoTensors()));
  signature.inputs[0].spec.name = "INPUT__1";
  signature.inputs[1].spec.name = "INPUT__0";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto bound, BindArguments(signature, TwoTensors(),
                                                              {Tensor("INPUT__1", at::ones({1})),
                                                               Tensor("INPUT__0", at::ones({2}))},
                                                              c10::Device("cpu")));
  EXPECT_EQ(bound[0].toTensor().numel(), 1);
  EXPECT_EQ(bound[1].toTensor().numel(), 2);
}

TEST(BindArguments, ChecksTheDeclaredDatatypeAndShape) {
  const auto schema = Schema({Arg("x", TensorT())});
  SCONCE_ASSERT_OK_AND_ASSIGN(Signature signature, SignatureOf("forward", schema));
  signature.inputs[0].spec.datatype = Datatype::kFp32;
  signature.inputs[0].spec.shape = {kAnySize, 4};
  const auto bind = [&](at::Tensor x) {
    return BindArguments(signature, schema, {Tensor("x", std::move(x))}, c10::Device("cpu"));
  };
  SCONCE_EXPECT_OK(bind(at::ones({0, 4})));
  SCONCE_EXPECT_OK(bind(at::ones({9, 4})));
  EXPECT_THAT(bind(at::ones({9, 4}, at::kDouble)),
              Refused("has the datatype FP64, expected is FP32"));
  EXPECT_THAT(bind(at::ones({9, 5})), Refused("has the shape [9,5], expected is [-1,4]"));
  EXPECT_THAT(bind(at::ones({4})), Refused("x: FP32[-1,4]"));
}

TEST(BindArguments, TakesEveryDatatypeAndEmptyTensors) {
  for (const at::ScalarType type :
       {at::kBool, at::kByte, at::kUInt16, at::kUInt32, at::kUInt64, at::kChar, at::kShort,
        at::kInt, at::kLong, at::kHalf, at::kBFloat16, at::kFloat, at::kDouble}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto x, BindX(TensorT(), Tensor("x", at::zeros({0}, type))));
    EXPECT_EQ(x.toTensor().scalar_type(), type);
  }
}

TEST(BindArguments, RefusesBytesForATensor) {
  EXPECT_THAT(BindX(TensorT(), Strings("x", {"a"})), Refused("input x: has the datatype BYTES"));
}

TEST(BindArguments, TakesAnIntOfAnyIntegerType) {
  for (const at::ScalarType type : {at::kByte, at::kUInt16, at::kUInt32, at::kUInt64, at::kChar,
                                    at::kShort, at::kInt, at::kLong}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(
        const auto x, BindNumbers<int64_t>(IntT(), type, {}, {at::isSignedType(type) ? -1 : 200}));
    EXPECT_EQ(x.toInt(), at::isSignedType(type) ? -1 : 200) << type;
  }
}

TEST(BindArguments, RefusesAnIntOutOfRangeOrOfAnotherType) {
  constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
  SCONCE_EXPECT_OK(BindNumbers<uint64_t>(IntT(), at::kUInt64, {1}, {kLargest}));
  EXPECT_THAT(BindNumbers<uint64_t>(IntT(), at::kUInt64, {1}, {kLargest + 1}),
              Refused("input x: holds 9223372036854775808"));
  EXPECT_THAT(BindNumbers<float>(IntT(), at::kFloat, {1}, {1}),
              Refused("input x: has the datatype FP32, expected is an integer type"));
  EXPECT_THAT(BindNumbers<uint8_t>(IntT(), at::kBool, {1}, {1}), Refused("BOOL"));
  EXPECT_THAT(BindX(IntT(), Strings("x", {"1"})), Refused("BYTES"));
}

TEST(BindArguments, TakesAFloatOfAnyNumberType) {
  for (const at::ScalarType type :
       {at::kHalf, at::kBFloat16, at::kFloat, at::kDouble, at::kInt, at::kByte}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto x, BindX(FloatT(), Tensor("x", at::ones({1}, type))));
    ASSERT_TRUE(x.isDouble());
    EXPECT_EQ(x.toDouble(), 1.0) << type;
  }
  EXPECT_THAT(BindX(FloatT(), Tensor("x", at::ones({1}, at::kBool))),
              Refused("expected is a number type"));
}

TEST(BindArguments, KeepsWholeNumbersOfAScalarWhole) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto whole,
                              BindNumbers<int64_t>(c10::NumberType::get(), at::kLong, {1}, {7}));
  EXPECT_TRUE(whole.isInt());
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto broken,
                              BindNumbers<double>(c10::NumberType::get(), at::kDouble, {1}, {7.5}));
  EXPECT_EQ(broken.toDouble(), 7.5);
}

TEST(BindArguments, TakesBoolAndStr) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto yes, BindNumbers<uint8_t>(BoolT(), at::kBool, {}, {7}));
  EXPECT_TRUE(yes.toBool());
  EXPECT_THAT(BindNumbers<uint8_t>(BoolT(), at::kByte, {1}, {1}), Refused("expected is BOOL"));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto text, BindX(StringT(), Strings("x", {"mean"})));
  EXPECT_EQ(text.toStringRef(), "mean");
  EXPECT_THAT(BindX(StringT(), Tensor("x")), Refused("has the datatype INT64, expected is BYTES"));
}

TEST(BindArguments, TakesScalarsOfExactlyOneElementInAnyShape) {
  SCONCE_EXPECT_OK(BindX(IntT(), Tensor("x", at::ones({1, 1, 1}, at::kLong))));
  SCONCE_EXPECT_OK(BindX(OptionalT(IntT()), Tensor("x", at::ones({}, at::kLong))));
  EXPECT_THAT(BindX(IntT(), Tensor("x", at::ones({2}, at::kLong))),
              Refused("int takes exactly one element, found are 2 (shape [2])"));
  EXPECT_THAT(BindX(FloatT(), Tensor("x", at::ones({0}))), Refused("found are 0"));
  EXPECT_THAT(BindX(StringT(), Strings("x", {})), Refused("found are 0"));
}

TEST(BindArguments, TakesListsOfOneDimension) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto ints,
                              BindNumbers<int32_t>(ListT(IntT()), at::kInt, {2}, {3, 4}));
  EXPECT_EQ(ints.toIntVector(), std::vector<int64_t>({3, 4}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto floats,
                              BindNumbers<float>(ListT(FloatT()), at::kFloat, {1}, {0.5}));
  EXPECT_EQ(floats.toDoubleVector(), std::vector<double>({0.5}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto bools,
                              BindNumbers<uint8_t>(ListT(BoolT()), at::kBool, {2}, {1, 0}));
  EXPECT_EQ(bools.toBoolList().vec(), std::vector<bool>({true, false}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto words, BindX(ListT(StringT()), Strings("x", {"a", "b"})));
  EXPECT_EQ(words.toList().size(), 2u);
  EXPECT_EQ(words.toListRef()[1].toStringRef(), "b");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto none,
                              BindX(ListT(IntT()), Tensor("x", at::ones({0}, at::kLong))));
  EXPECT_TRUE(none.toIntVector().empty());
}

TEST(BindArguments, RefusesListsOfOtherShapesAndTypes) {
  EXPECT_THAT(BindX(ListT(IntT()), Tensor("x", at::ones({1, 2}, at::kLong))),
              Refused("List[int] takes one dimension, found is the shape [1,2]"));
  EXPECT_THAT(BindX(ListT(IntT()), Tensor("x", at::ones({}, at::kLong))), Refused("shape []"));
  EXPECT_THAT(BindX(ListT(IntT()), Tensor("x", at::ones({2}))), Refused("FP32"));
  EXPECT_THAT(BindX(ListT(StringT()), Tensor("x")), Refused("BYTES"));
}

TEST(BindArguments, CollectsListsOfTensorsInOrder) {
  const auto schema = Schema({Arg("xs", ListT(TensorT())), Arg("k", IntT(), 0)});
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto bound,
                              Bind(schema, {Tensor("xs.1", at::ones({1})), Tensor("xs.0")}));
  ASSERT_EQ(bound[0].toTensorList().size(), 2u);
  EXPECT_EQ(bound[0].toTensorList().get(1).numel(), 1);
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto by_position,
                              Bind(schema, {Tensor("INPUT__0.0"), Tensor("INPUT__0.1")}));
  EXPECT_EQ(by_position[0].toTensorList().size(), 2u);
}

TEST(BindArguments, RefusesGapsInListsOfTensors) {
  const auto schema = Schema({Arg("xs", ListT(TensorT()))});
  EXPECT_THAT(Bind(schema, {Tensor("xs.0"), Tensor("xs.2")}), Refused("missing input xs.1"));
  EXPECT_THAT(Bind(schema, {Tensor("xs.0"), Tensor("xs.0")}), Refused("xs.0: given twice"));
  EXPECT_THAT(Bind(schema, {Tensor("xs.first")}), Refused("name its tensors xs.0, xs.1"));
  EXPECT_THAT(Bind(schema, {Tensor("xs")}), Refused("List[Tensor] is made of several tensors"));
  EXPECT_THAT(Bind(schema, {Tensor("xs.")}), Refused("unknown input xs."));
  EXPECT_THAT(Bind(schema, {}), Refused("missing input xs.*"));
  EXPECT_THAT(Bind(schema, {Strings("xs.0", {"a"})}), Refused("BYTES"));
}

TEST(BindArguments, CollectsATupleOfExactlyItsSize) {
  const auto schema =
      Schema({Arg("x", TensorT()), Arg("hidden", OptionalT(TupleT({TensorT(), TensorT()})))});
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto bound,
                              Bind(schema, {Tensor("hidden.0"), Tensor("hidden.1"), Tensor("x")}));
  EXPECT_EQ(bound[1].toTupleRef().elements().size(), 2u);
  EXPECT_THAT(Bind(schema, {Tensor("x"), Tensor("hidden.0")}), Refused("missing input hidden.1"));
  EXPECT_THAT(Bind(schema, {Tensor("x"), Tensor("hidden.2")}),
              Refused("hidden.2: hidden is Optional[Tuple[Tensor, Tensor]]"));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto without, Bind(schema, {Tensor("x")}));
  EXPECT_TRUE(without[1].isNone());
}

TEST(BindArguments, KeepsTheTypeOfANamedTuple) {
  const auto type = NamedTupleT({"h", "c"}, {TensorT(), TensorT()});
  const auto schema = Schema({Arg("state", type)});
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto bound,
                              Bind(schema, {Tensor("state.0"), Tensor("state.1")}));
  EXPECT_TRUE(bound[0].type()->isSubtypeOf(*type));
}

TEST(BindArguments, CollectsDictsByKey) {
  const auto schema = Schema({Arg("batch", DictT(StringT(), TensorT()))});
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto bound, Bind(schema, {Tensor("batch.ids"), Tensor("batch.mask.0", at::ones({1}))}));
  const auto dict = bound[0].toGenericDict();
  EXPECT_EQ(dict.size(), 2u);
  EXPECT_EQ(dict.at("mask.0").toTensor().numel(), 1);
  EXPECT_THAT(Bind(schema, {Tensor("batch.a"), Tensor("batch.a")}),
              Refused("batch.a: given twice"));
  EXPECT_THAT(Bind(schema, {Tensor("batch")}), Refused("name them batch.KEY"));
}

TEST(BindArguments, ChecksArgumentsAgainstTheSchemasTypes) {
  const auto schema =
      Schema({Arg("xs", ListT(TensorT())), Arg("d", DictT(StringT(), TensorT())),
              Arg("t", TupleT({TensorT()})), Arg("ks", ListT(IntT())), Arg("s", StringT())});
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto bound, Bind(schema, {Tensor("xs.0"), Tensor("d.k"), Tensor("t.0"), Tensor("ks"),
                                      Strings("s", {"a"})}));
  for (size_t i = 0; i < bound.size(); ++i) {
    EXPECT_TRUE(bound[i].type()->isSubtypeOf(*schema.arguments()[i + 1].type())) << i;
  }
}

}  // namespace
}  // namespace sconce
