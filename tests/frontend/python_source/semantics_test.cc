// What Python's own rules make of forward, where it is easy to give other numbers without a word.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "tests/frontend/python_source/built_source.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::HasSubstr;

constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

// forward(self, x, n: int) of a class with three layers that add 1, 10 and 100.
absl::StatusOr<BuiltModule> BuildSteps(const std::string& body) {
  std::string text = R"(
class Add(nn.Module):
  def __init__(self, amount):
    super().__init__()
    self.amount = amount
  def forward(self, x): return x * 2 + self.amount
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.steps = nn.ModuleList([Add(1), Add(10), Add(100)])
)";
  const std::string forward = ForwardOnly(body, "x, n: int");
  return BuildSource(text + forward.substr(forward.find('\n') + 1));
}

double Number(const BuiltModule& built, double x, int64_t n) {
  return RunModule(built, {at::full({1}, x), n}).sum().item<double>();
}

TEST(Semantics, AGeneratorSeesWhatItsEarlierStepsAdded) {
  for (const char* body :
       {"y = [x]\ny.extend(step(y[-1]) for step in self.steps)\nreturn torch.cat(y)",
        "y = [x]\ny += (step(y[-1]) for step in self.steps)\nreturn torch.cat(y)",
        "y = [x]\nfor step in self.steps: y.append(step(y[-1]))\nreturn torch.cat(y)"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSteps(body));
    EXPECT_EQ(Number(built, 1, 0), 1 + 3 + 16 + 132) << body;
  }
  // A list is made before it is added.
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto list,
      BuildSteps("y = [x]\ny.extend([step(y[-1]) for step in self.steps])\nreturn torch.cat(y)"));
  EXPECT_EQ(Number(list, 1, 0), 1 + 3 + 12 + 102);
}

TEST(Semantics, AugmentedAssignmentsChangeTheTensorItself) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(
y = x.clone()
alias = y
y **= 2
y //= 2
y %= 5
flags = x > 1
same = flags
flags &= x < 3
flags |= x > 9
return alias + same)")));
  EXPECT_TRUE(
      at::equal(RunModule(built, {at::tensor({1.0, 2.0, 4.0})}), at::tensor({0.0, 3.0, 3.0})));
}

TEST(Semantics, ARemainderByZeroFailsTheRequestAlone) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSteps("return x * (7 % n) + n % (n - 1)"));
  EXPECT_EQ(Number(built, 2, 4), 2 * 3 + 1);
  EXPECT_EQ(Number(built, 2, -3), 2 * -2 - 3);
  EXPECT_ANY_THROW(Number(built, 2, 0));
  EXPECT_ANY_THROW(Number(built, 2, 1));
}

TEST(Semantics, FloatsAreDividedDownAsInPython) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built, BuildSteps("s = n / 10\nreturn x * (0.5 // 0.1) + s // 0.1 + (0.5 % 0.1)"));
  EXPECT_NEAR(Number(built, 1, 5), 4 + 4 + 0.1, 1e-6);
  EXPECT_NEAR(Number(built, 1, -3), 4 - 3 + 0.1, 1e-6);
}

TEST(Semantics, FlagsTimesTrueAreFlags) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly("return (x > 1) * True")));
  EXPECT_EQ(RunModule(built, {at::ones({1})}).scalar_type(), at::kBool);
}

TEST(Semantics, ANameOfOneBranchIsThereForTheSameBranchLater) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(
flat = x.dim() == 3
if flat:
  b, n, d = x.shape
  pair = (b, 2.0)
  x = x.reshape(b * n, d)
y = x + 1
if flat:
  y = y.reshape(b, n, -1) * pair[1]
return y)")));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({2, 3, 4})}), at::full({2, 3, 4}, 4.0)));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({2, 4})}), at::full({2, 4}, 2.0)));
  // Whoever uses it where it was not set hears of it, as Python tells of an unbound name.
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto unset, BuildSteps("if n > 0: k = n * 3\nreturn x * k"));
  EXPECT_EQ(Number(unset, 1, 2), 6);
  EXPECT_ANY_THROW(Number(unset, 1, -2));
}

TEST(Semantics, SlicesOfListsAreAssigned) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(
view = list(x.shape)
view[1:] = [1] * (len(view) - 1)
known = [1, 2, 3]
known[1:2] = [7, 8]
known[0:0] = [9]
del known[-1:]
return x.sum().view(1) + torch.zeros(view).reshape(-1) + sum(known))")));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({2, 3})}), at::full({2}, 6.0 + 25)));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({2})}), at::full({2}, 2.0 + 25)));
}

