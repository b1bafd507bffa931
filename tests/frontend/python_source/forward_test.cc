#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "tests/frontend/python_source/built_source.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::HasSubstr;

at::Tensor Ones(int64_t n) { return torch::ones({n}); }

TEST(SourceForward, BranchesOnTheInputStayInTheModel) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(if x.sum() > 3:
    y = x * 2
else:
    y = x - 1
return y)")));
  EXPECT_EQ(RunModule(built, {Ones(4)}).sum().item<float>(), 8);
  EXPECT_EQ(RunModule(built, {Ones(2)}).sum().item<float>(), 0);
}

TEST(SourceForward, MayReturnEarlyFromBranchesAndLoops) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildSource(ForwardOnly(R"(for i in range(x.size(0)):
    if i == 2:
        return x + 10
    x = x + 1
if x.sum() > 3:
    return x
return -x)")));
  EXPECT_EQ(RunModule(built, {Ones(1)}).item<float>(), -2);
  EXPECT_EQ(RunModule(built, {Ones(2)}).sum().item<float>(), 6);
  EXPECT_EQ(RunModule(built, {Ones(5)}).sum().item<float>(), 65);
}

TEST(SourceForward, LoopsOverSizesCarryWhatTheyChange) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(parts = []
total = 0
state = (x[0], None)
for i, row in enumerate(x):
    total += i
    state = (state[0] + row, None)
    parts.append(row * total)
    if total > 5:
        break
return torch.stack(parts).sum() + state[0])")));
  // Rows 1: factors 0, 1, 3, 6, then the loop ends.
  EXPECT_EQ(RunModule(built, {Ones(6)}).item<float>(), 10 + 5);
  EXPECT_EQ(RunModule(built, {Ones(2)}).item<float>(), 1 + 3);
}

TEST(SourceForward, WhileGoesOnAsLongAsTheInputSays) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(n = 0
while x.sum() < 20:
    x = x * 2
    n += 1
return x + n)")));
  EXPECT_EQ(RunModule(built, {Ones(4)}).sum().item<float>(), 32 + 12);
}

TEST(SourceForward, OptionalInputsAreThereOrNot) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built,
      BuildSource(ForwardOnly("if mask is not None and x.dim() == 1:\n    x = x * mask\nreturn x",
                              "x, mask=None")));
  EXPECT_EQ(RunModule(built, {Ones(3), Ones(3) * 2}).sum().item<float>(), 6);
  EXPECT_EQ(RunModule(built, {Ones(3)}).sum().item<float>(), 3);
}

TEST(SourceForward, WhatATestAsksIsEvaluatedOnce) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def bump(self, x, mask):
    x += 1
    return mask
  def forward(self, x, mask=None):
    if self.bump(x, mask) is not None:
      return x * 10
    return x
)"));
  EXPECT_EQ(RunModule(built, {Ones(1)}).item<float>(), 2);
}

TEST(SourceForward, ArgumentsWithPlainDefaultsAreInputsOfTheirType) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildSource(ForwardOnly("return x * scale + (1 if flag else 0)",
                                                      "x, scale=2.0, flag: bool = False")));
  EXPECT_EQ(RunModule(built, {Ones(1)}).item<float>(), 2);
  EXPECT_EQ(RunModule(built, {Ones(1), 3.0, true}).item<float>(), 4);
}

TEST(SourceForward, FlagsThatChangeWhatIsReturnedKeepTheirDefault) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built,
      BuildSource(ForwardOnly("if pair:\n    return x, x\nreturn x", "x, pair=False")));
  EXPECT_EQ(built.module.get_method("forward").function().getSchema().arguments().size(), 2u);
  EXPECT_THAT(built.notes, ::testing::ElementsAre(HasSubstr("pair")));
}

TEST(SourceForward, IndexesAsNumPyDoes) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(y = torch.zeros(2, 3, 4)
y[:, 1] = x[0]
y[1, ..., -1] += 5
y[y > 4] = 7
return y[..., None, 1:][:, [0, 1]].squeeze(2) + y[1, None, :2, 0:3])")));
  const at::Tensor x = torch::arange(2).to(torch::kFloat) + 1;
  at::Tensor y = torch::zeros({2, 3, 4});
  y.select(1, 1).fill_(1);
  y.select(0, 1).select(-1, -1).add_(5);
  y.masked_fill_(y > 4, 7);
  const at::Tensor expected = y.narrow(2, 1, 3).narrow(1, 0, 2) +
                              y.select(0, 1).unsqueeze(0).narrow(1, 0, 2).narrow(2, 0, 3);
  EXPECT_TRUE(at::equal(RunModule(built, {x}), expected));
}

