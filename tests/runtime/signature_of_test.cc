#include <ATen/core/jit_type.h>

#include <limits>
#include <string>
#include <vector>

#include "server/runtime/python_text.h"
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

Signature Of(const c10::FunctionSchema& schema) {
  auto signature = SignatureOf("forward", schema);
  SCONCE_EXPECT_OK(signature);
  return signature.ok() ? *signature : Signature();
}

Argument OnlyArgument(c10::TypePtr type) {
  const Signature signature = Of(Schema({Arg("x", std::move(type))}));
  return signature.inputs.size() == 1 ? signature.inputs[0] : Argument();
}

std::vector<std::string> OutputNames(c10::TypePtr result) {
  std::vector<std::string> names;
  for (const TensorSpec& spec : Of(Schema({}, std::move(result))).outputs) {
    names.push_back(spec.name);
  }
  return names;
}

TEST(SignatureOf, LeavesSelfOutAndKeepsTheOrder) {
  const Signature signature = Of(Schema({Arg("x", TensorT()), Arg("mask", TensorT())}));
  EXPECT_EQ(ToString(signature), "forward(x: Tensor, mask: Tensor) -> (output: Tensor)");
}

TEST(SignatureOf, KnowsEveryExpressibleKind) {
  EXPECT_EQ(OnlyArgument(TensorT()).kind, ArgumentKind::kTensor);
  EXPECT_EQ(OnlyArgument(IntT()).kind, ArgumentKind::kInt);
  EXPECT_EQ(OnlyArgument(FloatT()).kind, ArgumentKind::kFloat);
  EXPECT_EQ(OnlyArgument(c10::NumberType::get()).kind, ArgumentKind::kFloat);
  EXPECT_EQ(OnlyArgument(BoolT()).kind, ArgumentKind::kBool);
  EXPECT_EQ(OnlyArgument(StringT()).kind, ArgumentKind::kString);
  EXPECT_EQ(OnlyArgument(ListT(IntT())).kind, ArgumentKind::kIntList);
  EXPECT_EQ(OnlyArgument(ListT(FloatT())).kind, ArgumentKind::kFloatList);
  EXPECT_EQ(OnlyArgument(ListT(BoolT())).kind, ArgumentKind::kBoolList);
  EXPECT_EQ(OnlyArgument(ListT(StringT())).kind, ArgumentKind::kStringList);
  EXPECT_EQ(OnlyArgument(ListT(TensorT())).kind, ArgumentKind::kTensorList);
  EXPECT_EQ(OnlyArgument(DictT(StringT(), TensorT())).kind, ArgumentKind::kTensorDict);
}

TEST(SignatureOf, TellsTheSizeOfATuple) {
  const Argument hidden = OnlyArgument(TupleT({TensorT(), TensorT()}));
  EXPECT_EQ(hidden.kind, ArgumentKind::kTensorTuple);
  EXPECT_EQ(hidden.tuple_size, 2u);
  EXPECT_FALSE(hidden.optional);
}

TEST(SignatureOf, OptionalWithoutADefaultMayBeLeftOut) {
  const Argument hidden = OnlyArgument(OptionalT(TupleT({TensorT(), TensorT()})));
  EXPECT_EQ(hidden.kind, ArgumentKind::kTensorTuple);
  EXPECT_EQ(hidden.tuple_size, 2u);
  EXPECT_TRUE(hidden.optional);
  EXPECT_EQ(hidden.default_text, "None");
  EXPECT_EQ(hidden.type, "Optional[Tuple[Tensor, Tensor]]");
}

TEST(SignatureOf, ShowsDefaultsAsPythonDoes) {
  const Signature signature =
      Of(Schema({Arg("x", TensorT()), Arg("k", IntT(), 3), Arg("p", FloatT(), 0.5),
                 Arg("how", StringT(), "mean"), Arg("deep", BoolT(), true),
                 Arg("sizes", ListT(IntT()), c10::IValue(std::vector<int64_t>{1, 2})),
                 Arg("mask", OptionalT(TensorT()), c10::IValue())}));
  EXPECT_EQ(ToString(signature),
            "forward(x: Tensor, k: int = 3, p: float = 0.5, how: str = 'mean', deep: bool = True, "
            "sizes: List[int] = [1, 2], mask: Optional[Tensor] = None) -> (output: Tensor)");
}

