// Python's own types as callables: int("3"), list(x), super().

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/key.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/sequences.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;
using Maker = Result (*)(Interpreter&, Arguments);

// A type's call gets the class first; the makers here do not need it.
Arguments WithoutClass(Arguments arguments) {
  arguments.positional.erase(arguments.positional.begin());
  return arguments;
}

absl::StatusOr<std::optional<Value>> OnlyArgument(std::string_view type, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take(type, std::move(arguments), {"x"}, 0));
  if (taken[0].has_value()) SCONCE_RETURN_IF_ERROR(CheckKnown(*taken[0]));
  return taken[0];
}

bool IsTorchs(const Value& value) { return Is<Symbol>(value) || Is<TensorValue>(value); }

// int("ff", 16)
Result ReadDigits(Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("int", std::move(arguments), {"x", "base"}, 2));
  const auto* text = std::get_if<std::string>(&*taken[0]);
  const auto* base = std::get_if<int64_t>(&*taken[1]);
  if (text == nullptr || base == nullptr || *base < 0 || *base == 1 || *base > 36) {
    return Raised("TypeError", "int() with a base takes a text and a base from 2 to 36");
  }
  std::string digits = absl::AsciiStrToLower(absl::StripAsciiWhitespace(*text));
  const size_t sign = digits.starts_with('-') || digits.starts_with('+') ? 1 : 0;
  int64_t radix = *base;
  for (const auto& [prefix, of] : {std::pair("0x", 16), std::pair("0o", 8), std::pair("0b", 2)}) {
    if (digits.compare(sign, 2, prefix) != 0 || (*base != 0 && *base != of)) continue;
    digits.erase(sign, 2);
    radix = of;
  }
  int64_t number = 0;
  const auto end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data() + (digits.starts_with('+') ? 1 : 0), end, number,
                                    radix == 0 ? 10 : static_cast<int>(radix));
  if (read.ec == std::errc() && read.ptr == end) return number;
  return Raised("ValueError",
                absl::StrFormat("invalid literal for int() with base %d: '%s'", *base, *text));
}

Result MakeInt(Interpreter& interpreter, Arguments arguments) {
  if (arguments.positional.size() + arguments.keywords.size() == 2) {
    return ReadDigits(std::move(arguments));
  }
  SCONCE_ASSIGN_OR_RETURN(const auto x, OnlyArgument("int", std::move(arguments)));
  if (!x.has_value()) return int64_t{0};
  if (IsTorchs(*x)) return interpreter.CallOperator("aten::Int", {{*x}, {}});
  if (const auto* text = std::get_if<std::string>(&*x)) {
    int64_t number = 0;
    if (absl::SimpleAtoi(absl::StripAsciiWhitespace(*text), &number)) return number;
    return Raised("ValueError", absl::StrFormat("invalid literal for int(): '%s'", *text));
  }
  if (IsKnownNumber(*x)) {
    if (const auto* integer = std::get_if<int64_t>(&*x)) return *integer;
    const double number = std::trunc(NumberOf(*x));
    if (std::abs(number) < 9.2e18) return static_cast<int64_t>(number);
    return Raised("OverflowError", "cannot convert this float to an integer");
  }
  return Raised("TypeError", absl::StrFormat("int() of a '%s'", TypeName(*x)));
}

Result MakeFloat(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto x, OnlyArgument("float", std::move(arguments)));
  if (!x.has_value()) return 0.0;
  if (IsTorchs(*x)) return interpreter.CallOperator("aten::Float", {{*x}, {}});
  if (const auto* text = std::get_if<std::string>(&*x)) {
    double number = 0;
    if (absl::SimpleAtod(absl::StripAsciiWhitespace(*text), &number)) return number;
    return Raised("ValueError", absl::StrFormat("could not convert string to float: '%s'", *text));
  }
  if (IsKnownNumber(*x)) return NumberOf(*x);
  return Raised("TypeError", absl::StrFormat("float() of a '%s'", TypeName(*x)));
}

Result MakeBool(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto x, OnlyArgument("bool", std::move(arguments)));
  return x.has_value() ? interpreter.Truth(*x) : Result(false);
}

Result MakeText(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto x, OnlyArgument("str", std::move(arguments)));
  if (!x.has_value()) return std::string();
  SCONCE_ASSIGN_OR_RETURN(std::string text, interpreter.ToText(*x, false));
  return text;
}

