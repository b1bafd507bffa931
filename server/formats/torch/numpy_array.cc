#include "server/formats/torch/numpy_array.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"
#include "server/formats/pickle/pickle_bytes.h"
#include "server/formats/tensors/stored_tensor.h"
#include "server/formats/torch/tensor_layout.h"

namespace sconce {
namespace {

using Values = std::vector<const PickleValue*>;

struct TypeCode {
  std::string_view numpy, torch;
};
constexpr TypeCode kTypeCodes[] = {{"f4", "float32"},   {"f8", "float64"},    {"f2", "float16"},
                                   {"i8", "int64"},     {"i4", "int32"},      {"i2", "int16"},
                                   {"i1", "int8"},      {"u1", "uint8"},      {"u2", "uint16"},
                                   {"u4", "uint32"},    {"u8", "uint64"},     {"b1", "bool"},
                                   {"c8", "complex64"}, {"c16", "complex128"}};

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("NumPy array: %s", what));
}

// Before NumPy 2 the modules had no underscore.
bool IsCallOfNumpy(const PickleValue& value, std::string_view name) {
  for (const char* package : {"numpy.core.", "numpy._core."}) {
    if (value.IsCallOf(absl::StrFormat("%s%s", package, name))) return true;
  }
  return false;
}

bool IsFromBuffer(const PickleValue& value) { return IsCallOfNumpy(value, "numeric._frombuffer"); }

// The state that the last BUILD gave.
const Values* StateOf(const PickleValue& value) {
  if (value.changes == nullptr || value.changes->states.empty()) return nullptr;
  const PickleValue& state = *value.changes->states.back();
  return state.Is(PickleKind::kTuple) ? &state.items : nullptr;
}

const TorchDtype* FindNumpyType(const PickleValue& code) {
  if (code.Is(PickleKind::kGlobal)) {  // bfloat16 and the like, which NumPy itself does not have
    constexpr std::string_view kModule = "ml_dtypes.";
    return code.text.substr(0, kModule.size()) == kModule
               ? FindDtype(code.text.substr(kModule.size()))
               : nullptr;
  }
  if (!code.Is(PickleKind::kString)) return nullptr;
  for (const TypeCode& known : kTypeCodes) {
    if (known.numpy == code.text) return FindDtype(known.torch);
  }
  return nullptr;
}

// numpy.dtype("f4", False, True), then its state (version, byte order, ...).
absl::StatusOr<const TorchDtype*> ReadDtype(const PickleValue& value) {
  if (!value.IsCallOf("numpy.dtype") || value.items[1]->items.empty()) {
    return Malformed(absl::StrFormat("its type is %s", DescribePickleValue(value)));
  }
  const PickleValue& code = *value.items[1]->items[0];
  const TorchDtype* dtype = FindNumpyType(code);
  if (dtype == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrFormat("NumPy array: its elements are %s, which PyTorch has no type for",
                        DescribePickleValue(code)));
  }
  const Values* state = StateOf(value);
  if (state == nullptr) return dtype;
  if (state->size() < 2 || !(*state)[1]->Is(PickleKind::kString)) {
    return Malformed("its type has a state that NumPy does not write");
  }
  if ((*state)[1]->text == ">" && dtype->size > 1) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "NumPy array: its elements are big-endian (>%s); only little-endian ones are read: save "
        "array.astype(array.dtype.newbyteorder(\"<\"))",
        absl::CHexEscape(std::string(code.text))));
  }
  return dtype;
}

bool CountsOverflow(const NumpyArray& array) {
  uint64_t product = array.dtype->size;
  for (const int64_t size : array.shape) {
    const auto next = CheckedMultiply(product, static_cast<uint64_t>(std::max<int64_t>(size, 1)));
    if (!next || *next > static_cast<uint64_t>(INT64_MAX)) return true;
    product = *next;
  }
  return false;
}

// Column-major strides.
std::vector<int64_t> FortranStrides(std::vector<int64_t> shape) {
  std::reverse(shape.begin(), shape.end());
  std::vector<int64_t> strides = ContiguousStrides(shape);
  std::reverse(strides.begin(), strides.end());
  return strides;
}

// axes[i] is the dimension of the bytes that became dimension i.
absl::Status Transpose(const PickleValue& axes, NumpyArray& array) {
  SCONCE_ASSIGN_OR_RETURN(const std::vector<int64_t> order, ReadDimensions(axes, "axis order"));
  std::vector<bool> seen(array.shape.size(), false);
  if (order.size() != array.shape.size()) return Malformed("its axis order has another length");
  NumpyArray turned = array;
  for (size_t i = 0; i < order.size(); ++i) {
    const auto from = static_cast<uint64_t>(order[i]);
    if (from >= order.size() || seen[from]) return Malformed("its axis order is none");
    seen[from] = true;
    turned.shape[i] = array.shape[from];
    turned.strides[i] = array.strides[from];
  }
  array = std::move(turned);
  return absl::OkStatus();
}

