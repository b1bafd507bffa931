#include "server/runtime/datatype.h"

#include <array>

namespace sconce {
namespace {

struct Row {
  Datatype datatype;
  std::string_view name;
  size_t size;
  std::optional<at::ScalarType> scalar;
};

constexpr std::array<Row, 15> kRows = {{
    {Datatype::kUnknown, "", 0, std::nullopt},
    {Datatype::kBool, "BOOL", 1, at::kBool},
    {Datatype::kUint8, "UINT8", 1, at::kByte},
    {Datatype::kUint16, "UINT16", 2, at::kUInt16},
    {Datatype::kUint32, "UINT32", 4, at::kUInt32},
    {Datatype::kUint64, "UINT64", 8, at::kUInt64},
    {Datatype::kInt8, "INT8", 1, at::kChar},
    {Datatype::kInt16, "INT16", 2, at::kShort},
    {Datatype::kInt32, "INT32", 4, at::kInt},
    {Datatype::kInt64, "INT64", 8, at::kLong},
    {Datatype::kFp16, "FP16", 2, at::kHalf},
    {Datatype::kBf16, "BF16", 2, at::kBFloat16},
    {Datatype::kFp32, "FP32", 4, at::kFloat},
    {Datatype::kFp64, "FP64", 8, at::kDouble},
    {Datatype::kBytes, "BYTES", 0, std::nullopt},
}};

const Row& RowOf(Datatype datatype) { return kRows[static_cast<size_t>(datatype)]; }

}  // namespace

std::string_view DatatypeName(Datatype datatype) { return RowOf(datatype).name; }

std::optional<Datatype> ParseDatatype(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.datatype != Datatype::kUnknown && row.name == name) return row.datatype;
  }
  return std::nullopt;
}

size_t DatatypeSize(Datatype datatype) { return RowOf(datatype).size; }

std::optional<at::ScalarType> ToScalarType(Datatype datatype) { return RowOf(datatype).scalar; }

Datatype FromScalarType(at::ScalarType type) {
  for (const Row& row : kRows) {
    if (row.scalar == type) return row.datatype;
  }
  return Datatype::kUnknown;
}

}  // namespace sconce
