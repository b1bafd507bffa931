#include "server/rpc/input_value.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"
#include "server/runtime/signature.h"

namespace sconce {
namespace {

// What LibTorch's own loops take.
constexpr int kMaxDimensions = 64;

// The declared type and shape of an input, checked.
struct Declared {
  const std::string& name;
  Datatype datatype;
  std::vector<int64_t> shape;
  uint64_t elements = 0;

  std::string ToString() const { return sconce::ToString(TensorSpec{"", datatype, shape}); }
};

template <typename... Args>
absl::Status Refuse(const std::string& name, const absl::FormatSpec<Args...>& format,
                    const Args&... args) {
  return absl::InvalidArgumentError(
      absl::StrFormat("input '%s' %s", name, absl::StrFormat(format, args...)));
}

absl::StatusOr<Datatype> CheckDatatype(const InferInput& input) {
  const std::optional<Datatype> datatype = ParseDatatype(input.datatype());
  if (datatype) return *datatype;
  return Refuse(input.name(),
                "has datatype '%s'; the protocol has BOOL, UINT8, UINT16, UINT32, UINT64, INT8, "
                "INT16, INT32, INT64, FP16, BF16, FP32, FP64 and BYTES",
                input.datatype());
}

// A size of 0 makes the tensor empty but must not hide that the other sizes overflow: LibTorch
// multiplies them for its strides.
absl::StatusOr<uint64_t> CountElements(const InferInput& input, Datatype datatype) {
  if (input.shape_size() > kMaxDimensions) {
    return Refuse(input.name(), "has %d dimensions; at most %d are possible", input.shape_size(),
                  kMaxDimensions);
  }
  uint64_t extent = std::max<size_t>(DatatypeSize(datatype), 1);
  bool empty = false;
  for (int i = 0; i < input.shape_size(); ++i) {
    const int64_t size = input.shape(i);
    if (size < 0) {
      return Refuse(input.name(),
                    "has size %d in dimension %d of its shape; data has no open sizes", size, i);
    }
    empty |= size == 0;
    const std::optional<uint64_t> product = CheckedMultiply(extent, std::max<int64_t>(size, 1));
    if (!product || *product > std::numeric_limits<int64_t>::max()) {
      return Refuse(input.name(), "has a shape whose size overflows 64 bits");
    }
    extent = *product;
  }
  return empty ? 0 : extent / std::max<size_t>(DatatypeSize(datatype), 1);
}

absl::StatusOr<Declared> CheckDeclaration(const InferInput& input) {
  SCONCE_ASSIGN_OR_RETURN(const Datatype datatype, CheckDatatype(input));
  SCONCE_ASSIGN_OR_RETURN(const uint64_t elements, CountElements(input, datatype));
  return Declared{input.name(), datatype, {input.shape().begin(), input.shape().end()}, elements};
}

absl::StatusOr<at::Tensor> Allocate(const Declared& declared) {
  try {
    return at::empty(declared.shape, at::TensorOptions(*ToScalarType(declared.datatype)));
  } catch (const std::exception&) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("no memory for input '%s', %s", declared.name, declared.ToString()));
  }
}

// Any byte but 0 is true: a bool in memory that is neither 0 nor 1 is undefined behaviour.
void NormaliseBools(at::Tensor& tensor) {
  auto* bytes = static_cast<uint8_t*>(tensor.mutable_data_ptr());
  for (int64_t i = 0; i < tensor.numel(); ++i) bytes[i] = bytes[i] != 0;
}

absl::StatusOr<Value> TensorFromRaw(const Declared& declared, SliceCursor cursor, size_t size) {
  const uint64_t expected = declared.elements * DatatypeSize(declared.datatype);
  if (size != expected) {
    return Refuse(declared.name, "has %d raw bytes; %s takes %d", size, declared.ToString(),
                  expected);
  }
  SCONCE_ASSIGN_OR_RETURN(at::Tensor tensor, Allocate(declared));
  cursor.Copy(tensor.mutable_data_ptr(), size);
  if (declared.datatype == Datatype::kBool) NormaliseBools(tensor);
  return Value(std::move(tensor));
}

// Elements one after the other: 4 bytes of length, little-endian, then the data.
absl::StatusOr<Value> StringsFromRaw(const Declared& declared, SliceCursor cursor, size_t size) {
  constexpr size_t kPrefix = 4;
  if (declared.elements > size / kPrefix) {
    return Refuse(declared.name, "has %d raw bytes; %s takes %d at least (4 of length an element)",
                  size, declared.ToString(), declared.elements * kPrefix);
  }
  StringTensor strings{declared.shape, {}};
  strings.elements.reserve(declared.elements);
  size_t left = size;
  for (uint64_t i = 0; i < declared.elements; ++i) {
    std::array<uint8_t, kPrefix> prefix{};
    if (left < kPrefix) {
      return Refuse(declared.name, "ends before the length of element %d of %d", i,
                    declared.elements);
    }
    cursor.Copy(prefix.data(), kPrefix);
    left -= kPrefix;
    const uint32_t length =
        prefix[0] | prefix[1] << 8 | prefix[2] << 16 | uint32_t{prefix[3]} << 24;
    if (length > left) {
      return Refuse(declared.name, "says that element %d has %d bytes; %d are left", i, length,
                    left);
    }
    cursor.Copy(strings.elements.emplace_back(length, '\0').data(), length);
    left -= length;
  }
  if (left > 0) {
    return Refuse(declared.name, "has %d bytes left over after its %d elements", left,
                  declared.elements);
  }
  return Value(std::move(strings));
}

