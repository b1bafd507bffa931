// dataclasses: what @dataclass makes of a class, and the functions of that module.

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/deep_copy.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/same_value.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;

constexpr char kFields[] = "__dataclass_fields__";

// Of what field() returns.
bool Is(const Value& field, std::string_view name) {
  const Value& held = HeldBy(field, name);
  return std::holds_alternative<bool>(held) && std::get<bool>(held);
}

// The native parts of the module, shared by its functions.
struct FieldTypes {
  std::shared_ptr<Class> field;
  Value missing;
  Value keywords_only;

  Value NewField() const {
    const Value made = NewInstance(field);
    Table& attributes = *ObjectOf<Instance>(made)->attributes;
    attributes.Put("name", None());
    for (const char* name : {"default", "default_factory", "kw_only"}) {
      attributes.Put(name, missing);
    }
    for (const char* name : {"init", "repr", "compare"}) attributes.Put(name, true);
    attributes.Put("metadata", Dict{std::make_shared<Table>()});
    // Only passed on to __post_init__.
    attributes.Put("<init only>", false);
    return made;
  }

  bool IsField(const Value& value) const {
    const Instance* instance = ObjectOf<Instance>(value);
    return instance != nullptr && instance->type == field;
  }
};

// What an annotation is at its outermost: "ClassVar" of typing.ClassVar[int].
std::string OuterName(const Expr& annotation) {
  if (const auto* name = std::get_if<Name>(&annotation.node)) return name->id;
  if (const auto* attribute = std::get_if<Attribute>(&annotation.node)) return attribute->name;
  if (const auto* item = std::get_if<Subscript>(&annotation.node)) return OuterName(*item->value);
  const auto* text = std::get_if<StringLiteral>(&annotation.node);
  if (text == nullptr) return "";
  const std::string name = text->value.substr(0, text->value.find('['));
  return name.substr(name.rfind('.') + 1);
}

// The fields of a class or of an instance, in order; null: it is no dataclass.
const Table* FieldsOf(const Value& value) {
  const Instance* instance = ObjectOf<Instance>(value);
  const Class* type = instance == nullptr ? ObjectOf<Class>(value) : instance->type.get();
  const Value* fields = type == nullptr ? nullptr : FindInClass(*type, kFields);
  const auto* known = fields == nullptr ? nullptr : std::get_if<Dict>(fields);
  return known == nullptr ? nullptr : known->table.get();
}

// The same as a copy: code that runs meanwhile may change the class.
absl::StatusOr<std::vector<Table::Entry>> RequireFields(std::string_view function,
                                                        const Value& value) {
  if (const Table* fields = FieldsOf(value)) return fields->entries;
  return Raised("TypeError", absl::StrFormat("%s() should be called on a dataclass, not on %s",
                                             function, Describe(value)));
}

// Puts the arguments of a call into the fields of a new instance.
class Filling {
 public:
  Filling(const FieldTypes& types, Interpreter& interpreter, const Value& self, Arguments arguments)
      : types_(types), interpreter_(interpreter), self_(self), arguments_(std::move(arguments)) {}

  absl::Status Run() {
    SCONCE_ASSIGN_OR_RETURN(const auto fields, RequireFields("__init__", self_));
    for (const Table::Entry& entry : fields) {
      SCONCE_RETURN_IF_ERROR(Fill(std::get<std::string>(entry.key), entry.value));
    }
    if (next_ < arguments_.positional.size()) {
      return Error(absl::StrFormat("takes %d positional arguments but %d were given", next_,
                                   arguments_.positional.size()));
    }
    if (!arguments_.keywords.empty()) {
      return Error(absl::StrFormat("got an unexpected keyword argument '%s'",
                                   arguments_.keywords.front().first));
    }
    SCONCE_ASSIGN_OR_RETURN(const auto after, interpreter_.FindAttribute(self_, "__post_init__"));
    if (!after.has_value()) return absl::OkStatus();
    return interpreter_.Call(*after, {std::move(init_only_), {}}).status();
  }

