// Small files of weights that stand for large ones: what is written once is referred to many times.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/formats/describe/describe.h"
#include "server/formats/weights/weights_file.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/weights_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::BuildTorchZip;
using testing::DictOf;
using ::testing::HasSubstr;
using testing::Module;
using testing::NamedTexts;
using testing::Pickle;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Tensor;
using testing::Text;

constexpr int kMany = 100'000;

// Memo instructions with numbers of four bytes.
std::string Keep(uint32_t number) { return "r" + testing::LittleEndian(number, 4); }
std::string Get(uint32_t number) { return "j" + testing::LittleEndian(number, 4); }

class RepetitionAttack : public ::testing::Test {
 protected:
  // Whatever it says, it says it soon. So does the diagnosis.
  absl::Status Open(const std::string& name, const std::string& bytes,
                    const WeightsOptions& options = {}) {
    const std::string path = folder_.Write(name, bytes);
    (void)DescribeFile(path);
    return WeightsFile::Open(path, options).status();
  }
  absl::Status OpenPickle(const std::string& value, const WeightsOptions& options = {}) {
    return Open("x.pth", BuildTorchZip(Pickle(value), {std::string(16, 'x')}), options);
  }
  const TemporaryFolder folder_;
};

MATCHER(IsRefused, "") { return arg.code() == absl::StatusCode::kInvalidArgument; }

TEST_F(RepetitionAttack, ManyKeysOfOneLargeDict) {
  NamedTexts tensors = {{"w", Tensor({}) + Keep(1)}};
  for (int i = 1; i < kMany; ++i) tensors.emplace_back(std::to_string(i), Get(1));
  NamedTexts keys = {{"first", DictOf(tensors) + Keep(2)}};
  for (int i = 1; i < kMany; ++i) keys.emplace_back("k" + std::to_string(i), Get(2));
  SCONCE_EXPECT_OK(OpenPickle(DictOf(keys)));
  // The same two levels down, and with something in it that makes it no weights.
  EXPECT_THAT(OpenPickle(DictOf({{"state", DictOf(keys)}})), testing::IsOk());
  tensors.emplace_back("epoch", testing::Number(1));
  keys[0].second = DictOf(tensors) + Keep(2);
  EXPECT_FALSE(OpenPickle(DictOf(keys)).ok());
}

TEST_F(RepetitionAttack, ManyObjectsOfOneLargeState) {
  NamedTexts state;
  for (int i = 0; i < kMany; ++i) state.emplace_back(std::to_string(i), "N");
  const std::string made = testing::Global("m", "C") + ")\x81";
  NamedTexts objects = {{"first", made + DictOf(state) + Keep(3) + "b"}};
  for (int i = 1; i < kMany; ++i) {
    objects.emplace_back("o" + std::to_string(i), made + Get(3) + "b");
  }
  EXPECT_FALSE(OpenPickle(DictOf(objects)).ok());
}

TEST_F(RepetitionAttack, ADictThatHoldsItself) {
  EXPECT_FALSE(OpenPickle("}" + Keep(1) + "(" + Text("self") + Get(1) + "u").ok());
  WeightsOptions options;
  for (int i = 0; i < kMany; ++i) options.weights_key += "self.";
  options.weights_key += "w";
  EXPECT_THAT(OpenPickle("}" + Keep(1) + "(" + Text("self") + Get(1) + Text("self") + Get(1) +
                             Text("self.self") + Get(1) + "u",
                         options),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no key")));
}

TEST_F(RepetitionAttack, AListThatHoldsItself) {
  EXPECT_FALSE(OpenPickle("]" + Keep(1) + Get(1) + "a").ok());
}

TEST_F(RepetitionAttack, ModulesThatHoldEachOtherTwice) {
  std::string module = Module({.parameters = {{"w", Tensor({})}}});
  for (uint32_t level = 0; level < 60; ++level) {
    module = Module({.modules = {{"a", module + Keep(level)}, {"b", Get(level)}}});
  }
  EXPECT_THAT(OpenPickle(module), IsRefused());
}

TEST_F(RepetitionAttack, ManyModulesOfOneLargeDict) {
  NamedTexts attributes;
  for (int i = 0; i < kMany; ++i) attributes.emplace_back("a" + std::to_string(i), "N");
  NamedTexts children = {{"first", Module({.attributes = attributes}) + Keep(4)}};
  for (int i = 1; i < kMany; ++i) children.emplace_back(std::to_string(i), Get(4));
  EXPECT_THAT(OpenPickle(Module({.modules = children})), IsRefused());
}

}  // namespace
}  // namespace sconce
