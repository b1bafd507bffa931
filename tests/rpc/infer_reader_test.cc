#include "server/rpc/infer_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/rpc/infer_messages.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using inference::ModelInferRequest;
using testing::AddInput;
using testing::AddRaw;
using ::testing::AllOf;
using testing::BufferOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::RawOf;
using testing::StatusIs;

absl::StatusOr<std::vector<NamedValue>> Read(const ModelInferRequest& request,
                                             size_t slice = 1 << 14) {
  auto reader = InferReader::Open(BufferOf(request, slice));
  if (!reader.ok()) return reader.status();
  return reader->ReadInputs();
}

template <typename T>
std::vector<T> ElementsOf(const NamedValue& value) {
  const at::Tensor& tensor = std::get<at::Tensor>(value.value);
  const auto* data = static_cast<const T*>(tensor.const_data_ptr());
  return std::vector<T>(data, data + tensor.numel());
}

auto Refusal(const std::string& a, const std::string& b = "", const std::string& c = "") {
  return StatusIs(absl::StatusCode::kInvalidArgument,
                  AllOf(HasSubstr(a), HasSubstr(b), HasSubstr(c)));
}

TEST(InferReader, ReadsHeader) {
  ModelInferRequest request;
  request.set_model_name("iris");
  request.set_model_version("3");
  request.set_id("r-1");
  (*request.mutable_parameters())["method"].set_string_param("encode");
  (*request.mutable_parameters())["priority"].set_uint64_param(1);
  request.add_outputs()->set_name("b");
  request.add_outputs()->set_name("a");
  AddRaw(request, "x", "FP32", {1}, RawOf<float>({1}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const InferReader reader, InferReader::Open(BufferOf(request)));
  EXPECT_EQ(reader.model_name(), "iris");
  EXPECT_EQ(reader.model_version(), "3");
  EXPECT_EQ(reader.id(), "r-1");
  EXPECT_EQ(reader.method(), "encode");
  EXPECT_THAT(reader.OutputNames(), ElementsAre("b", "a"));
}

TEST(InferReader, RawTensorIsAlignedAndWhole) {
  ModelInferRequest request;
  std::vector<float> data(10'000);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i);
  AddRaw(request, "x", "FP32", {100, 100}, RawOf(data));
  for (const size_t slice : {1, 7, 4096, 1 << 20}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto inputs, Read(request, slice));
    ASSERT_EQ(inputs.size(), 1U);
    EXPECT_EQ(ElementsOf<float>(inputs[0]), data);
    EXPECT_EQ(ShapeOf(inputs[0].value), (std::vector<int64_t>{100, 100}));
    const at::Tensor& tensor = std::get<at::Tensor>(inputs[0].value);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.const_data_ptr()) % 64, 0U);
  }
}

TEST(InferReader, EveryRawDatatypeKeepsItsBytes) {
  const std::vector<std::pair<std::string, size_t>> types = {
      {"BOOL", 1}, {"UINT8", 1}, {"UINT16", 2}, {"UINT32", 4}, {"UINT64", 8},
      {"INT8", 1}, {"INT16", 2}, {"INT32", 4},  {"INT64", 8},  {"FP16", 2},
      {"BF16", 2}, {"FP32", 4},  {"FP64", 8}};
  for (const auto& [name, size] : types) {
    ModelInferRequest request;
    const std::string bytes(2 * size, '\1');
    AddRaw(request, "x", name, {2}, bytes);
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto inputs, Read(request));
    EXPECT_EQ(DatatypeName(DatatypeOf(inputs[0].value)), name);
    const at::Tensor& tensor = std::get<at::Tensor>(inputs[0].value);
    EXPECT_EQ(std::string(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()),
              bytes);
  }
}

TEST(InferReader, AnyRawByteButZeroIsTrue) {
  ModelInferRequest request;
  AddRaw(request, "x", "BOOL", {4}, std::string("\0\1\2\xFF", 4));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto inputs, Read(request));
  EXPECT_THAT(ElementsOf<uint8_t>(inputs[0]), ElementsAre(0, 1, 1, 1));
}

