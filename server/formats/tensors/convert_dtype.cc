#include "server/formats/tensors/convert_dtype.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "server/base/status_macros.h"
#include "server/formats/io/streamed_bytes.h"
#include "server/formats/tensors/contiguous_bytes.h"

namespace sconce {
namespace {

uint32_t BitsOf(float value) {
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

float FloatOf(uint32_t bits) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

struct BFloat16 {
  uint16_t bits;
};
struct Half {
  uint16_t bits;
};

float ToFloat(float value) { return value; }
float ToFloat(double value) { return static_cast<float>(value); }
float ToFloat(BFloat16 value) { return FloatOf(uint32_t{value.bits} << 16); }

// Denormal halves are multiples of 2^-24, which floats have normally.
float ToFloat(Half value) {
  const uint32_t sign = uint32_t{value.bits & 0x8000u} << 16;
  const uint32_t exponent = value.bits >> 10 & 0x1f;
  const uint32_t fraction = value.bits & 0x3ff;
  if (exponent == 0x1f) return FloatOf(sign | 0x7f800000 | fraction << 13);
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return FloatOf(sign | BitsOf(magnitude));
  }
  return FloatOf(sign | (exponent + 112) << 23 | fraction << 13);
}

void FromFloat(float value, float& to) { to = value; }

void FromFloat(float value, BFloat16& to) {
  const uint32_t bits = BitsOf(value);
  const uint32_t rounding = 0x7fff + (bits >> 16 & 1);
  to.bits = std::isnan(value) ? uint16_t{0x7fc0} : static_cast<uint16_t>((bits + rounding) >> 16);
}

// Adding a number whose last place is the half's makes the hardware round as halves do.
void FromFloat(float value, Half& to) {
  const uint32_t bits = BitsOf(value);
  const uint32_t sign = bits >> 16 & 0x8000;
  const float magnitude = FloatOf(bits & 0x7fffffff);
  uint32_t half = 0;
  if (std::isnan(value)) {
    half = 0x7e00;
  } else if (magnitude >= 65520.0f) {  // half a place above the largest half
    half = 0x7c00;
  } else if (magnitude < 0x1p-14f) {
    half = BitsOf(magnitude + 0.5f) - BitsOf(0.5f);
  } else {
    const uint32_t positive = BitsOf(magnitude);
    half = (positive - (112u << 23) + 0xfff + (positive >> 13 & 1)) >> 13;
  }
  to.bits = static_cast<uint16_t>(sign | half);
}

using Convert = void (*)(const char* from, size_t count, char* to);

template <typename From, typename To>
void ConvertAll(const char* from, size_t count, char* to) {
  for (size_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, from + i * sizeof value, sizeof value);
    To converted;
    FromFloat(ToFloat(value), converted);
    std::memcpy(to + i * sizeof converted, &converted, sizeof converted);
  }
}

template <typename From>
Convert ConversionFrom(std::string_view target) {
  if (target == "float32") return ConvertAll<From, float>;
  return target == "float16" ? ConvertAll<From, Half> : ConvertAll<From, BFloat16>;
}

// Null: these numbers are not converted.
Convert FindConversion(const TorchDtype& from, const TorchDtype& target) {
  if (&from == &target) return nullptr;
  if (from.name == "float64") return ConversionFrom<double>(target.name);
  if (from.name == "float32") return ConversionFrom<float>(target.name);
  if (from.name == "float16") return ConversionFrom<Half>(target.name);
  if (from.name == "bfloat16") return ConversionFrom<BFloat16>(target.name);
  return nullptr;
}

class ConvertedBytes final : public StreamedBytes {
 public:
  ConvertedBytes(std::shared_ptr<const StorageBytes> original, const TorchDtype& from,
                 const TorchDtype& target)
      : original_(std::move(original)),
        convert_(FindConversion(from, target)),
        from_size_(from.size),
        to_size_(target.size) {}

