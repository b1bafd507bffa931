#include "client/cli/fill.h"

#include <array>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "absl/strings/str_format.h"
#include "client/json_element.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

// A protobuf message ends at 2 GiB.
constexpr uint64_t kMaxBytes = (uint64_t{1} << 31) - 1;

bool IsFloat(std::string_view datatype) {
  return datatype == "FP16" || datatype == "BF16" || datatype == "FP32" || datatype == "FP64";
}

nlohmann::json One(std::string_view datatype) {
  if (datatype == "BOOL") return true;
  if (datatype == "BYTES") return "1";
  return 1;
}

absl::Status FillRandom(uint64_t count, Tensor& tensor) {
  std::mt19937 generator(1);
  std::uniform_real_distribution<double> distribution(0, 1);
  for (uint64_t i = 0; i < count; ++i) {
    SCONCE_RETURN_IF_ERROR(AppendElement(distribution(generator), tensor));
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<FillText> ParseFill(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, FillKind>, 3> kKinds = {
      {{"zeros", FillKind::kZeros}, {"ones", FillKind::kOnes}, {"random", FillKind::kRandom}}};
  for (const auto& [word, kind] : kKinds) {
    if (text.substr(0, word.size()) != word) continue;
    const auto shape = nlohmann::json::parse(text.substr(word.size()), nullptr,
                                             /*allow_exceptions=*/false);
    if (!shape.is_array()) return std::nullopt;
    FillText fill{kind, {}};
    for (const auto& size : shape) {
      if (!size.is_number_unsigned() || size.get<uint64_t>() > kMaxBytes) return std::nullopt;
      fill.shape.push_back(size.get<int64_t>());
    }
    return fill;
  }
  return std::nullopt;
}

absl::StatusOr<Tensor> Fill(FillKind kind, const std::string& datatype,
                            const std::vector<int64_t>& shape) {
  if (!IsDatatype(datatype)) {
    return absl::InvalidArgumentError(absl::StrFormat("'%s' is no datatype", datatype));
  }
  SCONCE_ASSIGN_OR_RETURN(const uint64_t count, CountElements(shape));
  const size_t size = datatype == "BYTES" ? sizeof(uint32_t) : ElementSize(datatype);
  const auto bytes = CheckedMultiply(count, size);
  if (!bytes || *bytes > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s%s is more than a message can carry", datatype, ShapeText(shape)));
  }
  Tensor tensor{"", datatype, shape, {}, {}};
  if (kind == FillKind::kRandom && IsFloat(datatype)) {
    SCONCE_RETURN_IF_ERROR(FillRandom(count, tensor));
  } else if (kind == FillKind::kOnes) {
    for (uint64_t i = 0; i < count; ++i) {
      SCONCE_RETURN_IF_ERROR(AppendElement(One(datatype), tensor));
    }
  } else if (datatype == "BYTES") {
    tensor.strings.resize(count);
  } else {
    tensor.bytes.resize(*bytes);
  }
  return tensor;
}

}  // namespace sconce::cli
