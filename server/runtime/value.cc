#include "server/runtime/value.h"

namespace sconce {

Datatype DatatypeOf(const Value& value) {
  if (const auto* tensor = std::get_if<at::Tensor>(&value)) {
    return FromScalarType(tensor->scalar_type());
  }
  return Datatype::kBytes;
}

std::vector<int64_t> ShapeOf(const Value& value) {
  if (const auto* tensor = std::get_if<at::Tensor>(&value)) return tensor->sizes().vec();
  return std::get<StringTensor>(value).shape;
}

}  // namespace sconce