Result MakeTuple(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto x, OnlyArgument("tuple", std::move(arguments)));
  if (!x.has_value()) return TupleOf({});
  SCONCE_ASSIGN_OR_RETURN(const Value list, ListOfAll(interpreter, *x));
  // A list of the graph (sizes) is as good as a tuple.
  if (torch::jit::Value* symbol = ListInGraph(list)) return Symbol{symbol};
  return TupleOf(ObjectOf<List>(list)->items);
}

Result MakeList(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto x, OnlyArgument("list", std::move(arguments)));
  if (!x.has_value()) return ListOf({});
  return ListOfAll(interpreter, *x);
}

absl::Status AddPairs(Interpreter& interpreter, const Value& from, Table& table) {
  if (const Table* dict = DataOf(from)) {
    for (const auto& entry : dict->entries) table.Set(entry.id, entry.key, entry.value);
    return absl::OkStatus();
  }
  SCONCE_ASSIGN_OR_RETURN(const auto pairs, interpreter.Iterate(from));
  for (const Value& pair : pairs) {
    SCONCE_ASSIGN_OR_RETURN(const auto both, interpreter.Iterate(pair));
    if (both.size() != 2) return Raised("ValueError", "dict() needs pairs");
    SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(both[0]));
    table.Set(id, both[0], both[1]);
  }
  return absl::OkStatus();
}

Result MakeDict(Interpreter& interpreter, Arguments arguments) {
  auto table = std::make_shared<Table>();
  if (arguments.positional.size() > 1) return Raised("TypeError", "dict() takes one argument");
  if (!arguments.positional.empty()) {
    SCONCE_RETURN_IF_ERROR(CheckKnown(arguments.positional[0]));
    SCONCE_RETURN_IF_ERROR(AddPairs(interpreter, arguments.positional[0], *table));
  }
  for (const auto& [name, value] : arguments.keywords) table->Put(name, value);
  return Dict{std::move(table)};
}

Result MakeSet(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto x, OnlyArgument("set", std::move(arguments)));
  auto table = std::make_shared<Table>();
  if (x.has_value()) {
    SCONCE_ASSIGN_OR_RETURN(const auto items, interpreter.Iterate(*x));
    for (const Value& item : items) {
      SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(item));
      table->Set(id, item, None());
    }
  }
  return Set{std::move(table)};
}

Result MakeSlice(Interpreter&, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("slice", std::move(arguments), {"a", "b", "c"}, 1));
  SliceValue slice;
  if (taken[1].has_value()) {
    slice.lower = *taken[0];
    slice.upper = *taken[1];
    slice.step = taken[2].value_or(None());
  } else {
    slice.upper = *taken[0];
  }
  return Own(std::move(slice));
}

// type(x): the class of instances; of everything else the class with its name.
Result TypeOf(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto x, OnlyArgument("type", std::move(arguments)));
  if (!x.has_value()) return Raised("TypeError", "type() needs an argument");
  if (const Instance* instance = ObjectOf<Instance>(*x)) return Value(instance->type);
  if (const Tuple* tuple = ObjectOf<Tuple>(*x); tuple != nullptr && tuple->type != nullptr) {
    return Value(tuple->type);
  }
  const auto type = interpreter.library().NativeClass(TypeName(*x));
  if (type != nullptr) return Value(type);
  return Value(
      MakeClass(TypeName(*x), {interpreter.library().object_class()}, NativeKind::kObject));
}

Result MakeDescriptor(Descriptor::Kind kind, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("property", std::move(arguments), {"fget", "fset"}, 1));
  return Own(Descriptor{kind, *taken[0], taken[1].value_or(None())});
}

Result MakeSuper(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("super", std::move(arguments), {"type", "obj"}, 0));
  Value after = taken[0].value_or(None());
  Value self = taken[1].value_or(None());
  for (const Scope* scope = interpreter.current_scope(); scope != nullptr && !taken[0].has_value();
       scope = scope->outer.get()) {
    if (scope->owner == nullptr) continue;
    after = Value(scope->owner);
    self = scope->self;
    break;
  }
  if (ObjectOf<Class>(after) == nullptr) {
    return Raised("RuntimeError", "super(): no class here");
  }
  auto type = MakeClass("super", {interpreter.library().object_class()}, NativeKind::kObject);
  const Value super = NewInstance(type);
  ObjectOf<Instance>(super)->attributes->Put("self", self);
  ObjectOf<Instance>(super)->attributes->Put("after", after);
  return super;
}

