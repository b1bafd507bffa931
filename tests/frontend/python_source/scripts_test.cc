// Scripts say how their model is made, wherever they make it; what they don't say the weights may.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/frontend/python_source/built_source.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

// Of Net(4).
std::vector<StoredTensor> Weights() {
  return {Stored("fc.weight", {3, 4}), Stored("fc.bias", {3})};
}

constexpr char kNet[] = R"(
import argparse
import torch
import torch.nn as nn
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
class Net(nn.Module):
  def __init__(self, width, power=1):
    super().__init__()
    self.fc = nn.Linear(width, 3)
    self.act = nn.ReLU()
    self.power = power
  def forward(self, x): return self.act(self.fc(x)) ** self.power
)";

absl::StatusOr<BuiltModule> BuildScript(const std::string& script,
                                        const std::vector<StoredTensor>& weights = Weights(),
                                        const std::string& arguments = "") {
  PythonSource source;
  source.files.push_back({"train.py", kNet + script});
  source.arguments = arguments;
  return BuildModule(source, weights);
}

class MadeSomewhere : public ::testing::TestWithParam<const char*> {};

TEST_P(MadeSomewhere, IsMadeSo) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildScript(GetParam()));
  EXPECT_THAT(built.notes, Contains(HasSubstr("the model is made as train.py")));
  EXPECT_THAT(built.module.dump_to_str(true, false, false), HasSubstr("pow"));
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, MadeSomewhere,
    ::testing::Values(
        "model = Net(4, 2)\nif torch.cuda.device_count() > 1: model = nn.DataParallel(model)\n",
        "model = nn.DataParallel(Net(4, 2)).to(device)\n", "model: nn.Module = Net(4, 2)\n",
        "with torch.device('meta'):\n  model = Net(4, 2)\n",
        "try:\n  model = Net(4, 2)\nexcept Exception as error:\n  print(error)\n",
        "for fold in range(5):\n  model = Net(4, 2).to(device)\n  torch.save(model, 'x')\n",
        "def train(model, rate): pass\ntrain(Net(4, 2), 0.1)\n", "nets = {'a': Net(4, 2)}\n",
        "class Trainer:\n  def __init__(self, width=4): self.model = Net(width, 2)\n",
        "class Trainer:\n  def __init__(self, width):\n    self.width = width\n    self.model = "
        "self.build()\n  def build(self): return Net(self.width, 2)\ntrainer = Trainer(width=4)\n",
        "def main():\n  width = 8 // 2\n  model = Net(width, 2)\n  for x in load(): model(x)\n"
        "if __name__ == '__main__': main()\n",
        "def main():\n  parser = argparse.ArgumentParser()\n  parser.add_argument('--width', "
        "type=int, "
        "default=4)\n  args = parser.parse_args()\n  model = Net(args.width, power=2)\nmain()\n",
        "def get_args():\n  parser = argparse.ArgumentParser()\n  parser.add_argument('--width', "
        "type=int, default=4)\n  return parser.parse_args()\ndef main(args):\n  net = "
        "Net(args.width, args.width // 2)\nif __name__ == '__main__':\n  main(get_args())\n",
        "def main(kind='wide'):\n  if kind == 'narrow': width = 2\n  else: width = 4\n  return "
        "Net(width, 2)\nmain()\n",
        "def main():\n  width = 4\n  def objective(trial): return Net(width, 2)\n  objective(3)\n",
        "class Config:\n  width = 4\ndef main(config):\n  return Net(config.width, 2)\n"
        "main(Config())\n",
        "sizes = {'width': 4, 'power': 2}\ndef main(): return Net(**sizes)\n",
        "if __name__ == '__main__':\n  width = 4\n  print(Net(width, 2))\n"));

TEST(Scripts, ANameIsWhatItIsWhereItStands) {
  // Of the two widths the one of its own function counts, and of two assignments the later one.
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildScript(R"(
width = 9
def other(): width = 8
def main():
  width = 7
  width = width - 3
  power = 2
  model = Net(width, power)
  power = 1
)"));
  EXPECT_THAT(built.module.dump_to_str(true, false, false), HasSubstr("pow"));
}

TEST(Scripts, WhatChangesTheModelAfterwardsIsDone) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildScript(R"(
model = Net(4)
for part in model.modules():
  if isinstance(part, nn.ReLU): part.inplace = True
setattr(model, "act", nn.Tanh())
model.double()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(9): optimizer.step(model)
)"));
  EXPECT_THAT(built.module.dump_to_str(true, false, false), HasSubstr("tanh"));
  EXPECT_EQ(built.module.attr("fc").toModule().attr("bias").toTensor().scalar_type(), at::kDouble);
}

TEST(Scripts, NumbersThatNobodyKnowsComeFromTheWeights) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto data, BuildScript(R"(
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
loss = nn.CrossEntropyLoss()
model = Net(X.shape[1], power=2)
)"));
  EXPECT_THAT(data.notes, Contains(HasSubstr("width of Net is taken to be 4")));
  EXPECT_THAT(data.module.dump_to_str(true, false, false), HasSubstr("pow"));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto bare, BuildScript(""));
  EXPECT_THAT(bare.notes, Contains(HasSubstr("width of Net is taken to be 4")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto given, BuildScript("", Weights(), R"({"power": 3})"));
  EXPECT_THAT(given.notes, Contains(HasSubstr("width of Net is taken to be 4")));
}