 private:
  absl::Status Fill(const std::string& name, const Value& field) {
    SCONCE_ASSIGN_OR_RETURN(std::optional<Value> value,
                            Is(field, "init") ? Given(name, field) : std::nullopt);
    if (!value.has_value()) {
      SCONCE_ASSIGN_OR_RETURN(value, Default(field));
    }
    if (!value.has_value() && !Is(field, "init")) return absl::OkStatus();
    if (!value.has_value()) return Error(absl::StrFormat("missing argument: '%s'", name));
    if (Is(field, "<init only>")) {
      init_only_.push_back(*std::move(value));
    } else {
      ObjectOf<Instance>(self_)->attributes->Put(name, *std::move(value));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Value>> Given(const std::string& name, const Value& field) {
    auto& keywords = arguments_.keywords;
    const auto keyword = std::find_if(keywords.begin(), keywords.end(),
                                      [&](const auto& each) { return each.first == name; });
    if (!Is(field, "kw_only") && next_ < arguments_.positional.size()) {
      if (keyword != keywords.end()) {
        return Error(absl::StrFormat("got multiple values for argument '%s'", name));
      }
      return arguments_.positional[next_++];
    }
    if (keyword == keywords.end()) return std::nullopt;
    Value value = std::move(keyword->second);
    keywords.erase(keyword);
    return value;
  }

  absl::StatusOr<std::optional<Value>> Default(const Value& field) {
    const Value factory = HeldBy(field, "default_factory");
    if (!IsSame(factory, types_.missing)) {
      SCONCE_ASSIGN_OR_RETURN(Value made, interpreter_.Call(factory, {}));
      return std::optional<Value>(std::move(made));
    }
    const Value& fallback = HeldBy(field, "default");
    return IsSame(fallback, types_.missing) ? std::nullopt : std::optional<Value>(fallback);
  }

  absl::Status Error(const std::string& what) const {
    return Raised("TypeError",
                  absl::StrFormat("%s.__init__() %s", ObjectOf<Instance>(self_)->type->name, what));
  }

  const FieldTypes& types_;
  Interpreter& interpreter_;
  Value self_;
  Arguments arguments_;
  size_t next_ = 0;
  std::vector<Value> init_only_;
};

// Which fields two instances of a class are compared by.
Result AreEqual(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take("__eq__", std::move(arguments), {"self", "other"}, 2));
  const Instance* a = ObjectOf<Instance>(*taken[0]);
  const Instance* b = ObjectOf<Instance>(*taken[1]);
  if (a == nullptr || b == nullptr || a->type != b->type) return false;
  SCONCE_ASSIGN_OR_RETURN(const auto fields, RequireFields("__eq__", *taken[0]));
  for (const Table::Entry& entry : fields) {
    if (!Is(entry.value, "compare") || Is(entry.value, "<init only>")) continue;
    const Value* left = a->attributes->Find(entry.id);
    const Value* right = b->attributes->Find(entry.id);
    if (left == nullptr || right == nullptr) return left == right;
    SCONCE_ASSIGN_OR_RETURN(const Value same, interpreter.Compare(CompareOperator::kEqual,
                                                                  Value(*left), Value(*right)));
    SCONCE_ASSIGN_OR_RETURN(const bool known, interpreter.KnownTruth(same, "this comparison"));
    if (!known) return false;
  }
  return true;
}

Result TextOf(Interpreter& interpreter, Arguments arguments) {
  const Value self = arguments.positional.at(0);
  const Instance& instance = *ObjectOf<Instance>(self);
  SCONCE_ASSIGN_OR_RETURN(const auto fields, RequireFields("__repr__", self));
  std::string text;
  for (const Table::Entry& entry : fields) {
    const Value* value = instance.attributes->Find(entry.id);
    if (value == nullptr || !Is(entry.value, "repr")) continue;
    SCONCE_ASSIGN_OR_RETURN(const std::string held, interpreter.ToText(Value(*value), true));
    if (!text.empty()) text += ", ";
    text += absl::StrFormat("%s=%s", std::get<std::string>(entry.key), held);
  }
  return absl::StrFormat("%s(%s)", instance.type->name, text);
}

// __setattr__ of frozen ones.
Result RefuseChange(Interpreter&, Arguments arguments) {
  const auto* name = arguments.positional.size() < 2
                         ? nullptr
                         : std::get_if<std::string>(&arguments.positional[1]);
  return Raised("FrozenInstanceError",
                absl::StrFormat("cannot assign to field '%s'", name == nullptr ? "" : *name));
}

// What a class's own annotations and its bases say of its fields.
std::shared_ptr<Table> CollectFields(const FieldTypes& types, Class& type, bool keywords_only) {
  auto fields = std::make_shared<Table>();
  for (auto base = type.order.rbegin(); base != type.order.rend(); ++base) {
    const Value* inherited = (*base)->attributes.Get(kFields);
    if (inherited == nullptr || base->get() == &type) continue;
    for (const auto& entry : std::get<Dict>(*inherited).table->entries) {
      fields->Set(entry.id, entry.key, entry.value);
    }
  }
  for (const auto& [name, annotation] : type.annotations) {
    const std::string kind = OuterName(*annotation);
    if (kind == "KW_ONLY") keywords_only = true;
    if (kind == "KW_ONLY" || kind == "ClassVar") continue;
    const Value* given = type.attributes.Get(name);
    const bool is_field = given != nullptr && types.IsField(*given);
    const Value field = is_field ? *given : types.NewField();
    Table& attributes = *ObjectOf<Instance>(field)->attributes;
    if (given != nullptr && !is_field) attributes.Put("default", *given);
    if (IsSame(HeldBy(field, "kw_only"), types.missing)) attributes.Put("kw_only", keywords_only);
    attributes.Put("name", name);
    attributes.Put("<init only>", kind == "InitVar");
    // The class keeps the default itself, as an attribute.
    const Value& fallback = HeldBy(field, "default");
    if (!IsSame(fallback, types.missing)) {
      type.attributes.Put(name, fallback);
    } else if (is_field) {
      type.attributes.Erase(NameKey(name));
    }
    fields->Put(name, field);
  }
  return fields;
}

void MakeDataclass(const FieldTypes& types, const std::shared_ptr<Class>& type,
                   const Arguments& options) {
  const auto option = [&](std::string_view name, bool otherwise) {
    const Value* given = Keyword(options, name);
    const bool* flag = given == nullptr ? nullptr : std::get_if<bool>(given);
    return flag == nullptr ? otherwise : *flag;
  };
  const auto fields = CollectFields(types, *type, option("kw_only", false));
  type->attributes.Put(kFields, Dict{fields});
  type->is_dataclass = true;
  type->fields.clear();
  for (const Table::Entry& entry : fields->entries) {
    if (Is(entry.value, "init")) type->fields.push_back(std::get<std::string>(entry.key));
  }
  const auto add = [&](const char* name, bool wanted, auto function) {
    if (wanted && type->attributes.Get(name) == nullptr) AddMethod(type, name, function);
  };
  add("__init__", option("init", true),
      [types](Interpreter& interpreter, Arguments arguments) -> Result {
        const Value self = arguments.positional.at(0);
        arguments.positional.erase(arguments.positional.begin());
        SCONCE_RETURN_IF_ERROR(Filling(types, interpreter, self, std::move(arguments)).Run());
        return None();
      });
  add("__eq__", option("eq", true), AreEqual);
  add("__repr__", option("repr", true), TextOf);
  add("__setattr__", option("frozen", false), RefuseChange);
}

// field(…), or the decorator with or without options.
Result NewField(const FieldTypes& types, Arguments arguments) {
  const Value field = types.NewField();
  for (auto& [name, value] : arguments.keywords) {
    if (Is<None>(value) && (name == "metadata" || name == "hash")) continue;
    ObjectOf<Instance>(field)->attributes->Put(name, std::move(value));
  }
  return field;
}

// Makes dataclasses of classes; anything else stays as it is.
Result Decorated(const FieldTypes& types, const Value& object, const Arguments& options) {
  const auto* type = std::get_if<std::shared_ptr<Class>>(&object);
  if (type != nullptr) MakeDataclass(types, *type, options);
  return object;
}

Result Decorator(const FieldTypes& types, Arguments options) {
  if (!options.positional.empty()) return Decorated(types, options.positional[0], options);
  return Native("dataclass", [types, options](Interpreter&, Arguments inner) {
    return Decorated(types, inner.positional.at(0), options);
  });
}

Result ListFields(Interpreter&, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("fields", std::move(arguments), {"obj"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const auto fields, RequireFields("fields", *taken[0]));
  std::vector<Value> all;
  for (const Table::Entry& entry : fields) {
    if (!Is(entry.value, "<init only>")) all.push_back(entry.value);
  }
  return TupleOf(std::move(all));
}

Result IsDataclass(Interpreter&, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("is_dataclass", std::move(arguments), {"obj"}, 1));
  return FieldsOf(*taken[0]) != nullptr;
}

// A new object with what the old one holds, but for the changes.
Result Replace(Interpreter& interpreter, Arguments arguments) {
  if (arguments.positional.size() != 1) return Raised("TypeError", "replace() takes one object");
  const Value object = arguments.positional[0];
  SCONCE_ASSIGN_OR_RETURN(const auto fields, RequireFields("replace", object));
  const Instance* instance = ObjectOf<Instance>(object);
  if (instance == nullptr) return Raised("TypeError", "replace() takes an object, not a class");
  Arguments all{{}, std::move(arguments.keywords)};
  for (const Table::Entry& entry : fields) {
    const auto& name = std::get<std::string>(entry.key);
    const bool changed = std::any_of(all.keywords.begin(), all.keywords.end(),
                                     [&](const auto& each) { return each.first == name; });
    if (changed && !Is(entry.value, "init")) {
      return Raised("ValueError", absl::StrFormat("field %s is declared with init=False", name));
    }
    if (changed || !Is(entry.value, "init") || Is(entry.value, "<init only>")) continue;
    SCONCE_ASSIGN_OR_RETURN(Value held, interpreter.GetAttribute(object, name));
    all.keywords.emplace_back(name, std::move(held));
  }
  return interpreter.Call(Value(instance->type), std::move(all));
}

// asdict and astuple: objects, and those within lists, tuples and dicts, as what `make` makes of
// their names and values.
class Unfolding {
 public:
  using Make = std::function<Result(std::vector<std::pair<std::string, Value>>)>;

