#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "server/base/status_macros.h"
#include "server/formats/torch/archive_check.h"
#include "server/formats/torch/torch_file.h"
#include "server/formats/weights/weights_file.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::BuildTorchScriptZip;
using testing::BuildTorchZip;
using testing::Call;
using testing::Dict;
using testing::Global;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::Number;
using testing::Numbers;
using testing::Pickle;
using testing::StatusIs;
using testing::Storage;
using testing::Tensor;
using testing::TensorText;
using testing::Text;
using testing::Tuple;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
const std::string kSixteenBytes(16, '\x01');

absl::Status ReadAsWeights(const std::string& tensor) {
  const std::string zip = BuildTorchZip(Pickle(tensor), {kSixteenBytes});
  SCONCE_ASSIGN_OR_RETURN(const auto file, TorchFile::Open(ByteSource::OverBytes(zip)));
  return file->TensorOf(file->root()).status();
}

// A TorchScript module object whose one attribute is `value`.
absl::Status CheckAsTorchScript(const std::string& value) {
  const std::string module = Global("__torch__", "Net") + ")\x81" + Dict({{"w", value}}) + "b";
  return CheckTorchScriptArchive(BuildTorchScriptZip(Pickle(module), {kSixteenBytes})).status();
}

struct BadTensor {
  std::string what;
  TensorText tensor;
};

class TensorLie : public ::testing::TestWithParam<BadTensor> {};

TEST_P(TensorLie, IsRefusedByBothReaders) {
  const std::string tensor = Tensor(GetParam().tensor);
  EXPECT_THAT(ReadAsWeights(tensor), StatusIs(kInvalid, HasSubstr("tensor: ")));
  EXPECT_THAT(CheckAsTorchScript(tensor), StatusIs(kInvalid, HasSubstr("tensor: ")));
}

TensorText With(void (*change)(TensorText&)) {
  TensorText tensor;
  change(tensor);
  return tensor;
}

INSTANTIATE_TEST_SUITE_P(
    All, TensorLie,
    ::testing::Values(
        BadTensor{"shape beyond storage", With([](auto& t) {
                    t.shape = {2, 3};
                    t.strides = {3, 1};
                  })},
        BadTensor{"offset beyond storage", With([](auto& t) { t.offset = 1; })},
        BadTensor{"offset overflow", With([](auto& t) { t.offset = INT64_MAX; })},
        BadTensor{"stride beyond storage", With([](auto& t) {
                    t.strides = {100, 1};
                  })},
        BadTensor{"stride overflow", With([](auto& t) {
                    t.strides = {INT64_MAX, INT64_MAX};
                  })},
        BadTensor{"negative stride", With([](auto& t) {
                    t.strides = {-2, 1};
                  })},
        BadTensor{"negative size", With([](auto& t) {
                    t.shape = {-2, -2};
                  })},
        BadTensor{"negative offset", With([](auto& t) { t.offset = -1; })},
        BadTensor{"element count overflow", With([](auto& t) {
                    t.shape = {INT64_MAX, INT64_MAX};
                    t.strides = {0, 0};
                  })},
        BadTensor{"overflow hidden by a zero", With([](auto& t) {
                    t.shape = {INT64_MAX, 4, 0};
                    t.strides = {0, 0, 0};
                  })},
        BadTensor{"expanded bomb", With([](auto& t) {
                    t.shape = {int64_t{1} << 40};
                    t.strides = {0};
                  })},
        BadTensor{"ranks that differ", With([](auto& t) { t.strides = {1}; })},
        BadTensor{"storage larger than its entry", With([](auto& t) {
                    t.storage_elements = 1 << 30;
                    t.shape = {1 << 30};
                    t.strides = {1};
                  })},
        BadTensor{"storage size overflow", With([](auto& t) { t.storage_elements = INT64_MAX; })},
        BadTensor{"negative storage", With([](auto& t) { t.storage_elements = -4; })},
        BadTensor{"storage that is not there", With([](auto& t) { t.key = "7"; })},
        BadTensor{"storage outside its folder", With([](auto& t) { t.key = "../version"; })},
        BadTensor{"too many dimensions", With([](auto& t) {
                    t.shape.assign(65, 1);
                    t.strides.assign(65, 1);
                  })}));

