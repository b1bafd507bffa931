#include "server/formats/torch/tensor_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/formats/torch/torch_file.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/formats/torch_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::Call;
using testing::Global;
using ::testing::HasSubstr;
using testing::Number;
using testing::Numbers;
using testing::OpenTorchBytes;
using testing::Pickle;
using testing::StatusIs;
using testing::Storage;
using testing::Tensor;
using testing::Text;
using testing::Tuple;

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
const std::string kTrue = "\x88";
const std::string kFalse = "\x89";

absl::StatusOr<StoredTensor> Read(const std::string& value) {
  auto file = OpenTorchBytes(testing::BuildTorchZip(Pickle(value), {std::string(16, '\1')}));
  if (!file.ok()) return file.status();
  EXPECT_TRUE(IsStoredTensor((*file)->root()));
  return (*file)->TensorOf((*file)->root());
}

std::string Utils(const char* name) { return Global("torch._utils", name); }

std::string Arguments() {
  return Tuple({Storage({}), Number(0), Numbers({4}), Numbers({1}), kTrue, "}"});
}

// An array of two float32 numbers.
std::string Array() {
  const std::string dtype = Call(Global("numpy", "dtype"), {Text("f4"), kFalse, kTrue});
  return Call(Global("numpy.core.numeric", "_frombuffer"),
              {"C\x08" + std::string(8, '\1'), dtype, Numbers({2}), Text("C")});
}

TEST(TensorLayout, ASubclassIsTheTensorItIsBuiltOf) {
  for (const char* type : {"Parameter", "Buffer", "Mine"}) {
    const std::string value =
        Call(Global("torch._tensor", "_rebuild_from_type_v2"),
             {Utils("_rebuild_tensor_v2"), Global("torch.nn.parameter", type), Arguments(), "}"});
    SCONCE_ASSERT_OK_AND_ASSIGN(const StoredTensor tensor, Read(value));
    EXPECT_EQ(tensor.elements(), 4u);
    EXPECT_TRUE(tensor.requires_grad);
  }
}

TEST(TensorLayout, AParameterSaysItselfWhetherItWantsAGradient) {
  for (const bool wants : {true, false}) {
    const std::string flag = wants ? kTrue : kFalse;
    for (const std::string& value :
         {Call(Utils("_rebuild_parameter"), {Tensor({}), flag, "}"}),
          Call(Utils("_rebuild_parameter_with_state"), {Tensor({}), flag, "}", "}"}),
          Call(Global("torch.nn.parameter", "Parameter"), {Tensor({}), flag})}) {
      EXPECT_EQ(Read(value).value().requires_grad, wants);
    }
  }
}

TEST(TensorLayout, TensorsOfOtherDevicesComeFromArraysOrFromTheCpu) {
  const auto device_tensor = [](const char* how, const std::string& data, const char* dtype) {
    return Call(Utils(how), {data, Global("torch", dtype), Text("xla:0"), kTrue});
  };
  const auto array =
      Read(device_tensor("_rebuild_device_tensor_from_numpy", Array(), "float32")).value();
  EXPECT_EQ(array.elements(), 2u);
  EXPECT_TRUE(array.requires_grad);
  EXPECT_EQ(Read(device_tensor("_rebuild_device_tensor_from_cpu_tensor", Tensor({}), "float32"))
                .value()
                .elements(),
            4u);
  EXPECT_THAT(Read(device_tensor("_rebuild_device_tensor_from_numpy", Array(), "bfloat16")),
              StatusIs(kPrecondition, HasSubstr("stored as float32 to become bfloat16")));
}

TEST(TensorLayout, WrapperSubclassesAreRefusedByTheirKind) {
  const std::string value = Call(
      Global("torch._tensor", "_rebuild_from_type_v2"),
      {Utils("_rebuild_wrapper_subclass"), Global("torch.distributed.tensor", "DTensor"),
       Tuple({Global("torch.distributed.tensor", "DTensor"), Global("torch", "float32")}), "}"});
  EXPECT_THAT(Read(value), StatusIs(kPrecondition, HasSubstr("keeps its data in its own way")));
}

TEST(TensorLayout, WrappersAroundSomethingElseAreMalformed) {
  EXPECT_THAT(Read(Call(Utils("_rebuild_parameter"), {Number(3), kTrue})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is made of 3")));
  EXPECT_THAT(Read(Call(Utils("_rebuild_parameter"), {})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("without its data")));
  EXPECT_THAT(Read(Call(Global("torch._tensor", "_rebuild_from_type_v2"), {Number(1), Number(2)})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not built as PyTorch does")));
}

}  // namespace
}  // namespace sconce