absl::Status SetShape(const PickleValue& shape, NumpyArray& array) {
  SCONCE_ASSIGN_OR_RETURN(array.shape, ReadDimensions(shape, "shape"));
  if (CountsOverflow(array)) return Malformed("has more elements than can be counted");
  array.strides = ContiguousStrides(array.shape);
  return absl::OkStatus();
}

// _frombuffer(bytes, dtype, shape, order[, axes]): protocol 5.
absl::StatusOr<NumpyArray> ReadFromBuffer(const Values& arguments) {
  if (arguments.size() < 4 || !arguments[3]->Is(PickleKind::kString)) {
    return Malformed("is built in a way that NumPy does not use");
  }
  NumpyArray array;
  array.bytes = arguments[0];
  SCONCE_ASSIGN_OR_RETURN(array.dtype, ReadDtype(*arguments[1]));
  SCONCE_RETURN_IF_ERROR(SetShape(*arguments[2], array));
  const std::string_view order = arguments[3]->text;
  if (order == "F") {
    array.strides = FortranStrides(array.shape);
  } else if (order == "K" && arguments.size() > 4 && !arguments[4]->Is(PickleKind::kNone)) {
    SCONCE_RETURN_IF_ERROR(Transpose(*arguments[4], array));
  } else if (order != "C") {
    return Malformed(absl::StrFormat("its order is %s", DescribePickleValue(*arguments[3])));
  }
  return array;
}

// State: (version, shape, dtype, is Fortran-ordered, bytes).
absl::StatusOr<NumpyArray> ReadReconstructed(const PickleValue& value) {
  const Values* state = StateOf(value);
  if (state == nullptr || state->size() != 5 || !(*state)[3]->Is(PickleKind::kBool)) {
    return Malformed("has no state as NumPy writes it");
  }
  NumpyArray array;
  SCONCE_ASSIGN_OR_RETURN(array.dtype, ReadDtype(*(*state)[2]));
  SCONCE_RETURN_IF_ERROR(SetShape(*(*state)[1], array));
  if ((*state)[3]->integer != 0) array.strides = FortranStrides(array.shape);
  array.bytes = (*state)[4];
  return array;
}

template <typename T>
T Load(const std::string& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::optional<PlainNumber> NumberOf(std::string_view type, const std::string& bytes) {
  if (type == "bool") return bytes[0] != 0;
  if (type == "float64") return Load<double>(bytes);
  if (type == "float32") return double{Load<float>(bytes)};
  if (type == "int64") return Load<int64_t>(bytes);
  if (type == "int32") return int64_t{Load<int32_t>(bytes)};
  if (type == "int16") return int64_t{Load<int16_t>(bytes)};
  if (type == "int8") return int64_t{Load<int8_t>(bytes)};
  if (type == "uint8") return int64_t{Load<uint8_t>(bytes)};
  if (type == "uint16") return int64_t{Load<uint16_t>(bytes)};
  if (type == "uint32") return int64_t{Load<uint32_t>(bytes)};
  if (type != "uint64") return std::nullopt;
  const auto value = Load<uint64_t>(bytes);
  if (value <= static_cast<uint64_t>(INT64_MAX)) return static_cast<int64_t>(value);
  return static_cast<double>(value);
}

}  // namespace

bool IsNumpyArray(const PickleValue& value) {
  return IsCallOfNumpy(value, "multiarray._reconstruct") || IsFromBuffer(value);
}

absl::StatusOr<NumpyArray> ReadNumpyArray(const PickleValue& value) {
  return IsFromBuffer(value) ? ReadFromBuffer(value.items[1]->items) : ReadReconstructed(value);
}

std::optional<PlainNumber> NumpyScalar(const PickleValue& value) {
  if (!IsCallOfNumpy(value, "multiarray.scalar") || value.items[1]->items.size() != 2) {
    return std::nullopt;
  }
  const auto dtype = ReadDtype(*value.items[1]->items[0]);
  const auto bytes = DecodeBytes(*value.items[1]->items[1]);
  if (!dtype.ok() || !bytes.ok() || bytes->size() != (*dtype)->size) return std::nullopt;
  return NumberOf((*dtype)->name, *bytes);
}

}  // namespace sconce
