// What a request carries in and a model gives back: a named tensor of numbers or of strings.

#ifndef SCONCE_SERVER_RUNTIME_VALUE_H_
#define SCONCE_SERVER_RUNTIME_VALUE_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "server/runtime/datatype.h"

namespace sconce {

// BYTES of the protocol: row-major, as many elements as the product of `shape`.
struct StringTensor {
  std::vector<int64_t> shape;
  std::vector<std::string> elements;
};

// Tensors are dense, row-major and in CPU memory wherever a Value crosses from one folder into
// another.
using Value = std::variant<at::Tensor, StringTensor>;

struct NamedValue {
  std::string name;
  Value value;
};

Datatype DatatypeOf(const Value& value);
std::vector<int64_t> ShapeOf(const Value& value);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_VALUE_H_
