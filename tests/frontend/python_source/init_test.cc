#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/frontend/python_source/built_source.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

std::vector<std::string> NamesOf(const BuiltModule& built) {
  std::vector<std::string> names;
  for (const auto& parameter : built.module.named_parameters()) names.push_back(parameter.name);
  for (const auto& buffer : built.module.named_buffers()) names.push_back(buffer.name);
  return names;
}

TEST(SourceInit, RunsTheLanguageThatModelsAreWrittenIn) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
from functools import partial
from dataclasses import dataclass, field
from typing import Optional, List

WIDTHS = {"s": [2, 3], "m": [4] * 2}

@dataclass
class Config:
  size: str = "s"
  norm: bool = True
  extra: List[int] = field(default_factory=lambda: [7])

def block(a, b, *, norm=None, **more):
  layers = [nn.Linear(a, b, **more)]
  if norm is not None:
    layers.append(norm(b))
  return nn.Sequential(*layers)

class Base(nn.Module):
  act = nn.ReLU
  def __init__(self, config: Optional[Config] = None):
    super().__init__()
    self.config = config or Config()
    self.blocks = nn.ModuleList([self.make(a, b) for a, b in zip([5] + self.widths, self.widths)])
  @property
  def widths(self):
    return WIDTHS[self.config.size] + self.config.extra
  def make(self, a, b):
    raise NotImplementedError

class Net(Base):
  def __init__(self, **kwargs):
    super(Net, self).__init__(**kwargs)
    self.scale = nn.Parameter(torch.ones(1) * 3)
    self.register_buffer("steps", torch.arange(4).float() / 2)
    try:
      self.missing = self.nothing
    except AttributeError as e:
      self.missing = f"{type(e).__name__}: {len(self.blocks):>3d}"
  def make(self, a, b):
    norm = partial(nn.LayerNorm, eps=1e-3) if self.config.norm else None
    return block(a, b, norm=norm, bias=a != 5)
  def forward(self, x):
    assert self.missing == "AttributeError:   3"
    for i, b in enumerate(self.blocks):
      x = self.act()(b(x)) if i % 2 else b(x)
    return x * self.scale + self.steps.sum()
)"));
  EXPECT_THAT(NamesOf(built),
              ElementsAre("scale", "blocks.0.0.weight", "blocks.0.1.weight", "blocks.0.1.bias",
                          "blocks.1.0.weight", "blocks.1.0.bias", "blocks.1.1.weight",
                          "blocks.1.1.bias", "blocks.2.0.weight", "blocks.2.0.bias",
                          "blocks.2.1.weight", "blocks.2.1.bias", "steps"));
}

TEST(SourceInit, TakesItsArgumentsAsJson) {
  const std::string text = R"(
class Net(nn.Module):
  def __init__(self, sizes, bias=True):
    super().__init__()
    self.fc = nn.Linear(*sizes, bias=bias)
  def forward(self, x):
    return self.fc(x)
)";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildSource(text, "Net", R"({"sizes": [3, 2], "bias": false})"));
  EXPECT_THAT(NamesOf(built), ElementsAre("fc.weight"));
  EXPECT_THAT(BuildSource(text), StatusIs(kRefused, HasSubstr("missing argument: 'sizes'")));
  EXPECT_THAT(BuildSource(text, "Net", "{"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not JSON")));
}

TEST(SourceInit, RunsDataclassesAsPythonDoes) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"py(
import dataclasses
from dataclasses import KW_ONLY, InitVar, asdict, astuple, dataclass, field, fields, replace
from typing import ClassVar

def refused(error, call):
  try:
    call()
  except error as e:
    return str(e)
  raise AssertionError("nothing was raised")

@dataclass(frozen=True)
class Stage:
  width: int
  depth: int = 2
  kinds: ClassVar[list] = ["a"]

@dataclass(frozen=True)
class Config(Stage):
  stages: tuple = ()
  extra: dict = field(default_factory=dict, repr=False)
  area: int = field(init=False)
  scale: InitVar[int] = 1
  _: KW_ONLY
  name: str = "net"
  def __post_init__(self, scale):
    object.__setattr__(self, "area", self.width * self.depth * scale)

class Plain:
  pass

class Net(nn.Module):
  def __init__(self):
    super().__init__()
    a = Config(3, stages=(Stage(1), Stage(5, 6)), name="a", scale=10)
    b = replace(a, depth=4, name="b")
    assert (a.area, b.area, b.stages is a.stages, Config.depth) == (60, 12, True, 2)
    assert [f.name for f in fields(a)] == ["width", "depth", "stages", "extra", "area", "name"]
    assert asdict(a)["stages"] == ({"width": 1, "depth": 2}, {"width": 5, "depth": 6})
    assert astuple(a.stages[1]) == (5, 6) and Stage(1) == Stage(1, 2) and Stage(1) != Stage(2)
    assert dataclasses.is_dataclass(a) and dataclasses.is_dataclass(Stage)
    assert not dataclasses.is_dataclass(Plain()) and a.extra is b.extra
    assert a.extra is not Config(1).extra
    assert repr(b.stages[0]) == "Stage(width=1, depth=2)"
    assert "'wide'" in refused(TypeError, lambda: Stage(1, wide=2))
    assert "2 positional" in refused(TypeError, lambda: Stage(1, 2, 3))
    assert "'width'" in refused(TypeError, lambda: Stage())
    assert "multiple values" in refused(TypeError, lambda: Stage(1, width=2))
    assert "area" in refused(ValueError, lambda: replace(a, area=1))
    assert "positional" in refused(TypeError, lambda: Config(1, 2, (), {}, 1, "a"))
    assert "no arguments" in refused(TypeError, lambda: Plain(1))
    def widen():
      a.width = 4
    for error in (dataclasses.FrozenInstanceError, AttributeError):
      assert refused(error, widen) == "cannot assign to field 'width'"
    self.fc = nn.Linear(a.area, b.area)
  def forward(self, x):
    return self.fc(x)
)py"));
  EXPECT_THAT(NamesOf(built), ElementsAre("fc.weight", "fc.bias"));
}

TEST(SourceInit, EnumsMayBeTextsAndNumbersToo) {
  SCONCE_ASSERT_OK(BuildSource(R"py(
import enum
from enum import Enum, IntEnum
from functools import partial
class Format(str, Enum):
  NCHW = "NCHW"
  NHWC = "nhwc"
class Level(IntEnum):
  LOW = 1
  HIGH = 2
class Plain(Enum):
  A = "a"
  B = "a"
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    assert Format("nhwc") is Format.NHWC and Format(Format.NCHW) is Format.NCHW
    assert Format.NHWC == "nhwc" and Format.NHWC != "NHWC" and Format.NHWC.upper() == "NHWC"
    assert isinstance(Format.NHWC, str) and {"nhwc": 1}[Format.NHWC] == 1 and "x" + Format.NHWC == "xnhwc"
    assert Level.LOW < Level.HIGH and Level.HIGH + 1 == 3 and [5, 6, 7][Level.HIGH - 1] == 6
    assert Plain.A != "a" and Plain.B is Plain.A and len(Plain) == 1 and isinstance(Plain, enum.EnumMeta)
    f = partial(partial(int, "7"))
    assert f.func is int and f.args == ("7",) and f() == 7 and isinstance(f, partial)
    self.pool = nn.Upsample(scale_factor=2, mode="nearest")
  def forward(self, x):
    return x.flatten(0, Level.LOW)
)py")
                       .status());
}

