// What a model's method takes and gives: names, types, shapes. Plain data.

#ifndef SCONCE_SERVER_RUNTIME_SIGNATURE_H_
#define SCONCE_SERVER_RUNTIME_SIGNATURE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/runtime/datatype.h"

namespace sconce {

inline constexpr int64_t kAnySize = -1;

struct TensorSpec {
  std::string name;
  Datatype datatype = Datatype::kUnknown;
  // Nothing: any number of dimensions. A dimension of kAnySize takes any size.
  std::optional<std::vector<int64_t>> shape;
};

// How the tensors of a request become the argument of a TorchScript method.
enum class ArgumentKind {
  kTensor,       // NAME
  kInt,          // NAME, one element of any integer type
  kFloat,        // NAME, one element of any number type
  kBool,         // NAME, one element, BOOL
  kString,       // NAME, one element, BYTES
  kIntList,      // NAME, one dimension
  kFloatList,    // NAME, one dimension
  kBoolList,     // NAME, one dimension
  kStringList,   // NAME, one dimension, BYTES
  kTensorList,   // NAME.0, NAME.1, ...
  kTensorTuple,  // NAME.0 ... exactly `tuple_size` of them
  kTensorDict,   // NAME.KEY for every key
};

struct Argument {
  TensorSpec spec;  // datatype and shape constrain each tensor of the argument
  ArgumentKind kind = ArgumentKind::kTensor;
  // The TorchScript type as text: "Tensor", "Optional[Tensor]", "List[Tensor]".
  std::string type;
  // A request may leave the argument out: Optional[...] without a default counts as None.
  bool optional = false;
  std::string default_text;
  size_t tuple_size = 0;
};

struct Signature {
  std::string method = "forward";
  std::vector<Argument> inputs;
  // Empty until known: a TorchScript method names no outputs before it has run.
  std::vector<TensorSpec> outputs;
};

// "forward(x: FP32[-1,4], mask: Tensor = None) -> (output: FP32[-1,3])", for error messages and
// logs.
std::string ToString(const Signature& signature);

// "FP32[-1,4]"; "FP32[...]" when the number of dimensions is open; "Tensor" when nothing is known.
std::string ToString(const TensorSpec& spec);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_SIGNATURE_H_