TEST(SourceForward, RaisesWhatTheSourceRaisesWithItsMessage) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built,
      BuildSource(ForwardOnly("assert x.dim() == 1, f'expected a row'\nreturn x")));
  EXPECT_EQ(RunModule(built, {Ones(1)}).item<float>(), 1);
  try {
    RunModule(built, {torch::ones({1, 1})});
    FAIL() << "it did not raise";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), HasSubstr("expected a row"));
  }
}

TEST(SourceForward, BranchesThatCannotRunAreNamedAtOnce) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(if x.sum() > 9:
  raise ValueError("too much")
assert x.min() >= 0
if x.sum() > 5:
  return torch.cat(x, x)
return x)")));
  EXPECT_THAT(built.notes, ::testing::ElementsAre(HasSubstr(
                               "requests that take this branch fail: model.py:10:14: TypeError")));
  EXPECT_EQ(RunModule(built, {torch::ones(3)}).sum().item<float>(), 3);
  EXPECT_THROW(RunModule(built, {torch::ones(7)}), std::exception);
}

TEST(SourceForward, OptionalInputsAreTakenForGrantedWhereTheyAreUsed) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
from typing import Optional
class Net(nn.Module):
  def forward(self, x, scale: Optional[torch.Tensor] = None, state=None):
    out = []
    if scale is not None:
      out.append(x * 2)
    out.append(x)
    if x.sum() > 0:
      x = x + scale[..., 0] * scale.sum()
    return x + sum(out) + F.relu(input=state)
)"));
  const auto ones = torch::ones({2, 2});
  EXPECT_EQ(RunModule(built, {-ones, c10::IValue(), ones}).sum().item<float>(), -4);
  EXPECT_EQ(RunModule(built, {ones, ones, ones}).sum().item<float>(), 36);
  for (const auto& [inputs, missing] :
       {std::pair(std::vector<c10::IValue>{ones, c10::IValue(), ones}, "scale is None here"),
        std::pair(std::vector<c10::IValue>{ones, ones, c10::IValue()}, "state is None here")}) {
    try {
      RunModule(built, inputs);
      ADD_FAILURE() << missing;
    } catch (const std::exception& e) {
      EXPECT_THAT(e.what(), HasSubstr(missing));
    }
  }
}

TEST(SourceForward, ATestOfSeveralConditionsSaysLittleWhereItFails) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
def exists(v):
  return v is not None
def default(v, otherwise):
  return v if exists(v) else otherwise
class Net(nn.Module):
  def forward(self, x, mask=None, causal: bool = False, bias=None):
    if mask is not None and causal:
      x = x + mask
    elif mask is not None:
      x = x * mask
    if not (exists(mask) and causal):
      x = x + 100
    if bias is None or causal:
      x = x + 1000
      if bias is not None:
        x = x + bias
    has_bias = exists(bias)
    if has_bias:
      x = x + bias.sum()
    return x + default(bias, x)
)"));
  const auto tensor = [](float value) { return torch::full({1}, value); };
  const c10::IValue none;
  const auto run = [&](c10::IValue mask, bool causal, c10::IValue bias) {
    return RunModule(built, {tensor(1), mask, causal, bias}).item<float>();
  };
  EXPECT_EQ(run(none, false, none), 2 * (1 + 100 + 1000));
  EXPECT_EQ(run(none, true, none), 2 * (1 + 100 + 1000));
  EXPECT_EQ(run(tensor(3), true, none), 2 * (4 + 1000));
  EXPECT_EQ(run(tensor(3), false, none), 2 * (3 + 100 + 1000));
  EXPECT_EQ(run(tensor(3), false, tensor(5)), 3 + 100 + 5 + 5);
  EXPECT_EQ(run(tensor(3), true, tensor(5)), 4 + 1000 + 5 + 5 + 5);
}

TEST(SourceForward, AsManyOptionalArgumentsAreInputsAsCanBe) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def forward(self, x, state=None, scale=None, labels=None, how="sum"):
    if state is None:
      state = (x, x)
    if scale is not None:
      x = x * scale
    h, c = state
    if labels is not None:
      return {"loss": x, how: c}
    return x + h + c * 10
)"));
  EXPECT_THAT(built.notes, ::testing::ElementsAre(HasSubstr("default: labels")));
  const auto ones = torch::ones({1});
  EXPECT_EQ(RunModule(built, {ones}).item<float>(), 12);
  const auto state = c10::ivalue::Tuple::create(ones * 2, ones * 3);
  EXPECT_EQ(RunModule(built, {ones, state, ones * 5}).item<float>(), 37);
}