TEST(SourceInit, ArraysOfJsonAreListsAndTuples) {
  SCONCE_ASSERT_OK(BuildSource(R"(
class Net(nn.Module):
  def __init__(self, stages, width):
    super().__init__()
    assert isinstance(stages, tuple) and isinstance(stages, list) and isinstance(stages[0], tuple)
    assert stages == ((7, 4), (3, 2)) and (1, *width) == (1,) + width and width + [5] == [2, 3, 5]
    assert isinstance(width + (5,), tuple) and not isinstance(width + [5], tuple)
    assert isinstance(width[1:] * 2, tuple) and {width: 1}[(2, 3)] == 1
    width.append(4)
    assert width == [2, 3, 4] and not isinstance([1], tuple)
  def forward(self, x):
    return x
)",
                               "Net", R"({"stages": [[7, 4], [3, 2]], "width": [2, 3]})")
                       .status());
}

TEST(SourceInit, RunsOnlyWhatTheModelNeeds) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
import argparse, os, sys
import wandb
from torch.utils.data import DataLoader
os.system("touch /tmp/sconce_was_here")
parser = argparse.ArgumentParser()
args = parser.parse_args()
while True:
  pass
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    os.system("touch /tmp/sconce_was_here")
    self.fc = nn.Linear(2, 2)
  def forward(self, x):
    print("shape", x.shape)
    return self.fc(x)
if __name__ == "__main__":
  raise ValueError("this is never run")
)"));
  EXPECT_THAT(NamesOf(built), ElementsAre("fc.weight", "fc.bias"));
  EXPECT_FALSE(std::ifstream("/tmp/sconce_was_here").good());
}

TEST(SourceInit, AsksForWhatItCannotKnow) {
  const std::string text = R"(
import argparse
args = argparse.ArgumentParser().parse_args()
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.fc = nn.Linear(2, args.hidden + 1)
  def forward(self, x):
    return self.fc(x)
)";
  EXPECT_THAT(BuildSource(text),
              StatusIs(kRefused, AllOf(HasSubstr("model.py:10:28"),
                                       HasSubstr("--define args.hidden=VALUE"))));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildSource(text, "Net", "", {{"args.hidden", "4"}}));
  EXPECT_EQ(built.module.attr("fc").toModule().attr("weight").toTensor().size(0), 5);
}

TEST(SourceInit, OptionsOfTheCommandLineHaveTheirDefaults) {
  const std::string text = R"(
import argparse
parser = argparse.ArgumentParser(description="training")
parser.add_argument("-n", "--hidden-size", type=int, default="4", help="neurons")
group = parser.add_argument_group("model")
group.add_argument("--no-bias", action="store_true")
parser.add_argument("--depth", type=int, required=True)
parser.add_argument("--sort", choices=sorted(unheard_of.names()), default=1)
args = parser.parse_args()
args.bias = not args.no_bias
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.fc = nn.Linear(args.depth, args.hidden_size, bias=args.bias)
  def forward(self, x):
    return self.fc(x)
)";
  EXPECT_THAT(BuildSource(text), StatusIs(kRefused, HasSubstr("--define args.depth=VALUE")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built,
                              BuildSource(text, "Net", "", {{"args.depth", "3"}}));
  EXPECT_EQ(built.module.attr("fc").toModule().attr("weight").toTensor().sizes(),
            (std::vector<int64_t>{4, 3}));
  EXPECT_THAT(built.notes, Contains(HasSubstr("args.hidden_size is taken to be 4")));
  EXPECT_THAT(built.notes, Contains(HasSubstr("--define args.bias=VALUE")));
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto told,
      BuildSource(text, "Net", "", {{"args.depth", "3"}, {"args.hidden_size", "5"}}));
  EXPECT_EQ(told.module.attr("fc").toModule().attr("weight").toTensor().size(0), 5);
}

TEST(SourceInit, TopLevelChangesOfConfigurationsCountInTheirOrder) {
  SCONCE_EXPECT_OK(BuildSource(R"(
sizes = [1]
sizes += [2]
sizes.append(3)
for size in (4, 5):
  sizes.append(size)
sizes += [6]
config = {"a": 1}
config.update(b=2)
config["a"] += 10
layers = nn.ModuleList()
layers.train(unheard_of)
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    assert sizes == [1, 2, 3, 4, 5, 6] and config == {"a": 11, "b": 2} and len(layers) == 0
  def forward(self, x):
    return x
)")
                       .status());
}

TEST(SourceInit, HasTheContainersOfTheStandardLibrary) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
import sys
from collections import defaultdict, deque
widths = defaultdict(list, {"a": [1]})
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    widths["b"].append(2)
    self.order = deque([1, 2])
    self.order.appendleft(3)
    self.count = self.order.popleft() + len(widths) + len(sys.modules[Net.__module__].widths["b"])
  def forward(self, x):
    return x * self.count
)"));
  EXPECT_EQ(RunModule(built, {torch::ones({1})}).item<float>(), 3 + 2 + 1);
}

TEST(SourceInit, MembersOfEnumsMayBeTextsAndNumbersToo) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
from collections.abc import Collection, Hashable
from enum import Enum, EnumMeta, IntEnum
class Plain(Enum):
  A = "a"
class Mode(str, Enum):
  SMALL = "small"
  LARGE = "large"
class Width(IntEnum):
  NARROW = 2
WIDTHS = {"small": 3, Width.NARROW: 4}
class Net(nn.Module):
  def __init__(self, mode="small"):
    super().__init__()
    mode = Mode(mode)
    assert mode is Mode.SMALL and mode == "small" and mode in ("small", "none") and mode.upper() == "SMALL"
    assert Mode(Mode.LARGE) is Mode.LARGE and isinstance(mode, str) and isinstance(mode, Enum)
    assert isinstance(Mode, EnumMeta) and {m.value for m in Mode} == {"small", "large"}
    assert Plain.A != "a" and Plain.A.value == "a" and not isinstance(Plain.A, str)
    assert str(Width.NARROW) == "2" and Width.NARROW + 1 == 3 and Width.NARROW < 3 and Width["NARROW"] == 2
    assert isinstance(mode, Hashable) and not isinstance([], Hashable)
    assert isinstance({1}, Collection) and isinstance({1: 2}, Collection) and not isinstance(1, Collection)
    self.fc = nn.Linear(WIDTHS[mode], WIDTHS[2])
  def forward(self, x):
    return self.fc(x)
)"));
  EXPECT_EQ(RunModule(built, {torch::ones({1, 3})}).size(1), 4);
}

TEST(SourceInit, PartialsOfPartialsAreOne) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
from functools import partial
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    norm = partial(partial(nn.LayerNorm, eps=1e-3), elementwise_affine=False)
    assert norm.func is nn.LayerNorm and norm.keywords == {"eps": 1e-3, "elementwise_affine": False}
    self.norm = norm(4)
  def forward(self, x):
    return self.norm(x)
)"));
  EXPECT_THAT(NamesOf(built), ElementsAre());
}

