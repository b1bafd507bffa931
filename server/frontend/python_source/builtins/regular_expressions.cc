// re: patterns of the kind that RE2 knows, which takes time linear in the text. What looks around
// or back is refused.

#include <re2/re2.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;
using Pattern = std::shared_ptr<const re2::RE2>;
using Groups = std::vector<re2::StringPiece>;

constexpr int64_t kIgnoreCase = 2;
constexpr int64_t kMultiLine = 8;
constexpr int64_t kDotAll = 16;

absl::StatusOr<std::string> TextIn(const std::optional<Value>& value) {
  const auto* text = value.has_value() ? std::get_if<std::string>(&*value) : nullptr;
  if (text != nullptr) return *text;
  return Raised("TypeError", "a regular expression works on a known str");
}

absl::StatusOr<Pattern> Compiled(const std::string& text, int64_t flags) {
  if ((flags & ~(kIgnoreCase | kMultiLine | kDotAll)) != 0) {
    return Unsupported("of the flags of re only IGNORECASE, MULTILINE and DOTALL are known here");
  }
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(1 << 20);
  options.set_case_sensitive((flags & kIgnoreCase) == 0);
  options.set_dot_nl((flags & kDotAll) != 0);
  const std::string source = (flags & kMultiLine) != 0 ? "(?m)" + text : text;
  auto pattern = std::make_shared<const re2::RE2>(source, options);
  if (pattern->ok()) return pattern;
  return Unsupported(
      absl::StrFormat("the regular expression '%s' is not run here: %s", text, pattern->error()));
}

// A match object: its groups as texts, and where it lies.
class Matches {
 public:
  explicit Matches(Library& library)
      : type_(MakeClass("Match", {library.object_class()}, NativeKind::kObject)) {
    AddMethod(type_, "group", GroupsNamed);
    AddMethod(type_, "__getitem__", GroupsNamed);
    AddMethod(type_, "groups", AllGroups);
    AddMethod(type_, "groupdict", NamedGroups);
    for (const char* name : {"start", "end", "span"}) {
      AddMethod(type_, name, [name](Interpreter& interpreter, Arguments given) {
        return Place(interpreter, name, std::move(given));
      });
    }
  }

  Value Make(const re2::RE2& pattern, const std::string& text, const Groups& groups) const {
    std::vector<Value> texts;
    std::vector<Value> spans;
    for (const re2::StringPiece& group : groups) {
      const bool matched = group.data() != nullptr;
      const int64_t start = matched ? group.data() - text.data() : -1;
      texts.push_back(matched ? Value(std::string(group)) : Value(None()));
      spans.push_back(
          TupleOf({start, matched ? start + static_cast<int64_t>(group.size()) : start}));
    }
    auto names = std::make_shared<Table>();
    for (const auto& [name, index] : pattern.NamedCapturingGroups()) {
      names->Put(name, static_cast<int64_t>(index));
    }
    const Value match = NewInstance(type_);
    Table& attributes = *ObjectOf<Instance>(match)->attributes;
    attributes.Put("<texts>", TupleOf(std::move(texts)));
    attributes.Put("<spans>", TupleOf(std::move(spans)));
    attributes.Put("<names>", Dict{std::move(names)});
    attributes.Put("string", text);
    return match;
  }

 private:
  // Of the group with this number or name.
  static Result Find(Interpreter& interpreter, const Value& match, const char* what,
                     const Value& group) {
    Value index = group;
    if (Is<std::string>(group)) {
      const auto found = interpreter.GetItem(HeldBy(match, "<names>"), group);
      if (!found.ok()) return Raised("IndexError", "no such group");
      index = *found;
    }
    return interpreter.GetItem(HeldBy(match, what), index);
  }

  static Result GroupsNamed(Interpreter& interpreter, Arguments arguments) {
    const auto& given = arguments.positional;
    if (given.size() == 1) return Find(interpreter, given[0], "<texts>", int64_t{0});
    std::vector<Value> groups;
    for (size_t i = 1; i < given.size(); ++i) {
      SCONCE_ASSIGN_OR_RETURN(Value group, Find(interpreter, given[0], "<texts>", given[i]));
      groups.push_back(std::move(group));
    }
    return groups.size() == 1 ? groups[0] : TupleOf(std::move(groups));
  }

  static Result AllGroups(Interpreter&, Arguments arguments) {
    SCONCE_ASSIGN_OR_RETURN(const auto taken,
                            Take("groups", std::move(arguments), {"self", "default"}, 1));
    const Tuple* all = ObjectOf<Tuple>(HeldBy(*taken[0], "<texts>"));
    if (all == nullptr || all->items.empty()) return Raised("TypeError", "no match made this");
    std::vector<Value> groups(all->items.begin() + 1, all->items.end());
    for (Value& group : groups) {
      if (Is<None>(group)) group = taken[1].value_or(None());
    }
    return TupleOf(std::move(groups));
  }

