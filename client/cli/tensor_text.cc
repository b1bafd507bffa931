#include "client/cli/tensor_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "client/json_tensor.h"

namespace sconce::cli {
namespace {

constexpr uint64_t kShowAll = 1000;
constexpr int64_t kEdge = 3;
constexpr size_t kMaxString = 60;

std::string ElementText(const Tensor& tensor, uint64_t index) {
  const nlohmann::json value = ElementToJson(tensor, index);
  if (value.is_number_float()) return absl::StrFormat("%.6g", value.get<double>());
  if (value.is_string() && tensor.datatype != "BYTES") return value.get<std::string>();  // NaN
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/false);
  if (text.size() > kMaxString) text = text.substr(0, kMaxString) + "...";
  return text;
}

class Printer {
 public:
  Printer(const Tensor& tensor, bool shorten) : tensor_(tensor), shorten_(shorten) {}

  std::string Print() {
    Level(0, 0);
    // The first pass has found the widest element; the second lines up with it.
    if (tensor_.datatype != "BYTES") width_ = widest_;
    text_.clear();
    Level(0, 0);
    return text_;
  }

 private:
  void Level(size_t depth, uint64_t index) {
    if (depth == tensor_.shape.size()) return Element(index);
    const int64_t size = tensor_.shape[depth];
    const bool rows = depth + 1 < tensor_.shape.size();
    text_ += "[";
    for (int64_t i = 0; i < size; ++i) {
      if (i > 0) text_ += rows ? ",\n" + std::string(depth + 1, ' ') : ", ";
      if (shorten_ && size > 2 * kEdge && i == kEdge) {
        text_ += "...";
        i = size - kEdge - 1;
        continue;
      }
      Level(depth + 1, index * size + i);
    }
    text_ += "]";
  }

  void Element(uint64_t index) {
    const std::string element = ElementText(tensor_, index);
    widest_ = std::max(widest_, element.size());
    if (element.size() < width_) text_.append(width_ - element.size(), ' ');
    text_ += element;
  }

  const Tensor& tensor_;
  const bool shorten_;
  size_t widest_ = 0;
  size_t width_ = 0;
  std::string text_;
};

}  // namespace

std::string TensorText(const Tensor& tensor) {
  const auto count = CountElements(tensor.shape);
  const bool shorten = count.ok() && *count > kShowAll;
  return absl::StrFormat("%s %s%s\n%s\n", tensor.name, tensor.datatype, ShapeText(tensor.shape),
                         Printer(tensor, shorten).Print());
}

}  // namespace sconce::cli
