#include "server/formats/torch/module_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/weights_builder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::Call;
using ::testing::ElementsAre;
using testing::Global;
using ::testing::HasSubstr;
using testing::Module;
using testing::ModuleText;
using testing::Number;
using testing::Pickle;
using testing::StatusIs;
using testing::Tensor;
using testing::Text;
using testing::Tuple;

const std::string kNone = "N";

PickleDocument Read(const std::string& value) {
  auto document = ReadPickle(Pickle(value));
  EXPECT_THAT(document, testing::IsOk());
  return *std::move(document);
}

std::vector<std::string> NamesOf(const ModuleNode& module) {
  std::vector<std::string> names;
  for (const auto& [name, value] : StateOf(module)) names.push_back(name);
  return names;
}

std::string Net() {
  const std::string passing = Call(Global("builtins", "set"), {"](" + Text("mask") + "e"});
  return Module({"__main__",
                 "Net",
                 {{"scale", Tensor({})}, {"none", kNone}},
                 {{"mean", Tensor({})}, {"mask", Tensor({})}, {"absent", kNone}},
                 {{"fc", Module({.parameters = {{"weight", Tensor({})}, {"bias", kNone}},
                                 .attributes = {{"in_features", Number(2)}}})},
                  {"gone", kNone}},
                 {{"_non_persistent_buffers_set", passing}}});
}

TEST(ModuleTree, IsReadWithoutItsClasses) {
  const PickleDocument document = Read(Net());
  ASSERT_TRUE(IsModule(document.root()));
  SCONCE_ASSERT_OK_AND_ASSIGN(const ModuleNode net, ReadModuleTree(document.root()));
  EXPECT_EQ(net.class_name, "__main__.Net");
  ASSERT_EQ(net.children.size(), 1u);
  const ModuleNode& fc = net.children[0].second;
  EXPECT_EQ(net.children[0].first, "fc");
  EXPECT_EQ(fc.class_name, "torch.nn.modules.linear.Linear");
  ASSERT_EQ(fc.attributes.size(), 2u);
  EXPECT_EQ(fc.attributes[1].first, "in_features");
  EXPECT_EQ(fc.attributes[1].second->integer, 2);
}

TEST(ModuleTree, ItsStateIsWhatStateDictGives) {
  const PickleDocument document = Read(Net());
  SCONCE_ASSERT_OK_AND_ASSIGN(const ModuleNode net, ReadModuleTree(document.root()));
  EXPECT_THAT(NamesOf(net), ElementsAre("scale", "mean", "fc.weight"));
}

TEST(ModuleTree, AModuleUsedTwiceIsInBothPlaces) {
  const std::string shared = Module({.parameters = {{"weight", Tensor({})}}}) + "q\x07";
  const PickleDocument document =
      Read(Module({.modules = {{"a", shared}, {"b", std::string("h\x07")}}}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const ModuleNode net, ReadModuleTree(document.root()));
  EXPECT_THAT(NamesOf(net), ElementsAre("a.weight", "b.weight"));
}

TEST(ModuleTree, ProtocolZeroNamesTheClassAsAnArgument) {
  const PickleDocument document =
      Read(Call(Global("copy_reg", "_reconstructor"),
                {Global("__main__", "Net"), Global("__builtin__", "object"), kNone}));
  EXPECT_EQ(ClassNameOf(document.root()), "__main__.Net");
}

TEST(ModuleTree, OtherObjectsAreNoModules) {
  for (const std::string& value :
       {Number(1), Text("x"), std::string("}"), Call(Global("a", "B"), {}),
        Global("a", "B") + ")\x81" + testing::Dict({{"_parameters", "}"}}) + "b"}) {
    EXPECT_FALSE(IsModule(Read(value).root()));
  }
}

TEST(ModuleTree, MalformedPartsAreRefused) {
  for (const auto& [value, message] : std::vector<std::pair<std::string, const char*>>{
           {Module({.modules = {{"a", Number(1)}}}), "1 stands where a module should"},
           {Module({.attributes = {{"_buffers", Number(3)}}}), "_buffers is 3"},
           {Module({.attributes = {{"_modules", "}(" + Number(1) + "Nu"}}}), ""}}) {
    const PickleDocument document = Read(value);
    const auto tree = ReadModuleTree(document.root());
    // The last of two keys counts, as in Python.
    if (*message == 0) {
      EXPECT_THAT(tree, testing::IsOk());
    } else {
      EXPECT_THAT(tree, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
    }
  }
}

}  // namespace
}  // namespace sconce