TEST(SourceForward, NumbersOutOfTensorsMeetTensors) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(n = x.max().item()
y = torch.tensor(0.5)
return n * y + (n + y) * 10 + (n - y) * 100 + n / y * 1000 + (n ** y) * 10000 + (n > y) * 100000)")));
  EXPECT_EQ(RunModule(built, {torch::full({2}, 4.F)}).item<float>(),
            2 + 45 + 350 + 8000 + 20000 + 100000);
}

TEST(SourceForward, AndAndOrGiveTheValueThatDecided) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
import math
class Net(nn.Module):
  def forward(self, x, mask):
    n = x.size(0)
    a = (n - 2 or 7) * 10 + (n and 3) * 100 + (n > 100 or n) * 1000
    b = round(n * 0.25, 1) + math.log(n, 2) * 10000
    if mask is None:
      mask = x
    missing = mask is None and mask.any()
    if missing:
      mask = mask + 1000000
    return a + b + mask.sum() * 0 + torch.full((2,), True).sum() + len(torch.tensor([]).sqrt())
)"));
  EXPECT_NEAR(RunModule(built, {torch::ones(2), torch::ones(1)}).item<double>(),
              70 + 300 + 2000 + 0.5 + 10000 + 2, 1e-2);
  EXPECT_NEAR(RunModule(built, {torch::ones(4), c10::IValue()}).item<double>(),
              20 + 300 + 4000 + 1 + 20000 + 2, 1e-2);
}

TEST(SourceForward, FunctionsOfTorchHavePythonsSignatures) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(w = torch.ones(4)
frames = torch.stft(x, n_fft=4, hop_length=2, window=w, return_complex=True)
values, counts = torch.unique(torch.tensor([3, 3, 1]), return_counts=True)
runs = torch.tensor([1, 1, 2]).unique_consecutive()
product = torch.tensordot(torch.ones(2, 3), torch.ones(3, 2), dims=([1], [0]))
taken = torch.autograd.Variable(torch.arange(2))
parts = torch.split(x, split_size_or_sections=[2, 6])
return (frames.size(-1) + counts.sum() * 10 + runs.numel() * 100 + product.sum() * 1000
        + x[taken].sum() * 100000 + len(parts) * 1000000))")));
  EXPECT_EQ(RunModule(built, {torch::ones(8)}).item<float>(), 2212235);
}

TEST(SourceForward, LayersMeetThePartsOfATensor) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Both(nn.Module):
  def forward(self, *parts):
    return [part * 2 for part in parts]
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.acts = nn.ModuleList([nn.ReLU(), nn.Identity()])
    self.both = Both()
  def forward(self, x):
    parts = [act(part) for act, part in zip(self.acts, torch.split(x, [1, 2], dim=1))]
    parts += [act(row).sum() for act, row in zip(self.acts, x)]
    halves = self.both(*[half + 1 for half in torch.cat(parts[:2], 1)[:, :2].split([1, 1], dim=1)])
    return parts[0].sum() + parts[1].sum() * 10 + parts[2] * 100 + halves[1].sum() * 10000
)"));
  EXPECT_EQ(RunModule(built, {torch::ones({2, 3})}).item<float>(), 2 + 40 + 300 + 80000);
}

TEST(SourceForward, CachesOfAFileStartEmptyInEachRequest) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
cache = {}
LAST = [None]
SCALE = None
def grid(x):
  key = str(x.size()) + str(x.device)
  if key not in cache:
    cache[key] = torch.ones_like(x)
  LAST[0] = cache[key]
  return cache[key]
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    global SCALE
    SCALE = 3
  def forward(self, x, pair: bool = False):
    y = grid(x) + grid(x[:1])
    if pair:
      return y, LAST[0]
    return y * SCALE
)"));
  EXPECT_THAT(built.notes, ::testing::ElementsAre(HasSubstr("default: pair")));
  EXPECT_EQ(RunModule(built, {torch::zeros(2)}).sum().item<float>(), 12);
}

TEST(SourceForward, WhatLeavingTrainingComputesIsAPartOfForward) {
  SCONCE_ASSERT_OK_AND_ASSIGN(auto built, BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.bias = nn.Parameter(torch.zeros(2))
  def train(self, mode=True):
    super().train(mode)
    if not mode:
      self.fixed = self.bias * 2
    return self
  def forward(self, x, ratio: float = 1):
    return x * ratio + self.fixed
)"));
  built.module.attr("bias").toTensor().fill_(5);
  EXPECT_EQ(RunModule(built, {torch::ones(2)}).sum().item<float>(), 22);
}