  static Result NamedGroups(Interpreter& interpreter, Arguments arguments) {
    const Value& match = arguments.positional.at(0);
    const auto* names = std::get_if<Dict>(&HeldBy(match, "<names>"));
    auto groups = std::make_shared<Table>();
    if (names == nullptr) return Dict{std::move(groups)};
    for (const Table::Entry& entry : names->table->entries) {
      SCONCE_ASSIGN_OR_RETURN(Value text, Find(interpreter, match, "<texts>", entry.key));
      groups->Set(entry.id, entry.key, std::move(text));
    }
    return Dict{std::move(groups)};
  }

  static Result Place(Interpreter& interpreter, std::string_view what, Arguments arguments) {
    SCONCE_ASSIGN_OR_RETURN(const auto taken,
                            Take(what, std::move(arguments), {"self", "group"}, 1));
    SCONCE_ASSIGN_OR_RETURN(const Value span,
                            Find(interpreter, *taken[0], "<spans>", taken[1].value_or(int64_t{0})));
    if (what == "span") return span;
    return interpreter.GetItem(span, int64_t{what == "start" ? 0 : 1});
  }

  std::shared_ptr<Class> type_;
};

// One function of the module, also a method of compiled patterns.
class Searching {
 public:
  Searching(Interpreter& interpreter, const Matches& matches, Pattern pattern, std::string text)
      : interpreter_(interpreter),
        matches_(matches),
        pattern_(std::move(pattern)),
        text_(std::move(text)) {}

  Result First(re2::RE2::Anchor anchor) {
    Groups groups(1 + pattern_->NumberOfCapturingGroups());
    if (!Match(0, anchor, groups)) return None();
    return matches_.Make(*pattern_, text_, groups);
  }

  // Match objects, or as findall gives them: the text, or its groups.
  Result All(bool as_texts) {
    std::vector<Value> found;
    SCONCE_RETURN_IF_ERROR(ForEach(-1, [&](const Groups& groups) -> absl::Status {
      found.push_back(as_texts ? TextsOf(groups) : matches_.Make(*pattern_, text_, groups));
      return absl::OkStatus();
    }));
    return ListOf(std::move(found));
  }

  Result Split(int64_t most) {
    std::vector<Value> parts;
    size_t end = 0;
    SCONCE_RETURN_IF_ERROR(ForEach(most, [&](const Groups& groups) -> absl::Status {
      parts.push_back(text_.substr(end, At(groups[0]) - end));
      for (size_t i = 1; i < groups.size(); ++i) parts.push_back(TextOrNone(groups[i]));
      end = At(groups[0]) + groups[0].size();
      return absl::OkStatus();
    }));
    parts.push_back(text_.substr(end));
    return ListOf(std::move(parts));
  }

  // `with`: a text with \1 and \g<name>, or a function of the match.
  Result Substitute(const Value& with, int64_t most) {
    std::string out;
    size_t end = 0;
    SCONCE_RETURN_IF_ERROR(ForEach(most, [&](const Groups& groups) -> absl::Status {
      out.append(text_, end, At(groups[0]) - end);
      SCONCE_ASSIGN_OR_RETURN(const std::string replacement, Replacement(with, groups));
      out += replacement;
      end = At(groups[0]) + groups[0].size();
      if (out.size() <= interpreter_.limits().items) return absl::OkStatus();
      return Raised("MemoryError", "a longer text than Sconce makes");
    }));
    return out + text_.substr(end);
  }

 private:
  size_t At(const re2::StringPiece& group) const { return group.data() - text_.data(); }

  static Value TextOrNone(const re2::StringPiece& group) {
    return group.data() == nullptr ? Value(None()) : Value(std::string(group));
  }

  static Value TextsOf(const Groups& groups) {
    if (groups.size() <= 2) return std::string(groups.back());
    std::vector<Value> texts;
    for (size_t i = 1; i < groups.size(); ++i) texts.emplace_back(std::string(groups[i]));
    return TupleOf(std::move(texts));
  }

  bool Match(size_t start, re2::RE2::Anchor anchor, Groups& groups) const {
    return pattern_->Match(text_, start, text_.size(), anchor, groups.data(),
                           static_cast<int>(groups.size()));
  }

