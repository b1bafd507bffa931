#include "client/tensor.h"

#include <array>
#include <bit>
#include <limits>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors travel as they lie in memory");

struct DatatypeEntry {
  std::string_view name;
  size_t size;
};

constexpr std::array<DatatypeEntry, 14> kDatatypes = {{{"BOOL", 1},
                                                       {"UINT8", 1},
                                                       {"UINT16", 2},
                                                       {"UINT32", 4},
                                                       {"UINT64", 8},
                                                       {"INT8", 1},
                                                       {"INT16", 2},
                                                       {"INT32", 4},
                                                       {"INT64", 8},
                                                       {"FP16", 2},
                                                       {"BF16", 2},
                                                       {"FP32", 4},
                                                       {"FP64", 8},
                                                       {"BYTES", 0}}};

}  // namespace

bool IsDatatype(std::string_view datatype) {
  for (const DatatypeEntry& entry : kDatatypes) {
    if (entry.name == datatype) return true;
  }
  return false;
}

size_t ElementSize(std::string_view datatype) {
  for (const DatatypeEntry& entry : kDatatypes) {
    if (entry.name == datatype) return entry.size;
  }
  return 0;
}

absl::StatusOr<uint64_t> CountElements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  bool overflow = false;
  bool empty = false;
  for (const int64_t size : shape) {
    if (size < 0) {
      return absl::InvalidArgumentError(
          absl::StrFormat("shape %s has a negative dimension", ShapeText(shape)));
    }
    empty = empty || size == 0;
    overflow = overflow || __builtin_mul_overflow(count, size, &count);
  }
  if (empty) return 0;
  if (overflow) {
    return absl::InvalidArgumentError(
        absl::StrFormat("shape %s has more elements than fit in 63 bits", ShapeText(shape)));
  }
  return static_cast<uint64_t>(count);
}

absl::Status CheckTensor(const Tensor& tensor) {
  if (tensor.name.empty()) return absl::InvalidArgumentError("a tensor has no name");
  if (!IsDatatype(tensor.datatype)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s: '%s' is no datatype of the Open Inference Protocol (FP32, INT64, BYTES, ...)",
        tensor.name, tensor.datatype));
  }
  auto count = CountElements(tensor.shape);
  if (!count.ok()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: %s", tensor.name, std::string(count.status().message())));
  }
  if (tensor.datatype == "BYTES") {
    if (tensor.strings.size() == *count && tensor.bytes.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrFormat("%s: shape %s needs %d strings, %d are there",
                                                      tensor.name, ShapeText(tensor.shape), *count,
                                                      tensor.strings.size()));
  }
  const size_t size = ElementSize(tensor.datatype);
  const bool agrees =
      size > 0 && tensor.bytes.size() / size == *count && tensor.bytes.size() % size == 0;
  if (agrees && tensor.strings.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%s: %s%s has %d elements of %d bytes, %d bytes are there", tensor.name,
                      tensor.datatype, ShapeText(tensor.shape), *count, size, tensor.bytes.size()));
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  return absl::StrFormat("[%s]", absl::StrJoin(shape, ","));
}

absl::Status WrongDatatype(const Tensor& tensor, std::string_view wanted) {
  return absl::InvalidArgumentError(
      absl::StrFormat("%s is %s, not %s", tensor.name, tensor.datatype, wanted));
}

}  // namespace sconce