TEST(SourceForward, LoopsThatEndEarlyCanBeSaved) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(total = x.sum() * 0
for i in range(x.size(0)):
  if x[i] > 5:
    break
  for j in range(3, 0, -1):
    if x[i] > j:
      total = total + j * 100
      break
  else:
    total = total + 1000
  last = x[i]
return total + last + i * 10000)")));
  std::stringstream file;
  built.module.save(file);
  auto loaded = torch::jit::load(file);
  const auto run = [&](std::vector<float> values) {
    return loaded.forward({torch::tensor(values)}).toTensor().item<float>();
  };
  EXPECT_EQ(run({1, 2, 6, 1}), 1000 + 100 + 2 + 20000);
  EXPECT_EQ(run({4}), 300 + 4);
  EXPECT_THROW(run({}), std::exception);
}

TEST(SourceForward, TheStateOfAnLstmIsAPair) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.lstm = nn.LSTM(2, 3)
  def forward(self, x, hidden):
    out, hidden = self.lstm(x, hidden)
    return out.sum() + hidden[0].sum()
)"));
  const auto zeros = torch::zeros({1, 1, 3});
  const auto state = c10::ivalue::Tuple::create(zeros, zeros);
  EXPECT_EQ(RunModule(built, {torch::zeros({4, 1, 2}), state}).dim(), 0);
}

TEST(SourceForward, ListsMayGrowInOneBranchOnly) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(parts = []
sizes = [x.size(0)]
if x.sum() > 0:
  parts.append(x)
  sizes += [2, 3]
else:
  sizes.append(4)
parts.append(x + 1)
view = [1] * x.dim()
view[-1] = len(sizes)
return torch.cat(parts).sum() * torch.ones(view).sum())")));
  EXPECT_EQ(RunModule(built, {torch::ones({2, 2})}).item<float>(), 36);
  EXPECT_EQ(RunModule(built, {-torch::ones({2, 2})}).item<float>(), 0);
}

TEST(SourceForward, WholeNumbersOfARequestStayWhole) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
import math
class Net(nn.Module):
  def forward(self, x):
    b, l = x.size()
    return x.new_ones([b, l**2 + 1, math.gcd(l, 6)]).sum()
)"));
  EXPECT_EQ(RunModule(built, {torch::ones({2, 4})}).item<float>(), 2 * 17 * 2);
}

TEST(SourceForward, WhatARequestWritesIntoAConstantIsItsOwn) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.rows = torch.ones(3)
    self.places = torch.arange(2)
  def forward(self, x):
    before = self.rows.sum()
    if x.sum() > 0:
      view = self.rows
    else:
      view = self.rows[:2]
    view[0] += x.sum()
    self.rows.mul_(2)
    return before * 100 + self.rows.sum() + x[:, self.places].sum()
)"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(RunModule(built, {torch::ones({1, 2})}).item<float>(), 312);
    EXPECT_EQ(RunModule(built, {-torch::ones({1, 2})}).item<float>(), 300);
  }
}

TEST(SourceForward, ArgumentsHaveNumPysNamesToo) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built,
      BuildSource(ForwardOnly(
          "return torch.cat([x, x], axis=-1).sum(axis=1, keepdims=True) + x.max(axis=0)[0]\n")));
  EXPECT_EQ(RunModule(built, {torch::ones({2, 3})}).sum().item<float>(), 42);
}

TEST(SourceForward, NumbersOutOfTensorsArePlacesAndSizes) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
import math
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.register_buffer("step", torch.tensor(2))
  def forward(self, x, lengths):
    total = torch.LongTensor(x.size(0)).fill_(0).sum()
    for i in range(lengths[0]):
      total = total + x[i, lengths.argmax().item()]
    for i in range(0, x.size(0), self.step.item()):
      total = total + 100
    for length in lengths.tolist():
      total = total + length * 1000
    power = 2 ** math.ceil(math.log2(x.size(0)))
    return total + torch.zeros(power, 2).size(0) * 10000
)"));
  const auto lengths = torch::tensor({2, 1});
  EXPECT_EQ(RunModule(built, {torch::ones({8, 2}), lengths}).item<float>(), 83402);
  EXPECT_THROW(RunModule(built, {torch::ones({8, 2}), lengths.to(torch::kFloat)}), std::exception);
}

