// Promise 6: callers never see each other.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "tests/frontend/model_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using torch::jit::Module;

struct Case {
  std::string name;
  std::function<void(Module&)> make;
  std::string written;  // what the note must name
};

void PrintTo(const Case& test_case, std::ostream* out) { *out << test_case.name; }

const std::vector<Case>& StatefulModels() {
  static const auto* const cases = new std::vector<Case>{
      {"AssignedAttribute",
       [](Module& m) {
         m.register_buffer("b", torch::zeros({2}));
         m.define("def forward(self, x):\n  self.b = self.b + x\n  return self.b * 1\n");
       },
       "self.b"},
      {"AssignedNumber",
       [](Module& m) {
         m.register_attribute("n", c10::IntType::get(), 0);
         m.define("def forward(self, x):\n  self.n = self.n + 1\n  return x + self.n\n");
       },
       "self.n"},
      {"InPlaceBuffer",
       [](Module& m) {
         m.register_buffer("b", torch::zeros({2}));
         m.define("def forward(self, x):\n  self.b.add_(x)\n  return self.b * 1\n");
       },
       "self.b"},
      {"InPlaceParameter",
       [](Module& m) {
         m.register_parameter("w", torch::zeros({2}), false);
         m.define("def forward(self, x):\n  y = self.w.detach()\n  y += x\n  return self.w * 1\n");
       },
       "self.w"},
      {"AliasView",
       [](Module& m) {
         m.register_buffer("b", torch::zeros({4, 2}));
         m.define(
             "def forward(self, x):\n  row = self.b.select(0, 1)\n  row.add_(x)\n"
             "  return self.b.sum(0)\n");
       },
       "self.b"},
      {"ThroughList",
       [](Module& m) {
         m.register_buffer("b", torch::zeros({2}));
         m.define(
             "def forward(self, x):\n  l = [self.b, x]\n  y = l[0]\n  y.add_(x)\n"
             "  return self.b * 1\n");
       },
       "self.b"},
      {"InBranch",
       [](Module& m) {
         m.register_buffer("b", torch::zeros({2}));
         m.define(
             "def forward(self, x):\n  if bool(x.sum() > 0):\n    y = self.b\n  else:\n    y = x\n"
             "  y.add_(1)\n  return self.b + x\n");
       },
       "self.b"},
      {"AppendedList",
       [](Module& m) {
         c10::List<at::Tensor> list;
         m.register_attribute("l", c10::ListType::ofTensors(), list);
         m.define("def forward(self, x):\n  self.l.append(x)\n  return x * len(self.l)\n");
       },
       "self.l"},
      {"ElementOfList",
       [](Module& m) {
         c10::List<at::Tensor> list;
         list.push_back(torch::zeros({2}));
         m.register_attribute("l", c10::ListType::ofTensors(), list);
         m.define("def forward(self, x):\n  self.l[0].add_(x)\n  return self.l[0] * 1\n");
       },
       "self.l"},
      {"ValueOfDict",
       [](Module& m) {
         c10::Dict<std::string, at::Tensor> dict;
         dict.insert("k", torch::zeros({2}));
         m.register_attribute(
             "d", c10::DictType::create(c10::StringType::get(), c10::TensorType::get()), dict);
         m.define(
             "def forward(self, x):\n  self.d['k'] = self.d['k'] + x\n  return self.d['k'] * 1\n");
       },
       "self.d"},
      {"OptionalThatStartsNone",
       [](Module& m) {
         m.register_attribute("o", c10::OptionalType::create(c10::TensorType::get()),
                              c10::IValue());
         m.define(
             "def forward(self, x):\n  o = self.o\n  if o is None:\n    y = x\n  else:\n"
             "    y = o + x\n  self.o = y\n  return y * 1\n");
       },
       "self.o"},
      {"AssignedThenWritten",
       [](Module& m) {
         m.register_buffer("a", torch::zeros({2}));
         m.register_buffer("b", torch::zeros({2}));
         m.define(
             "def forward(self, x):\n  self.a = self.b\n  self.a.add_(x)\n  return self.b * 1\n");
       },
       "self.a"},
      {"SharedStorage",
       [](Module& m) {
         const at::Tensor whole = torch::zeros({4});
         m.register_buffer("a", whole.slice(0, 0, 2));
         m.register_buffer("b", whole);
         m.define("def forward(self, x):\n  self.a.add_(x)\n  return self.b.sum() + x\n");
       },
       "self.a"},
      {"Submodule",
       [](Module& m) {
         Module inner("__torch__.Inner");
         inner.register_attribute("training", c10::BoolType::get(), true);
         inner.register_buffer("b", torch::zeros({2}));
         inner.define("def forward(self, x):\n  self.b = self.b + x\n  return self.b * 1\n");
         m.register_module("inner", inner);
         m.define("def forward(self, x):\n  return self.inner.forward(x)\n");
       },
       "self.inner.b"},
  };
  return *cases;
}