TEST(SourceInit, NothingThatIsDoneToAModuleCrashes) {
  for (const char* statement :
       {"nn.Module.__setstate__(5, {'a': 1})", "nn.Module.register_forward_hook(5, print)",
        "nn.Module.modules([])", "self._modules = 5; list(self.modules()); self.state_dict()",
        "self.__dict__['<forward_hooks>'] = {1: 2}",
        "self.__setstate__({'_parameters': 3, '<forward_hooks>': 4})",
        "functools.wraps(f)(f); inspect.signature(f)",
        "t = (1,)\n    for i in range(60): t = (t, t)\n"
        "    {t: 1}",
        "t = (1,)\n    for i in range(60): t = (t, t)\n    copy.deepcopy(t)",
        "t = (1,)\n    for i in range(60): t = (t, t)\n    repr(t)",
        "self.x = ['x' * 1000000] * 4000000", "x = []\n    while True: x.append('x' * 60000)",
        "class A: pass\n    for i in range(100000):\n      class A(A): pass"}) {
    const auto built = BuildSource(std::string(R"(
import copy, functools, inspect
def f(x):
  return x
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    )") + statement + "\n  def forward(self, x):\n    return x\n");
    EXPECT_TRUE(built.ok() || built.status().code() == kRefused) << statement;
  }
}

// A network in whose __init__ a statement runs among native and own classes.
std::string WithStatement(const std::string& statement) {
  return absl::StrCat(R"(
import argparse, collections, dataclasses, enum, functools, os, re, types
import pytorch_lightning as pl
from easydict import EasyDict
@dataclasses.dataclass
class Cfg:
  a: int = 1
class Kind(enum.Enum):
  A = 1
  B = 2
class Level(enum.IntEnum):
  LOW = 1
class Later(functools.partial):
  def __init__(self): pass
class Counter(collections.defaultdict):
  def __init__(self): pass
class Found(type(re.match('a', 'a'))): pass
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    )",
                      statement, "\n  def forward(self, x):\n    return x\n");
}

TEST(SourceInit, NativeMethodsTakeOnlyTheirOwnObjects) {
  SCONCE_ASSERT_OK(BuildSource(WithStatement("pass")).status());
  for (const char* call : {"functools.partial.__call__(3)",
                           "functools.partial.__init__(3, len)",
                           "functools.partial.__call__()",
                           "collections.defaultdict.__getitem__(3, 1)",
                           "collections.defaultdict.__init__({}, int)",
                           "type(os.environ).__getitem__(3, 'a')",
                           "argparse.ArgumentParser.__init__(3)",
                           "argparse.Namespace.__init__(3, a=1)",
                           "types.SimpleNamespace.__init__(3, a=1)",
                           "Cfg.__init__(3)",
                           "Cfg.__init__(Cfg)",
                           "Cfg.__repr__(3)",
                           "Cfg.__repr__(Cfg)",
                           "enum.IntEnum.__str__(3)",
                           "Level.__str__(Kind.A)",
                           "type(re.match('a', 'a')).groups(3)",
                           "type(re.match('a', 'a')).start('a')",
                           "EasyDict.__getattr__(3, 'a')",
                           "EasyDict.__setattr__({}, 'a', 4)",
                           "pl.LightningModule.save_hyperparameters(3)",
                           "nn.Module.__call__(3)",
                           "super(Net, 3).forward",
                           "super(Net).forward"}) {
    EXPECT_THAT(BuildSource(WithStatement(call)), StatusIs(kRefused, HasSubstr("TypeError")))
        << call;
  }
}

TEST(SourceInit, NativeObjectsWithoutWhatTheyHeldCrashNothing) {
  for (const char* statement :
       {"Later()(1)",
        "functools.partial(Later(), 1)",
        "p = functools.partial(len); p.args = 3; p([])",
        "p = functools.partial(len); p.keywords = 3; p([])",
        "p = functools.partial(len); del p.func; p([])",
        "p = functools.partial(len); p.keywords = {1: 2}; p([])",
        "Counter()['a']",
        "d = collections.defaultdict(int); d.__dict__.clear(); d['a']; d.items(); len(d)",
        "d = collections.defaultdict(int); d.__dict__['<data>'] = 3; d['a']",
        "del dict.__init__; collections.defaultdict(int)",
        "Found().groups()",
        "Found()['a']",
        "Found().groupdict()",
        "Found().start()",
        "m = re.match('a', 'a'); vars(m).clear(); m[0]",
        "m = re.match('a', 'a'); vars(m)['<texts>'] = (); m.groups()",
        "m = re.match('a', 'a'); vars(m)['<spans>'] = ((),); m.start()",
        "vars(os.environ).clear(); os.environ['a']",
        "e = EasyDict(a=1); vars(e).clear(); e.a",
        "e = EasyDict(); delattr(e, '<data>'); e.a; e.__dict__",
        "Kind.A = 3; list(Kind); Kind(2); Kind.__members__; Kind(3)",
        "del Kind.A; list(Kind); Kind(1)",
        "vars(Kind.A).clear(); str(Kind.A); Kind(1); Kind.A.value",
        "vars(Level.LOW).clear(); str(Level.LOW); Level.LOW + 1",
        "s = super(); s.self = 3; s.forward",
        "Cfg.__dataclass_fields__ = 3; Cfg()",
        "c = Cfg(); Cfg.__dataclass_fields__ = {'a': 3}; repr(c); c == c; Cfg(); "
        "dataclasses.asdict(c); dataclasses.fields(c); dataclasses.replace(c)",
        "c = Cfg(); vars(c).clear(); repr(c); c == c",
        "@dataclasses.dataclass\n    class A:\n      a: int = dataclasses.Field()\n    A()",
        "@dataclasses.dataclass\n    class A:\n      a: int = dataclasses.field()\n"
        "    vars(dataclasses.fields(A)[0]).clear(); A(); repr(A(1))",
        "@dataclasses.dataclass\n    class A:\n"
        "      a: int = dataclasses.field("
        "default_factory=lambda: A.__dataclass_fields__.clear())\n"
        "      b: int = 2\n      c: int = 3\n    A()",
        "class A:\n      @property\n      def x(self):\n        A.x = 3\n        return [4]\n"
        "    A().x",
        "@dataclasses.dataclass\n    class A:\n      a: int = 1\n"
        "      def __eq__(self, other): vars(self).clear(); return True\n"
        "      def __repr__(self): vars(self).clear(); return 'a'\n"
        "    @dataclasses.dataclass\n    class B:\n      a: object\n"
        "    B(A()) == B(A()); repr(B(A()))",
        "class super:\n      pass\n    super().x",
        "p = argparse.ArgumentParser(); vars(p).clear(); p.add_argument('--a', default=1); "
        "p.parse_args().a"}) {
    const auto built = BuildSource(WithStatement(statement));
    EXPECT_TRUE(built.ok() || built.status().code() == kRefused) << statement;
  }
}

