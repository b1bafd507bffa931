#include "server/formats/libtorch/scalar_type.h"

namespace sconce {
namespace {

struct Pair {
  std::string_view name;
  c10::ScalarType type;
};

constexpr Pair kPairs[] = {
    {"float32", c10::ScalarType::Float},
    {"float64", c10::ScalarType::Double},
    {"float16", c10::ScalarType::Half},
    {"bfloat16", c10::ScalarType::BFloat16},
    {"int64", c10::ScalarType::Long},
    {"int32", c10::ScalarType::Int},
    {"int16", c10::ScalarType::Short},
    {"int8", c10::ScalarType::Char},
    {"uint8", c10::ScalarType::Byte},
    {"bool", c10::ScalarType::Bool},
    {"complex64", c10::ScalarType::ComplexFloat},
    {"complex128", c10::ScalarType::ComplexDouble},
    {"complex32", c10::ScalarType::ComplexHalf},
    {"uint16", c10::ScalarType::UInt16},
    {"uint32", c10::ScalarType::UInt32},
    {"uint64", c10::ScalarType::UInt64},
    {"float8_e4m3fn", c10::ScalarType::Float8_e4m3fn},
    {"float8_e5m2", c10::ScalarType::Float8_e5m2},
    {"float8_e4m3fnuz", c10::ScalarType::Float8_e4m3fnuz},
    {"float8_e5m2fnuz", c10::ScalarType::Float8_e5m2fnuz},
    {"float8_e8m0fnu", c10::ScalarType::Float8_e8m0fnu},
    {"float4_e2m1fn_x2", c10::ScalarType::Float4_e2m1fn_x2},
};

}  // namespace

std::optional<c10::ScalarType> ScalarTypeOf(const TorchDtype& dtype) {
  for (const Pair& pair : kPairs) {
    if (pair.name == dtype.name) return pair.type;
  }
  return std::nullopt;
}

const TorchDtype* DtypeOf(c10::ScalarType type) {
  for (const Pair& pair : kPairs) {
    if (pair.type == type) return FindDtype(pair.name);
  }
  return nullptr;
}

}  // namespace sconce
