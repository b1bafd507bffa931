// Tensor: a named array on its way to or from a model. A light struct of its own, so that a caller
// needs no LibTorch.

#ifndef SCONCE_CLIENT_TENSOR_H_
#define SCONCE_CLIENT_TENSOR_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sconce {

// Plain data. `shape` and the contents agree when CheckTensor says so.
struct Tensor {
  std::string name;
  // Open Inference Protocol: BOOL, UINT8..UINT64, INT8..INT64, FP16, BF16, FP32, FP64, BYTES.
  std::string datatype;
  std::vector<int64_t> shape;
  // Elements in row-major order, little-endian, no padding. Unused for BYTES.
  std::string bytes;
  // The elements of a BYTES tensor, in row-major order. Unused for all others.
  std::vector<std::string> strings;
};

bool IsDatatype(std::string_view datatype);

// Bytes of an element; 0 for BYTES and for what is no datatype.
size_t ElementSize(std::string_view datatype);

// INVALID_ARGUMENT: a negative dimension, or a product beyond 2^63 - 1.
absl::StatusOr<uint64_t> CountElements(const std::vector<int64_t>& shape);

// INVALID_ARGUMENT says which of name, datatype, shape and contents disagree.
absl::Status CheckTensor(const Tensor& tensor);

// "[2,3]"
std::string ShapeText(const std::vector<int64_t>& shape);

// "FP32" for float; only the types listed below have a name.
template <typename T>
constexpr std::string_view DatatypeOf();

template <>
constexpr std::string_view DatatypeOf<uint8_t>() {
  return "UINT8";
}
template <>
constexpr std::string_view DatatypeOf<uint16_t>() {
  return "UINT16";
}
template <>
constexpr std::string_view DatatypeOf<uint32_t>() {
  return "UINT32";
}
template <>
constexpr std::string_view DatatypeOf<uint64_t>() {
  return "UINT64";
}
template <>
constexpr std::string_view DatatypeOf<int8_t>() {
  return "INT8";
}
template <>
constexpr std::string_view DatatypeOf<int16_t>() {
  return "INT16";
}
template <>
constexpr std::string_view DatatypeOf<int32_t>() {
  return "INT32";
}
template <>
constexpr std::string_view DatatypeOf<int64_t>() {
  return "INT64";
}
template <>
constexpr std::string_view DatatypeOf<float>() {
  return "FP32";
}
template <>
constexpr std::string_view DatatypeOf<double>() {
  return "FP64";
}

// MakeTensor<float>("x", {1, 4}, {5.1f, 3.5f, 1.4f, 0.2f})
template <typename T>
Tensor MakeTensor(std::string name, std::vector<int64_t> shape, const std::vector<T>& values) {
  Tensor tensor{std::move(name), std::string(DatatypeOf<T>()), std::move(shape), {}, {}};
  tensor.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return tensor;
}

absl::Status WrongDatatype(const Tensor& tensor, std::string_view wanted);

// The elements of a tensor whose datatype is T's. INVALID_ARGUMENT: it is not.
template <typename T>
absl::StatusOr<std::vector<T>> ValuesOf(const Tensor& tensor) {
  if (tensor.datatype != DatatypeOf<T>()) return WrongDatatype(tensor, DatatypeOf<T>());
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace sconce

#endif  // SCONCE_CLIENT_TENSOR_H_