  // At most so many (0 and less: all) that do not overlap.
  absl::Status ForEach(int64_t most, const std::function<absl::Status(const Groups&)>& use) {
    Groups groups(1 + pattern_->NumberOfCapturingGroups());
    int64_t count = 0;
    for (size_t start = 0; start <= text_.size() && (most <= 0 || count < most); ++count) {
      SCONCE_RETURN_IF_ERROR(interpreter_.Step());
      if (!Match(start, re2::RE2::UNANCHORED, groups)) break;
      SCONCE_RETURN_IF_ERROR(use(groups));
      start = At(groups[0]) + std::max<size_t>(groups[0].size(), 1);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Replacement(const Value& with, const Groups& groups) {
    if (const auto* text = std::get_if<std::string>(&with)) return Expanded(*text, groups);
    SCONCE_ASSIGN_OR_RETURN(
        const Value made, interpreter_.Call(with, {{matches_.Make(*pattern_, text_, groups)}, {}}));
    return TextIn(made);
  }

  absl::StatusOr<std::string> Expanded(const std::string& text, const Groups& groups) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\' || i + 1 == text.size()) {
        out += text[i];
        continue;
      }
      ++i;
      if (text[i] == '\\' || text[i] == 'n' || text[i] == 't') {
        out += text[i] == 'n' ? '\n' : text[i] == 't' ? '\t' : '\\';
        continue;
      }
      std::string name(1, text[i]);
      if (text[i] == 'g' && i + 1 < text.size() && text[i + 1] == '<') {
        const size_t end = std::min(text.find('>', i), text.size());
        name = text.substr(i + 2, end - i - 2);
        i = end;
      } else if (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') {
        name += text[++i];
      }
      SCONCE_ASSIGN_OR_RETURN(const size_t group, GroupNamed(name));
      out += std::string(groups[group]);
    }
    return out;
  }

  absl::StatusOr<size_t> GroupNamed(const std::string& name) const {
    const auto& names = pattern_->NamedCapturingGroups();
    if (const auto known = names.find(name); known != names.end()) return known->second;
    const bool is_number =
        !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
    const size_t number = is_number ? std::strtoul(name.c_str(), nullptr, 10) : SIZE_MAX;
    if (number <= static_cast<size_t>(pattern_->NumberOfCapturingGroups())) return number;
    return Raised("ValueError", absl::StrFormat("invalid group reference '%s'", name));
  }

  Interpreter& interpreter_;
  const Matches& matches_;
  Pattern pattern_;
  std::string text_;
};

// What a function does once it knows its pattern; `given` comes after the pattern.
using Action = Result (*)(Interpreter&, const Matches&, const Pattern&, Arguments given);

template <re2::RE2::Anchor kAnchor>
Result MatchFirst(Interpreter& interpreter, const Matches& matches, const Pattern& pattern,
                  Arguments given) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("match", std::move(given), {"string"}, 1));
  SCONCE_ASSIGN_OR_RETURN(std::string text, TextIn(taken[0]));
  return Searching(interpreter, matches, pattern, std::move(text)).First(kAnchor);
}

template <bool kAsTexts>
Result MatchAll(Interpreter& interpreter, const Matches& matches, const Pattern& pattern,
                Arguments given) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("findall", std::move(given), {"string"}, 1));
  SCONCE_ASSIGN_OR_RETURN(std::string text, TextIn(taken[0]));
  return Searching(interpreter, matches, pattern, std::move(text)).All(kAsTexts);
}

int64_t CountIn(const std::optional<Value>& value) {
  const auto* count = value.has_value() ? std::get_if<int64_t>(&*value) : nullptr;
  return count == nullptr ? 0 : *count;
}

Result SplitText(Interpreter& interpreter, const Matches& matches, const Pattern& pattern,
                 Arguments given) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take("split", std::move(given), {"string", "maxsplit"}, 1));
  SCONCE_ASSIGN_OR_RETURN(std::string text, TextIn(taken[0]));
  return Searching(interpreter, matches, pattern, std::move(text)).Split(CountIn(taken[1]));
}

Result SubstituteText(Interpreter& interpreter, const Matches& matches, const Pattern& pattern,
                      Arguments given) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take("sub", std::move(given), {"repl", "string", "count"}, 2));
  SCONCE_ASSIGN_OR_RETURN(std::string text, TextIn(taken[1]));
  return Searching(interpreter, matches, pattern, std::move(text))
      .Substitute(*taken[0], CountIn(taken[2]));
}

constexpr std::pair<const char*, Action> kActions[] = {
    {"match", MatchFirst<re2::RE2::ANCHOR_START>},
    {"fullmatch", MatchFirst<re2::RE2::ANCHOR_BOTH>},
    {"search", MatchFirst<re2::RE2::UNANCHORED>},
    {"findall", MatchAll<true>},
    {"finditer", MatchAll<false>},
    {"split", SplitText},
    {"sub", SubstituteText}};