TEST(SourceForward, TypesOfTensorsAreComparedAndTaken) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(y = torch.ones(2)
if x.type() == y.type():
  y = y + 1
if x.type() == "torch.DoubleTensor":
  y = y + 2
return y.type(x.type()))")));
  EXPECT_EQ(RunModule(built, {torch::ones(1)}).sum().item<double>(), 4);
  const auto doubles = RunModule(built, {torch::ones(1).to(torch::kDouble)});
  EXPECT_EQ(doubles.scalar_type(), torch::kDouble);
  EXPECT_EQ(doubles.sum().item<double>(), 6);
}

TEST(SourceForward, OutputsOfADictAreNamedByItsKeys) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built,
      BuildSource(ForwardOnly("return {('disp', i): x + i for i in range(2)}\n")));
  const auto outputs = torch::jit::Module(built.module).forward({torch::ones(1)}).toGenericDict();
  EXPECT_EQ(outputs.at("disp.1").toTensor().item<float>(), 2);
}

TEST(SourceForward, DictsNamedTuplesAndNestedOutputsKeepTheirForm) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
from collections import namedtuple
Out = namedtuple("Out", ["a", "b"])
class Net(nn.Module):
  def forward(self, x):
    return Out(x, {"c": x + 1, "d": x + 2})
)"));
  const auto type = built.module.get_method("forward").function().getSchema().returns()[0].type();
  ASSERT_NE(type->castRaw<c10::TupleType>(), nullptr);
  EXPECT_EQ(type->expectRef<c10::TupleType>().schema()->arguments()[0].name(), "a");
}

TEST(SourceForward, EachRequestStartsFromTheSavedState) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.last = None
    self.seen = []
  def forward(self, x, more=None, flag=False):
    self.seen.append(x)
    if self.last is not None:
      x = x + self.last
    self.last = x
    if flag:
      return x, x
    return x * len(self.seen)
)"));
  EXPECT_EQ(RunModule(built, {Ones(1)}).item<float>(), 1);
  EXPECT_EQ(RunModule(built, {Ones(1)}).item<float>(), 1);
}

TEST(SourceForward, ResultsOfOperatorsHaveTheirNames) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built,
      BuildSource(ForwardOnly("return x.sort(0).values.sum() + torch.max(x, 0).values")));
  EXPECT_EQ(RunModule(built, {Ones(3)}).item<float>(), 4);
}

TEST(SourceForward, GeneratorsGiveWhatTheyYield) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(def inner():
    yield from (x, x)
def parts(n):
    for i in range(n):
        yield x * i
    yield from inner()
return sum(part for part in parts(3)))")));
  EXPECT_EQ(RunModule(built, {Ones(1)}).item<float>(), 5);
}

TEST(SourceForward, SizesOfUnknownNumberAreTakenWithAStar) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildSource(ForwardOnly("return x.reshape(*x.shape[:-1], -1, 2)")));
  EXPECT_EQ(RunModule(built, {torch::ones({3, 4})}).sizes(), at::IntArrayRef({3, 2, 2}));
  EXPECT_EQ(RunModule(built, {Ones(4)}).sizes(), at::IntArrayRef({2, 2}));
}

TEST(SourceForward, UnpacksSequencesWhoseLengthOnlyARequestKnows) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.scales = [nn.Identity(), nn.Flatten(0)]
  def forward(self, x):
    a, b = map(lambda t: t + 1, x.chunk(2, dim=-1))
    c, d = (f(t) for f, t in zip(self.scales, x.chunk(2, -1)))
    e, f = [t * 2 for t in x.split(2, -1)]
    n, *rest = x.shape
    *most, last = rest
    first, *_ = x
    count, width = *x.shape[:1], last
    *_, same, scales, device = *x.shape, self.scales, x.device
    assert same == last and scales[0] is self.scales[0] and device == x.device
    y = x.reshape(*x.shape[:-1], 2, [*rest, 7][0] // 2).flatten(1) + len(most)
    shape = [n]
    shape += rest
    shape.extend(reversed(x.shape))
    assert shape == [n, width, width, count] and tuple(t for t in shape) == (*x.shape, width, n)
    return torch.stack([a.sum(), b.sum(), c.sum(), d.sum(), e.sum() + f.sum(), y.sum(), first.sum()])
)"));
  EXPECT_TRUE(at::equal(RunModule(built, {torch::ones({3, 4})}),
                        torch::tensor({12.F, 12.F, 6.F, 6.F, 24.F, 12.F, 4.F})));
  EXPECT_THROW(RunModule(built, {torch::ones({3, 1})}), std::exception);  // of one chunk
}

