#include "server/formats/tensors/convert_dtype.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "server/formats/libtorch/scalar_type.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

StoredTensor Stored(std::string bytes, const char* dtype) {
  StoredTensor tensor;
  tensor.dtype = FindDtype(dtype);
  tensor.shape = {static_cast<int64_t>(bytes.size() / tensor.dtype->size)};
  tensor.strides = {1};
  tensor.storage = OwnedBytes(std::move(bytes));
  return tensor;
}

std::string BytesOf(const StorageBytes& storage) {
  std::string bytes(storage.size(), '\0');
  SCONCE_EXPECT_OK(storage.ReadInto(bytes.data()));
  return bytes;
}

at::Tensor AsTensor(std::string& bytes, const TorchDtype& dtype) {
  return at::from_blob(bytes.data(), {static_cast<int64_t>(bytes.size() / dtype.size)},
                       at::TensorOptions(*ScalarTypeOf(dtype)));
}

// By PyTorch, bit by bit; any NaN is as good as another.
void ExpectConvertedAsPyTorchDoes(std::string numbers, const char* from, const char* to) {
  const StoredTensor stored = Stored(numbers, from);
  const StoredTensor converted = ConvertTensors({stored}, *FindDtype(to))[0];
  EXPECT_EQ(converted.dtype, FindDtype(to));
  std::string got_bytes = BytesOf(*converted.storage);
  const at::Tensor got = AsTensor(got_bytes, *converted.dtype);
  const at::Tensor wanted = AsTensor(numbers, *stored.dtype).to(*ScalarTypeOf(*converted.dtype));
  ASSERT_EQ(got.numel(), wanted.numel());
  const auto integer = converted.dtype->size == 2 ? at::kShort : at::kInt;
  const at::Tensor same = got.view(integer)
                              .eq(wanted.view(integer))
                              .logical_or(got.isnan().logical_and(wanted.isnan()));
  EXPECT_TRUE(same.all().item<bool>())
      << from << " to " << to << ", number " << same.logical_not().nonzero()[0].item<int64_t>();
}

template <typename Number>
std::string AllOf(const std::vector<Number>& numbers) {
  std::string bytes(numbers.size() * sizeof(Number), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

// Every exponent, with fractions around the places where halves and bfloat16 round.
std::vector<uint32_t> FloatBits() {
  std::vector<uint32_t> bits;
  std::mt19937 random(7);
  for (uint32_t top = 0; top < 1 << 16; ++top) {
    for (const uint32_t low : {0u, 1u, 0x0fffu, 0x1000u, 0x1001u, 0x2000u, 0x7fffu, 0x8000u,
                               0x8001u, 0xffffu, static_cast<uint32_t>(random() & 0xffff)}) {
      bits.push_back(top << 16 | low);
    }
  }
  return bits;
}

TEST(ConvertTensors, EveryShortNumberConvertsAsPyTorchConvertsIt) {
  std::vector<uint16_t> all(1 << 16);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
  ExpectConvertedAsPyTorchDoes(AllOf(all), "float16", "float32");
  ExpectConvertedAsPyTorchDoes(AllOf(all), "float16", "bfloat16");
  ExpectConvertedAsPyTorchDoes(AllOf(all), "bfloat16", "float32");
  ExpectConvertedAsPyTorchDoes(AllOf(all), "bfloat16", "float16");
}

TEST(ConvertTensors, FloatsRoundAsPyTorchRoundsThem) {
  ExpectConvertedAsPyTorchDoes(AllOf(FloatBits()), "float32", "float16");
  ExpectConvertedAsPyTorchDoes(AllOf(FloatBits()), "float32", "bfloat16");
}

TEST(ConvertTensors, DoublesRoundAsPyTorchRoundsThem) {
  std::vector<double> doubles = {1e300,        -1e300,  1e-300,      4.9e-324,
                                 65519.999999, 65520.0, 3.4028236e38};
  for (const uint32_t bits : FloatBits()) {
    float number = 0;
    std::memcpy(&number, &bits, sizeof number);
    doubles.push_back(double{number});
    doubles.push_back(double{number} * (1 + 1e-9));
  }
  for (const char* to : {"float32", "float16", "bfloat16"}) {
    ExpectConvertedAsPyTorchDoes(AllOf(doubles), "float64", to);
  }
}

TEST(ConvertTensors, WhatIsNoFloatingPointNumberOrHasTheTypeStays) {
  for (const char* dtype : {"int64", "bool", "complex64", "float8_e4m3fn", "float32"}) {
    const StoredTensor stored = Stored(std::string(16, '\1'), dtype);
    const StoredTensor converted = ConvertTensors({stored}, *FindDtype("float32"))[0];
    EXPECT_EQ(converted.storage, stored.storage) << dtype;
    EXPECT_EQ(converted.dtype, stored.dtype) << dtype;
  }
}

TEST(ConvertTensors, SharingStays) {
  StoredTensor a = Stored(AllOf<float>({1, 2, 3, 4}), "float32");
  StoredTensor b = a;
  b.shape = {2};
  b.offset = 2;
  const auto converted = ConvertTensors({a, b}, *FindDtype("float16"));
  EXPECT_EQ(converted[0].storage, converted[1].storage);
  EXPECT_EQ(converted[1].offset, 2u);
  EXPECT_EQ(BytesOf(*converted[0].storage), AllOf<uint16_t>({0x3c00, 0x4000, 0x4200, 0x4400}));
}

TEST(ConvertTensors, AStorageOfSeveralTypesIsTakenApart) {
  StoredTensor numbers = Stored(AllOf<float>({1, 2, 3, 4}), "float32");
  StoredTensor bytes = numbers;
  bytes.dtype = FindDtype("uint8");
  bytes.shape = {16};
  numbers.shape = {2};
  numbers.offset = 1;
  const auto converted = ConvertTensors({numbers, bytes}, *FindDtype("float16"));
  EXPECT_EQ(BytesOf(*converted[0].storage), AllOf<uint16_t>({0x4000, 0x4200}));
  EXPECT_EQ(converted[0].offset, 0u);
  EXPECT_EQ(converted[1].storage, bytes.storage);
}

// Gives its bytes in pieces of three.
class InThrees final : public StorageBytes {
 public:
  explicit InThrees(std::string bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  absl::Status ReadInto(void*) const override { return absl::InternalError("read as a whole"); }
  absl::Status Stream(const Receive& receive) const override {
    for (size_t at = 0; at < bytes_.size(); at += 3) {
      const absl::Status status = receive(std::string_view(bytes_).substr(at, 3));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }
  absl::StatusOr<uint32_t> Crc32() const override { return absl::InternalError("summed up"); }

 private:
  const std::string bytes_;
};

TEST(ConvertTensors, NumbersThatPiecesCutAreWhole) {
  StoredTensor tensor = Stored("", "float32");
  tensor.shape = {4};
  tensor.storage = std::make_shared<InThrees>(AllOf<float>({1, 2, 3, 4}));
  const StoredTensor converted = ConvertTensors({tensor}, *FindDtype("bfloat16"))[0];
  EXPECT_EQ(BytesOf(*converted.storage), AllOf<uint16_t>({0x3f80, 0x4000, 0x4040, 0x4080}));
  uint16_t third = 0;
  SCONCE_ASSERT_OK(converted.storage->ReadAt(4, &third, sizeof third));
  EXPECT_EQ(third, 0x4040);
}

}  // namespace
}  // namespace sconce