TEST(SourceInit, BoundsTimeMemoryAndDepth) {
  const auto init = [](const std::string& line) {
    return "class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    " + line +
           "\n  def forward(self, x):\n    return x\n";
  };
  EXPECT_THAT(BuildSource(init("while True: pass")), StatusIs(kRefused, HasSubstr("endless loop")));
  EXPECT_THAT(BuildSource(init("[0 for a in range(9999) for b in range(9999)]")),
              StatusIs(kRefused, HasSubstr("")));
  EXPECT_THAT(BuildSource(init("self.x = [0] * 10**12")), StatusIs(kRefused, HasSubstr("")));
  EXPECT_THAT(BuildSource(init("self.x = 'a' * 10**12")), StatusIs(kRefused, HasSubstr("")));
  EXPECT_THAT(BuildSource("def f(n):\n  return f(n + 1)\n" + init("f(0)")),
              StatusIs(kRefused, HasSubstr("nest deeper")));
  EXPECT_THAT(BuildSource(init("self.x = nn.Linear(10**9, 10**9)")),
              StatusIs(kRefused, HasSubstr("model.py:7")));
  EXPECT_THAT(BuildSource(init("self.x = torch.ones(10**6, 10**6)")),
              StatusIs(kRefused, HasSubstr("MemoryError")));
  EXPECT_THAT(BuildSource(init("self.x = torch.ones(2).repeat(10**12)")),
              StatusIs(kRefused, HasSubstr("MemoryError")));
  EXPECT_THAT(BuildSource("class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n"
                          "    x = torch.ones(2)\n    while True: x = torch.cat([x, x])\n"
                          "  def forward(self, x):\n    return x\n"),
              StatusIs(kRefused, HasSubstr("MiB of tensors")));
  EXPECT_THAT(BuildSource(init("open('/etc/passwd')")), StatusIs(kRefused, HasSubstr("never run")));
}

// What would overflow the stack when it is followed, compared, printed or freed.
TEST(SourceInit, NestsWithoutBoundAndNeverCrashes) {
  for (const char* step : {"x = [x]", "x = (x,)", "x = {0: x}", "x = partial(x, x)",
                           "x = lambda y=x: y", "x = property(x)"}) {
    for (const char* use : {"repr(x)", "x == x", "{x: 1}", "copy.deepcopy(x)", "self.x = x"}) {
      const auto built = BuildSource(std::string(R"(
import copy
from functools import partial
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    x = []
    for i in range(100000):
      )") + step + "\n    " + use + R"(
  def forward(self, x):
    return x
)");
      EXPECT_TRUE(built.ok() || built.status().code() == kRefused) << step << " " << use;
    }
  }
  EXPECT_FALSE(BuildSource("class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n"
                           "    x = []\n    x.append(x)\n    self.x = str(x) + str(x == [x])\n")
                   .ok());
}

TEST(SourceInit, TiedWeightsAndLayersStayTied) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.a = nn.Linear(2, 2)
    self.b = nn.Linear(2, 2)
    self.b.weight = self.a.weight
    self.c = self.a
  def forward(self, x):
    return self.c(self.b(self.a(x)))
)"));
  const auto weight = [&](const char* name) {
    return built.module.attr(name).toModule().attr("weight").toTensor();
  };
  EXPECT_TRUE(weight("a").is_same(weight("b")));
  EXPECT_TRUE(weight("a").is_same(weight("c")));
}

TEST(SourceInit, ClassesMayDecideHowAttributesAreSet) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Logged:
  def __init__(self):
    object.__setattr__(self, "names", [])
    self.a = 1
    self.b = 2
  def __setattr__(self, name, value):
    self.names.append(name)
    super().__setattr__(name, value * 10)

class Config(dict):
  def __getattr__(self, name):
    try:
      return self[name]
    except KeyError:
      raise AttributeError(name)
  __setattr__ = dict.__setitem__

class Counted(dict):
  def __setitem__(self, key, value):
    super().__setitem__(key, value + 1)

class Net(nn.Module):
  def __init__(self):
    super().__init__()
    counted = Counted()
    counted["a"] = 1
    assert counted == {"a": 2} and dict.__getitem__(counted, "a") == 2
    logged = Logged()
    assert logged.names == ["a", "b"] and logged.b == 20
    config = Config({"width": 3}, depth=2)
    config.act = "relu"
    assert config["act"] == "relu" and config.width == 3 and getattr(config, "lr", None) is None
    assert not hasattr(config, "lr") and isinstance(config, dict) and {**config, "width": 4}["width"] == 4
    self.fc = nn.Linear(**{"in_features": config.width, "out_features": config.depth})
  def forward(self, x):
    return self.fc(x)
)"));
  EXPECT_THAT(NamesOf(built), ElementsAre("fc.weight", "fc.bias"));
}

TEST(SourceInit, BaseClassesHearOfTheirSubclasses) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
import abc
from typing import TypedDict

REGISTRY = {}

class Config(TypedDict, total=False):
  width: int

class Base(nn.Module):
  def __init_subclass__(cls, kind=None, **rest):
    super().__init_subclass__(**rest)
    REGISTRY[kind] = cls

class Named(Base, kind="named", metaclass=abc.ABCMeta):
  def __init__(self, width):
    super().__init__()
    self.fc = nn.Linear(width, 2)
  def forward(self, x):
    return self.fc(x)

class Meta(type):
  def __call__(cls, *args):
    return super().__call__(*args)

class Net(nn.Module, metaclass=Meta):
  def __init__(self):
    super().__init__()
    assert issubclass(Named, Base) and list(REGISTRY) == ["named"]
    self.named = REGISTRY["named"](**Config(width=3))
    class Plain: pass
    try:
      class Other(Plain, kind=1): pass
    except TypeError as e:
      assert "takes no keyword arguments" in str(e)
  def forward(self, x):
    return self.named(x)
)"));
  EXPECT_THAT(NamesOf(built), ElementsAre("named.fc.weight", "named.fc.bias"));
  EXPECT_THAT(built.notes, ElementsAre(HasSubstr("Meta.__call__ is not run")));
}

TEST(SourceInit, ObjectsSayWhatTheyAre) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"py(
import collections, numbers, operator, os, random
from dataclasses import dataclass
from enum import Enum
from functools import reduce

Point = collections.namedtuple("Point", ["x", "y"])
Point.__new__.__defaults__ = (None,) * len(Point._fields)

@dataclass
class Weights:
  url: str

class Entries(Enum):
  def name_of(self):
    return self.value.url

class Kinds(Entries):
  A = Weights(url="a")
  DEFAULT = A

class Layout(collections.namedtuple("Layout", ["name", "width"])):
  def __new__(cls, name, width=4):
    return super(Layout, cls).__new__(cls, name, width)

class Single:
  made = None
  def __new__(cls, *args):
    if cls.made is None:
      cls.made = super().__new__(cls)
    return cls.made
  def __init__(self, width):
    self.width = width