  Unfolding(Interpreter& interpreter, Make make)
      : interpreter_(interpreter), make_(std::move(make)) {}

  Result Unfold(const Value& value) {
    SCONCE_RETURN_IF_ERROR(interpreter_.Step());
    if (const Tuple* tuple = ObjectOf<Tuple>(value)) {
      SCONCE_ASSIGN_OR_RETURN(auto items, UnfoldAll(tuple->items));
      return Own(Tuple(std::move(items), tuple->type));
    }
    if (const List* list = ObjectOf<List>(value); list != nullptr && list->symbol == nullptr) {
      SCONCE_ASSIGN_OR_RETURN(auto items, UnfoldAll(list->items));
      return SequenceLike(value, std::move(items));
    }
    if (const auto* dict = std::get_if<Dict>(&value)) {
      auto table = std::make_shared<Table>();
      for (const Table::Entry& entry : Table(*dict->table).entries) {
        SCONCE_ASSIGN_OR_RETURN(Value held, Unfold(entry.value));
        table->Set(entry.id, entry.key, std::move(held));
      }
      return Dict{std::move(table)};
    }
    if (ObjectOf<Instance>(value) == nullptr || FieldsOf(value) == nullptr) {
      return CopyOf(interpreter_, value, /*deep=*/true);
    }
    SCONCE_ASSIGN_OR_RETURN(const auto fields, RequireFields("asdict", value));
    std::vector<std::pair<std::string, Value>> entries;
    for (const Table::Entry& entry : fields) {
      if (Is(entry.value, "<init only>")) continue;
      const auto& name = std::get<std::string>(entry.key);
      SCONCE_ASSIGN_OR_RETURN(const Value held, interpreter_.GetAttribute(value, name));
      SCONCE_ASSIGN_OR_RETURN(Value unfolded, Unfold(held));
      entries.emplace_back(name, std::move(unfolded));
    }
    return make_(std::move(entries));
  }

