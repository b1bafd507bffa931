#include <ATen/core/Dict.h>
#include <ATen/core/List.h>
#include <ATen/ops/_neg_view.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/quantize_per_tensor.h>
#include <ATen/ops/zeros.h>

#include <string>
#include <utility>
#include <variant>
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
using ::testing::IsEmpty;

std::vector<NamedValue> Flat(const c10::IValue& result, const std::vector<TensorSpec>& named = {}) {
  auto outputs = FlattenOutputs(result, named);
  SCONCE_EXPECT_OK(outputs);
  return outputs.ok() ? *std::move(outputs) : std::vector<NamedValue>();
}

std::vector<std::string> Names(const std::vector<NamedValue>& outputs) {
  std::vector<std::string> names;
  for (const NamedValue& output : outputs) names.push_back(output.name);
  return names;
}

at::Tensor OnlyTensor(const c10::IValue& result) {
  auto outputs = Flat(result);
  if (outputs.size() != 1) return at::Tensor();
  return std::get<at::Tensor>(outputs[0].value);
}

c10::IValue Pair(c10::IValue first, c10::IValue second) {
  return c10::ivalue::Tuple::create({std::move(first), std::move(second)});
}

TEST(FlattenOutputs, NamesASingleTensorOutputAndDoesNotCopyIt) {
  const at::Tensor y = at::arange(4);
  const auto outputs = Flat(y);
  EXPECT_THAT(Names(outputs), ElementsAre("output"));
  EXPECT_EQ(std::get<at::Tensor>(outputs[0].value).const_data_ptr(), y.const_data_ptr());
}

TEST(FlattenOutputs, NumbersTuplesAndLists) {
  const at::Tensor y = at::arange(4);
  EXPECT_THAT(Names(Flat(Pair(y, y))), ElementsAre("output_0", "output_1"));
  EXPECT_THAT(Names(Flat(std::vector<at::Tensor>{y, y})), ElementsAre("output_0", "output_1"));
  EXPECT_THAT(Names(Flat(Pair(y, std::vector<at::Tensor>{y, y}))),
              ElementsAre("output_0", "output_1.0", "output_1.1"));
}

TEST(FlattenOutputs, NamesNamedTuplesByTheirFields) {
  const at::Tensor y = at::arange(4);
  const auto type = NamedTupleT({"boxes", "hidden"}, {TensorT(), TupleT({TensorT(), TensorT()})});
  const c10::IValue result = c10::ivalue::Tuple::createNamed({y, Pair(y, y)}, type);
  EXPECT_THAT(Names(Flat(result)), ElementsAre("boxes", "hidden.0", "hidden.1"));
}

TEST(FlattenOutputs, NamesDictsByTheirKeysInOrderOfInsertion) {
  c10::Dict<std::string, at::Tensor> dict;
  dict.insert("zebra", at::arange(1));
  dict.insert("ant", at::arange(2));
  EXPECT_THAT(Names(Flat(c10::IValue(dict))), ElementsAre("zebra", "ant"));
  EXPECT_THAT(Names(Flat(Pair(at::arange(1), c10::IValue(dict)))),
              ElementsAre("output_0", "output_1.zebra", "output_1.ant"));
}

TEST(FlattenOutputs, WritesWholeNumberKeysAsText) {
  c10::Dict<int64_t, at::Tensor> dict;
  dict.insert(7, at::arange(1));
  EXPECT_THAT(Names(Flat(c10::IValue(dict))), ElementsAre("7"));
}

TEST(FlattenOutputs, RefusesOtherKeysAndTwoOutputsOfOneName) {
  c10::Dict<double, at::Tensor> floats;
  floats.insert(0.5, at::arange(1));
  EXPECT_THAT(FlattenOutputs(c10::IValue(floats), {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("keys of type float")));
  c10::Dict<std::string, at::Tensor> inner;
  inner.insert("1", at::arange(1));
  c10::Dict<std::string, at::Tensor> dotted;
  dotted.insert("output_0.1", at::arange(1));
  EXPECT_THAT(
      FlattenOutputs(c10::ivalue::Tuple::createNamed(
                         {c10::IValue(inner), at::arange(1)},
                         NamedTupleT({"a", "a.1"}, {DictT(StringT(), TensorT()), TensorT()})),
                     {}),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("a.1")));
}

TEST(FlattenOutputs, MakesTensorsOfNumbersAndStrings) {
  const auto outputs = Flat(c10::ivalue::Tuple::create({7, 0.5, true, "yes"}));
  ASSERT_EQ(outputs.size(), 4u);
  for (const NamedValue& output : outputs) EXPECT_THAT(ShapeOf(output.value), ElementsAre(1));
  EXPECT_EQ(DatatypeOf(outputs[0].value), Datatype::kInt64);
  EXPECT_EQ(std::get<at::Tensor>(outputs[0].value).item<int64_t>(), 7);
  EXPECT_EQ(DatatypeOf(outputs[1].value), Datatype::kFp64);
  EXPECT_EQ(std::get<at::Tensor>(outputs[1].value).item<double>(), 0.5);
  EXPECT_EQ(DatatypeOf(outputs[2].value), Datatype::kBool);
  EXPECT_TRUE(std::get<at::Tensor>(outputs[2].value).item<bool>());
  EXPECT_THAT(std::get<StringTensor>(outputs[3].value).elements, ElementsAre("yes"));
}