class Net(nn.Module):
  """A network."""
  def __init__(self):
    super().__init__()
    assert self.__module__ == Net.__module__ == __name__ and Net.__doc__ == "A network."
    assert Single.__doc__ is None and isinstance(nn.Linear.__doc__, (str, type(None)))
    assert os.path.basename(__file__) == "model.py"
    assert isinstance(Kinds.A, Entries) and Kinds.DEFAULT is Kinds.A and Kinds.A.name_of() == "a"
    assert Point() == (None, None) and Point(1).x == 1
    assert isinstance(3, numbers.Integral) and not isinstance(3.5, numbers.Integral)
    assert reduce(operator.mul, [2, 3, 4]) == 24 and operator.itemgetter(1, 0)("ab") == ("b", "a")
    assert operator.attrgetter("x")(Point(5)) == 5 and 0 <= random.random() < 1
    assert Layout("a") == ("a", 4) and Layout("b", 5).width == 5
    assert Single(3) is Single(4) and Single(5).width == 5 and 2 <= random.randint(2, 3) <= 3
    self.fc = nn.Linear(2, 2)
    self.fc.register_backward_hook(None)
  def forward(self, x):
    return self.fc(x)
)py"));
  EXPECT_THAT(NamesOf(built), ElementsAre("fc.weight", "fc.bias"));
}

TEST(SourceInit, ModulesAreMadeInTrainingModeAndServeInEvalMode) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"py(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    if self.training:
      self.fc = nn.Linear(2, 2)
    self.act = nn.LeakyReLU()
    def change(m):
      if isinstance(m, nn.LeakyReLU):
        m.negative_slope = 0.5
      if isinstance(m, nn.Linear):
        nn.init.zeros_(m.weight)
    self.apply(change)
  def forward(self, x):
    return self.act(-x) if not self.training else x * 100
)py"));
  EXPECT_THAT(NamesOf(built), ElementsAre("fc.weight", "fc.bias"));
  EXPECT_EQ(RunModule(built, {torch::ones(1)}).item<float>(), -0.5);
}

TEST(SourceInit, APackageThatIsNotThereIsMissingWhereThatIsCaught) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"py(
import importlib.util
try:
  from apex.normalization import FusedLayerNorm as Norm
  FUSED = True
except ImportError:
  Norm, FUSED = nn.LayerNorm, False
try:
  from torch.nn import DoesNotExist as Act
except Exception:
  Act = nn.ReLU
try:
  act = torch.nn.DoesNotExist
except (AttributeError, TypeError):
  act = None
import wandb  # without a try: nothing needs it

class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.norm = Norm(3)
    self.act = Act()
    assert not FUSED and act is None
    assert importlib.util.find_spec("xformers") is None
    assert importlib.util.find_spec("torch") is not None
    assert importlib.import_module("torch.nn").Linear is nn.Linear
  def forward(self, x):
    return self.act(self.norm(x))
)py"));
  EXPECT_THAT(NamesOf(built), ElementsAre("norm.weight", "norm.bias"));
}

TEST(SourceInit, ModelsMayRegisterThemselves) {
  PythonSource source;
  source.files = {{"zoo/registry.py",
                   "MODELS = {}\ndef register(name):\n  def wrap(cls):\n"
                   "    MODELS[name] = cls\n    return cls\n  return wrap\n"
                   "def make(name, *args):\n  return MODELS[name](*args)\n"},
                  {"zoo/blocks.py",
                   "import torch.nn as nn\nfrom zoo.registry import register\n"
                   "from missing import Base\n"
                   "@register('other')\nclass Other(Base): pass\n"
                   "@register('block')\nclass Block(nn.Linear): pass\n"},
                  {"model.py",
                   "import torch.nn as nn\nfrom zoo import registry\nKINDS = []\n"
                   "def kind(cls):\n  KINDS.append(cls)\n  return cls\n"
                   "@kind\nclass Act(nn.ReLU): pass\n"
                   "class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n"
                   "    self.fc = registry.make('block', 2, 2)\n    self.act = KINDS[0]()\n"
                   "    self.more = globals()['Act']()\n"
                   "    self.same = registry.__dict__['make']('block', 2, 3)\n"
                   "    self.last = eval('nn.' + 'ReLU')()\n"
                   "    assert 'Nothing' not in globals() and 'make' in registry.__dict__\n"
                   "  def forward(self, x): return self.last(self.act(self.fc(x)))\n"}};
  source.class_name = "Net";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildModule(source, {}));
  EXPECT_THAT(NamesOf(built), ElementsAre("fc.weight", "fc.bias", "same.weight", "same.bias"));
}

TEST(SourceInit, ExpressionsMayNameWhatOtherFilesDefine) {
  PythonSource source;
  source.files = {{"parts.py", "import torch.nn as nn\nclass Part(nn.Linear): pass\n"},
                  {"whole.py",
                   "import torch.nn as nn\nclass Net(nn.Module):\n  def __init__(self, part):\n"
                   "    super().__init__()\n    self.part = part\n"
                   "  def forward(self, x): return self.part(x)\n"}};
  source.class_name = "Net(Part(2, 3))";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildModule(source, {}));
  EXPECT_THAT(NamesOf(built), ElementsAre("part.weight", "part.bias"));
  source.class_name = "Net(Nothing(2, 3))";
  EXPECT_THAT(BuildModule(source, {}),
              StatusIs(kRefused, HasSubstr("name 'Nothing' is not defined")));
}

// Each of these ended the process, or never ended, in one version or another.
TEST(SourceInit, OddValuesEndNoProcess) {
  const auto net = [](const std::string& init, const std::string& forward,
                      const std::string& top = "") {
    return absl::StrCat(
        "import math\nimport numpy as np\nfrom typing import NamedTuple\n", top,
        "\nclass Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    ", init,
        "\n  def forward(self, x, m=None):\n    ", forward, "\n");
  };
  const std::string itself = "a = []; a.append(a); ";
  const std::string classes = "class A: pass\nclass B(A): pass\nclass C: pass\n";
  const std::string point = "class P(NamedTuple):\n  x: int\nnew = P.__new__\nclass A: pass\n";
  const std::string many = "a = [1]\n    for i in range(40): a = [a, a]\n    ";
  const std::string deep = "t = (1,)\n    for i in range(100000): t = (t,)\n    ";
  for (const std::string& text :
       {net("pass", "for c in x.chunk(0, 1): pass\n    return x"),
        net("pass", "for c in x.split([], 1): pass\n    return x"),
        net("pass", "f = lambda *a: a[0]\n    return f(*x.chunk(10**9, 1))"),
        net(itself + "self.t = torch.tensor(a)", "return x"),
        net(itself + "self.t = np.array(a)", "return x"),
        net(many + "self.t = torch.tensor(a)", "return x"),
        net(deep + "self.t = torch.from_numpy(t)", "return x"),
        net("pass",
            "b = m is None\n    for i in range(60000): b = not b\n    if b: x = x + 1\n    return "
            "x"),
        net("try: C.__bases__ = (A, B)\n    except TypeError: pass\n    C()", "return x", classes),
        net("C.__bases__ = (nn.Module,)\n    C()", "return x", classes),
        net("P.__bases__ = (A,)\n    new(A, 1)", "return x", point),
        net("new(P)\n    new(3)", "return x", point),
        net("pass", "global G\n    G = x\n    return x + Y[0]", "G = None\nY = [r for r in G]\n"),
        net("pass", "global G\n    G = x.sum() > 0\n    return x + Y",
            "G = None\nif G: Y = 1\nelse: Y = 2\n"),
        net("pass", "Net.cache = (x,)\n    if m is None: return x\n    return x, x"),
        net("eval('1+' * 100000 + '1')", "return x"),
        net("math.gcd(-9223372036854775807 - 1, -1)", "return x"),
        net("pass", "l = []; l.append(l)\n    return l")}) {
    const auto built = BuildSource(text);
    EXPECT_TRUE(built.ok() || built.status().code() == kRefused) << text << built.status();
  }
}