TEST(SourceForward, FoldsSequencesWhoseLengthOnlyARequestKnows) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
import math
from functools import reduce
class Net(nn.Module):
  def forward(self, x):
    parts = torch.split(x, 1, dim=0)
    y = sum([a * b for a, b in zip(parts, [p + 1 for p in parts])])
    sizes = [sum(x.shape), math.prod(x.shape[1:]), max(x.shape), min(*x.shape, 3),
             max(t.size(0) for t in parts), len(list(map(len, parts)))]
    y = y + reduce(lambda a, b: a + b, parts)
    return torch.cat([y.flatten(), torch.tensor(sizes), torch.tensor([all(s > 1 for s in x.shape)])])
)"));
  EXPECT_TRUE(at::equal(RunModule(built, {torch::ones({2, 2})}),
                        torch::tensor({6.F, 6.F, 4.F, 2.F, 2.F, 2.F, 1.F, 2.F, 1.F})));
  EXPECT_TRUE(at::equal(RunModule(built, {torch::ones({4})}),
                        torch::tensor({12.F, 4.F, 1.F, 4.F, 3.F, 1.F, 4.F, 1.F})));
}

TEST(SourceForward, StopsAtTheShortestOfSeveralSequences) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(total = x.sum() * 0
for a, b, i in zip(x.split(1), x.split(2), range(2)):
    total = total + a.sum() + b.sum() * 10
return total)")));
  EXPECT_EQ(RunModule(built, {Ones(4)}).item<float>(), 42);
  EXPECT_EQ(RunModule(built, {Ones(9)}).item<float>(), 42);
  EXPECT_EQ(RunModule(built, {Ones(1)}).item<float>(), 11);
}

TEST(SourceForward, NamesOfALoopMayBeUsedAgainInTheNext) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(for _ in range(2):
    rows = []
    for t in range(x.size(0)):
        rows.append(x[t] + t)
    x = torch.stack(rows)
return x)")));
  EXPECT_EQ(RunModule(built, {Ones(3)}).sum().item<float>(), 9);
}

TEST(SourceForward, EinopsAreReshapesAndReductions) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
from einops import rearrange, reduce, repeat, pack, unpack, einsum
from einops.layers.torch import Rearrange
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.patches = Rearrange('b c (h p1) (w p2) -> b (h w) (p1 p2 c)', p1=2, p2=2)
    self.token = nn.Parameter(torch.ones(1, 1, 12))
  def check(self, one, other):
    assert one.shape == other.shape
    return (one - other).abs().sum()
  def forward(self, x):
    b, c, h, w = x.shape
    split = x.reshape(b, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 3, 5, 1)
    patches = split.reshape(b, h * w // 4, 4 * c)
    wrong = self.check(self.patches(x), patches)
    heads = rearrange(patches, 'b n (h d) -> b h n d', h=3)
    wrong = wrong + self.check(heads, patches.reshape(b, -1, 3, 4).transpose(1, 2))
    wrong = wrong + self.check(rearrange(heads, 'b h n d -> b n (h d)'), patches)
    wrong = wrong + self.check(reduce(x, 'b c h w -> b c', 'mean'), x.mean((2, 3)))
    wrong = wrong + self.check(reduce(x, 'b c (h 2) (w 2) -> b c h w', 'max'),
                               torch.max_pool2d(x, 2))
    wrong = wrong + self.check(repeat(self.token, '1 1 d -> b n d', b=b, n=2),
                               self.token.expand(b, 2, 12))
    wrong = wrong + self.check(repeat(x, 'b c h w -> b c (h 2) w'), x.repeat_interleave(2, 2))
    packed, shapes = pack([patches, self.token.expand(b, 1, 12)], 'b * d')
    first, last = unpack(packed, shapes, 'b * d')
    wrong = wrong + self.check(first, patches) + self.check(last, self.token.expand(b, 1, 12))
    dots = einsum(heads, heads, 'b h i d, b h j d -> b h i j')
    return wrong + self.check(dots, heads @ heads.transpose(-1, -2))
)"));
  for (const int64_t batch : {1, 3}) {
    EXPECT_LT(RunModule(built, {torch::rand({batch, 3, 4, 6})}).item<float>(), 1e-4);
  }
}