// object.__init__ takes nothing; an exception keeps what it is given.
Result InitObject(Interpreter&, Arguments arguments) {
  const Instance* self = ObjectOf<Instance>(arguments.positional.at(0));
  if (self == nullptr) return None();
  arguments.positional.erase(arguments.positional.begin());
  if (self->type->kind == NativeKind::kException) {
    self->attributes->Put("args", TupleOf(std::move(arguments.positional)));
    return None();
  }
  if (arguments.positional.empty() && arguments.keywords.empty()) return None();
  return Raised("TypeError", absl::StrFormat("%s() takes no arguments", self->type->name));
}

// object.__setattr__
Result SetPlainly(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken,
                          Take("__setattr__", std::move(arguments), {"obj", "name", "value"}, 3));
  const auto* name = std::get_if<std::string>(&*taken[1]);
  if (name == nullptr) return Raised("TypeError", "attribute name must be string");
  SCONCE_RETURN_IF_ERROR(interpreter.SetPlainAttribute(*taken[0], *name, *taken[2]));
  return None();
}

// object.__init_subclass__
Result AcceptSubclass(Interpreter&, Arguments arguments) {
  if (arguments.keywords.empty()) return None();
  const Class* type = ObjectOf<Class>(arguments.positional.at(0));
  return Raised("TypeError", absl::StrFormat("%s.__init_subclass__() takes no keyword arguments",
                                             type == nullptr ? "object" : type->name));
}

// object.__new__
Result NewObject(Interpreter&, Arguments arguments) {
  const auto* type = arguments.positional.empty()
                         ? nullptr
                         : std::get_if<std::shared_ptr<Class>>(&arguments.positional[0]);
  if (type == nullptr) return Raised("TypeError", "object.__new__() needs a class");
  return NewInstance(*type);
}

// dict.__init__ of a class that derives from dict.
Result InitDict(Interpreter& interpreter, Arguments arguments) {
  const Instance* self = ObjectOf<Instance>(arguments.positional.at(0));
  const Value* data = self == nullptr ? nullptr : self->attributes->Get("<data>");
  if (data == nullptr) return None();
  Table& table = *std::get<Dict>(*data).table;
  for (size_t i = 1; i < arguments.positional.size(); ++i) {
    SCONCE_RETURN_IF_ERROR(AddPairs(interpreter, arguments.positional[i], table));
  }
  for (const auto& [name, value] : arguments.keywords) table.Put(name, value);
  return None();
}

void AddType(Library& library, const char* name, NativeKind kind, Maker maker) {
  auto type = MakeClass(name, {library.object_class()}, kind);
  if (maker != nullptr) {
    type->make = std::make_shared<Builtin>(
        Builtin{name, [maker](Interpreter& interpreter, Arguments arguments) {
                  return maker(interpreter, WithoutClass(std::move(arguments)));
                }});
  }
  library.AddNativeClass(type);
  library.builtins().Put(name, Value(type));
}

}  // namespace