TEST(Semantics, LoopsThatDoNothingAreNotSaved) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(
halves = [size / 2 for size in x.shape]
whole = [int(size) for size in halves]
for i in range(x.size(0)):
  unused = x[i] * 2
for row in x:
  pass
return x + 1)")));
  std::ostringstream file;
  built.module.save(file);
  std::istringstream read(file.str());
  EXPECT_NO_THROW(torch::jit::load(read));
}

TEST(Semantics, WhileTrueIsALoopOfTheGraph) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSteps(R"(
while True:
  if n % 8 == 0: return x * n
  n += 1)"));
  EXPECT_EQ(Number(built, 1, 3), 8);
  EXPECT_EQ(Number(built, 1, 8), 8);
  EXPECT_EQ(Number(built, 1, 9), 16);
  EXPECT_THAT(built.notes, ::testing::IsEmpty());
}

TEST(Semantics, LayersMadeInForwardHaveTheirFirstWeightsOrNone) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(
return nn.LayerNorm(2)(x) + nn.BatchNorm1d(2).eval()(x) * 0 + nn.PReLU()(-x.abs()))")));
  const at::Tensor x = at::tensor({1.0F, 3.0F}).view({1, 2});
  EXPECT_TRUE(
      at::allclose(RunModule(built, {x}), at::tensor({-1.25F, 0.25F}).view({1, 2}), 1e-3, 1e-3));
  EXPECT_THAT(BuildSource(ForwardOnly("return nn.Linear(2, 2)(x)")),
              StatusIs(kRefused, HasSubstr("forward makes a layer of its own")));
}

TEST(Semantics, WhatIsDrawnInInitIsInNoFile) {
  const std::string text = R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.noise = torch.randn(2)
    self.order = torch.randperm(4)
    self.count = self.order.numel()
  def forward(self, x): return x * )";
  EXPECT_THAT(BuildSource(text + "self.noise"), StatusIs(kRefused, HasSubstr("drawn at random")));
  EXPECT_THAT(BuildSource(text + "self.order[0]"),
              StatusIs(kRefused, HasSubstr("drawn at random")));
  SCONCE_EXPECT_OK(BuildSource(text + "self.count"));
}

TEST(Semantics, TextsOfNumbersOfARequestAreNotCompared) {
  EXPECT_THAT(BuildSteps("if str(n) == '3': return x\nreturn x + 1"),
              StatusIs(kRefused, HasSubstr("the text <n> of a value that only a request knows")));
  EXPECT_THAT(BuildSteps("return x * len(f'{n}')"), StatusIs(kRefused, HasSubstr("<n>")));
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto raises, BuildSteps("if n > 3: raise ValueError(f'{n} is too much')\nreturn x"));
  EXPECT_ANY_THROW(Number(raises, 1, 4));
}

TEST(Semantics, ABranchWhoseValueNobodyKnowsFails) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
import extension
def act(x):
  if x.device.type == "cpu":
    return x * 2
  return extension.act(x)
class Net(nn.Module):
  def forward(self, x): return act(x) + 1
)"));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({2})}), at::full({2}, 3.0)));
}

TEST(Semantics, OutputsOfSeveralTypesHaveTheNamesOfTheirKeys) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built, BuildSource(ForwardOnly(
                            "return {'loss': None, 'logits': x, 'aux': {'norm': x.norm(), 'n': 3}, "
                            "'state': (x, x + 1)}")));
  const auto type = built.module.get_method("forward").function().getSchema().returns()[0].type();
  const auto& fields = type->expect<c10::TupleType>()->schema()->arguments();
  ASSERT_EQ(fields.size(), 3);
  EXPECT_EQ(fields[0].name(), "logits");
  EXPECT_EQ(fields[1].type()->expect<c10::TupleType>()->schema()->arguments()[0].name(), "norm");
}

TEST(Semantics, ASliceMayDependOnTheRequest) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSteps(R"(
x = x.expand(4)
if n > 0: part = slice(1, None)
else: part = slice(0, 1)
return x[part])"));
  EXPECT_EQ(Number(built, 1, 1), 3);
  EXPECT_EQ(Number(built, 1, 0), 1);
}

