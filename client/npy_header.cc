#include "client/npy_header.h"

#include <charconv>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

// NumPy arrays have at most 64 dimensions (32 before 2.0).
constexpr size_t kMaxDimensions = 64;

class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  absl::StatusOr<NpyHeader> Parse() {
    SCONCE_RETURN_IF_ERROR(Expect('{'));
    while (!Accept('}')) {
      SCONCE_RETURN_IF_ERROR(ParseEntry());
      if (Accept(',')) continue;
      SCONCE_RETURN_IF_ERROR(Expect('}'));
      break;
    }
    SkipSpace();
    if (position_ != text_.size()) return Error("text behind the header");
    if (!has_descr_ || !has_order_ || !has_shape_) {
      return Error("a header needs 'descr', 'fortran_order' and 'shape'");
    }
    return header_;
  }

 private:
  absl::Status ParseEntry() {
    SCONCE_ASSIGN_OR_RETURN(const std::string key, ParseString());
    SCONCE_RETURN_IF_ERROR(Expect(':'));
    SkipSpace();
    if (key == "descr" && !has_descr_) {
      has_descr_ = true;
      return ParseDescr();
    }
    if (key == "fortran_order" && !has_order_) {
      has_order_ = true;
      return ParseOrder();
    }
    if (key == "shape" && !has_shape_) {
      has_shape_ = true;
      return ParseShape();
    }
    return Error(absl::StrFormat("unexpected key '%s'", key));
  }

  absl::Status ParseDescr() {
    if (position_ < text_.size() && text_[position_] == '[') {
      return Error("arrays of structures can't be sent");
    }
    SCONCE_ASSIGN_OR_RETURN(header_.descr, ParseString());
    return absl::OkStatus();
  }

  absl::Status ParseOrder() {
    if (AcceptWord("True")) {
      header_.fortran_order = true;
      return absl::OkStatus();
    }
    return AcceptWord("False") ? absl::OkStatus() : Error("'fortran_order' is True or False");
  }

  absl::Status ParseShape() {
    SCONCE_RETURN_IF_ERROR(Expect('('));
    while (!Accept(')')) {
      SkipSpace();
      int64_t size = 0;
      const char* end = text_.data() + text_.size();
      const auto [next, error] = std::from_chars(text_.data() + position_, end, size);
      if (error != std::errc() || size < 0) return Error("'shape' is a tuple of sizes");
      position_ = next - text_.data();
      header_.shape.push_back(size);
      if (header_.shape.size() > kMaxDimensions) return Error("more than 64 dimensions");
      // Python 2 wrote 3L.
      AcceptWord("L");
      if (Accept(',')) continue;
      SCONCE_RETURN_IF_ERROR(Expect(')'));
      break;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ParseString() {
    SkipSpace();
    if (position_ >= text_.size() || (text_[position_] != '\'' && text_[position_] != '"')) {
      return Error("expected a string");
    }
    const size_t end = text_.find(text_[position_], position_ + 1);
    if (end == std::string_view::npos) return Error("a string has no end");
    const std::string value(text_.substr(position_ + 1, end - position_ - 1));
    position_ = end + 1;
    return value;
  }

  void SkipSpace() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) {
      ++position_;
    }
  }

  bool AcceptWord(std::string_view word) {
    SkipSpace();
    if (text_.substr(position_, word.size()) != word) return false;
    position_ += word.size();
    return true;
  }

  bool Accept(char c) { return AcceptWord(std::string_view(&c, 1)); }

  absl::Status Expect(char c) {
    if (Accept(c)) return absl::OkStatus();
    return Error(absl::StrFormat("expected '%c'", c));
  }

  absl::Status Error(std::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrFormat("the header is not one of NumPy, at character %d: %s", position_, what));
  }

  std::string_view text_;
  size_t position_ = 0;
  NpyHeader header_;
  bool has_descr_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
};

}  // namespace

absl::StatusOr<NpyHeader> ParseNpyHeader(std::string_view text) {
  return HeaderParser(text).Parse();
}

std::string FormatNpyHeader(const NpyHeader& header) {
  // A tuple of one is "(3,)".
  return absl::StrFormat("{'descr': '%s', 'fortran_order': %s, 'shape': (%s%s), }", header.descr,
                         header.fortran_order ? "True" : "False", absl::StrJoin(header.shape, ", "),
                         header.shape.size() == 1 ? "," : "");
}

}  // namespace sconce