  // What is left over at the end of the storage is no number.
  uint64_t size() const override { return original_->size() / from_size_ * to_size_; }

  absl::Status Stream(const Receive& receive) const override {
    std::string pending;  // the beginning of a number that pieces cut in two
    std::string converted;
    return original_->Stream([&](std::string_view piece) -> absl::Status {
      while (!pending.empty() && !piece.empty()) {
        pending.push_back(piece[0]);
        piece.remove_prefix(1);
        if (pending.size() < from_size_) continue;
        SCONCE_RETURN_IF_ERROR(Send(pending, converted, receive));
        pending.clear();
      }
      const size_t whole = piece.size() / from_size_ * from_size_;
      pending.append(piece.substr(whole));
      return Send(piece.substr(0, whole), converted, receive);
    });
  }

  absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const override {
    // Parts begin and end with numbers wherever tensors do.
    if (offset % to_size_ != 0 || size % to_size_ != 0 || offset > this->size() ||
        size > this->size() - offset) {
      return StorageBytes::ReadAt(offset, destination, size);
    }
    const uint64_t count = size / to_size_;
    std::string original(static_cast<size_t>(count * from_size_), '\0');
    SCONCE_RETURN_IF_ERROR(
        original_->ReadAt(offset / to_size_ * from_size_, original.data(), original.size()));
    convert_(original.data(), static_cast<size_t>(count), static_cast<char*>(destination));
    return absl::OkStatus();
  }

 private:
  absl::Status Send(std::string_view numbers, std::string& converted,
                    const Receive& receive) const {
    if (numbers.empty()) return absl::OkStatus();
    const size_t count = numbers.size() / from_size_;
    converted.resize(count * to_size_);
    convert_(numbers.data(), count, converted.data());
    for (std::string_view left = converted; !left.empty();) {
      const std::string_view piece = left.substr(0, kPiece);
      SCONCE_RETURN_IF_ERROR(receive(piece));
      left.remove_prefix(piece.size());
    }
    return absl::OkStatus();
  }

  const std::shared_ptr<const StorageBytes> original_;
  const Convert convert_;
  const uint64_t from_size_;
  const uint64_t to_size_;
};

// The only type of the tensors in a storage; null when there are several.
std::unordered_map<const StorageBytes*, const TorchDtype*> TypesOfStorages(
    const std::vector<StoredTensor>& tensors) {
  std::unordered_map<const StorageBytes*, const TorchDtype*> types;
  for (const StoredTensor& tensor : tensors) {
    const auto [known, added] = types.try_emplace(tensor.storage.get(), tensor.dtype);
    if (!added && known->second != tensor.dtype) known->second = nullptr;
  }
  return types;
}

}  // namespace

bool IsConversionTarget(const TorchDtype& dtype) {
  return dtype.name == "float32" || dtype.name == "float16" || dtype.name == "bfloat16";
}

std::vector<StoredTensor> ConvertTensors(std::vector<StoredTensor> tensors,
                                         const TorchDtype& target) {
  const auto types = TypesOfStorages(tensors);
  std::unordered_map<const StorageBytes*, std::shared_ptr<const StorageBytes>> converted;
  // Keeps them: the maps know them by their address.
  const std::vector<StoredTensor> originals = tensors;
  for (StoredTensor& tensor : tensors) {
    if (FindConversion(*tensor.dtype, target) == nullptr) continue;
    std::shared_ptr<const StorageBytes> own;
    const bool alone = types.at(tensor.storage.get()) != nullptr;
    std::shared_ptr<const StorageBytes>& made = alone ? converted[tensor.storage.get()] : own;
    if (!alone) tensor = MakeContiguous(std::move(tensor));
    if (made == nullptr) {
      made = std::make_shared<ConvertedBytes>(tensor.storage, *tensor.dtype, target);
    }
    tensor.storage = made;
    tensor.dtype = &target;
  }
  return tensors;
}

}  // namespace sconce