TEST(Semantics, AChunkHasAsManyPartsAsAreAskedFor) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.parts = nn.ModuleList([nn.Identity(), nn.ReLU()])
  def both(self, a, b): return a - b
  def forward(self, x):
    y = [self.parts[i](part) for i, part in enumerate(x.chunk(2))]
    return self.both(*torch.chunk(x, 2)) + y[1]
)"));
  EXPECT_TRUE(at::equal(RunModule(built, {at::tensor({1.0, 2.0})}), at::tensor({1.0})));
  EXPECT_ANY_THROW(RunModule(built, {at::ones({1})}));
}

TEST(Semantics, ALoopThatAlwaysEndsInItsFirstTurnRunsIt) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto returns,
                              BuildSteps("for i in range(n): return x * 2\nreturn x * 5"));
  EXPECT_EQ(Number(returns, 1, 3), 2);
  EXPECT_EQ(Number(returns, 1, 0), 5);
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto breaks, BuildSteps(R"(
for i in range(n):
  x = x + 1
  break
else:
  x = x * 10
return x)"));
  EXPECT_EQ(Number(breaks, 1, 3), 2);
  EXPECT_EQ(Number(breaks, 1, 0), 10);
}

TEST(Semantics, ASumMayBeginAsANumber) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSteps(R"(
total = 0
product = 1.0
for i in range(n):
  total += x * i
  product *= x
return total + product + x * 0)"));
  EXPECT_EQ(Number(built, 2, 4), 2 * 6 + 16);
  EXPECT_EQ(Number(built, 2, 0), 1);
}

TEST(Semantics, NumbersOutOfTensorsKeepTheirFractions) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built, BuildSteps("y = x.clone()\ny[0] = (x * 1.25).sum().item()\nreturn y"));
  EXPECT_EQ(Number(built, 1, 0), 1.25);
}

TEST(Semantics, AnOptionalInputIsATensorWhereItIsGiven) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built,
      BuildSource(ForwardOnly("if isinstance(mask, torch.Tensor): x = x * mask\nreturn x",
                              "x, mask=None")));
  EXPECT_EQ(RunModule(built, {at::ones({1}), at::full({1}, 3.0)}).item<double>(), 3);
  EXPECT_EQ(RunModule(built, {at::ones({1}), c10::IValue()}).item<double>(), 1);
}

TEST(Semantics, ATupleIsNoGuessWhenATensorsMethodsAreCalled) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(
if n > 0: a = x
else: a = y.float()
return a, y)",
                                                                        "x, y, n: int")));
  EXPECT_EQ(*built.module.get_method("forward").function().getSchema().arguments()[2].type(),
            *c10::TensorType::get());
}

TEST(Semantics, AConditionThatBindsNamesIsAskedOncePerTurn) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildSteps("while (n := n - 1) > 2: x = x + n\nreturn x"));
  EXPECT_EQ(Number(built, 0, 6), 5 + 4 + 3);
  EXPECT_EQ(Number(built, 0, 3), 0);
}

TEST(Semantics, TextsOfARequestArePartsOfTexts) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSteps(R"(kind = 'big' if n > 3 else 'small'
return x * (2 if f'is_{kind}!' == 'is_big!' else 3))"));
  EXPECT_EQ(Number(built, 1, 4), 2);
  EXPECT_EQ(Number(built, 1, 2), 3);
  // Where the text can't be made, nothing is compared with a stand-in for it.
  for (const char* use :
       {"x * ('%s' % kind == 'a')", "torch.einsum('%s->' % kind, x)", "'%s' % n"}) {
    EXPECT_THAT(BuildSteps(std::string("kind = 'a' if n > 3 else 'b'\nreturn ") + use),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("only a request knows")))
        << use;
  }
}

TEST(Semantics, TextsHaveCharactersNotBytes) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSteps(R"(letters = 'aé漢b'
places = {c: i for i, c in enumerate(letters)}
return x * (len(letters) * 1000 + places['b'] * 100 + letters.index('b') * 10 + len(letters[1:3]))
)"));
  EXPECT_EQ(Number(built, 1, 0), 4332);
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto codes,
                              BuildSteps("return x * ord('é') + ord(chr(28450))"));
  EXPECT_EQ(Number(codes, 1, 0), 233 + 28450);
}

TEST(Semantics, NumbersAreRoundedByTheirOwnDigits) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built, BuildSteps("return x * round(2.675, 2) + round(1234, -2) + round(2.5)"));
  EXPECT_NEAR(Number(built, 1, 0), 2.67 + 1200 + 2, 1e-4);
}

