#include "client/npy.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_format.h"
#include "client/file_bytes.h"
#include "client/half.h"
#include "client/npy_header.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
// NumPy pads so that the data begins at a multiple of 64.
constexpr size_t kAlignment = 64;
// NumPy itself refuses to evaluate longer headers than 10 000 characters.
constexpr uint64_t kMaxHeader = 10000;

struct DescrEntry {
  std::string_view kind;  // without the byte order
  std::string_view datatype;
};

constexpr std::array<DescrEntry, 12> kDescrs = {{{"b1", "BOOL"},
                                                 {"u1", "UINT8"},
                                                 {"u2", "UINT16"},
                                                 {"u4", "UINT32"},
                                                 {"u8", "UINT64"},
                                                 {"i1", "INT8"},
                                                 {"i2", "INT16"},
                                                 {"i4", "INT32"},
                                                 {"i8", "INT64"},
                                                 {"f2", "FP16"},
                                                 {"f4", "FP32"},
                                                 {"f8", "FP64"}}};

absl::Status Invalid(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("not a .npy array that can be sent: %s", what));
}

absl::StatusOr<std::string> DatatypeOfDescr(const std::string& descr) {
  if (descr.size() >= 2 && std::string_view("<>|=").find(descr[0]) != std::string_view::npos) {
    for (const DescrEntry& entry : kDescrs) {
      if (entry.kind == std::string_view(descr).substr(1)) return std::string(entry.datatype);
    }
  }
  const bool text = descr.find('U') != std::string::npos || descr.find('S') != std::string::npos;
  return Invalid(absl::StrFormat("its element type is '%s'%s", descr,
                                 text ? "; give strings as JSON: --input 'x=[\"a\",\"b\"]'"
                                      : "; cast it with astype() first"));
}

void SwapByteOrder(std::string& bytes, size_t element) {
  for (size_t at = 0; at + element <= bytes.size(); at += element) {
    std::reverse(bytes.begin() + at, bytes.begin() + at + element);
  }
}

// Column-major to row-major: walks the row-major order and keeps the column-major position.
std::string RowMajor(std::string_view column_major, const std::vector<int64_t>& shape,
                     size_t element) {
  std::string bytes;
  bytes.reserve(column_major.size());
  std::vector<int64_t> index(shape.size(), 0);
  std::vector<uint64_t> stride(shape.size(), element);
  for (size_t d = 1; d < shape.size(); ++d) stride[d] = stride[d - 1] * shape[d - 1];
  uint64_t position = 0;
  while (bytes.size() < column_major.size()) {
    bytes.append(column_major.substr(position, element));
    for (size_t d = shape.size(); d-- > 0;) {
      position += stride[d];
      if (++index[d] < shape[d]) break;
      position -= stride[d] * shape[d];
      index[d] = 0;
    }
  }
  return bytes;
}

absl::StatusOr<NpyHeader> ReadHeader(ByteReader& reader) {
  const auto magic = reader.ReadBytes(kMagic.size());
  if (!magic || *magic != kMagic) return Invalid("it does not begin with \\x93NUMPY");
  const auto major = reader.ReadU8();
  const auto minor = reader.ReadU8();
  if (!major || !minor || *major < 1 || *major > 3 || *minor != 0) {
    return Invalid("its format version is not 1.0, 2.0 or 3.0");
  }
  std::optional<uint64_t> length;
  if (*major == 1) {
    length = reader.ReadU16();
  } else {
    length = reader.ReadU32();
  }
  if (!length || *length > kMaxHeader || *length > reader.remaining()) {
    return Invalid("its header is cut off or too long");
  }
  auto header = ParseNpyHeader(*reader.ReadBytes(*length));
  if (!header.ok()) return Invalid(std::string(header.status().message()));
  return header;
}

absl::Status AtPath(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrFormat("%s: %s", path, std::string(status.message())));
}

std::string AsFloat32(const std::string& bfloat16) {
  std::string bytes;
  bytes.reserve(bfloat16.size() * 2);
  for (size_t at = 0; at + 2 <= bfloat16.size(); at += 2) {
    uint16_t bits = 0;
    std::memcpy(&bits, bfloat16.data() + at, sizeof bits);
    const float value = FloatFromBfloat16(bits);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

std::string DescrOf(std::string_view datatype) {
  if (datatype == "BF16") return "<f4";
  for (const DescrEntry& entry : kDescrs) {
    if (entry.datatype != datatype) continue;
    return absl::StrFormat("%c%s", ElementSize(datatype) == 1 ? '|' : '<', entry.kind);
  }
  return "";
}

}  // namespace

absl::StatusOr<Tensor> ParseNpy(std::string_view bytes) {
  ByteReader reader(bytes);
  SCONCE_ASSIGN_OR_RETURN(NpyHeader header, ReadHeader(reader));
  Tensor tensor;
  SCONCE_ASSIGN_OR_RETURN(tensor.datatype, DatatypeOfDescr(header.descr));
  auto count = CountElements(header.shape);
  if (!count.ok()) return Invalid(std::string(count.status().message()));
  const size_t element = ElementSize(tensor.datatype);
  const auto expected = CheckedMultiply(*count, element);
  if (!expected || *expected != reader.remaining()) {
    return Invalid(absl::StrFormat("%s%s needs %d elements of %d bytes, the file has %d bytes",
                                   tensor.datatype, ShapeText(header.shape), *count, element,
                                   reader.remaining()));
  }
  const std::string_view data = *reader.ReadBytes(*expected);
  const bool transpose = header.fortran_order && header.shape.size() > 1;
  tensor.bytes = transpose ? RowMajor(data, header.shape, element) : std::string(data);
  if (header.descr[0] == '>') SwapByteOrder(tensor.bytes, element);
  tensor.shape = std::move(header.shape);
  return tensor;
}

absl::StatusOr<std::string> FormatNpy(const Tensor& tensor) {
  SCONCE_RETURN_IF_ERROR(CheckTensor(tensor));
  if (tensor.datatype == "BYTES") {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s holds strings, which .npy can't carry here; use JSON", tensor.name));
  }
  const std::string header = FormatNpyHeader({DescrOf(tensor.datatype), false, tensor.shape});
  // Magic, version, two bytes of length, header, newline.
  const size_t unpadded = kMagic.size() + 4 + header.size() + 1;
  const size_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
  const size_t length = header.size() + padding + 1;
  std::string bytes(kMagic);
  bytes.append({1, 0, static_cast<char>(length & 0xff), static_cast<char>(length >> 8)});
  bytes.append(header).append(padding, ' ').append("\n");
  bytes.append(tensor.datatype == "BF16" ? AsFloat32(tensor.bytes) : tensor.bytes);
  return bytes;
}

absl::StatusOr<Tensor> ReadNpy(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const std::string bytes, ReadFileBytes(path));
  auto tensor = ParseNpy(bytes);
  if (!tensor.ok()) return AtPath(path, tensor.status());
  return tensor;
}

absl::Status WriteNpy(const Tensor& tensor, const std::string& path) {
  auto bytes = FormatNpy(tensor);
  if (!bytes.ok()) return AtPath(path, bytes.status());
  return WriteFileBytes(path, *bytes);
}

}  // namespace sconce