TEST(InferReader, RawBytesAreLengthPrefixed) {
  ModelInferRequest request;
  AddRaw(request, "s", "BYTES", {3, 1}, std::string("\2\0\0\0hi\0\0\0\0\1\0\0\0x", 15));
  for (const size_t slice : {1, 100}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto inputs, Read(request, slice));
    const auto& strings = std::get<StringTensor>(inputs[0].value);
    EXPECT_THAT(strings.elements, ElementsAre("hi", "", "x"));
    EXPECT_THAT(strings.shape, ElementsAre(3, 1));
  }
}

TEST(InferReader, TypedContentsOfEveryDatatype) {
  ModelInferRequest request;
  AddInput(request, "bool", "BOOL", {1}).mutable_contents()->add_bool_contents(true);
  AddInput(request, "i8", "INT8", {1}).mutable_contents()->add_int_contents(-128);
  AddInput(request, "i16", "INT16", {1}).mutable_contents()->add_int_contents(-32768);
  AddInput(request, "i32", "INT32", {1}).mutable_contents()->add_int_contents(-5);
  AddInput(request, "i64", "INT64", {1}).mutable_contents()->add_int64_contents(1LL << 40);
  AddInput(request, "u8", "UINT8", {1}).mutable_contents()->add_uint_contents(255);
  AddInput(request, "u16", "UINT16", {1}).mutable_contents()->add_uint_contents(65535);
  AddInput(request, "u32", "UINT32", {1}).mutable_contents()->add_uint_contents(4000000000U);
  AddInput(request, "u64", "UINT64", {1}).mutable_contents()->add_uint64_contents(1ULL << 63);
  AddInput(request, "f32", "FP32", {1}).mutable_contents()->add_fp32_contents(1.5F);
  AddInput(request, "f64", "FP64", {1}).mutable_contents()->add_fp64_contents(2.5);
  AddInput(request, "s", "BYTES", {1}).mutable_contents()->add_bytes_contents("text");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto inputs, Read(request));
  EXPECT_THAT(ElementsOf<bool>(inputs[0]), ElementsAre(true));
  EXPECT_THAT(ElementsOf<int8_t>(inputs[1]), ElementsAre(-128));
  EXPECT_THAT(ElementsOf<int16_t>(inputs[2]), ElementsAre(-32768));
  EXPECT_THAT(ElementsOf<int32_t>(inputs[3]), ElementsAre(-5));
  EXPECT_THAT(ElementsOf<int64_t>(inputs[4]), ElementsAre(1LL << 40));
  EXPECT_THAT(ElementsOf<uint8_t>(inputs[5]), ElementsAre(255));
  EXPECT_THAT(ElementsOf<uint16_t>(inputs[6]), ElementsAre(65535));
  EXPECT_THAT(ElementsOf<uint32_t>(inputs[7]), ElementsAre(4000000000U));
  EXPECT_THAT(ElementsOf<uint64_t>(inputs[8]), ElementsAre(1ULL << 63));
  EXPECT_THAT(ElementsOf<float>(inputs[9]), ElementsAre(1.5F));
  EXPECT_THAT(ElementsOf<double>(inputs[10]), ElementsAre(2.5));
  EXPECT_THAT(std::get<StringTensor>(inputs[11].value).elements, ElementsAre("text"));
}

TEST(InferReader, ZeroSizeTensorsNeedNoData) {
  ModelInferRequest raw;
  AddRaw(raw, "x", "FP32", {0, 4}, "");
  AddRaw(raw, "s", "BYTES", {0}, "");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto from_raw, Read(raw));
  EXPECT_EQ(ShapeOf(from_raw[0].value), (std::vector<int64_t>{0, 4}));
  EXPECT_TRUE(std::get<StringTensor>(from_raw[1].value).elements.empty());
  ModelInferRequest typed;
  AddInput(typed, "x", "FP16", {0});
  AddInput(typed, "y", "INT8", {3, 0});
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto from_contents, Read(typed));
  EXPECT_EQ(ShapeOf(from_contents[1].value), (std::vector<int64_t>{3, 0}));
}