TEST(TensorAttack, TheHonestTensorIsRead) {
  EXPECT_THAT(ReadAsWeights(Tensor({})), IsOk());
  EXPECT_THAT(CheckAsTorchScript(Tensor({})), IsOk());
}

TEST(TensorAttack, StorageClassesThatAreNone) {
  TensorText tensor;
  tensor.storage_class = "EvilStorage";
  EXPECT_FALSE(ReadAsWeights(Tensor(tensor)).ok());
  EXPECT_FALSE(CheckAsTorchScript(Tensor(tensor)).ok());
}

// LibTorch keeps names as numbers on its stack, so a number in the right place is a name to it.
TEST(TensorAttack, NumbersInsteadOfNames) {
  const std::string storage =
      Tuple({Text("storage"), Number(6), Text("0"), Text("cpu"), Number(4)}) + "Q";
  EXPECT_THAT(CheckAsTorchScript(storage), StatusIs(kInvalid, HasSubstr("unknown way")));
  EXPECT_THAT(CheckAsTorchScript(Number(0) + Tuple({Number(1)}) + "R"),
              StatusIs(kInvalid, HasSubstr("calls 0")));
}

TEST(TensorAttack, ATensorInPlaceOfAStorage) {
  const std::string nested =
      Call(Global("torch._utils", "_rebuild_tensor_v2"),
           {Tensor({}), Number(0), Numbers({1000}), Numbers({1}), "\x89", "}"});
  EXPECT_THAT(CheckAsTorchScript(nested), StatusIs(kInvalid, HasSubstr("its storage is")));
}

TEST(TensorAttack, ListsAreWhatTheyAreCalled) {
  const auto list = [](const char* builder, const std::string& item) {
    return Call(Global("torch.jit._pickle", builder), {"](" + item + "e"});
  };
  EXPECT_THAT(CheckAsTorchScript(list("build_intlist", Number(1))), IsOk());
  EXPECT_THAT(CheckAsTorchScript(list("build_intlist", Text("x"))),
              StatusIs(kInvalid, HasSubstr("list")));
  EXPECT_THAT(CheckAsTorchScript(list("build_tensorlist", Number(1))),
              StatusIs(kInvalid, HasSubstr("list")));
  EXPECT_THAT(CheckAsTorchScript(Call(Global("torch.jit._pickle", "restore_type_tag"),
                                      {"]", Text("Dict[str, int]")})),
              StatusIs(kInvalid, HasSubstr("restore_type_tag")));
}

TEST(TensorAttack, CallsThatTorchScriptDoesNotWrite) {
  for (const auto& [module, name] :
       {std::pair("os", "system"), std::pair("torch.distributed.rpc", "rref"),
        std::pair("torch.jit._pickle", "build_tensor_from_id"), std::pair("builtins", "eval")}) {
    EXPECT_THAT(CheckAsTorchScript(Call(Global(module, name), {Text("x")})),
                StatusIs(kInvalid, HasSubstr(name)));
  }
}

TEST(TensorAttack, SparseTensorsWithUncheckedIndices) {
  EXPECT_THAT(
      CheckAsTorchScript(Call(Global("torch._utils", "_rebuild_sparse_tensor"), {Number(1)})),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("only dense")));
}

TEST(TensorAttack, CyclesInAModule) {
  EXPECT_THAT(CheckAsTorchScript("]q\x07h\x07"
                                 "a"),
              StatusIs(kInvalid, HasSubstr("contains itself")));
}

TEST(TensorAttack, KeysThatOccurTwice) {
  const std::string pickle = Pickle(Dict({{"w", Tensor({})}, {"w", Tensor({})}}));
  const std::string path = ::testing::TempDir() + "/keys_that_occur_twice.pth";
  std::ofstream(path, std::ios::binary) << BuildTorchZip(pickle, {kSixteenBytes});
  EXPECT_THAT(WeightsFile::Open(path, {}), StatusIs(kInvalid, HasSubstr("\"w\" occurs twice")));
}

TEST(TensorAttack, PickleWithATail) {
  const std::string pickle = Pickle(Dict({{"w", Tensor({})}})) + "more";
  EXPECT_THAT(TorchFile::Open(ByteSource::Owning(BuildTorchZip(pickle, {kSixteenBytes}))),
              StatusIs(kInvalid, HasSubstr("after its end")));
}

}  // namespace
}  // namespace sconce