 private:
  absl::StatusOr<std::vector<Value>> UnfoldAll(std::vector<Value> items) {
    std::vector<Value> all;
    for (const Value& item : items) {
      SCONCE_ASSIGN_OR_RETURN(Value unfolded, Unfold(item));
      all.push_back(std::move(unfolded));
    }
    return all;
  }

  Interpreter& interpreter_;
  Make make_;
};

// The object whose fields are asked for, and the optional factory of what they go into.
absl::StatusOr<std::pair<Value, Value>> TakeObject(const char* function, std::string_view factory,
                                                   Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take(function, std::move(arguments), {"obj", factory}, 1));
  SCONCE_RETURN_IF_ERROR(RequireFields(function, *taken[0]).status());
  return std::pair(*taken[0], taken[1].value_or(None()));
}

Result AsDict(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto given,
                          TakeObject("asdict", "dict_factory", std::move(arguments)));
  const Value& factory = given.second;
  return Unfolding(interpreter,
                   [&](auto entries) -> Result {
                     if (!Is<None>(factory)) {
                       std::vector<Value> pairs;
                       for (auto& [name, value] : entries) pairs.push_back(TupleOf({name, value}));
                       return interpreter.Call(factory, {{ListOf(std::move(pairs))}, {}});
                     }
                     auto table = std::make_shared<Table>();
                     for (auto& [name, value] : entries) table->Put(name, std::move(value));
                     return Dict{std::move(table)};
                   })
      .Unfold(given.first);
}

