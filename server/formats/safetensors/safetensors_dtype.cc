#include "server/formats/safetensors/safetensors_dtype.h"

#include <iterator>

namespace sconce {
namespace {

// In the order the library writes them.
constexpr SafetensorsDtype kDtypes[] = {{"U64", "uint64"},
                                        {"I64", "int64"},
                                        {"F64", "float64"},
                                        {"C64", "complex64"},
                                        {"F32", "float32"},
                                        {"U32", "uint32"},
                                        {"I32", "int32"},
                                        {"BF16", "bfloat16"},
                                        {"F16", "float16"},
                                        {"U16", "uint16"},
                                        {"I16", "int16"},
                                        {"F8_E5M2FNUZ", "float8_e5m2fnuz"},
                                        {"F8_E4M3FNUZ", "float8_e4m3fnuz"},
                                        {"F8_E8M0", "float8_e8m0fnu"},
                                        {"F8_E4M3", "float8_e4m3fn"},
                                        {"F8_E5M2", "float8_e5m2"},
                                        {"I8", "int8"},
                                        {"U8", "uint8"},
                                        {"BOOL", "bool"}};

}  // namespace

std::optional<SafetensorsDtype> FindSafetensorsDtype(const TorchDtype& dtype) {
  for (const SafetensorsDtype& known : kDtypes) {
    if (known.torch == dtype.name) return known;
  }
  return std::nullopt;
}

const TorchDtype* FindDtypeOfSafetensors(std::string_view name) {
  for (const SafetensorsDtype& known : kDtypes) {
    if (known.name == name) return FindDtype(known.torch);
  }
  return nullptr;
}

int SafetensorsRank(const TorchDtype& dtype) {
  int rank = 0;
  for (const SafetensorsDtype& known : kDtypes) {
    if (known.torch == dtype.name) break;
    ++rank;
  }
  return rank;
}

}  // namespace sconce
