#include "server/repository/model_config.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace sconce {
namespace {

std::string FieldsOf(const google::protobuf::Descriptor& message) {
  std::vector<std::string> names;
  for (int i = 0; i < message.field_count(); ++i) names.push_back(message.field(i)->name());
  return absl::StrJoin(names, ", ");
}

// The text between `before` and the next quotation mark; nothing when `before` is not there.
std::optional<std::string> QuotedAfter(const std::string& text, const std::string& before) {
  const size_t start = text.find(before);
  if (start == std::string::npos) return std::nullopt;
  const size_t end = text.find('"', start + before.size());
  if (end == std::string::npos) return std::nullopt;
  return text.substr(start + before.size(), end - start - before.size());
}

std::optional<std::string> UnknownField(const std::string& message) {
  return QuotedAfter(message, "has no field named \"");
}

// Counted from 0. Columns count bytes.
struct Place {
  size_t line = 0;
  size_t column = 0;
};

// Protobuf notices an unknown field at the word after it: the place of the field itself.
Place PlaceOf(const std::string& field, Place noticed, const std::string& text) {
  size_t end = 0;  // of the line where it was noticed
  for (size_t line = 0; line <= noticed.line && end != std::string::npos; ++line) {
    end = text.find('\n', line == 0 ? 0 : end + 1);
  }
  const size_t at = text.rfind(field, end);
  if (at == std::string::npos) return noticed;
  const auto before = static_cast<std::ptrdiff_t>(at);
  const size_t line_start = text.rfind('\n', at) + 1;  // npos + 1 is 0
  return {.line = static_cast<size_t>(std::count(text.begin(), text.begin() + before, '\n')),
          .column = at - line_start};
}

// Turns Protobuf's words about an unknown field into ours; leaves all others as they are.
std::string Explain(const std::string& message) {
  const std::optional<std::string> type = QuotedAfter(message, "Message type \"");
  const std::optional<std::string> field = UnknownField(message);
  if (!type.has_value() || !field.has_value()) return message;
  const google::protobuf::Descriptor* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(*type);
  if (descriptor == nullptr) return message;
  return absl::StrFormat("Sconce has no setting \"%s\" in %s; it takes %s", *field,
                         descriptor->name(), FieldsOf(*descriptor));
}

// Keeps the first error: the ones after it are mostly its echo.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  FirstError(std::string_view origin, const std::string& input) : origin_(origin), input_(input) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    // Either may be -1 where there is no place.
    Place place{.line = static_cast<size_t>(std::max(line, 0)),
                .column = static_cast<size_t>(std::max(column, 0))};
    if (const std::optional<std::string> field = UnknownField(message)) {
      place = PlaceOf(*field, place, input_);
    }
    text_ = absl::StrFormat("%s, line %d, column %d: %s", origin_, place.line + 1, place.column + 1,
                            Explain(message));
  }

  const std::string& text() const { return text_; }

 private:
  const std::string origin_;
  const std::string& input_;
  std::string text_;
};

absl::Status CheckSize(const std::string& text, std::string_view origin) {
  if (text.size() <= kMaxConfigBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%s has %d bytes; a model's configuration has at most %d", origin,
                      text.size(), kMaxConfigBytes));
}

}  // namespace

absl::StatusOr<inference::ModelConfig> ParseConfigText(const std::string& text,
                                                       std::string_view origin) {
  if (absl::Status size = CheckSize(text, origin); !size.ok()) return size;
  FirstError error(origin, text);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(20);
  inference::ModelConfig config;
  if (!parser.ParseFromString(text, &config)) return absl::InvalidArgumentError(error.text());
  return config;
}

absl::StatusOr<inference::ModelConfig> ParseConfigJson(const std::string& json,
                                                       std::string_view origin) {
  if (absl::Status size = CheckSize(json, origin); !size.ok()) return size;
  inference::ModelConfig config;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &config);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: %s; Sconce takes %s", origin, std::string(status.message()),
                        FieldsOf(*inference::ModelConfig::descriptor())));
  }
  return config;
}

}  // namespace sconce
