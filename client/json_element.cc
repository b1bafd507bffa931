#include "client/json_element.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "client/half.h"

namespace sconce {
namespace {

using nlohmann::json;

absl::Status DoesNotFit(const json& value, const Tensor& tensor) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 40) text = text.substr(0, 37) + "...";
  return absl::InvalidArgumentError(absl::StrFormat("%s is no %s", text, tensor.datatype));
}

template <typename T>
void AppendValue(T value, Tensor& tensor) {
  tensor.bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
absl::Status AppendInteger(const json& value, Tensor& tensor) {
  if (value.is_number_unsigned()) {
    const uint64_t number = value.get<uint64_t>();
    if (number > static_cast<uint64_t>(std::numeric_limits<T>::max())) {
      return DoesNotFit(value, tensor);
    }
    AppendValue(static_cast<T>(number), tensor);
    return absl::OkStatus();
  }
  if (!value.is_number_integer()) return DoesNotFit(value, tensor);
  // The parser stores every number that is not negative as unsigned; programs may not.
  const int64_t number = value.get<int64_t>();
  const bool fits =
      number < 0
          ? std::is_signed_v<T> && number >= static_cast<int64_t>(std::numeric_limits<T>::min())
          : static_cast<uint64_t>(number) <= static_cast<uint64_t>(std::numeric_limits<T>::max());
  if (!fits) return DoesNotFit(value, tensor);
  AppendValue(static_cast<T>(number), tensor);
  return absl::OkStatus();
}

std::optional<double> AsDouble(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  if (text == "NaN") return std::nan("");
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

absl::Status AppendFloat(const json& value, Tensor& tensor) {
  const std::optional<double> number = AsDouble(value);
  if (!number) return DoesNotFit(value, tensor);
  if (tensor.datatype == "FP64") {
    AppendValue(*number, tensor);
    return absl::OkStatus();
  }
  // A finite number that the type can't hold is a mistake, not infinity.
  const double limit = tensor.datatype == "FP16" ? 65504 : std::numeric_limits<float>::max();
  if (std::isfinite(*number) && std::fabs(*number) > limit) return DoesNotFit(value, tensor);
  if (tensor.datatype == "FP32") {
    AppendValue(static_cast<float>(*number), tensor);
  } else if (tensor.datatype == "FP16") {
    AppendValue(HalfFromDouble(*number), tensor);
  } else {
    AppendValue(Bfloat16FromFloat(static_cast<float>(*number)), tensor);
  }
  return absl::OkStatus();
}

absl::Status AppendString(const json& value, Tensor& tensor) {
  if (value.is_string()) {
    tensor.strings.push_back(value.get<std::string>());
    return absl::OkStatus();
  }
  std::string bytes;
  if (value.is_object() && value.size() == 1 && value.contains("base64") &&
      value["base64"].is_string() &&
      absl::Base64Unescape(value["base64"].get_ref<const std::string&>(), &bytes)) {
    tensor.strings.push_back(std::move(bytes));
    return absl::OkStatus();
  }
  return DoesNotFit(value, tensor);
}

absl::Status AppendBool(const json& value, Tensor& tensor) {
  if (!value.is_boolean()) return DoesNotFit(value, tensor);
  AppendValue(static_cast<uint8_t>(value.get<bool>() ? 1 : 0), tensor);
  return absl::OkStatus();
}

}  // namespace

absl::Status AppendElement(const json& value, Tensor& tensor) {
  const std::string& datatype = tensor.datatype;
  if (datatype == "BOOL") return AppendBool(value, tensor);
  if (datatype == "BYTES") return AppendString(value, tensor);
  if (datatype == "UINT8") return AppendInteger<uint8_t>(value, tensor);
  if (datatype == "UINT16") return AppendInteger<uint16_t>(value, tensor);
  if (datatype == "UINT32") return AppendInteger<uint32_t>(value, tensor);
  if (datatype == "UINT64") return AppendInteger<uint64_t>(value, tensor);
  if (datatype == "INT8") return AppendInteger<int8_t>(value, tensor);
  if (datatype == "INT16") return AppendInteger<int16_t>(value, tensor);
  if (datatype == "INT32") return AppendInteger<int32_t>(value, tensor);
  if (datatype == "INT64") return AppendInteger<int64_t>(value, tensor);
  return AppendFloat(value, tensor);
}

}  // namespace sconce
