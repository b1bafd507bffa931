#include "server/frontend/python_source/builtins/json_value.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"

namespace sconce::python {
namespace {

using json = nlohmann::ordered_json;  // dicts keep the order of the text

constexpr int kMostDepth = 100;

absl::StatusOr<Value> Convert(const json& node, int depth) {
  if (depth > kMostDepth) return absl::InvalidArgumentError("JSON that nests too deeply");
  switch (node.type()) {
    case json::value_t::boolean:
      return node.get<bool>();
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
      return node.get<int64_t>();
    case json::value_t::number_float:
      return node.get<double>();
    case json::value_t::string:
      return node.get<std::string>();
    case json::value_t::array: {
      std::vector<Value> items;
      for (const json& item : node) {
        SCONCE_ASSIGN_OR_RETURN(Value value, Convert(item, depth + 1));
        items.push_back(std::move(value));
      }
      List list(std::move(items));
      list.passes_for_tuple = true;
      return Own(std::move(list));
    }
    case json::value_t::object: {
      auto table = std::make_shared<Table>();
      for (const auto& [key, item] : node.items()) {
        SCONCE_ASSIGN_OR_RETURN(Value value, Convert(item, depth + 1));
        table->Put(key, std::move(value));
      }
      return Dict{std::move(table)};
    }
    default:
      return None();
  }
}

}  // namespace

absl::StatusOr<Value> ValueFromJson(const std::string& text) {
  const json node = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (node.is_discarded()) {
    return absl::InvalidArgumentError(absl::StrFormat("not JSON: %s", text.substr(0, 200)));
  }
  return Convert(node, 0);
}

Value ValueFromDefinition(const std::string& text) {
  auto value = ValueFromJson(text);
  return value.ok() ? *std::move(value) : Value(text);
}

absl::StatusOr<Arguments> ArgumentsFromJson(const std::string& text) {
  Arguments arguments;
  if (text.empty()) return arguments;
  SCONCE_ASSIGN_OR_RETURN(const Value value, ValueFromJson(text));
  if (const auto* dict = std::get_if<Dict>(&value)) {
    for (const Table::Entry& entry : dict->table->entries) {
      arguments.keywords.emplace_back(std::get<std::string>(entry.key), entry.value);
    }
    return arguments;
  }
  if (const List* list = ObjectOf<List>(value)) {
    arguments.positional = list->items;
    return arguments;
  }
  return absl::InvalidArgumentError(
      "the arguments of a class are a JSON object ({\"hidden\": 64}) or an array");
}

}  // namespace sconce::python