TEST(SourceInit, LayersThatHoldEachOtherAreRefused) {
  for (const char* more : {"", "    self.apply(lambda m: None)\n"}) {
    EXPECT_THAT(
        BuildSource(absl::StrCat(R"(
class Child(nn.Module):
  def __init__(self, parent):
    super().__init__()
    self.parent = parent
  def train(self, mode=True):
    return self
  def forward(self, x):
    return x
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.child = Child(self)
)",
                                 more, "  def forward(self, x):\n    return self.child(x)\n")),
        StatusIs(kRefused,
                 ::testing::AnyOf(HasSubstr("layer within itself"), HasSubstr("RecursionError"))));
  }
  // As many ways to a layer as there are numbers of 60 bits.
  EXPECT_FALSE(BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    layer = nn.Sequential(nn.Linear(1, 1))
    for i in range(60):
      layer = nn.Sequential(layer, layer)
    self.layer = layer
  def forward(self, x):
    return x
)")
                   .ok());
}

TEST(SourceInit, ATrainingLoopBindsNoModel) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
from torch.utils.data import DataLoader
class Mixin:
  def scale(self, x): return x * 2
def with_mixin(cls):
  cls.__bases__ = (Mixin,) + tuple(b for b in cls.__bases__ if b != Mixin)
  return cls
@with_mixin
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.fc = nn.Linear(2, 2)
  def forward(self, x):
    return self.scale(self.fc(x))
model = Net()
for epoch in range(3):
  model = model.train()
  for batch in DataLoader("data"):
    loss = model(batch)
  model = model.eval()
)",
                                                            "model"));
  EXPECT_THAT(NamesOf(built), ElementsAre("fc.weight", "fc.bias"));
}

TEST(SourceInit, WhatAnUnknownPackageMixesInIsLeftOut) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
from somewhere import HubMixin, Loader
class Data(Loader):
  pass
class Net(nn.Module, HubMixin, library_name="net"):
  def __init__(self):
    super().__init__()
    self.fc = nn.Linear(2, 2)
  def forward(self, x):
    return self.fc(x)
)"));
  EXPECT_THAT(built.notes, ElementsAre(HasSubstr("Net does without its base class")));
  EXPECT_THAT(BuildSource("from somewhere import Base\nclass Net(Base): pass\n"),
              StatusIs(kRefused, HasSubstr("the base class Base of Net is not known")));
}

TEST(SourceInit, HelpersOfTheStandardLibraryAreWrittenInPython) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"py(
import itertools, string
from collections import Counter
from inspect import isfunction
from packaging import version
import torch.nn.utils.spectral_norm as spectral_norm
import numpy as np
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    assert list(itertools.combinations([1, 2, 3], 2)) == [(1, 2), (1, 3), (2, 3)]
    assert list(itertools.chain.from_iterable([[1], (2, 3)])) == list(itertools.chain([1], [2, 3]))
    assert itertools.product("ab", repeat=2)[1] == ("a", "b") and len(string.ascii_letters) == 52
    assert Counter("abca")["a"] == 2 and Counter()["x"] == 0 and isfunction(lambda: 0)
    assert version.parse("1.10.0+cpu") > version.parse("1.9") and "a.b.c".rsplit(".", 1) == ["a.b", "c"]
    assert "key=value=1".partition("=") == ("key", "=", "value=1") and "7".zfill(3) == "007"
    a = np.arange(6).reshape(2, 3)
    assert a.repeat(2, 0).shape == (4, 3) and a.size == 6 and a.transpose().shape == (3, 2)
    assert abs(np.array([1., 3.]).std() - 1) < 1e-9 and np.float32(3) == 3.0 and np.full(2, 1)[0] == 1
    assert a[:, [0, 2]].shape == (2, 2) and np.mgrid[0:2, 0:3].shape == (2, 2, 3)
    assert torch.from_numpy(a).repeat(2, 1).shape == (4, 3) and np.vstack([a, a]).shape == (4, 3)
    self.fc = spectral_norm(nn.Linear(np.array((2, 3)).prod(), 2))
  def forward(self, x):
    return self.fc(x)
)py"));
  EXPECT_EQ(NamesOf(built).size(), 4);
}

TEST(SourceInit, WeightsThatNoFileHoldsAreRefused) {
  for (const char* line :
       {"self.layers = [nn.Linear(2, 2)]", "self.layers = [nn.Linear(2, 2).double().float()]",
        "self.fc = nn.Linear(2, 2); self.scale = self.fc.weight.norm(); "
        "self.layers = [lambda x: x * self.scale]",
        "import copy; self.layers = [copy.deepcopy(nn.Linear(2, 2))]"}) {
    EXPECT_THAT(BuildSource(absl::StrCat(
                    "class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n    ",
                    line, "\n  def forward(self, x): return self.layers[0](x)\n")),
                StatusIs(kRefused, HasSubstr("weights that no file holds")))
        << line;
  }
  SCONCE_EXPECT_OK(BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.fc = nn.Linear(2, 2)
    self.scales = [nn.Parameter(torch.ones(2)), torch.zeros_like(self.fc.weight)]
    self.table = torch.empty(2)
    self.table.fill_(3)
    self.room = torch.FloatTensor(2)
  def forward(self, x):
    self.room.zero_()
    return self.fc(x) * self.scales[0] + self.scales[1] + self.table + self.room
)"));
}

TEST(SourceInit, WeightsThatAConstructorWouldReadAreLeftOut) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"py(
import numpy as np
from torch.utils import model_zoo

class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.fc = nn.Linear(2, 2)
    state = torch.load("pretrained.pth", map_location="cpu")
    if "state_dict" in state:
      state = state["state_dict"]
    self.load_state_dict({name[7:]: value for name, value in state.items()}, strict=False)
    for name, value in model_zoo.load_url("https://example.org/net.pth").items():
      self.state_dict()[name].copy_(value)
    weights = np.load("net.npy", allow_pickle=True)[()]
    for name, parameter in self.named_parameters():
      parameter.data = torch.FloatTensor(weights[name])
  def forward(self, x):
    return self.fc(x)
)py"));
  EXPECT_THAT(built.notes, ElementsAre(HasSubstr("torch.load() is not read"),
                                       HasSubstr("load_state_dict(...) was left out"),
                                       HasSubstr("model_zoo.load_url() is not read")));
  EXPECT_THAT(BuildSource(R"py(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.fc = nn.Linear(len(torch.load("vocabulary.pt")), 2)
)py"),
              StatusIs(kRefused, HasSubstr("torch.load() is not known")));
}