class PatternType {
 public:
  explicit PatternType(Library& library)
      : type_(MakeClass("Pattern", {library.object_class()}, NativeKind::kObject)),
        matches_(std::make_shared<const Matches>(library)) {}

  const std::shared_ptr<Class>& type() const { return type_; }

  // re.compile(pattern, flags); of a compiled pattern it is that.
  Result Compile(const Value& pattern, int64_t flags) const {
    const Instance* known = ObjectOf<Instance>(pattern);
    if (known != nullptr && known->type == type_) return pattern;
    SCONCE_ASSIGN_OR_RETURN(const std::string text, TextIn(pattern));
    SCONCE_ASSIGN_OR_RETURN(const Pattern compiled, Compiled(text, flags));
    const Value made = NewInstance(type_);
    Table& attributes = *ObjectOf<Instance>(made)->attributes;
    attributes.Put("pattern", text);
    attributes.Put("flags", flags);
    for (const auto& [name, action] : kActions) {
      attributes.Put(name, Native(name, [matches = matches_, compiled, action = action](
                                            Interpreter& interpreter, Arguments arguments) {
                       return action(interpreter, *matches, compiled, std::move(arguments));
                     }));
    }
    return made;
  }

 private:
  std::shared_ptr<Class> type_;
  std::shared_ptr<const Matches> matches_;
};

// The flags, which come last by position or as a keyword, taken out of the arguments.
int64_t TakeFlags(Arguments& arguments) {
  for (size_t i = 0; i < arguments.keywords.size(); ++i) {
    if (arguments.keywords[i].first != "flags") continue;
    const int64_t flags = CountIn(arguments.keywords[i].second);
    arguments.keywords.erase(arguments.keywords.begin() + static_cast<ptrdiff_t>(i));
    return flags;
  }
  return 0;
}

// re.name(pattern, …): the pattern's method.
Value FunctionOfModule(const char* name, const PatternType& type) {
  return Native(name, [name, type](Interpreter& interpreter, Arguments arguments) -> Result {
    if (arguments.positional.empty()) return Raised("TypeError", "a pattern is expected");
    int64_t flags = TakeFlags(arguments);
    const size_t most = std::string_view(name) == "sub"     ? 4
                        : std::string_view(name) == "split" ? 3
                                                            : 2;
    if (arguments.positional.size() > most) {
      flags = CountIn(arguments.positional.back());
      arguments.positional.pop_back();
    }
    SCONCE_ASSIGN_OR_RETURN(const Value pattern, type.Compile(arguments.positional[0], flags));
    arguments.positional.erase(arguments.positional.begin());
    return interpreter.CallMethod(pattern, name, std::move(arguments));
  });
}

}  // namespace

void AddRegularExpressions(Library& library) {
  const auto module = library.AddNative("re");
  const PatternType type(library);
  for (const auto& [name, action] : kActions) module->names.Put(name, FunctionOfModule(name, type));
  module->names.Put(
      "compile", Native("compile", [type](Interpreter&, Arguments arguments) -> Result {
        SCONCE_ASSIGN_OR_RETURN(const auto taken,
                                Take("compile", std::move(arguments), {"pattern", "flags"}, 1));
        return type.Compile(*taken[0], CountIn(taken[1]));
      }));
  module->names.Put("escape", Native("escape", [](Interpreter&, Arguments arguments) -> Result {
                      SCONCE_ASSIGN_OR_RETURN(const auto taken,
                                              Take("escape", std::move(arguments), {"pattern"}, 1));
                      SCONCE_ASSIGN_OR_RETURN(const std::string text, TextIn(taken[0]));
                      return re2::RE2::QuoteMeta(text);
                    }));
  module->names.Put("Pattern", Value(type.type()));
  module->names.Put("error", Value(library.NativeClass("ValueError")));
  const std::pair<const char*, int64_t> flags[] = {{"I", kIgnoreCase}, {"IGNORECASE", kIgnoreCase},
                                                   {"M", kMultiLine},  {"MULTILINE", kMultiLine},
                                                   {"S", kDotAll},     {"DOTALL", kDotAll},
                                                   {"A", 0},           {"ASCII", 0},
                                                   {"U", 0},           {"UNICODE", 0},
                                                   {"NOFLAG", 0},      {"X", 64},
                                                   {"VERBOSE", 64}};
  for (const auto& [name, flag] : flags) module->names.Put(name, flag);
}

}  // namespace sconce::python