Result AsTuple(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto given,
                          TakeObject("astuple", "tuple_factory", std::move(arguments)));
  const Value& factory = given.second;
  return Unfolding(interpreter,
                   [&](auto entries) -> Result {
                     std::vector<Value> values;
                     for (auto& [name, value] : entries) values.push_back(std::move(value));
                     if (Is<None>(factory)) return TupleOf(std::move(values));
                     return interpreter.Call(factory, {{ListOf(std::move(values))}, {}});
                   })
      .Unfold(given.first);
}

}  // namespace

void AddDataClasses(Library& library) {
  const auto plain = [&](const char* name) {
    return MakeClass(name, {library.object_class()}, NativeKind::kObject);
  };
  const FieldTypes types{plain("Field"), NewInstance(plain("_MISSING_TYPE")),
                         Value(plain("KW_ONLY"))};
  const auto module = library.AddNative("dataclasses");
  module->names.Put("Field", Value(types.field));
  module->names.Put("MISSING", types.missing);
  module->names.Put("KW_ONLY", types.keywords_only);
  module->names.Put("InitVar", Value(plain("InitVar")));
  const auto frozen = MakeClass("FrozenInstanceError", {library.NativeClass("AttributeError")},
                                NativeKind::kException);
  library.AddNativeClass(frozen);
  module->names.Put("FrozenInstanceError", Value(frozen));
  module->names.Put("dataclass", Native("dataclass", [types](Interpreter&, Arguments arguments) {
                      return Decorator(types, std::move(arguments));
                    }));
  module->names.Put("field", Native("field", [types](Interpreter&, Arguments arguments) {
                      return NewField(types, std::move(arguments));
                    }));
  const std::pair<const char*, Result (*)(Interpreter&, Arguments)> functions[] = {
      {"fields", ListFields},
      {"is_dataclass", IsDataclass},
      {"replace", Replace},
      {"asdict", AsDict},
      {"astuple", AsTuple}};
  for (const auto& [name, function] : functions) module->names.Put(name, Native(name, function));
}

}  // namespace sconce::python
