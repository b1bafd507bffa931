#include "server/runtime/numbers.h"

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <concepts>
#include <limits>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/runtime/datatype.h"

namespace sconce {
namespace {

absl::Status WrongType(const at::Tensor& tensor, const char* expected) {
  return absl::InvalidArgumentError(
      absl::StrFormat("has the datatype %s, expected is %s",
                      DatatypeName(FromScalarType(tensor.scalar_type())), expected));
}

// Appends the elements of `tensor`, which has the element type T. The request's bytes are read as
// they are.
template <typename T, typename Number>
absl::Status Append(const at::Tensor& tensor, std::vector<Number>& numbers) {
  const auto* elements = static_cast<const T*>(tensor.const_data_ptr());
  const int64_t count = tensor.numel();
  numbers.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    if constexpr (std::same_as<T, uint64_t> && std::same_as<Number, int64_t>) {
      if (elements[i] > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        return absl::InvalidArgumentError(
            absl::StrFormat("holds %d, which is above the largest int", elements[i]));
      }
    }
    numbers.push_back(static_cast<Number>(elements[i]));
  }
  return absl::OkStatus();
}

template <typename Number>
absl::Status AppendIntegers(const at::Tensor& tensor, std::vector<Number>& numbers,
                            const char* expected) {
  switch (tensor.scalar_type()) {
    case at::kByte:
      return Append<uint8_t>(tensor, numbers);
    case at::kUInt16:
      return Append<uint16_t>(tensor, numbers);
    case at::kUInt32:
      return Append<uint32_t>(tensor, numbers);
    case at::kUInt64:
      return Append<uint64_t>(tensor, numbers);
    case at::kChar:
      return Append<int8_t>(tensor, numbers);
    case at::kShort:
      return Append<int16_t>(tensor, numbers);
    case at::kInt:
      return Append<int32_t>(tensor, numbers);
    case at::kLong:
      return Append<int64_t>(tensor, numbers);
    default:
      return WrongType(tensor, expected);
  }
}

absl::Status AppendFloats(const at::Tensor& tensor, std::vector<double>& numbers) {
  switch (tensor.scalar_type()) {
    case at::kHalf:
      return Append<c10::Half>(tensor, numbers);
    case at::kBFloat16:
      return Append<c10::BFloat16>(tensor, numbers);
    case at::kFloat:
      return Append<float>(tensor, numbers);
    case at::kDouble:
      return Append<double>(tensor, numbers);
    default:
      return AppendIntegers(tensor, numbers, "a number type");
  }
}

}  // namespace

absl::StatusOr<std::vector<int64_t>> Integers(const at::Tensor& tensor) {
  std::vector<int64_t> numbers;
  SCONCE_RETURN_IF_ERROR(AppendIntegers(tensor, numbers, "an integer type"));
  return numbers;
}

absl::StatusOr<std::vector<double>> Floats(const at::Tensor& tensor) {
  std::vector<double> numbers;
  SCONCE_RETURN_IF_ERROR(AppendFloats(tensor, numbers));
  return numbers;
}

absl::StatusOr<std::vector<bool>> Bools(const at::Tensor& tensor) {
  if (tensor.scalar_type() != at::kBool) return WrongType(tensor, "BOOL");
  std::vector<bool> values;
  // As bytes: a bool that is neither 0 nor 1 is undefined behaviour.
  const auto* bytes = static_cast<const uint8_t*>(tensor.const_data_ptr());
  for (int64_t i = 0; i < tensor.numel(); ++i) values.push_back(bytes[i] != 0);
  return values;
}

}  // namespace sconce