TEST(InferReader, ScalarHasNoDimensions) {
  ModelInferRequest request;
  AddRaw(request, "x", "INT64", {}, RawOf<int64_t>({42}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto inputs, Read(request));
  EXPECT_TRUE(ShapeOf(inputs[0].value).empty());
  EXPECT_THAT(ElementsOf<int64_t>(inputs[0]), ElementsAre(42));
}

TEST(InferReader, FieldOrderDoesNotMatter) {
  ModelInferRequest head;
  head.set_model_name("m");
  ModelInferRequest raw;
  raw.add_raw_input_contents(RawOf<float>({7}));
  ModelInferRequest input;
  AddInput(input, "x", "FP32", {1});
  const std::string bytes =
      raw.SerializeAsString() + head.SerializeAsString() + input.SerializeAsString();
  SCONCE_ASSERT_OK_AND_ASSIGN(const InferReader reader, InferReader::Open(BufferOf(bytes, 3)));
  EXPECT_EQ(reader.model_name(), "m");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto inputs, reader.ReadInputs());
  EXPECT_THAT(ElementsOf<float>(inputs[0]), ElementsAre(7));
}

TEST(InferReader, UnknownFieldsAndGroupsAreSkipped) {
  ModelInferRequest request;
  AddRaw(request, "x", "FP32", {1}, RawOf<float>({7}));
  const std::string unknown = "\x98\x06\x05";            // field 99, varint
  const std::string group = "\x9b\x06\x08\x01\x9c\x06";  // field 99, a group with field 1 in it
  for (const std::string& extra : {unknown, group}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(
        const InferReader reader,
        InferReader::Open(BufferOf(extra + request.SerializeAsString() + extra)));
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto inputs, reader.ReadInputs());
    EXPECT_THAT(ElementsOf<float>(inputs[0]), ElementsAre(7));
  }
}

TEST(InferReader, RefusesWhatIsNoRequest) {
  EXPECT_THAT(InferReader::Open(BufferOf("\xFF\xFF\xFF")), Refusal("not a ModelInferRequest"));
  EXPECT_THAT(InferReader::Open(BufferOf("\x3A\x7F")), Refusal("not a ModelInferRequest"));
  EXPECT_THAT(InferReader::Open(BufferOf("\x0A\x02\xFF\xFE")), Refusal("not a ModelInferRequest"));
}

TEST(InferReader, RefusesUnknownDatatype) {
  ModelInferRequest request;
  AddRaw(request, "x", "FLOAT", {1}, "abcd");
  EXPECT_THAT(Read(request), Refusal("input 'x'", "'FLOAT'", "FP32"));
}

TEST(InferReader, RefusesNegativeAndOverflowingShapes) {
  ModelInferRequest negative;
  AddRaw(negative, "x", "FP32", {2, -1}, "");
  EXPECT_THAT(Read(negative), Refusal("input 'x'", "size -1 in dimension 1"));
  constexpr int64_t kHuge = int64_t{1} << 40;
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{kHuge, kHuge}, {0, kHuge, kHuge}, {int64_t{1} << 61, 4}}) {
    ModelInferRequest request;
    AddRaw(request, "x", "FP32", shape, "");
    EXPECT_THAT(Read(request), Refusal("input 'x'", "overflows"));
  }
  ModelInferRequest deep;
  AddRaw(deep, "x", "FP32", std::vector<int64_t>(65, 1), "abcd");
  EXPECT_THAT(Read(deep), Refusal("input 'x'", "65 dimensions", "64"));
}

TEST(InferReader, RefusesRawSizeThatDisagreesWithShape) {
  ModelInferRequest request;
  AddRaw(request, "x", "FP32", {2, 3}, std::string(20, '\0'));
  EXPECT_THAT(Read(request), Refusal("input 'x'", "20 raw bytes", "FP32[2,3] takes 24"));
  ModelInferRequest huge;
  AddRaw(huge, "x", "FP32", {int64_t{1} << 40}, "abcd");
  EXPECT_THAT(Read(huge), Refusal("4 raw bytes"));
  ModelInferRequest strings;
  AddRaw(strings, "s", "BYTES", {int64_t{1} << 60}, "abcd");
  EXPECT_THAT(Read(strings), Refusal("input 's'", "4 raw bytes"));
}

TEST(InferReader, RefusesBrokenByteLengths) {
  ModelInferRequest beyond;
  AddRaw(beyond, "s", "BYTES", {1}, std::string("\5\0\0\0hi", 6));
  EXPECT_THAT(Read(beyond), Refusal("element 0 has 5 bytes; 2 are left"));
  ModelInferRequest short_prefix;
  AddRaw(short_prefix, "s", "BYTES", {2}, std::string("\2\0\0\0hi\0\0", 8));
  EXPECT_THAT(Read(short_prefix), Refusal("ends before the length of element 1 of 2"));
  ModelInferRequest rest;
  AddRaw(rest, "s", "BYTES", {1}, std::string("\1\0\0\0hi", 6));
  EXPECT_THAT(Read(rest), Refusal("1 bytes left over"));
}

