#include "server/frontend/python_source/interpreter/keywords.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {

Value KeywordsOf(const Arguments& arguments) {
  auto table = std::make_shared<Table>();
  for (const auto& [name, value] : arguments.keywords) table->Put(name, value);
  return Dict{std::move(table)};
}

absl::Status AddKeywords(const Value& dict, Arguments& arguments) {
  const Table* table = DataOf(dict);
  if (table == nullptr) {
    return Raised("TypeError",
                  absl::StrFormat("argument after ** must be a dict, not %s", TypeName(dict)));
  }
  for (const Table::Entry& entry : table->entries) {
    const auto* name = std::get_if<std::string>(&entry.key);
    if (name == nullptr) return Raised("TypeError", "keywords must be strings");
    arguments.keywords.emplace_back(*name, entry.value);
  }
  return absl::OkStatus();
}

}  // namespace sconce::python