TEST(SignatureOf, RefusesATypeThatTensorsCannotExpress) {
  const auto refused = [](c10::TypePtr type) {
    return SignatureOf("forward", Schema({Arg("where", std::move(type))}));
  };
  EXPECT_THAT(refused(DeviceT()), StatusIs(absl::StatusCode::kFailedPrecondition,
                                           AllOf(HasSubstr("where"), HasSubstr("Device"))));
  EXPECT_THAT(refused(TupleT({TensorT(), IntT()})),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("Tuple[Tensor, int]")));
  EXPECT_THAT(refused(DictT(IntT(), TensorT())),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("Dict[int, Tensor]")));
  EXPECT_THAT(refused(ListT(ListT(TensorT()))),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("List[List[Tensor]]")));
  EXPECT_THAT(refused(TupleT({})), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("")));
}

TEST(SignatureOf, LeavesOutWhatOnlyItsDefaultCanFill) {
  const Signature signature =
      Of(Schema({Arg("x", TensorT()), Arg("where", OptionalT(DeviceT()), c10::IValue()),
                 Arg("k", IntT(), 1)}));
  EXPECT_EQ(ToString(signature), "forward(x: Tensor, k: int = 1) -> (output: Tensor)");
}

TEST(SignatureOf, NamesOutputsFromTheReturnType) {
  EXPECT_THAT(OutputNames(TensorT()), ElementsAre("output"));
  EXPECT_THAT(OutputNames(TupleT({TensorT(), TensorT()})), ElementsAre("output_0", "output_1"));
  EXPECT_THAT(OutputNames(NamedTupleT({"boxes", "scores"}, {TensorT(), TensorT()})),
              ElementsAre("boxes", "scores"));
}

TEST(SignatureOf, NamesNestedOutputsByDottedPaths) {
  const c10::TypePtr pair = TupleT({TensorT(), TensorT()});
  EXPECT_THAT(OutputNames(TupleT({TensorT(), pair})),
              ElementsAre("output_0", "output_1.0", "output_1.1"));
  EXPECT_THAT(OutputNames(NamedTupleT({"y", "hidden"}, {TensorT(), pair})),
              ElementsAre("y", "hidden.0", "hidden.1"));
  EXPECT_THAT(OutputNames(TupleT({TensorT(), NamedTupleT({"h"}, {TensorT()})})),
              ElementsAre("output_0", "output_1.h"));
}

TEST(SignatureOf, KnowsTheTypeOfNumbersReturned) {
  const Signature signature = Of(Schema({}, TupleT({IntT(), FloatT(), ListT(BoolT()), StringT()})));
  EXPECT_EQ(ToString(signature),
            "forward() -> (output_0: INT64[1], output_1: FP64[1], output_2: BOOL[-1], "
            "output_3: BYTES[1])");
}

TEST(SignatureOf, LeavesOutputsOpenThatOnlyARunShows) {
  EXPECT_THAT(OutputNames(DictT(StringT(), TensorT())), IsEmpty());
  EXPECT_THAT(OutputNames(ListT(TensorT())), IsEmpty());
  EXPECT_THAT(OutputNames(TupleT({TensorT(), ListT(TensorT())})), IsEmpty());
}

TEST(PythonText, PrintsFloatsAsPythonDoes) {
  EXPECT_EQ(PythonText(1.0), "1.0");
  EXPECT_EQ(PythonText(-0.1), "-0.1");
  EXPECT_EQ(PythonText(1e-5), "1e-05");
  EXPECT_EQ(PythonText(0.0001), "0.0001");
  EXPECT_EQ(PythonText(100000.0), "100000.0");
  EXPECT_EQ(PythonText(1e20), "1e+20");
  EXPECT_EQ(PythonText(0.0), "0.0");
  EXPECT_EQ(PythonText(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(PythonText(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(PythonText, QuotesStringsAsPythonDoes) {
  EXPECT_EQ(PythonText("plain"), "'plain'");
  EXPECT_EQ(PythonText("it's"), "\"it's\"");
  EXPECT_EQ(PythonText("it's \"x\""), "'it\\'s \"x\"'");
  EXPECT_EQ(PythonText("a\n\\\x01"), "'a\\n\\\\\\x01'");
}

TEST(PythonText, PrintsListsAndLeavesTheRestShort) {
  EXPECT_EQ(PythonText(std::vector<double>{0.5, 2}), "[0.5, 2.0]");
  EXPECT_EQ(PythonText(std::vector<std::string>{"a"}), "['a']");
  EXPECT_EQ(PythonText(c10::IValue(at::arange(2))), "...");
}

}  // namespace
}  // namespace sconce