TEST(SourceInit, StarsTakeWhatAModuleExports) {
  PythonSource source;
  source.files = {
      {"pk/b.py", "__all__ = ['helper']\ndef helper(): return 3\ndef other(): return 4\n"},
      {"pk/a.py", "from .b import *\nfrom .b import __all__ as names\n__all__ = names\n"},
      {"pk/__init__.py", "from .a import *\nfrom .c import *\n"},
      {"pk/c.py", "from .d import *\n"},
      {"pk/d.py", "WIDTH = 2\n"},
      {"model.py",
       "import torch.nn as nn\nfrom pk import *\nclass Net(nn.Module):\n  def __init__(self):\n"
       "    super().__init__()\n    self.fc = nn.Linear(helper(), WIDTH)\n"
       "  def forward(self, x): return self.fc(x)\n"}};
  source.class_name = "Net";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildModule(source, {}));
  EXPECT_EQ(built.module.attr("fc").toModule().attr("weight").toTensor().numel(), 6);
}

TEST(SourceInit, ConfigurationsAreDictsAndObjects) {
  const char* text = R"(
from types import SimpleNamespace
from easydict import EasyDict as edict
class Net(nn.Module):
  def __init__(self, config, more=None):
    super().__init__()
    assert config.sizes == config["sizes"] == [2, 3] and config.inner.deep == 5
    assert "sizes" in config and config.get("none", 7) == 7 and not hasattr(config, "none")
    own = edict()
    own.width = config.inner.deep
    assert own["width"] == 5 and vars(SimpleNamespace(a=1, b=2)) == {"a": 1, "b": 2}
    self.fc = nn.Linear(*config.sizes)
  def forward(self, x): return self.fc(x)
)";
  for (const char* arguments : {R"({"config": {"sizes": [2, 3], "inner": {"deep": 5}}})",
                                R"([{"sizes": [2, 3], "inner": {"deep": 5}}])"}) {
    SCONCE_EXPECT_OK(BuildSource(text, "Net", arguments).status());
  }
  EXPECT_THAT(
      BuildSource(text, "Net", "{}"),
      StatusIs(kRefused, AllOf(HasSubstr("missing argument: 'config'"), HasSubstr("--init"))));
}

TEST(SourceInit, TheWeightsChooseTheClass) {
  PythonSource source;
  source.files.push_back({"model.py", R"(
import torch.nn as nn
class Small(nn.Module):
  def __init__(self):
    super().__init__()
    self.fc = nn.Linear(2, 2)
  def forward(self, x): return self.fc(x)
class Large(nn.Module):
  def __init__(self):
    super().__init__()
    self.fc = nn.Linear(2, 9)
  def forward(self, x): return self.fc(x)
class Same(Large): pass
class Other:
  pass
)"});
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto small, BuildModule(source, {Stored("fc.weight", {2, 2}), Stored("fc.bias", {2})}));
  EXPECT_EQ(small.class_name, "Small");
  EXPECT_THAT(BuildModule(source, {Stored("fc.weight", {9, 2}), Stored("fc.bias", {9})}),
              StatusIs(kRefused, HasSubstr("several classes: Large, Same")));
  EXPECT_THAT(
      BuildModule(source, {Stored("fc.weight", {2, 2}), Stored("fc.bais", {2})}),
      StatusIs(kRefused, AllOf(HasSubstr("Nearest is Small"), HasSubstr("fc.bias is missing"),
                               HasSubstr("fc.bais is not in Small"))));
}

const char* const kScript = R"(
import torch
import torch.nn as nn
import torchvision
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
data = torchvision.datasets.MNIST("data", download=True)
width = 3
class Block(nn.Linear):
  pass
class Net(nn.Module):
  def __init__(self, block, width, act="relu"):
    super().__init__()
    self.fc = block(width, 2)
    self.act = getattr(torch, act)
  def forward(self, x): return self.act(self.fc(x))
model = Net(Block, width, act="tanh").to(device)
plain = nn.Sequential(nn.Linear(2, 2))
tuned = Net(Block, width)
tuned.fc = nn.Linear(width, 9)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in data:
  loss = model(x).sum()
)";

TEST(SourceInit, ScriptsSayHowTheyMakeTheirModel) {
  PythonSource source;
  source.files.push_back({"train.py", kScript});
  const auto fc = [](std::vector<int64_t> weight) {
    return std::vector<StoredTensor>{Stored("fc.bias", {weight[0]}), Stored("fc.weight", weight)};
  };
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto model, BuildModule(source, fc({2, 3})));
  EXPECT_THAT(model.notes, ElementsAre(HasSubstr("as train.py makes its model")));
  EXPECT_THAT(model.module.dump_to_str(true, false, false), HasSubstr("tanh"));
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto plain, BuildModule(source, {Stored("0.weight", {2, 2}), Stored("0.bias", {2})}));
  EXPECT_EQ(plain.class_name, "Sequential");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto tuned, BuildModule(source, fc({9, 3})));
  EXPECT_THAT(tuned.notes, ElementsAre(HasSubstr("as train.py makes its tuned")));
  EXPECT_THAT(BuildModule(source, fc({4, 3})), StatusIs(kRefused, HasSubstr("of train.py")));
}

TEST(SourceInit, ExpressionsNameWhatMakesTheModel) {
  PythonSource source;
  source.files.push_back({"train.py", kScript});
  source.class_name = "Net(Block, width * 2, act='sigmoid')";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildModule(source, {}));
  EXPECT_EQ(built.module.attr("fc").toModule().attr("weight").toTensor().size(1), 6);
  source.class_name = "tuned";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto tuned, BuildModule(source, {}));
  EXPECT_EQ(tuned.module.attr("fc").toModule().attr("weight").toTensor().size(0), 9);
  source.class_name = "Net(Blocks)";
  EXPECT_THAT(BuildModule(source, {}),
              StatusIs(kRefused, HasSubstr("--class Net(Blocks): NameError: name 'Blocks'")));
  source.class_name = "Net(";
  EXPECT_THAT(BuildModule(source, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("never closed")));
}

TEST(SourceInit, ClassesMayComeFromSeveralFiles) {
  PythonSource source;
  source.files.push_back({"nets/blocks/conv.py",
                          "import torch.nn as nn\nfrom ..sizes import WIDTH\n"
                          "class Block(nn.Linear):\n  def __init__(self):\n"
                          "    super().__init__(WIDTH, WIDTH)\n"});
  source.files.push_back({"nets/sizes.py", "WIDTH = 6\n"});
  source.files.push_back({"nets/model.py",
                          "import torch.nn as nn\nfrom .blocks.conv import Block\n"
                          "class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n"
                          "    self.b = Block()\n  def forward(self, x):\n    return self.b(x)\n"});
  source.class_name = "Net";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildModule(source, {}));
  EXPECT_EQ(built.module.attr("b").toModule().attr("weight").toTensor().size(0), 6);
}

TEST(SourceInit, WhatStandsForAPackageThatIsNotGivenIsNamed) {
  PythonSource source;
  source.files = {
      {"blocks.py", "WIDTH = 2\ndef width(): return WIDTH\n"},
      {"model.py",
       "import torch.nn as nn\nfrom elsewhere.sizes import width\n"
       "class Net(nn.Module):\n  def __init__(self):\n    super().__init__()\n"
       "    self.fc = nn.Linear(width(), 1)\n  def forward(self, x): return self.fc(x)\n"}};
  source.class_name = "Net";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildModule(source, {}));
  EXPECT_THAT(built.notes,
              ElementsAre("width of elsewhere.sizes, which is not given, is taken from blocks.py"));
}