void AddTypes(Library& library) {
  library.builtins().Put("object", Value(library.object_class()));
  library.object_class()->attributes.Put("__init__", Native("__init__", InitObject));
  library.object_class()->attributes.Put("__setattr__", Native("__setattr__", SetPlainly));
  library.object_class()->attributes.Put(
      "__new__", Own(Descriptor{Descriptor::Kind::kStatic, Native("__new__", NewObject), None()}));
  library.object_class()->attributes.Put(
      "__init_subclass__", Own(Descriptor{Descriptor::Kind::kClass,
                                          Native("__init_subclass__", AcceptSubclass), None()}));
  const std::tuple<const char*, NativeKind, Maker> types[] = {
      {"int", NativeKind::kObject, MakeInt},     {"float", NativeKind::kObject, MakeFloat},
      {"bool", NativeKind::kObject, MakeBool},   {"str", NativeKind::kObject, MakeText},
      {"tuple", NativeKind::kObject, MakeTuple}, {"list", NativeKind::kObject, MakeList},
      {"set", NativeKind::kObject, MakeSet},     {"frozenset", NativeKind::kObject, MakeSet},
      {"slice", NativeKind::kObject, MakeSlice}, {"type", NativeKind::kObject, TypeOf},
      {"super", NativeKind::kObject, MakeSuper}, {"complex", NativeKind::kObject, nullptr},
      {"bytes", NativeKind::kObject, nullptr},   {"NoneType", NativeKind::kObject, nullptr}};
  for (const auto& [name, kind, maker] : types) AddType(library, name, kind, maker);
  // bool is an int.
  Class& flag = *ObjectOf<Class>(*library.builtins().Get("bool"));
  flag.order.insert(flag.order.begin() + 1,
                    std::get<std::shared_ptr<Class>>(*library.builtins().Get("int")));
  for (const char* name : {"dict", "OrderedDict"}) {
    auto type = MakeClass(name, {library.object_class()}, NativeKind::kDict);
    type->make = std::make_shared<Builtin>(
        Builtin{name, [](Interpreter& interpreter, Arguments arguments) -> Result {
                  return MakeDict(interpreter, WithoutClass(std::move(arguments)));
                }});
    type->attributes.Put("__init__", Native("__init__", InitDict));
    library.AddNativeClass(type);
    library.builtins().Put(name, Value(type));
  }
  const auto add = [&](const char* name, Descriptor::Kind kind) {
    library.builtins().Put(name, Native(name, [kind](Interpreter&, Arguments arguments) {
                             return MakeDescriptor(kind, std::move(arguments));
                           }));
  };
  add("property", Descriptor::Kind::kProperty);
  add("staticmethod", Descriptor::Kind::kStatic);
  add("classmethod", Descriptor::Kind::kClass);
  library.builtins().Put("NotImplemented", EllipsisValue());
  library.builtins().Put("Ellipsis", EllipsisValue());
}

void AddExceptions(Library& library) {
  const std::pair<const char*, const char*> exceptions[] = {
      {"BaseException", ""},
      {"Exception", "BaseException"},
      {"ArithmeticError", "Exception"},
      {"AssertionError", "Exception"},
      {"AttributeError", "Exception"},
      {"ImportError", "Exception"},
      {"ModuleNotFoundError", "ImportError"},
      {"LookupError", "Exception"},
      {"IndexError", "LookupError"},
      {"KeyError", "LookupError"},
      {"MemoryError", "Exception"},
      {"NameError", "Exception"},
      {"OSError", "Exception"},
      {"FileNotFoundError", "OSError"},
      {"OverflowError", "ArithmeticError"},
      {"RuntimeError", "Exception"},
      {"NotImplementedError", "RuntimeError"},
      {"RecursionError", "RuntimeError"},
      {"StopIteration", "Exception"},
      {"SyntaxError", "Exception"},
      {"TypeError", "Exception"},
      {"ValueError", "Exception"},
      {"UnboundLocalError", "NameError"},
      {"ZeroDivisionError", "ArithmeticError"},
      {"Warning", "Exception"},
      {"UserWarning", "Warning"},
      {"DeprecationWarning", "Warning"},
      {"FutureWarning", "Warning"},
      {"RuntimeWarning", "Warning"}};
  for (const auto& [name, base] : exceptions) {
    const auto parent = *base == 0 ? library.object_class() : library.NativeClass(base);
    auto type = MakeClass(name, {parent}, NativeKind::kException);
    library.AddNativeClass(type);
    library.builtins().Put(name, Value(type));
  }
}

void AddBuiltins(Library& library) {
  AddFunctions(library);
  AddTypes(library);
  AddExceptions(library);
  AddModuleClass(library);
  AddTorch(library);
  AddStandardModules(library);
  library.AddNative("builtins")->find = [&library](Interpreter&, const std::string& name) {
    const Value* found = library.builtins().Get(name);
    return found == nullptr ? Result(absl::NotFoundError(name)) : Result(*found);
  };
  AddDataClasses(library);
  AddSystem(library);
  AddRegularExpressions(library);
  AddInspect(library);
  AddConfigurations(library);
  AddCommandLine(library);
  AddLightning(library);
}

}  // namespace sconce::python
