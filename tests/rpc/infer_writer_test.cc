#include "server/rpc/infer_writer.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rpc/infer_messages.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using inference::ModelInferResponse;
using ::testing::AllOf;
using testing::BytesOf;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr size_t kNoLimit = size_t{1} << 40;

at::Tensor Floats(int64_t count) { return at::arange(count, at::TensorOptions(at::kFloat)); }

ModelInferResponse Parse(const grpc::ByteBuffer& buffer) {
  ModelInferResponse response;
  EXPECT_TRUE(response.ParseFromString(BytesOf(buffer)));
  return response;
}

std::string RawOf(const at::Tensor& tensor) {
  return {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()};
}

TEST(InferWriter, WritesWhatTheGeneratedClassWouldWrite) {
  const at::Tensor small = Floats(6).view({2, 3});
  const at::Tensor large = Floats(5000);
  std::vector<NamedValue> outputs = {{"small", small},
                                     {"large", large},
                                     {"none", at::empty({0, 2}, at::TensorOptions(at::kLong))},
                                     {"text", StringTensor{{2}, {"hi", ""}}},
                                     {"bool", at::full({1}, true, at::TensorOptions(at::kBool))}};
  SCONCE_ASSERT_OK_AND_ASSIGN(const grpc::ByteBuffer buffer,
                              WriteInferResponse({"m", 7, "id-1"}, outputs, {}, kNoLimit));
  ModelInferResponse expected;
  expected.set_model_name("m");
  expected.set_model_version("7");
  expected.set_id("id-1");
  const auto add = [&expected](const char* name, const char* type, std::vector<int64_t> shape,
                               const std::string& raw) {
    auto& output = *expected.add_outputs();
    output.set_name(name);
    output.set_datatype(type);
    output.mutable_shape()->Assign(shape.begin(), shape.end());
    expected.add_raw_output_contents(raw);
  };
  add("small", "FP32", {2, 3}, RawOf(small));
  add("large", "FP32", {5000}, RawOf(large));
  add("none", "INT64", {0, 2}, "");
  add("text", "BYTES", {2}, std::string("\2\0\0\0hi\0\0\0\0", 10));
  add("bool", "BOOL", {1}, "\1");
  EXPECT_EQ(BytesOf(buffer), expected.SerializeAsString());
}

TEST(InferWriter, LargeOutputsAreReferredToAndSmallOnesCopied) {
  const at::Tensor large = Floats(kReferredBytes / 4);
  const at::Tensor small = Floats(kReferredBytes / 4 - 1);
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const grpc::ByteBuffer buffer,
      WriteInferResponse({"m", 1, ""}, {{"large", large}, {"small", small}}, {}, kNoLimit));
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(buffer.Dump(&slices).ok());
  const auto refers = [&slices](const at::Tensor& tensor) {
    return std::any_of(slices.begin(), slices.end(), [&tensor](const grpc::Slice& slice) {
      return slice.begin() == tensor.const_data_ptr();
    });
  };
  EXPECT_TRUE(refers(large));
  EXPECT_FALSE(refers(small));
}

TEST(InferWriter, BufferKeepsTheTensorAliveAndLetsItGo) {
  at::Tensor tensor = Floats(5000);
  const size_t before = tensor.use_count();
  {
    SCONCE_ASSERT_OK_AND_ASSIGN(const grpc::ByteBuffer buffer,
                                WriteInferResponse({"m", 1, ""}, {{"y", tensor}}, {}, kNoLimit));
    EXPECT_GT(tensor.use_count(), before);
  }
  EXPECT_EQ(tensor.use_count(), before);
}

TEST(InferWriter, SelectsOutputsInTheOrderAskedFor) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const grpc::ByteBuffer buffer,
      WriteInferResponse({"m", 1, ""}, {{"a", Floats(1)}, {"b", Floats(2)}, {"c", Floats(3)}},
                         {"c", "a"}, kNoLimit));
  const ModelInferResponse response = Parse(buffer);
  ASSERT_EQ(response.outputs_size(), 2);
  ASSERT_EQ(response.raw_output_contents_size(), 2);
  EXPECT_EQ(response.outputs(0).name(), "c");
  EXPECT_EQ(response.outputs(1).name(), "a");
  EXPECT_EQ(response.raw_output_contents(0).size(), 12U);
}

TEST(InferWriter, RefusesUnknownOutputAndNamesThoseThereAre) {
  EXPECT_THAT(
      WriteInferResponse({"m", 1, ""}, {{"a", Floats(1)}, {"b", Floats(1)}}, {"z"}, kNoLimit),
      StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("'z'"), HasSubstr("'a', 'b'"))));
}

TEST(InferWriter, RefusesAnswersOverTheLimit) {
  EXPECT_THAT(WriteInferResponse({"m", 1, ""}, {{"a", Floats(100)}}, {}, 300),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("300")));
}

TEST(InferWriter, RefusesTypesTheProtocolCannotCarry) {
  EXPECT_THAT(
      WriteInferResponse({"m", 1, ""},
                         {{"a", at::zeros({1}, at::TensorOptions(at::kComplexFloat))}}, {},
                         kNoLimit),
      StatusIs(absl::StatusCode::kInternal, AllOf(HasSubstr("'a'"), HasSubstr("ComplexFloat"))));
}

}  // namespace
}  // namespace sconce