TEST(SourceInit, OfFilesOfOneNameTheNearestIsImported) {
  const auto net = [](const char* folder) {
    return PythonSource::File{absl::StrCat(folder, "/net.py"),
                              "import torch.nn as nn\nfrom blocks import WIDTH\n"
                              "class Net(nn.Module):\n  def __init__(self):\n"
                              "    super().__init__()\n    self.fc = nn.Linear(WIDTH, 1)\n"
                              "  def forward(self, x): return self.fc(x)\n"};
  };
  PythonSource source;
  source.class_name = "Net";
  source.files = {
      {"all/a/blocks.py", "WIDTH = 2\n"}, {"all/b/blocks.py", "WIDTH = 3\n"}, net("all/b")};
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildModule(source, {}));
  EXPECT_EQ(built.module.attr("fc").toModule().attr("weight").toTensor().size(1), 3);
  source.files.push_back(net("all/a"));
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto other, BuildModule(source, {Stored("fc.weight", {1, 2}), Stored("fc.bias", {1})}));
  EXPECT_EQ(other.module.attr("fc").toModule().attr("weight").toTensor().size(1), 2);
  EXPECT_THAT(BuildModule(source, {}),
              StatusIs(kRefused, HasSubstr("fit none of them: all/b/net.py, all/a/net.py")));
  source.files.pop_back();
  source.files.back() = net("all");
  EXPECT_THAT(BuildModule(source, {}),
              StatusIs(kRefused, HasSubstr("all/a/blocks.py or all/b/blocks.py")));
}

TEST(SourceInit, WhatAScriptBindsUnderItsMainGuardIsGlobal) {
  PythonSource source;
  source.files.push_back({"train.py", R"(
import torch.nn as nn
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.fc = nn.Linear(width, width * 2)
  def forward(self, x): return self.fc(x)
if __name__ == "__main__":
  width = 3
  model = Net()
  for epoch in range(10):
    model.train()
)"});
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto built, BuildModule(source, {Stored("fc.weight", {6, 3}), Stored("fc.bias", {6})}));
  EXPECT_EQ(built.class_name, "Net");
}

TEST(SourceInit, LibrariesOfHelpersAreKnown) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
from timm.models.layers import DropPath, Mlp, to_2tuple, trunc_normal_
class Net(torch.jit.ScriptModule):
  def __init__(self):
    super().__init__()
    size = to_2tuple(4)
    self.mlp = Mlp(size[0], hidden_features=8, out_features=size[1])
    self.drop = DropPath(0.1)
    self.layer_0 = nn.Linear(4, 4)
    self.place = "cuda" if torch.cuda.is_available() else "cpu"
    trunc_normal_(self.layer_0.weight, std=0.02)
  def forward(self, x):
    return self.__getattr__("layer_0")(x + self.drop(self.mlp(x))).type(torch.FloatTensor).norm(dim=1)
)"));
  EXPECT_THAT(NamesOf(built), ElementsAre("mlp.fc1.weight", "mlp.fc1.bias", "mlp.fc2.weight",
                                          "mlp.fc2.bias", "layer_0.weight", "layer_0.bias"));
}

TEST(SourceInit, TextsAreStrippedAndNamedTuplesHaveDefaults) {
  SCONCE_EXPECT_OK(BuildSource(R"(
from collections import namedtuple
Block = namedtuple("Block", "kind width", defaults=[3])
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    assert "xxaxbxx".strip("x") == "axb" and " a ".strip() == "a" and "ab/".rstrip("/") == "ab"
    assert "--name".lstrip("-") == "name" and "xx".strip("x") == ""
    assert Block("conv").width == 3 and Block("conv", 4).width == 4
    try:
      Block(1, 2, 3)
    except TypeError:
      self.fc = nn.Linear(1, 1)
  def forward(self, x): return self.fc(x)
)")
                       .status());
}

TEST(SourceInit, DecoratedMethodsKnowTheirClass) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
import functools
def keeps_arguments(init):
  @functools.wraps(init)
  def wrapper(self, *args, **kwargs):
    init(self, *args, **kwargs)
    self.kept = len(args) + len(kwargs)
  return wrapper
class Net(nn.Module):
  @keeps_arguments
  def __init__(self, width=2):
    super().__init__()
    self.width = width
  def forward(self, x): return x * self.width + self.kept
)"));
  EXPECT_EQ(RunModule(built, {at::ones({1})}).item<float>(), 2);
}

TEST(SourceInit, NamedTuplesHaveTheirMethods) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
import collections
from typing import NamedTuple
Block = collections.namedtuple("Block", ["depth", "width"])
Block.__new__.__defaults__ = (None,) * len(Block._fields)
class Size(NamedTuple):
  x: int
  y: int = 3
  @property
  def area(self): return self.x * self.y
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    block = Block(depth=2)._replace(width=5)
    self.n = block.depth * block.width + Size(2).area + Block._make([1, 100]).width
  def forward(self, x): return x * self.n
)"));
  EXPECT_EQ(RunModule(built, {at::ones({1})}).item<float>(), 10 + 6 + 100);
}

TEST(SourceInit, StarImportsDoNotRunTheOtherScript) {
  PythonSource source;
  source.files.push_back({"model.py", R"(
import torch.nn as nn
from parts import *
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.inner = Inner(3)
  def forward(self, x): return self.inner(x)
)"});
  source.files.push_back({"parts.py", R"(
import torch.nn as nn
class Inner(nn.Module):
  def __init__(self, n):
    super().__init__()
    self.n = n
  def forward(self, x): return x * self.n
if __name__ == "__main__":
  module = Inner()
)"});
  source.class_name = "Net";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildModule(source, {}));
  EXPECT_EQ(RunModule(built, {at::ones({1})}).item<float>(), 3);
}

TEST(SourceInit, MarksOnParametersStay) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
class Net(nn.Module):
  def __init__(self):
    super().__init__()
    self.fc = nn.Linear(1, 1)
    for name, parameter in self.named_parameters(): parameter.scale = len(name)
    self.n = sum([p.scale for p in self.parameters() if hasattr(p, "scale")])
  def forward(self, x): return x * self.n
)"));
  EXPECT_EQ(RunModule(built, {at::ones({1})}).item<float>(), 9 + 7);
}

TEST(SourceInit, ClassesOfMissingPackagesAreOthersThanTheKnown) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto built, BuildSource(R"(
from omegaconf.listconfig import ListConfig
from torch._six import container_abcs
class Net(nn.Module):
  def __init__(self, dims=[2, 3]):
    super().__init__()
    self.n = 0 if type(dims) == ListConfig else len(dims)
    self.n += 10 if isinstance(dims, container_abcs.Iterable) else 0
  def forward(self, x): return x * self.n
)"));
  EXPECT_EQ(RunModule(built, {at::ones({1})}).item<float>(), 12);
}

}  // namespace
}  // namespace sconce::testing