TEST(Scripts, WhatTheWeightsDoNotSayIsAskedFor) {
  // Any number of heads has these weights; so has any exponent.
  const std::string two = R"(
class Two(nn.Module):
  def __init__(self, width, heads):
    super().__init__()
    self.attention = nn.MultiheadAttention(width, heads)
  def forward(self, x): return self.attention(x, x, x)[0]
)";
  PythonSource source;
  source.files.push_back({"two.py", kNet + two});
  const std::vector<StoredTensor> weights = {
      Stored("attention.in_proj_weight", {48, 16}), Stored("attention.in_proj_bias", {48}),
      Stored("attention.out_proj.weight", {16, 16}), Stored("attention.out_proj.bias", {16})};
  EXPECT_THAT(BuildModule(source, weights), StatusIs(kRefused, HasSubstr("missing argument")));
  source.arguments = R"({"heads": 4})";
  SCONCE_EXPECT_OK(BuildModule(source, weights));
}

class SaidByARunAlone : public ::testing::TestWithParam<const char*> {};

TEST_P(SaidByARunAlone, IsNotGuessed) {
  EXPECT_THAT(BuildScript(GetParam()), StatusIs(kRefused, HasSubstr("--init '{\"power\": …}'")));
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, SaidByARunAlone,
    ::testing::Values(
        "power = 2\ndef main():\n  power = load()\n  return Net(4, power)\nmain()\n",
        "def main():\n  n = 1\n  for i in range(3): n = n * 2\n  return Net(4, n)\nmain()\n",
        "def main():\n  try: n = 8\n  except Exception: n = 4\n  return Net(4, n)\nmain()\n",
        "class Trainer:\n  def __init__(self):\n    self.n = 2\n    self.n = 8\n    self.model = "
        "Net(4, self.n)\nTrainer()\n",
        "def get(kind, n=2): return Net(4, n)\nsettings = {}\nsettings.get('kind', 4)\nget('a', "
        "8)\n",
        "def main(n=2): return Net(4, n)\nmain(*[8])\n",
        "n = 2\nnets = [Net(4, n) for n in (8,)]\n",
        "def build(n): return Net(4, n)\nbuild(2)\nbuild(8)\n",
        "n = 8\ndef train(model): pass\ntrain(Net(4, n))\nn = 2\n"));

TEST(Scripts, CallsThatDisagreeAreNamed) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildScript("a = [Net(4, 2)]\nb = [Net(4, 3)]\n"));
  EXPECT_THAT(built.notes, Contains(HasSubstr("otherwise than train.py")));
}

TEST(Scripts, FactorsOfASizeAreNotGuessed) {
  PythonSource source;
  source.files.push_back({"heads.py", kNet + std::string(R"(
class Heads(nn.Module):
  def __init__(self, width, heads, of_each):
    super().__init__()
    self.q = nn.Linear(width, heads * of_each)
  def forward(self, x): return self.q(x)
)")});
  EXPECT_THAT(BuildModule(source, {Stored("q.weight", {64, 32}), Stored("q.bias", {64})}),
              StatusIs(kRefused, HasSubstr("missing argument")));
}

TEST(Scripts, RefusalsNameTheLineThatMakesTheModel) {
  EXPECT_THAT(BuildScript(R"(
from package import choose
loss = nn.CrossEntropyLoss()
def main(): model = Net(4, choose())
)"),
              StatusIs(kRefused, AllOf(HasSubstr("train.py:"), HasSubstr("choose"),
                                       HasSubstr("--init '{\"power\": …}'"))));
}

// The class's own default may be another: whoever loads it hears of that.
class NotKnown : public ::testing::TestWithParam<const char*> {};

TEST_P(NotKnown, IsToldAndNeverTakenFromBefore) {
  const std::string script = std::string("import json, yaml\n") + GetParam();
  PythonSource source;
  std::string net = kNet;
  net.replace(net.find("width, power"), 5, "width=4");
  source.files.push_back({"train.py", net + script});
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildModule(source, Weights()));
  EXPECT_THAT(built.notes, Contains(HasSubstr("gives Net what is not known here")));
  EXPECT_THAT(built.module.dump_to_str(true, false, false), ::testing::Not(HasSubstr("value=9")));
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, NotKnown,
    ::testing::Values(
        "cfg = yaml.safe_load(open('c.yaml'))\nmodel = Net(**cfg)\n",
        "cfg = json.load(open('c.json'))\nmodel = Net(**cfg['model'])\n",
        "def build(**kw):\n  kw.update(json.load(open('c.json')))\n  return Net(**kw)\nm = "
        "build()\n",
        "hp = {'p': 9}\nhp.update(json.load(open('c.json')))\nmodel = Net(4, hp['p'])\n",
        "hp = {'p': 9}\nhp = {**hp, **json.load(open('c.json'))}\nmodel = Net(4, hp['p'])\n",
        "p = 9\np = json.load(open('c.json'))['p']\nmodel = Net(4, p)\n",
        "class A: pass\na = A()\na.p = 9\nfor k, v in json.load(open('c.json')).items():\n"
        "  setattr(a, k, v)\nmodel = Net(4, a.p)\n"));

TEST(Scripts, OfAConfigurationThatNobodyKnowsTheWeightsSayTheSizes) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildScript("import json\nmodel = Net(**json.load(open('c')))\n"));
  EXPECT_THAT(built.notes, Contains(HasSubstr("width of Net is taken to be 4")));
  EXPECT_THAT(built.notes, Contains(HasSubstr("what is not known here (**…)")));
}

TEST(Scripts, WhatTheUserGivesIsTakenBesideWhatTheScriptSays) {
  const char* script = "import yaml\nc = yaml.safe_load(open('c'))\nmodel = Net(4, power=c['p'])\n";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildScript(script, Weights(), R"({"power": 3})"));
  EXPECT_THAT(built.notes, Contains(HasSubstr("the model is made as train.py")));
}

}  // namespace
}  // namespace sconce::testing
