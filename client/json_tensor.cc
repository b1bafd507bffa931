#include "client/json_tensor.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "client/half.h"
#include "client/json_element.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

using nlohmann::json;

// More dimensions than any model has; keeps the recursion over hostile nesting flat.
constexpr size_t kMaxDimensions = 64;

std::string Place(const std::vector<size_t>& path) {
  std::string text;
  for (const size_t index : path) text += absl::StrFormat("[%d]", index);
  return text.empty() ? "the value" : text;
}

// What the first elements of every dimension say; Fill checks the rest against it.
absl::StatusOr<std::vector<int64_t>> ShapeOf(const json& value) {
  std::vector<int64_t> shape;
  const json* level = &value;
  while (level->is_array()) {
    if (shape.size() == kMaxDimensions) {
      return absl::InvalidArgumentError("more than 64 nested lists");
    }
    shape.push_back(static_cast<int64_t>(level->size()));
    if (level->empty()) break;
    level = &level->front();
  }
  return shape;
}

// The datatype of the elements: floats win over integers; strings that spell a float that JSON
// can't are floats among numbers.
struct Kinds {
  bool has_float = false;
  bool has_integer = false;
  bool has_bool = false;
  bool has_string = false;
};

void Survey(const json& value, size_t depth, Kinds& kinds) {
  if (value.is_array()) {
    if (depth == kMaxDimensions) return;  // refused by Fill
    for (const json& item : value) Survey(item, depth + 1, kinds);
  } else {
    kinds.has_float = kinds.has_float || value.is_number_float();
    kinds.has_integer = kinds.has_integer || value.is_number_integer();
    kinds.has_bool = kinds.has_bool || value.is_boolean();
    kinds.has_string = kinds.has_string || value.is_string() || value.is_object();
  }
}

std::string Deduce(const json& value) {
  Kinds kinds;
  Survey(value, 0, kinds);
  if (kinds.has_float) return "FP32";
  if (kinds.has_integer) return kinds.has_string ? "FP32" : "INT64";
  if (kinds.has_bool) return "BOOL";
  return kinds.has_string ? "BYTES" : "FP32";
}

absl::Status At(const std::vector<size_t>& path, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("%s: %s", Place(path), what));
}

absl::Status Fill(const json& value, std::vector<size_t>& path, Tensor& tensor) {
  const size_t depth = path.size();
  if (depth == tensor.shape.size()) {
    if (value.is_array()) return At(path, "a list where its neighbours are elements");
    const absl::Status status = AppendElement(value, tensor);
    return status.ok() ? status : At(path, std::string(status.message()));
  }
  if (!value.is_array()) return At(path, "an element where its neighbours are lists");
  if (value.size() != static_cast<size_t>(tensor.shape[depth])) {
    return At(path, absl::StrFormat("a list of %d where its neighbours have %d", value.size(),
                                    tensor.shape[depth]));
  }
  path.push_back(0);
  for (const json& item : value) {
    SCONCE_RETURN_IF_ERROR(Fill(item, path, tensor));
    ++path.back();
  }
  path.pop_back();
  return absl::OkStatus();
}

json NotFinite(double value) {
  if (std::isnan(value)) return "NaN";
  return value > 0 ? "Infinity" : "-Infinity";
}

// Through the shortest text that reads back as the same float: 0.1, not 0.10000000149011612.
json FloatToJson(float value) {
  if (!std::isfinite(value)) return NotFinite(value);
  char text[32];
  const auto written = std::to_chars(text, text + sizeof text, value);
  double shortest = 0;
  std::from_chars(text, written.ptr, shortest);
  return shortest;
}

json DoubleToJson(double value) { return std::isfinite(value) ? json(value) : NotFinite(value); }

json StringToJson(const std::string& value) {
  json plain = value;
  try {
    plain.dump();
    return plain;
  } catch (const json::exception&) {  // not UTF-8
    return {{"base64", absl::Base64Escape(value)}};
  }
}

template <typename T>
T Load(const Tensor& tensor, uint64_t index) {
  T value;
  std::memcpy(&value, tensor.bytes.data() + index * sizeof value, sizeof value);
  return value;
}

json Nest(const Tensor& tensor, size_t depth, uint64_t& index) {
  if (depth == tensor.shape.size()) return ElementToJson(tensor, index++);
  json list = json::array();
  for (int64_t i = 0; i < tensor.shape[depth]; ++i) list.push_back(Nest(tensor, depth + 1, index));
  return list;
}

}  // namespace

absl::StatusOr<Tensor> TensorFromJson(const json& value, std::string_view datatype) {
  Tensor tensor;
  tensor.datatype = datatype.empty() ? Deduce(value) : std::string(datatype);
  if (!IsDatatype(tensor.datatype)) {
    return absl::InvalidArgumentError(absl::StrFormat("'%s' is no datatype", tensor.datatype));
  }
  SCONCE_ASSIGN_OR_RETURN(tensor.shape, ShapeOf(value));
  std::vector<size_t> path;
  SCONCE_RETURN_IF_ERROR(Fill(value, path, tensor));
  return tensor;
}

absl::StatusOr<Tensor> ParseJsonTensor(std::string_view text, std::string_view datatype) {
  try {
    return TensorFromJson(json::parse(text), datatype);
  } catch (const json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 4: ..."
    std::string_view what = error.what();
    const size_t bracket = what.find("] ");
    if (bracket != std::string_view::npos) what.remove_prefix(bracket + 2);
    return absl::InvalidArgumentError(absl::StrFormat("not JSON: %s", what));
  }
}

json TensorToJson(const Tensor& tensor) {
  uint64_t index = 0;
  return Nest(tensor, 0, index);
}

json ElementToJson(const Tensor& tensor, uint64_t index) {
  const std::string& datatype = tensor.datatype;
  if (datatype == "BYTES") return StringToJson(tensor.strings[index]);
  if (datatype == "BOOL") return tensor.bytes[index] != 0;
  if (datatype == "UINT8") return Load<uint8_t>(tensor, index);
  if (datatype == "UINT16") return Load<uint16_t>(tensor, index);
  if (datatype == "UINT32") return Load<uint32_t>(tensor, index);
  if (datatype == "UINT64") return Load<uint64_t>(tensor, index);
  if (datatype == "INT8") return Load<int8_t>(tensor, index);
  if (datatype == "INT16") return Load<int16_t>(tensor, index);
  if (datatype == "INT32") return Load<int32_t>(tensor, index);
  if (datatype == "INT64") return Load<int64_t>(tensor, index);
  if (datatype == "FP16") return FloatToJson(FloatFromHalf(Load<uint16_t>(tensor, index)));
  if (datatype == "BF16") return FloatToJson(FloatFromBfloat16(Load<uint16_t>(tensor, index)));
  if (datatype == "FP32") return FloatToJson(Load<float>(tensor, index));
  return DoubleToJson(Load<double>(tensor, index));
}

}  // namespace sconce
