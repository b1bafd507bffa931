#include "server/runtime/own_outputs.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <array>
#include <utility>
#include <variant>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

// The one output of a run that gave `tensor`.
at::Tensor Owned(at::Tensor tensor) {
  std::vector<NamedValue> outputs;
  outputs.push_back({"output", std::move(tensor)});
  SCONCE_EXPECT_OK(OwnOutputs(outputs));
  return std::get<at::Tensor>(outputs[0].value);
}

TEST(OwnOutputs, LeavesAFreshTensorWhereItIs) {
  at::Tensor fresh = at::arange(4);
  const void* memory = fresh.const_data_ptr();
  EXPECT_EQ(Owned(std::move(fresh)).const_data_ptr(), memory);
}

TEST(OwnOutputs, CopiesATensorThatSomeoneElseHolds) {
  const at::Tensor parameter = at::arange(4);
  const at::Tensor output = Owned(parameter);
  EXPECT_NE(output.const_data_ptr(), parameter.const_data_ptr());
  EXPECT_TRUE(output.equal(parameter));
}

TEST(OwnOutputs, CopiesAViewOfATensorThatLives) {
  at::Tensor input = at::arange(4);
  const at::Tensor output = Owned(input.view({2, 2}));
  input.fill_(9);
  EXPECT_TRUE(output.equal(at::arange(4).view({2, 2})));
}

TEST(OwnOutputs, CopiesADetachedAlias) {
  at::Tensor parameter = at::arange(4);
  const at::Tensor output = Owned(parameter.detach());
  parameter.fill_(9);
  EXPECT_TRUE(output.equal(at::arange(4)));
}

TEST(OwnOutputs, KeepsAViewWhoseBaseIsGone) {
  // As every run. Outside of it a view keeps its base alive for autograd.
  const c10::InferenceMode inference;
  at::Tensor view = at::arange(4).view({2, 2});
  const void* memory = view.const_data_ptr();
  EXPECT_EQ(Owned(std::move(view)).const_data_ptr(), memory);
}

TEST(OwnOutputs, SeparatesTheSameTensorReturnedTwice) {
  at::Tensor x = at::arange(4);
  std::vector<NamedValue> outputs;
  outputs.push_back({"output_0", x});
  outputs.push_back({"output_1", std::move(x)});
  SCONCE_ASSERT_OK(OwnOutputs(outputs));
  auto& first = std::get<at::Tensor>(outputs[0].value);
  auto& second = std::get<at::Tensor>(outputs[1].value);
  first.fill_(9);
  EXPECT_TRUE(second.equal(at::arange(4)));
}

TEST(OwnOutputs, SeparatesViewsOfOneStorage) {
  at::Tensor x = at::arange(4);
  std::vector<NamedValue> outputs;
  outputs.push_back({"low", x.slice(0, 0, 2)});
  outputs.push_back({"all", std::move(x)});
  SCONCE_ASSERT_OK(OwnOutputs(outputs));
  std::get<at::Tensor>(outputs[0].value).fill_(9);
  EXPECT_TRUE(std::get<at::Tensor>(outputs[1].value).equal(at::arange(4)));
}

TEST(OwnOutputs, CopiesMemoryThatLibTorchDoesNotOwn) {
  std::array<float, 4> blob = {1, 2, 3, 4};
  const at::Tensor output = Owned(at::from_blob(blob.data(), {4}));
  EXPECT_NE(output.const_data_ptr(), blob.data());
  EXPECT_EQ(output.sum().item<float>(), 10);
}

TEST(OwnOutputs, MovesASmallPartOutOfALargeStorage) {
  const c10::InferenceMode inference;
  at::Tensor row = at::zeros({1000, 1000}).select(0, 3);
  ASSERT_EQ(row.storage().use_count(), 1u);  // only its size speaks against it
  const at::Tensor output = Owned(std::move(row));
  EXPECT_EQ(output.storage().nbytes(), 1000 * sizeof(float));
}

TEST(OwnOutputs, TakesEmptyTensorsAndStrings) {
  std::vector<NamedValue> outputs;
  outputs.push_back({"empty", at::zeros({0, 4})});
  outputs.push_back({"words", StringTensor{{1}, {"a"}}});
  SCONCE_ASSERT_OK(OwnOutputs(outputs));
  EXPECT_EQ(ShapeOf(outputs[0].value), std::vector<int64_t>({0, 4}));
  EXPECT_EQ(std::get<StringTensor>(outputs[1].value).elements[0], "a");
}

}  // namespace
}  // namespace sconce