class StatefulModel : public ::testing::TestWithParam<Case> {};

TEST_P(StatefulModel, GivesTheSameAnswerToTheSameInput) {
  Module module = NewModule();
  GetParam().make(module);
  const at::Tensor x = torch::tensor({1.5F, 2.0F});
  const std::string path = Save(module);
  const at::Tensor first = torch::jit::load(path).forward({x.clone()}).toTensor();
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(path));

  for (int i = 0; i < 3; ++i) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const at::Tensor answer, Forward(model, x.clone()));
    EXPECT_TRUE(at::allclose(answer, first)) << answer << first;
  }
  EXPECT_TRUE(model.executable->stateful());
  EXPECT_THAT(model.executable->notes(), Contains(HasSubstr(GetParam().written)));
}

INSTANTIATE_TEST_SUITE_P(AllWaysToWrite, StatefulModel, ::testing::ValuesIn(StatefulModels()),
                         [](const auto& info) { return info.param.name; });

TEST(StateIsolation, ConcurrentCallersGetTheSameAnswer) {
  Module module = NewModule();
  module.register_buffer("b", torch::zeros({64}));
  module.define(
      "def forward(self, x):\n  for i in range(20):\n    self.b.add_(x)\n  return self.b\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));

  std::atomic<int> wrong = 0;
  std::vector<std::thread> callers;
  for (int caller = 1; caller <= 8; ++caller) {
    callers.emplace_back([&model, &wrong, caller] {
      for (int i = 0; i < 50; ++i) {
        const auto answer = Forward(model, torch::full({64}, caller));
        if (!answer.ok() || !at::equal(*answer, torch::full({64}, 20.0F * caller))) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(StateIsolation, StatelessModelsShareEverything) {
  Module module = NewModule();
  module.register_parameter("w", torch::ones({4, 4}), false);
  module.define("def forward(self, x):\n  y = x @ self.w\n  y += 1\n  return y.relu_()\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  EXPECT_FALSE(model.executable->stateful());
  EXPECT_THAT(model.executable->notes(), IsEmpty());
}

TEST(StateIsolation, WritesToAnInputDoNotReachTheCaller) {
  Module module = NewModule();
  module.define("def forward(self, x):\n  x += 1\n  return x\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  std::vector<float> memory = {1, 2, 3};
  const at::Tensor x = torch::from_blob(memory.data(), {3});
  SCONCE_ASSERT_OK_AND_ASSIGN(const at::Tensor answer, Forward(model, x));
  EXPECT_TRUE(at::equal(answer, torch::tensor({2.0F, 3.0F, 4.0F})));
  EXPECT_THAT(memory, ::testing::ElementsAre(1, 2, 3));
}

TEST(StateIsolation, AReturnedBufferIsTheCallersOwn) {
  Module module = NewModule();
  module.register_buffer("b", torch::ones({2}));
  module.define("def forward(self, x):\n  return self.b\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  SCONCE_ASSERT_OK_AND_ASSIGN(at::Tensor first, Forward(model, torch::zeros({1})));
  {
    const c10::InferenceMode guard;
    first.fill_(9);
  }
  SCONCE_ASSERT_OK_AND_ASSIGN(const at::Tensor second, Forward(model, torch::zeros({1})));
  EXPECT_TRUE(at::equal(second, torch::ones({2})));
}

TEST(StateIsolation, OnlyWhatIsWrittenIsCopied) {
  Module module = NewModule();
  module.register_buffer("step", torch::zeros({1}));
  module.register_parameter("big", torch::ones({256, 256}), false);
  module.define(
      "def forward(self, x):\n  self.step.add_(1)\n  return (x @ self.big) + self.step\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  EXPECT_THAT(model.executable->notes(), Contains(HasSubstr("(4 bytes copied)")));
}

}  // namespace
}  // namespace sconce::testing