absl::Status CheckCount(const Declared& declared, const char* field, int count) {
  if (static_cast<uint64_t>(count) == declared.elements) return absl::OkStatus();
  if (count == 0) {
    return Refuse(declared.name,
                  "has no data: %s takes %d elements, in %s or as an entry of raw_input_contents",
                  declared.ToString(), declared.elements, field);
  }
  return Refuse(declared.name, "has %d elements in %s; %s takes %d", count, field,
                declared.ToString(), declared.elements);
}

template <typename To, typename Field>
absl::StatusOr<Value> CopyElements(const Declared& declared, const char* field,
                                   const Field& elements) {
  using From = typename Field::value_type;
  SCONCE_RETURN_IF_ERROR(CheckCount(declared, field, elements.size()));
  SCONCE_ASSIGN_OR_RETURN(at::Tensor tensor, Allocate(declared));
  auto* out = static_cast<To*>(tensor.mutable_data_ptr());
  for (int i = 0; i < elements.size(); ++i) {
    if constexpr (sizeof(To) < sizeof(From)) {
      using Limits = std::numeric_limits<To>;
      if (elements[i] < Limits::min() || elements[i] > Limits::max()) {
        return Refuse(declared.name, "has %d as element %d of %s; %s goes from %d to %d",
                      elements[i], i, field, std::string(DatatypeName(declared.datatype)),
                      Limits::min(), Limits::max());
      }
    }
    out[i] = static_cast<To>(elements[i]);
  }
  return Value(std::move(tensor));
}

absl::StatusOr<Value> StringsFromContents(const Declared& declared,
                                          const inference::InferTensorContents& contents) {
  SCONCE_RETURN_IF_ERROR(CheckCount(declared, "bytes_contents", contents.bytes_contents_size()));
  const auto& elements = contents.bytes_contents();
  return Value(StringTensor{declared.shape, {elements.begin(), elements.end()}});
}

// The field of InferTensorContents that carries `datatype`; null when none does.
const char* ContentsField(Datatype datatype) {
  switch (datatype) {
    case Datatype::kBool:
      return "bool_contents";
    case Datatype::kInt8:
    case Datatype::kInt16:
    case Datatype::kInt32:
      return "int_contents";
    case Datatype::kInt64:
      return "int64_contents";
    case Datatype::kUint8:
    case Datatype::kUint16:
    case Datatype::kUint32:
      return "uint_contents";
    case Datatype::kUint64:
      return "uint64_contents";
    case Datatype::kFp32:
      return "fp32_contents";
    case Datatype::kFp64:
      return "fp64_contents";
    case Datatype::kBytes:
      return "bytes_contents";
    default:
      return nullptr;
  }
}

absl::StatusOr<Value> CopyContents(const Declared& declared, const char* field,
                                   const inference::InferTensorContents& contents) {
  switch (declared.datatype) {
    case Datatype::kBool:
      return CopyElements<bool>(declared, field, contents.bool_contents());
    case Datatype::kInt8:
      return CopyElements<int8_t>(declared, field, contents.int_contents());
    case Datatype::kInt16:
      return CopyElements<int16_t>(declared, field, contents.int_contents());
    case Datatype::kInt32:
      return CopyElements<int32_t>(declared, field, contents.int_contents());
    case Datatype::kInt64:
      return CopyElements<int64_t>(declared, field, contents.int64_contents());
    case Datatype::kUint8:
      return CopyElements<uint8_t>(declared, field, contents.uint_contents());
    case Datatype::kUint16:
      return CopyElements<uint16_t>(declared, field, contents.uint_contents());
    case Datatype::kUint32:
      return CopyElements<uint32_t>(declared, field, contents.uint_contents());
    case Datatype::kUint64:
      return CopyElements<uint64_t>(declared, field, contents.uint64_contents());
    case Datatype::kFp32:
      return CopyElements<float>(declared, field, contents.fp32_contents());
    case Datatype::kFp64:
      return CopyElements<double>(declared, field, contents.fp64_contents());
    default:
      return StringsFromContents(declared, contents);
  }
}

}  // namespace

std::string FilledContents(const inference::InferTensorContents& contents) {
  std::string names;
  auto add = [&names](int size, const char* name) {
    if (size > 0) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  add(contents.bool_contents_size(), "bool_contents");
  add(contents.int_contents_size(), "int_contents");
  add(contents.int64_contents_size(), "int64_contents");
  add(contents.uint_contents_size(), "uint_contents");
  add(contents.uint64_contents_size(), "uint64_contents");
  add(contents.fp32_contents_size(), "fp32_contents");
  add(contents.fp64_contents_size(), "fp64_contents");
  add(contents.bytes_contents_size(), "bytes_contents");
  return names;
}

absl::StatusOr<Value> ValueFromRaw(const InferInput& input, SliceCursor cursor, size_t size) {
  SCONCE_ASSIGN_OR_RETURN(const Declared declared, CheckDeclaration(input));
  if (declared.datatype == Datatype::kBytes) return StringsFromRaw(declared, cursor, size);
  return TensorFromRaw(declared, cursor, size);
}

absl::StatusOr<Value> ValueFromContents(const InferInput& input) {
  SCONCE_ASSIGN_OR_RETURN(const Declared declared, CheckDeclaration(input));
  const std::string filled = FilledContents(input.contents());
  const char* field = ContentsField(declared.datatype);
  if (field == nullptr) {
    if (filled.empty() && declared.elements == 0) return Allocate(declared);
    return Refuse(declared.name, "is %s, which has no field in contents: send raw_input_contents",
                  input.datatype());
  }
  if (!filled.empty() && filled != field) {
    return Refuse(declared.name, "is %s, whose elements go into %s; found %s", input.datatype(),
                  field, filled);
  }
  return CopyContents(declared, field, input.contents());
}

}  // namespace sconce