TEST(InferReader, RefusesRawTogetherWithContents) {
  ModelInferRequest request;
  AddInput(request, "x", "FP32", {1}).mutable_contents()->add_fp32_contents(1);
  request.add_raw_input_contents(RawOf<float>({1}));
  EXPECT_THAT(Read(request), Refusal("input 'x'", "fp32_contents", "raw_input_contents"));
}

TEST(InferReader, RefusesWrongNumberOfRawEntries) {
  ModelInferRequest request;
  AddInput(request, "x", "FP32", {1});
  AddRaw(request, "y", "FP32", {1}, "abcd");
  EXPECT_THAT(Read(request), Refusal("1 entries for 2 inputs"));
}

TEST(InferReader, RefusesContentsFieldOfAnotherType) {
  ModelInferRequest request;
  AddInput(request, "x", "FP32", {1}).mutable_contents()->add_fp64_contents(1);
  EXPECT_THAT(Read(request), Refusal("input 'x'", "go into fp32_contents", "found fp64_contents"));
  ModelInferRequest half;
  AddInput(half, "x", "FP16", {1}).mutable_contents()->add_fp32_contents(1);
  EXPECT_THAT(Read(half), Refusal("input 'x'", "FP16", "raw_input_contents"));
}

TEST(InferReader, RefusesContentsCountThatDisagreesWithShape) {
  ModelInferRequest request;
  AddInput(request, "x", "INT32", {3}).mutable_contents()->add_int_contents(1);
  EXPECT_THAT(Read(request), Refusal("input 'x'", "1 elements in int_contents", "takes 3"));
  ModelInferRequest none;
  AddInput(none, "x", "INT32", {3});
  EXPECT_THAT(Read(none), Refusal("input 'x'", "has no data"));
  ModelInferRequest huge;
  AddInput(huge, "s", "BYTES", {int64_t{1} << 60}).mutable_contents()->add_bytes_contents("a");
  EXPECT_THAT(Read(huge), Refusal("input 's'", "1 elements"));
}

TEST(InferReader, RefusesElementsOutOfRange) {
  const std::vector<std::pair<std::string, int64_t>> cases = {
      {"INT8", 128}, {"INT8", -129}, {"INT16", 32768}, {"UINT8", 256}, {"UINT16", 65536}};
  for (const auto& [type, element] : cases) {
    ModelInferRequest request;
    auto& contents = *AddInput(request, "x", type, {1}).mutable_contents();
    if (type[0] == 'U') {
      contents.add_uint_contents(element);
    } else {
      contents.add_int_contents(element);
    }
    EXPECT_THAT(Read(request), Refusal("input 'x'", std::to_string(element), type));
  }
}

TEST(InferReader, RefusesWhatItDoesNotSupportByName) {
  ModelInferRequest memory;
  auto& input = AddInput(memory, "x", "FP32", {1});
  (*input.mutable_parameters())["shared_memory_region"].set_string_param("r");
  EXPECT_THAT(Read(memory), Refusal("input 'x'", "shared_memory_region"));
  ModelInferRequest classes;
  auto& output = *classes.add_outputs();
  output.set_name("y");
  (*output.mutable_parameters())["classification"].set_int64_param(3);
  EXPECT_THAT(Read(classes), Refusal("output 'y'", "classification"));
  ModelInferRequest twice;
  twice.add_outputs()->set_name("y");
  twice.add_outputs()->set_name("y");
  EXPECT_THAT(Read(twice), Refusal("output 'y'", "twice"));
  ModelInferRequest method;
  (*method.mutable_parameters())["method"].set_int64_param(3);
  EXPECT_THAT(Read(method), Refusal("'method'", "string"));
}

TEST(InferReader, IgnoresBinaryDataHints) {
  ModelInferRequest request;
  AddRaw(request, "x", "FP32", {1}, "abcd");
  (*request.mutable_inputs(0)->mutable_parameters())["binary_data_size"].set_int64_param(4);
  auto& output = *request.add_outputs();
  output.set_name("y");
  (*output.mutable_parameters())["binary_data"].set_bool_param(true);
  SCONCE_EXPECT_OK(Read(request));
}

}  // namespace
}  // namespace sconce
