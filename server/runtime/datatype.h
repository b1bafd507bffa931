// The element types of the Open Inference Protocol, and their LibTorch counterparts.
// Source of the names: Open Inference Protocol v2, "Tensor Data Types"; BF16 as Triton has it.

#ifndef SCONCE_SERVER_RUNTIME_DATATYPE_H_
#define SCONCE_SERVER_RUNTIME_DATATYPE_H_

#include <c10/core/ScalarType.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sconce {

enum class Datatype : uint8_t {
  kUnknown,  // a model argument that accepts whatever comes; never the type of data
  kBool,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFp16,
  kBf16,
  kFp32,
  kFp64,
  kBytes,  // strings of any length
};

// "FP32"; "" for kUnknown.
std::string_view DatatypeName(Datatype datatype);

// Nothing for a name the protocol does not have.
std::optional<Datatype> ParseDatatype(std::string_view name);

// Bytes of an element; 0 for kBytes and kUnknown.
size_t DatatypeSize(Datatype datatype);

// Nothing for kBytes and kUnknown.
std::optional<at::ScalarType> ToScalarType(Datatype datatype);

// kUnknown for types the protocol can't carry (complex, quantized, float8).
Datatype FromScalarType(at::ScalarType type);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_DATATYPE_H_