TEST(FlattenOutputs, MakesOneTensorOfAListOfNumbers) {
  EXPECT_TRUE(OnlyTensor(std::vector<int64_t>{1, 2, 3}).equal(at::arange(1, 4)));
  EXPECT_TRUE(OnlyTensor(std::vector<double>{1, 1}).equal(at::ones({2}, at::kDouble)));
  EXPECT_EQ(OnlyTensor(c10::List<bool>({true, false})).scalar_type(), at::kBool);
  const auto words = Flat(std::vector<std::string>{"a", "b"});
  EXPECT_THAT(std::get<StringTensor>(words.at(0).value).elements, ElementsAre("a", "b"));
  EXPECT_THAT(ShapeOf(words[0].value), ElementsAre(2));
}

TEST(FlattenOutputs, LeavesNoneOutAndKeepsTheOtherNames) {
  const at::Tensor y = at::arange(4);
  EXPECT_THAT(Names(Flat(Pair(c10::IValue(), y))), ElementsAre("output_1"));
  EXPECT_THAT(Names(Flat(Pair(at::Tensor(), y))), ElementsAre("output_1"));
  EXPECT_THAT(Flat(c10::IValue()), IsEmpty());
}

TEST(FlattenOutputs, TakesDeclaredNamesByPositionWhereTheyAreAsMany) {
  const at::Tensor y = at::arange(4);
  const std::vector<TensorSpec> declared = {{.name = "first", .datatype = {}, .shape = {}},
                                            {.name = "second", .datatype = {}, .shape = {}}};
  EXPECT_THAT(Names(Flat(Pair(y, y), declared)), ElementsAre("first", "second"));
  EXPECT_THAT(Names(Flat(Pair(c10::IValue(), y), declared)), ElementsAre("second"));
  EXPECT_THAT(Names(Flat(y, declared)), ElementsAre("output"));
}

TEST(FlattenOutputs, MakesTensorsDense) {
  const at::Tensor y = OnlyTensor(at::arange(6).view({2, 3}).t());
  EXPECT_TRUE(y.is_contiguous());
  EXPECT_TRUE(y.equal(at::arange(6).view({2, 3}).t()));
  EXPECT_TRUE(OnlyTensor(at::arange(1).expand({5})).is_contiguous());
}

TEST(FlattenOutputs, TakesGradientAndLazyBitsOff) {
  EXPECT_FALSE(OnlyTensor(at::ones({2}).set_requires_grad(true)).requires_grad());
  const at::Tensor lazy = at::_neg_view(at::ones({2}));  // as the imaginary part of a conj() is
  ASSERT_TRUE(lazy.is_neg());
  const at::Tensor settled = OnlyTensor(lazy);
  EXPECT_FALSE(settled.is_neg());
  EXPECT_EQ(static_cast<const float*>(settled.const_data_ptr())[0], -1);
}

TEST(FlattenOutputs, RefusesWhatTheProtocolCannotCarryByName) {
  const auto refused = [](c10::IValue value) {
    return FlattenOutputs(Pair(at::arange(1), std::move(value)), {});
  };
  const auto code = absl::StatusCode::kFailedPrecondition;
  EXPECT_THAT(refused(at::complex(at::ones({2}), at::ones({2}))),
              StatusIs(code, AllOf(HasSubstr("output_1"), HasSubstr("complex"))));
  EXPECT_THAT(refused(at::ones({2, 2}).to_sparse()),
              StatusIs(code, AllOf(HasSubstr("output_1"), HasSubstr("not dense"))));
  EXPECT_THAT(refused(at::quantize_per_tensor(at::ones({2}), 0.1, 0, at::kQInt8)),
              StatusIs(code, AllOf(HasSubstr("output_1"), HasSubstr("quantized"))));
  EXPECT_THAT(refused(at::ones({2}).to(at::kFloat8_e5m2)),
              StatusIs(code, AllOf(HasSubstr("output_1"), HasSubstr("Float8"))));
  EXPECT_THAT(refused(c10::Device("cpu")),
              StatusIs(code, AllOf(HasSubstr("output_1"), HasSubstr("Device"))));
}

TEST(FlattenOutputs, TurnsAnExceptionIntoAStatus) {
  EXPECT_THAT(FlattenOutputs(at::zeros({2}, at::TensorOptions(at::kMeta)), {}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("meta")));
}

}  // namespace
}  // namespace sconce