TEST(SourceForward, EinopsTakeTensorsOfAnyRank) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
from einops import rearrange, reduce, repeat
from einops.layers.torch import Rearrange
class Net(nn.Module):
  def forward(self, x):
    heads = rearrange(x, 'b (h d) ... -> b h (...) d', h=2)
    back = rearrange(x, 'b ... d -> d ... b', d=4)
    more = repeat(Rearrange('... d -> ... d 1')(x), '... d 1 -> r ... d', r=2)
    wrong = (reduce(x, '... d -> d', 'sum') - x.flatten(0, -2).sum(0)).abs().sum()
    wrong = wrong + (rearrange(x, 'b ... -> b (...)') - x.flatten(1)).abs().sum()
    wrong = wrong + (more[1] - x).abs().sum() + (back - x.transpose(0, -1)).abs().sum()
    return torch.tensor([*heads.shape, *back.shape]), wrong
)"));
  const auto run = [&](const at::Tensor& x) {
    torch::jit::Module module = built.module;
    const auto results = module.forward({x}).toTuple();
    EXPECT_LT(results->elements()[1].toTensor().item<float>(), 1e-4);
    return results->elements()[0].toTensor();
  };
  const auto sizes = [](std::initializer_list<int64_t> values) {
    return torch::tensor(std::vector<int64_t>(values));
  };
  EXPECT_TRUE(at::equal(run(torch::rand({3, 6, 5, 4})), sizes({3, 2, 20, 3, 4, 6, 5, 3})));
  EXPECT_TRUE(at::equal(run(torch::rand({3, 4})), sizes({3, 2, 1, 2, 4, 3})));
  EXPECT_THROW(run(torch::rand({3, 6})), std::exception);  // d is not 4
}

TEST(SourceForward, EinopsTakesWhatDotsStandForFromTheRequest) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildSource(ForwardOnly(R"(from einops import rearrange, reduce
y = rearrange(x, '... (h d) -> ... h d', d=2)
z = rearrange(y, '... h d -> (...) (h d)')
return reduce(z.reshape(x.shape), '... d -> ...', 'sum'))")));
  EXPECT_EQ(RunModule(built, {torch::ones({3, 5, 4})}).sizes(), at::IntArrayRef({3, 5}));
  EXPECT_EQ(RunModule(built, {torch::ones({3, 4})}).sizes(), at::IntArrayRef({3}));
  EXPECT_THROW(RunModule(built, {torch::ones({3, 5})}), std::exception);  // 5 are no twos
}

TEST(SourceForward, HooksOfTheWholeModelRunToo) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    self.register_forward_hook(lambda module, args, output: output * args[0].sum())
  def forward(self, x):
    return x * 2
)"));
  EXPECT_EQ(RunModule(built, {Ones(2)}).sum().item<float>(), 2 * 4 * 4);
}

TEST(SourceForward, HooksRunAroundTheirModule) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(import torch
from torch import nn
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.inner = nn.ReLU()
    self.seen = {}
    self.inner.register_forward_pre_hook(lambda module, args: args[0] * 2)
    def keep(module, args, output):
      self.seen["inner"] = output + 1
    self.inner.register_forward_hook(keep)
    self.inner.register_forward_hook(lambda module, args, output: output * 100).remove()
  def forward(self, x):
    return self.inner(x) + self.seen["inner"]
)"));
  EXPECT_EQ(RunModule(built, {Ones(1)}).item<float>(), 5);
}

TEST(SourceForward, AutogradFunctionsAreTheirForward) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(import torch
from torch import nn
class Double(torch.autograd.Function):
  @staticmethod
  def forward(ctx, x):
    ctx.save_for_backward(x)
    return x * 2
class Net(nn.Module):
  def forward(self, x):
    return Double.apply(x)
)"));
  EXPECT_EQ(RunModule(built, {Ones(1)}).item<float>(), 2);
}

TEST(SourceForward, NumPyOfConstructorsIsTensors) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(import numpy as np
import torch
from torch import nn
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    table = np.array([[p / np.power(10, j) for j in range(2)] for p in range(2)])
    table[:, 0::2] = np.ceil(table[:, 0::2])
    mask = np.triu(np.ones((2, 2)), k=1).astype("uint8")
    self.register_buffer("table", torch.from_numpy(table).float())
    self.register_buffer("mask", torch.from_numpy(mask) == 0)
    self.scales = list(np.linspace(0, 1, 3).tolist())
    self.size = int(np.prod((2, 3)))
  def forward(self, x):
    return x * self.table.sum() + self.mask.sum() + self.scales[1] + self.size
)"));
  EXPECT_NEAR(RunModule(built, {Ones(1)}).item<float>(), 1.1 + 3 + 0.5 + 6, 1e-5);
}

