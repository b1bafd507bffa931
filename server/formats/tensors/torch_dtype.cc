#include "server/formats/tensors/torch_dtype.h"

namespace sconce {
namespace {

constexpr TorchDtype kDtypes[] = {
    {"float32", "FloatStorage", 4},
    {"float64", "DoubleStorage", 8},
    {"float16", "HalfStorage", 2},
    {"bfloat16", "BFloat16Storage", 2},
    {"int64", "LongStorage", 8},
    {"int32", "IntStorage", 4},
    {"int16", "ShortStorage", 2},
    {"int8", "CharStorage", 1},
    {"uint8", "ByteStorage", 1},
    {"bool", "BoolStorage", 1},
    {"complex64", "ComplexFloatStorage", 8},
    {"complex128", "ComplexDoubleStorage", 16},
    {"complex32", "ComplexHalfStorage", 4, false, true},
    {"uint16", "UInt16Storage", 2, false, true},
    {"uint32", "UInt32Storage", 4, false, true},
    {"uint64", "UInt64Storage", 8, false, true},
    {"float8_e4m3fn", "Float8_e4m3fnStorage", 1, false, true},
    {"float8_e5m2", "Float8_e5m2Storage", 1, false, true},
    {"float8_e4m3fnuz", "Float8_e4m3fnuzStorage", 1, false, true},
    {"float8_e5m2fnuz", "Float8_e5m2fnuzStorage", 1, false, true},
    {"float8_e8m0fnu", "Float8_e8m0fnuStorage", 1, false, true},
    {"float4_e2m1fn_x2", "", 1, false, true},
    {"qint8", "QInt8Storage", 1, true},
    {"quint8", "QUInt8Storage", 1, true},
    {"qint32", "QInt32Storage", 4, true},
    {"quint4x2", "QUInt4x2Storage", 1, true},
    {"quint2x4", "QUInt2x4Storage", 1, true},
};

}  // namespace

const TorchDtype* FindDtype(std::string_view name) {
  for (const TorchDtype& dtype : kDtypes) {
    if (dtype.name == name) return &dtype;
  }
  return nullptr;
}

const TorchDtype* FindDtypeOfStorage(std::string_view storage) {
  for (const TorchDtype& dtype : kDtypes) {
    if (!storage.empty() && dtype.storage == storage) return &dtype;
  }
  return nullptr;
}

}  // namespace sconce