TEST(Semantics, ComprehensionsLeaveOutWhatARequestSays) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSteps(R"(few = [i for i in range(n) if i % 2]
known = [i * 10 for i in [1, 2, 3] if i < n]
return x * len(few) + sum(known))"));
  EXPECT_EQ(Number(built, 100, 5), 260);
  EXPECT_EQ(Number(built, 100, 2), 110);
}

TEST(Semantics, ListsThatRequestsFillMayHoldTuples) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(
pairs = []
for row in x: pairs.append((row, row * 2))
products = [a * b for i, (a, b) in enumerate(pairs)]
last = [p + (p[0],) for p in pairs][-1]
weights = [0.5]
for row in x: weights.append(2)
return torch.stack(products).sum(0) + last[2] + sum(weights))")));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({3, 2})}), at::full({2}, 13.5)));
}

TEST(Semantics, SlicesOfKnownListsMayEndWhereARequestSays) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildSteps("w = [1, 10, 100]\nreturn x * sum(w[:n]) + sum(w[n:])"));
  EXPECT_EQ(Number(built, 2, 1), 112);
  EXPECT_EQ(Number(built, 2, 9), 222);
}

TEST(Semantics, LogicOfFlagsGivesFlags) {
  for (const char* text :
       {"(x > 1) ^ True", "True ^ (x > 1)", "True & (x > 0)", "(x > 0) | False"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                                BuildSource(ForwardOnly(std::string("return ") + text)));
    EXPECT_TRUE(at::equal(RunModule(built, {at::ones({2})}), at::full({2}, true))) << text;
  }
}

TEST(Semantics, AFlagThatChangesWhatIsReturnedKeepsItsDefault) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildSource(ForwardOnly(R"(
y = x * factor
if inner: return x
if not both: return y
return y, x)",
                                                      "x, factor=2.0, inner=False, both=False")));
  EXPECT_THAT(built.notes, ::testing::Contains(HasSubstr("keep their default: both")));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({2}), 3.0}), at::full({2}, 3.0)));
}

TEST(Semantics, AnInputThatIsAskedForNamesIsADict) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built,
      BuildSource(ForwardOnly("return batch['image'] + sum([extra[n] for n in ('a', 'b')])",
                              "batch, extra")));
  c10::Dict<std::string, at::Tensor> batch;
  batch.insert("image", at::ones({2}));
  c10::Dict<std::string, at::Tensor> extra;
  extra.insert("a", at::ones({2}));
  extra.insert("b", at::ones({2}));
  EXPECT_TRUE(at::equal(RunModule(built, {batch, extra}), at::full({2}, 3.0)));
}

TEST(Semantics, SortingKeepsEqualOnesInOrderBothWays) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildSteps(R"(pairs = [(1, 1), (2, 2), (1, 3), (2, 4)]
up = sorted(pairs, key=lambda p: p[0])
down = sorted(pairs, key=lambda p: p[0], reverse=True)
number = 0
for pair in up + down: number = number * 10 + pair[1]
return x * number)"));
  EXPECT_EQ(Number(built, 1, 0), 13242413);
}

TEST(Semantics, CountingMayStartAtANumberOfTheRequest) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built, BuildSteps("for i, w in enumerate([1, 10], n): x = x + i * w\nreturn x"));
  EXPECT_EQ(Number(built, 0, 3), 3 + 40);
}

TEST(Semantics, WhatLayersShareIsListedOnce) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.a = nn.Linear(2, 2)
    self.b = nn.Linear(2, 2)
    self.b.weight = self.a.weight
    self.c = self.a
    self.counts = [len(list(self.parameters())), len(list(self.children())), len(list(self.modules()))]
  def forward(self, x): return x * torch.tensor(self.counts).sum()
)"));
  EXPECT_EQ(RunModule(built, {at::ones({1})}).item<int64_t>(), 3 + 2 + 3);
}

TEST(Semantics, AListChangedInOneBranchAndMadeAnewInTheOther) {
  for (const char* body : {"l = [x]\nif n > 1: l[0] = x * 2\nelse: l = [x * 3]\nreturn l[0]",
                           "l = []\nif n > 1: l.append(x * 2)\nelse: l = [x * 3]\nreturn l[0]",
                           "l = {'a': x}\nif n > 1: l['a'] = x * 2\nelse: l = {'a': x * 3}\n"
                           "return l['a']"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSteps(body));
    EXPECT_EQ(Number(built, 1, 2), 2) << body;
    EXPECT_EQ(Number(built, 1, 0), 3) << body;
  }
}

}  // namespace
}  // namespace sconce::testing