TEST(SourceForward, ErrorsPointAtTheLineOfTheUser) {
  EXPECT_THAT(BuildSource(ForwardOnly("y = F.relu(x)\nreturn F.conv2d(y, 3)")),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       ::testing::AllOf(HasSubstr("model.py:7:12: "), HasSubstr("conv2d"),
                                        HasSubstr("    return F.conv2d(y, 3)\n           ^"))));
}

TEST(SourceForward, DefinitionsGiveTheTypesOfInputs) {
  const std::string text = ForwardOnly("return x[0] * 2 + x[1].sum()");
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built, BuildSource(text, "Net", "", {{"forward.x", "Tuple[Tensor, Tensor]"}}));
  const auto pair = c10::ivalue::Tuple::create(at::ones({2}), at::ones({3, 4}));
  EXPECT_TRUE(at::equal(RunModule(built, {pair}), at::full({2}, 14.0)));
  EXPECT_THAT(BuildSource(text, "Net", "", {{"forward.x", "Tupel[Tensor"}}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--define forward.x")));
}

TEST(SourceForward, StarredInputsAreAsManyAsDefined) {
  const std::string text = ForwardOnly("return sum(inputs) + len(inputs)", "*inputs, **kwargs");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto one, BuildSource(text));
  EXPECT_TRUE(at::equal(RunModule(one, {at::ones({2})}), at::full({2}, 2.0)));
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto two, BuildSource(text, "Net", "", {{"forward.inputs", "Tuple[Tensor, int]"}}));
  EXPECT_TRUE(at::equal(RunModule(two, {at::ones({2}), int64_t{5}}), at::full({2}, 8.0)));
  const auto& schema = two.module.get_method("forward").function().getSchema();
  EXPECT_EQ(schema.arguments()[2].name(), "inputs_1");
}

TEST(SourceForward, NumbersBecomeTensorsWhereTensorsMeetThem) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(
total = 0
for row in x:
  total = total + row.sum()
if x.shape[0] > 2:
  scale = 2
else:
  scale = x.mean()
count = x.shape[0] // torch.tensor(2)
return (total * scale + torch.zeros([count, 1]).sum()))")));
  EXPECT_TRUE(at::allclose(RunModule(built, {at::ones({3, 2})}), at::full({}, 12.0)));
  EXPECT_TRUE(at::allclose(RunModule(built, {at::ones({2, 2})}), at::full({}, 4.0)));
}

TEST(SourceForward, StarsStandBesideValuesOfOtherTypes) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(
b, *rest, device, dtype = *x.shape, x.device, x.dtype
n, first, last, _ = self.training, *x.shape[:2], x.device
return torch.full((b, sum(rest)), first + last, device=device, dtype=dtype))")));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({2, 3, 4})}), at::full({2, 7}, 5.0)));
}

TEST(SourceForward, SizesAreComparedAsAWhole) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(
if (x.shape[0], x.shape[1]) == (2, 3):
  return x * 2
return x)")));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({2, 3})}), at::full({2, 3}, 2.0)));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({3, 3})}), at::ones({3, 3})));
}

TEST(SourceForward, AnEarlyReturnMayComeBeforeAnAssertion) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def scale(self, x):
    if x.shape[0] == 1:
      return x
    assert x.shape[0] == 2, "two at most"
    return x * 2
  def forward(self, x):
    return self.scale(x) + 1
)"));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({1})}), at::full({1}, 2.0)));
  EXPECT_TRUE(at::equal(RunModule(built, {at::ones({2})}), at::full({2}, 3.0)));
  EXPECT_ANY_THROW(RunModule(built, {at::ones({3})}));
}

TEST(SourceForward, DistributionsGiveTheirMomentsAndDensities) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(ForwardOnly(R"(
from torch.distributions import Categorical, Independent, Normal, kl_divergence
policy = Categorical(logits=x)
normal = Independent(Normal(x, torch.ones_like(x) * 2), 1)
same = kl_divergence(Normal(x, 1.0), Normal(x, 1.0)).sum()
return (policy.log_prob(torch.zeros(2)) + policy.entropy() + normal.log_prob(x) + same + policy.probs.sum(-1)))")));
  const at::Tensor x = at::zeros({2, 4});
  const double expected =
      -std::log(4.0) + std::log(4.0) - 4 * std::log(2 * std::sqrt(2 * M_PI)) + 1;
  EXPECT_TRUE(at::allclose(RunModule(built, {x}), at::full({2}, expected), 1e-5, 1e-5));
}

}  // namespace
}  // namespace sconce::testing
