// What models use of Python's standard library: math, collections, functools, typing,
// copy, enum, abc.

#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/deep_copy.h"
#include "server/frontend/python_source/builtins/inert.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/key.h"
#include "server/frontend/python_source/interpreter/keywords.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/same_value.h"
#include "server/frontend/python_source/interpreter/sequences.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;

// One-argument functions on numbers; of what only a request knows, torch's.
Value MathFunction(const std::string& name, double (*function)(double), bool to_int) {
  return Native(name, [=](Interpreter& interpreter, Arguments arguments) -> Result {
    SCONCE_ASSIGN_OR_RETURN(auto taken, Take(name, std::move(arguments), {"x"}, 1));
    SCONCE_RETURN_IF_ERROR(CheckKnown(*taken[0]));
    if (!IsKnownNumber(*taken[0]))
      return interpreter.CallOperator("aten::" + name, {{*taken[0]}, {}});
    const double x = NumberOf(*taken[0]);
    const double y = function(x);
    if (std::isnan(y) && !std::isnan(x)) return Raised("ValueError", "math domain error");
    if (to_int) return static_cast<int64_t>(y);
    return y;
  });
}

Value MathFunction(const std::string& name, double (*function)(double, double)) {
  return Native(name, [=](Interpreter& interpreter, Arguments arguments) -> Result {
    SCONCE_ASSIGN_OR_RETURN(auto taken, Take(name, std::move(arguments), {"x", "y"}, 2));
    for (const auto& each : taken) SCONCE_RETURN_IF_ERROR(CheckKnown(*each));
    if (IsKnownNumber(*taken[0]) && IsKnownNumber(*taken[1])) {
      return function(NumberOf(*taken[0]), NumberOf(*taken[1]));
    }
    return interpreter.CallOperator("aten::" + name, {{*taken[0], *taken[1]}, {}});
  });
}

Value MathFunction(const std::string& name, bool (*test)(double)) {
  return Native(name, [=](Interpreter& interpreter, Arguments arguments) -> Result {
    SCONCE_ASSIGN_OR_RETURN(auto taken, Take(name, std::move(arguments), {"x"}, 1));
    SCONCE_RETURN_IF_ERROR(CheckKnown(*taken[0]));
    if (IsKnownNumber(*taken[0])) return test(NumberOf(*taken[0]));
    return interpreter.CallOperator("aten::" + name, {{*taken[0]}, {}});
  });
}

// Exact where x is a power of two, as Python's is; torch has it for tensors only.
Result LogarithmOfTwo(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("log2", std::move(arguments), {"x"}, 1));
  if (!Is<Symbol>(*taken[0])) {
    return interpreter.Call(MathFunction("log2", std::log2, false), {{*taken[0]}, {}});
  }
  SCONCE_ASSIGN_OR_RETURN(
      const Value x,
      interpreter.CallOperator("aten::tensor", {{*taken[0]}, {{"dtype", Dtype{c10::kDouble}}}}));
  SCONCE_ASSIGN_OR_RETURN(const Value log, interpreter.CallOperator("aten::log2", {{x}, {}}));
  return interpreter.CallOperator("aten::Float", {{log}, {}});
}

Result Power(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("pow", std::move(arguments), {"x", "y"}, 2));
  SCONCE_ASSIGN_OR_RETURN(const Value power,
                          interpreter.Binary(BinaryOperator::kPower, *taken[0], *taken[1]));
  return IsKnownNumber(power) ? Result(NumberOf(power)) : Result(power);
}

Result Logarithm(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("log", std::move(arguments), {"x", "base"}, 1));
  SCONCE_RETURN_IF_ERROR(CheckKnown(*taken[0]));
  if (!IsKnownNumber(*taken[0])) {
    SCONCE_ASSIGN_OR_RETURN(const Value log,
                            interpreter.CallOperator("aten::log", {{*taken[0]}, {}}));
    if (!taken[1].has_value()) return log;
    SCONCE_ASSIGN_OR_RETURN(const Value base, Logarithm(interpreter, {{*taken[1]}, {}}));
    return interpreter.Binary(BinaryOperator::kDivide, log, base);
  }
  if (NumberOf(*taken[0]) <= 0) return Raised("ValueError", "math domain error");
  const double log = std::log(NumberOf(*taken[0]));
  return taken[1].has_value() ? log / std::log(NumberOf(*taken[1])) : log;
}

Result GreatestDivisor(Interpreter& interpreter, Arguments arguments) {
  const auto& numbers = arguments.positional;
  if (numbers.size() == 2 && std::any_of(numbers.begin(), numbers.end(), Is<Symbol>)) {
    return interpreter.CallOperator("aten::gcd", arguments);
  }
  uint64_t divisor = 0;
  for (const Value& value : numbers) {
    const auto* number = std::get_if<int64_t>(&value);
    if (number == nullptr) return Raised("TypeError", "known integers are expected");
    const auto size = static_cast<uint64_t>(*number);
    divisor = std::gcd(divisor, *number < 0 ? 0 - size : size);
  }
  return static_cast<int64_t>(divisor);
}

Result LeastMultiple(Interpreter& interpreter, Arguments arguments) {
  Value multiple = int64_t{1};
  for (const Value& number : arguments.positional) {
    if (IsSame(number, int64_t{0})) return int64_t{0};
    SCONCE_ASSIGN_OR_RETURN(const Value common,
                            GreatestDivisor(interpreter, {{multiple, number}, {}}));
    SCONCE_ASSIGN_OR_RETURN(const Value factor,
                            interpreter.Binary(BinaryOperator::kFloorDivide, number, common));
    SCONCE_ASSIGN_OR_RETURN(multiple,
                            interpreter.Binary(BinaryOperator::kMultiply, multiple, factor));
  }
  return interpreter.Call(*interpreter.library().builtins().Get("abs"), {{multiple}, {}});
}

absl::StatusOr<int64_t> KnownCount(const Value& value) {
  const auto* number = std::get_if<int64_t>(&value);
  if (number != nullptr && *number >= 0) return *number;
  return Raised("ValueError", "a known number, not below zero, is expected");
}

Result SquareRootBelow(Interpreter&, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("isqrt", std::move(arguments), {"n"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const int64_t n, KnownCount(*taken[0]));
  auto root = static_cast<int64_t>(std::sqrt(static_cast<long double>(n)));
  while (root > 0 && root > n / root) --root;
  return root;
}

// n! / (n - k)!, and in how many ways k of n can be chosen.
Result FallingProduct(Interpreter& interpreter, int64_t n, int64_t k, bool is_choice) {
  Value product = int64_t{k <= n ? 1 : 0};
  for (int64_t i = 0; i < std::min(k, n); ++i) {
    SCONCE_RETURN_IF_ERROR(interpreter.Step());
    SCONCE_ASSIGN_OR_RETURN(product, interpreter.Binary(BinaryOperator::kMultiply, product, n - i));
    if (!is_choice) continue;
    SCONCE_ASSIGN_OR_RETURN(product,
                            interpreter.Binary(BinaryOperator::kFloorDivide, product, i + 1));
  }
  return product;
}

Result Factorial(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("factorial", std::move(arguments), {"n"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const int64_t n, KnownCount(*taken[0]));
  return FallingProduct(interpreter, n, n, false);
}

Result Combinations(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("comb", std::move(arguments), {"n", "k"}, 2));
  SCONCE_ASSIGN_OR_RETURN(const int64_t n, KnownCount(*taken[0]));
  SCONCE_ASSIGN_OR_RETURN(const int64_t k, KnownCount(*taken[1]));
  return FallingProduct(interpreter, n, k <= n ? std::min(k, n - k) : k, true);
}

Result Permutations(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("perm", std::move(arguments), {"n", "k"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const int64_t n, KnownCount(*taken[0]));
  SCONCE_ASSIGN_OR_RETURN(const int64_t k, KnownCount(taken[1].value_or(n)));
  return FallingProduct(interpreter, n, k, false);
}

// Less rounding than sum().
Result FloatSum(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("fsum", std::move(arguments), {"seq"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const auto items, interpreter.Iterate(*taken[0]));
  long double sum = 0;
  for (const Value& item : items) {
    if (!IsKnownNumber(item)) return Raised("TypeError", "known numbers are expected");
    sum += NumberOf(item);
  }
  return static_cast<double>(sum);
}

double ToDegrees(double x) { return x * (180 / M_PI); }
double ToRadians(double x) { return x * (M_PI / 180); }

Result Product(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("prod", std::move(arguments), {"iterable", "start"}, 1));
  return Fold(interpreter, "prod", *taken[0], taken[1].value_or(int64_t{1}),
              [&](const Value& product, const Value& item) {
                return interpreter.Binary(BinaryOperator::kMultiply, product, item);
              });
}

void AddMath(Namespace& math) {
  const std::pair<const char*, double (*)(double)> functions[] = {
      {"sqrt", std::sqrt},    {"exp", std::exp},       {"log10", std::log10}, {"sin", std::sin},
      {"cos", std::cos},      {"tan", std::tan},       {"tanh", std::tanh},   {"atan", std::atan},
      {"fabs", std::fabs},    {"log1p", std::log1p},   {"erf", std::erf},     {"erfc", std::erfc},
      {"asin", std::asin},    {"acos", std::acos},     {"sinh", std::sinh},   {"cosh", std::cosh},
      {"asinh", std::asinh},  {"acosh", std::acosh},   {"atanh", std::atanh}, {"expm1", std::expm1},
      {"gamma", std::tgamma}, {"lgamma", std::lgamma}, {"cbrt", std::cbrt},   {"exp2", std::exp2},
      {"degrees", ToDegrees}, {"radians", ToRadians}};
  for (const auto& [name, function] : functions) {
    math.names.Put(name, MathFunction(name, function, false));
  }
  const std::pair<const char*, double (*)(double)> rounding[] = {
      {"ceil", std::ceil}, {"floor", std::floor}, {"trunc", std::trunc}};
  for (const auto& [name, function] : rounding) {
    math.names.Put(name, MathFunction(name, function, true));
  }
  const std::pair<const char*, double (*)(double, double)> of_two[] = {{"fmod", std::fmod},
                                                                       {"copysign", std::copysign},
                                                                       {"atan2", std::atan2},
                                                                       {"hypot", std::hypot}};
  for (const auto& [name, function] : of_two) math.names.Put(name, MathFunction(name, function));
  const std::pair<const char*, bool (*)(double)> tests[] = {
      {"isnan", std::isnan}, {"isinf", std::isinf}, {"isfinite", std::isfinite}};
  for (const auto& [name, test] : tests) math.names.Put(name, MathFunction(name, test));
  math.names.Put("log2", Native("log2", LogarithmOfTwo));
  math.names.Put("pow", Native("pow", Power));
  math.names.Put("log", Native("log", Logarithm));
  math.names.Put("prod", Native("prod", Product));
  math.names.Put("gcd", Native("gcd", GreatestDivisor));
  math.names.Put("lcm", Native("lcm", LeastMultiple));
  math.names.Put("isqrt", Native("isqrt", SquareRootBelow));
  math.names.Put("factorial", Native("factorial", Factorial));
  math.names.Put("comb", Native("comb", Combinations));
  math.names.Put("perm", Native("perm", Permutations));
  math.names.Put("fsum", Native("fsum", FloatSum));
  math.names.Put("pi", 3.141592653589793);
  math.names.Put("e", 2.718281828459045);
  math.names.Put("inf", std::numeric_limits<double>::infinity());
  math.names.Put("nan", std::numeric_limits<double>::quiet_NaN());
}

// The defaults of a named tuple: of its last fields.
absl::Status SetDefaults(Interpreter& interpreter, Class& type, const Value& given) {
  if (Is<None>(given)) return absl::OkStatus();
  SCONCE_ASSIGN_OR_RETURN(const auto defaults, interpreter.Iterate(given));
  if (defaults.size() > type.fields.size()) {
    return Raised("TypeError", "Got more default values than field names");
  }
  const size_t first = type.fields.size() - defaults.size();
  for (size_t i = 0; i < defaults.size(); ++i) {
    type.defaults.Put(type.fields[first + i], defaults[i]);
  }
  return absl::OkStatus();
}

// Point.__new__: makes tuples, and its __defaults__ may be set.
Value MakerOf(Library& library, const std::shared_ptr<Class>& named) {
  const auto type = MakeClass("__new__", {library.object_class()}, NativeKind::kObject);
  const auto call = [](Interpreter& interpreter, Arguments arguments) -> Result {
    auto& given = arguments.positional;
    if (given.size() < 2) return Raised("TypeError", "__new__() needs a class");
    given.erase(given.begin());
    const Class* made = ObjectOf<Class>(given[0]);
    const bool is_named = made != nullptr && made->kind == NativeKind::kNamedTuple;
    if (!is_named) return Raised("TypeError", "__new__() of a named tuple needs a class of it");
    const auto base = std::find_if(made->order.begin(), made->order.end(),
                                   [](const auto& each) { return each->make != nullptr; });
    if (base == made->order.end()) return Raised("TypeError", "no named tuple is among the bases");
    return (*base)->make->call(interpreter, std::move(arguments));
  };
  const auto set = [owner = std::weak_ptr<Class>(named)](Interpreter& interpreter,
                                                         Arguments arguments) -> Result {
    SCONCE_ASSIGN_OR_RETURN(
        auto taken, Take("__setattr__", std::move(arguments), {"self", "name", "value"}, 3));
    const auto type = owner.lock();
    if (interpreter.recorder() != nullptr) {
      return Unsupported("defaults of a named tuple that change in each request");
    }
    if (type != nullptr && IsString(*taken[1], "__defaults__")) {
      SCONCE_RETURN_IF_ERROR(SetDefaults(interpreter, *type, *taken[2]));
    }
    return None();
  };
  AddMethod(type, "__call__", call);
  AddMethod(type, "__setattr__", set);
  return NewInstance(type);
}

// Point._make(iterable)
Result MakeFromItems(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("_make", std::move(arguments), {"cls", "iterable"}, 2));
  SCONCE_ASSIGN_OR_RETURN(std::vector<Value> items, interpreter.Iterate(*taken[1]));
  return interpreter.Call(*taken[0], {std::move(items), {}});
}

// A class whose instances are tuples with named items.
Value NamedTupleClass(Library& library, const std::string& name) {
  auto type = MakeClass(name, {library.object_class()}, NativeKind::kNamedTuple);
  type->attributes.Put("__new__", MakerOf(library, type));
  type->attributes.Put(
      "_make", Own(Descriptor{Descriptor::Kind::kClass, Native("_make", MakeFromItems), None()}));
  type->make = std::make_shared<Builtin>(Builtin{
      name, [](Interpreter&, Arguments arguments) -> Result {
        const auto made = std::get<std::shared_ptr<Class>>(arguments.positional[0]);
        Tuple tuple({}, made);
        if (arguments.positional.size() > made->fields.size() + 1) {
          return Raised("TypeError", absl::StrFormat("%s() takes %d arguments", made->name,
                                                     made->fields.size()));
        }
        for (size_t i = 0; i < made->fields.size(); ++i) {
          std::optional<Value> value;
          if (i + 1 < arguments.positional.size()) value = arguments.positional[i + 1];
          for (const auto& [keyword, given] : arguments.keywords) {
            if (keyword == made->fields[i]) value = given;
          }
          const Value* fallback = made->defaults.Get(made->fields[i]);
          if (!value.has_value() && fallback != nullptr) value = *fallback;
          if (!value.has_value()) {
            return Raised("TypeError",
                          absl::StrFormat("%s() is missing '%s'", made->name, made->fields[i]));
          }
          tuple.items.push_back(*std::move(value));
        }
        return Own(std::move(tuple));
      }});
  return Value(type);
}

Result MakeNamedTuple(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("namedtuple", std::move(arguments),
                                           {"name", "fields", "defaults", "rename"}, 2));
  const Value type = NamedTupleClass(interpreter.library(), std::get<std::string>(*taken[0]));
  auto& fields = ObjectOf<Class>(type)->fields;
  std::vector<Value> names;
  if (const auto* text = std::get_if<std::string>(&*taken[1])) {
    fields = absl::StrSplit(*text, absl::ByAnyChar(" ,"), absl::SkipEmpty());
  } else {
    SCONCE_ASSIGN_OR_RETURN(names, interpreter.Iterate(*taken[1]));
  }
  for (const Value& name : names) {
    // typing.NamedTuple gives pairs of names and types.
    const Tuple* pair = ObjectOf<Tuple>(name);
    const Value& field = pair == nullptr ? name : pair->items.at(0);
    const auto* text = std::get_if<std::string>(&field);
    if (text == nullptr) return Raised("TypeError", "names of fields are strs");
    fields.push_back(*text);
  }
  SCONCE_RETURN_IF_ERROR(
      SetDefaults(interpreter, *ObjectOf<Class>(type), taken[2].value_or(None())));
  return type;
}

Result InitDefaultDict(Interpreter& interpreter, Arguments arguments) {
  Value factory;
  if (arguments.positional.size() > 1) {
    factory = std::move(arguments.positional[1]);
    arguments.positional.erase(arguments.positional.begin() + 1);
  }
  ObjectOf<Instance>(arguments.positional.at(0))
      ->attributes->Put("default_factory", std::move(factory));
  const Value dict = Value(interpreter.library().NativeClass("dict"));
  SCONCE_ASSIGN_OR_RETURN(const Value init, interpreter.GetAttribute(dict, "__init__"));
  return interpreter.Call(init, std::move(arguments));
}

Result ItemOfDefaultDict(Interpreter& interpreter, Arguments arguments) {
  const Value& self = arguments.positional.at(0);
  const Value& key = arguments.positional.at(1);
  SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(key));
  const Table* data = DataOf(self);
  if (const Value* known = data == nullptr ? nullptr : data->Find(id)) return *known;
  const Value factory = HeldBy(self, "default_factory");
  if (Is<None>(factory)) return Raised("KeyError", "no such key");
  SCONCE_ASSIGN_OR_RETURN(Value made, interpreter.Call(factory, {}));
  SCONCE_RETURN_IF_ERROR(interpreter.SetItem(self, key, made));
  return made;
}

Value DefaultDictClass(Library& library) {
  auto type = MakeClass("defaultdict", {library.NativeClass("dict")}, NativeKind::kDict);
  AddMethod(type, "__init__", InitDefaultDict);
  AddMethod(type, "__getitem__", ItemOfDefaultDict);
  return Value(type);
}

void AddCollections(Library& library) {
  const auto collections = library.AddNative("collections");
  collections->names.Put("OrderedDict", Value(library.NativeClass("OrderedDict")));
  collections->names.Put("namedtuple", Native("namedtuple", MakeNamedTuple));
  collections->names.Put("defaultdict", DefaultDictClass(library));
  collections->names.Put("deque", Value(library.NativeClass("list")));
  const auto abstract = library.AddNative("collections.abc");
  for (const char* name : {"Iterable", "Sequence", "Mapping", "Callable", "Collection", "Set",
                           "MutableMapping", "MutableSequence", "MutableSet", "Hashable",
                           "Iterator", "Sized", "Container", "Generator"}) {
    const Value type = Value(MakeClass(name, {library.object_class()}, NativeKind::kObject));
    abstract->names.Put(name, type);
    collections->names.Put(name, type);
  }
  collections->names.Put("abc", Value(abstract));
  collections->find = [](Interpreter& interpreter, const std::string& name) -> Result {
    if (name != "Counter") return absl::NotFoundError(name);
    SCONCE_ASSIGN_OR_RETURN(const Value module,
                            interpreter.library().Import(interpreter, "_counter"));
    return interpreter.GetAttribute(module, name);
  };
}

void AddNumbers(Library& library) {
  const auto numbers = library.AddNative("numbers");
  for (const char* name : {"Number", "Complex", "Real", "Rational", "Integral"}) {
    numbers->names.Put(name, Value(MakeClass(name, {library.object_class()}, NativeKind::kObject)));
  }
}

// What partial(…)(more…) calls, and with what.
absl::StatusOr<std::pair<Value, Arguments>> PartialCall(const Value& partial, Arguments more) {
  const Tuple* args = ObjectOf<Tuple>(HeldBy(partial, "args"));
  const auto* known = std::get_if<Dict>(&HeldBy(partial, "keywords"));
  if (args == nullptr || known == nullptr) {
    return Raised("TypeError", "a partial() that holds no arguments; call its __init__");
  }
  Arguments all{args->items, {}};
  all.positional.insert(all.positional.end(), more.positional.begin(), more.positional.end());
  auto keywords = std::make_shared<Table>(*known->table);
  for (auto& [name, value] : more.keywords) keywords->Put(name, std::move(value));
  SCONCE_RETURN_IF_ERROR(AddKeywords(Dict{std::move(keywords)}, all));
  return std::pair(HeldBy(partial, "func"), std::move(all));
}

// partial(f, …): an object, so that a class does not bind it as a method.
Result InitPartial(Interpreter&, Arguments arguments) {
  auto& given = arguments.positional;
  if (given.size() < 2) return Raised("TypeError", "partial() needs a function");
  const Instance& self = *ObjectOf<Instance>(given[0]);
  std::pair<Value, Arguments> call{
      given[1], {{given.begin() + 2, given.end()}, std::move(arguments.keywords)}};
  // One of another is one of what that calls.
  const Instance* inner = ObjectOf<Instance>(call.first);
  if (inner != nullptr && inner->type == self.type) {
    SCONCE_ASSIGN_OR_RETURN(call, PartialCall(call.first, std::move(call.second)));
  }
  self.attributes->Put("func", std::move(call.first));
  self.attributes->Put("keywords", KeywordsOf(call.second));
  self.attributes->Put("args", TupleOf(std::move(call.second.positional)));
  return None();
}

Result CallPartial(Interpreter& interpreter, Arguments more) {
  const Value self = more.positional.at(0);
  more.positional.erase(more.positional.begin());
  SCONCE_ASSIGN_OR_RETURN(auto call, PartialCall(self, std::move(more)));
  return interpreter.Call(call.first, std::move(call.second));
}

Value PartialClass(Library& library) {
  auto type = MakeClass("partial", {library.object_class()}, NativeKind::kObject);
  type->module = "functools";
  AddMethod(type, "__init__", InitPartial);
  AddMethod(type, "__call__", CallPartial);
  return Value(type);
}

Result Reduce(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("reduce", std::move(arguments), {"f", "x", "start"}, 2));
  return Fold(interpreter, "reduce", *taken[1], taken[2],
              [&](const Value& result, const Value& item) {
                return interpreter.Call(*taken[0], {{result, item}, {}});
              });
}

// The wrapper passes for what it wraps.
Result Wraps(Interpreter&, Arguments arguments) {
  const Value wrapped = arguments.positional.at(0);
  return Native("decorator", [wrapped](Interpreter&, Arguments inner) -> Result {
    Function* wrapper = ObjectOf<Function>(inner.positional.at(0));
    if (wrapper != nullptr) wrapper->wrapped = wrapped;
    if (const Function* inside = ObjectOf<Function>(wrapped); inside != nullptr && wrapper) {
      wrapper->name = inside->name;
    }
    return inner.positional[0];
  });
}

void AddTools(Library& library) {
  const auto functools = library.AddNative("functools");
  functools->names.Put("partial", PartialClass(library));
  functools->names.Put("reduce", Native("reduce", Reduce));
  for (const char* name : {"lru_cache", "cache", "total_ordering"}) {
    functools->names.Put(name, Native(name, Decorate));
  }
  functools->names.Put("wraps", Native("wraps", Wraps));
  functools->names.Put(
      "cached_property", Native("cached_property", [](Interpreter&, Arguments arguments) -> Result {
        return Own(Descriptor{Descriptor::Kind::kProperty, arguments.positional.at(0), None()});
      }));
  const auto abc = library.AddNative("abc");
  abc->names.Put("ABC", Value(MakeClass("ABC", {library.object_class()}, NativeKind::kObject)));
  abc->names.Put("ABCMeta",
                 Value(MakeClass("ABCMeta", {library.NativeClass("type")}, NativeKind::kObject)));
  abc->names.Put("abstractmethod", Native("abstractmethod", ReturnFirst));
  const auto copy = library.AddNative("copy");
  for (const char* name : {"deepcopy", "copy"}) {
    const bool deep = std::string_view(name) == "deepcopy";
    copy->names.Put(name, Native(name, [deep](Interpreter& interpreter, Arguments arguments) {
                      return CopyOf(interpreter, arguments.positional.at(0), deep);
                    }));
  }
}

// Its keywords (total=False) say something to type checkers only.
Value TypedDictClass(const Library& library) {
  const auto type = MakeClass("TypedDict", {library.NativeClass("dict")}, NativeKind::kDict);
  type->attributes.Put(
      "__init_subclass__",
      Native("__init_subclass__", [](Interpreter&, Arguments) { return Result(None()); }));
  return Value(type);
}

void AddTyping(Library& library) {
  for (const char* module_name : {"typing", "typing_extensions"}) {
    const auto typing = library.AddNative(module_name);
    typing->names.Put("TYPE_CHECKING", false);
    typing->names.Put("cast", Native("cast", [](Interpreter&, Arguments arguments) -> Result {
                        return arguments.positional.at(1);
                      }));
    for (const char* name : {"overload", "final", "no_type_check", "runtime_checkable"}) {
      typing->names.Put(name, Native(name, ReturnFirst));
    }
    typing->names.Put("NamedTuple", NamedTupleClass(library, "NamedTuple"));
    typing->names.Put("TypedDict", TypedDictClass(library));
    for (const auto& [name, native] :
         std::map<std::string, std::string>{{"List", "list"},
                                            {"Tuple", "tuple"},
                                            {"Dict", "dict"},
                                            {"OrderedDict", "OrderedDict"},
                                            {"Set", "set"}}) {
      typing->names.Put(name, Value(library.NativeClass(native)));
    }
    // Everything else of it is a type that nothing here looks at.
    typing->find = [](Interpreter& interpreter, const std::string& name) -> Result {
      const Value type =
          Value(MakeClass(name, {interpreter.library().object_class()}, NativeKind::kObject));
      // Classes may derive from the others: class Base(nn.Module, Generic[T]).
      if (name != "TypeVar" && name != "NewType" && name != "ParamSpec") return type;
      ObjectOf<Class>(type)->make =
          std::make_shared<Builtin>(Builtin{name, [](Interpreter&, Arguments arguments) -> Result {
                                              return arguments.positional.at(0);  // TypeVar("T")
                                            }});
      return type;
    };
  }
}

// Kind("name of a value"): the member that has it.
Result MemberWith(Interpreter& interpreter, Arguments arguments) {
  const Class& made = *ObjectOf<Class>(arguments.positional.at(0));
  const Value& wanted = arguments.positional.at(1);
  for (const Value& member : MembersOf(made)) {
    if (IsSame(member, wanted)) return member;
    SCONCE_ASSIGN_OR_RETURN(
        const Value equal,
        interpreter.Compare(CompareOperator::kEqual, Value(HeldBy(member, "value")), wanted));
    if (Is<bool>(equal) && std::get<bool>(equal)) return member;
  }
  return Raised("ValueError", absl::StrFormat("%s is not a valid %s", Describe(wanted), made.name));
}

// str(Kind.A) of enums whose members are texts or numbers first of all.
Result TextOfValue(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(std::string text,
                          interpreter.ToText(HeldBy(arguments.positional.at(0), "value"), false));
  return text;
}

void AddEnums(Library& library) {
  const auto module = library.AddNative("enum");
  const auto add = [&](const char* name, std::vector<std::shared_ptr<Class>> bases) {
    auto type = MakeClass(name, std::move(bases), NativeKind::kEnum);
    type->make = std::make_shared<Builtin>(Builtin{name, MemberWith});
    module->names.Put(name, Value(type));
    return type;
  };
  const auto plain = add("Enum", {library.object_class()});
  for (const auto& [name, data] : {std::pair("IntEnum", "int"), std::pair("StrEnum", "str"),
                                   std::pair("Flag", ""), std::pair("IntFlag", "int")}) {
    const auto type =
        *data == 0 ? add(name, {plain}) : add(name, {library.NativeClass(data), plain});
    if (*data != 0) AddMethod(type, "__str__", TextOfValue);
  }
  for (const char* name : {"EnumMeta", "EnumType"}) {
    module->names.Put(name, Value(MakeClass(name, {library.object_class()}, NativeKind::kObject)));
  }
  module->names.Put("auto",
                    Native("auto", [count = int64_t{0}](Interpreter&, Arguments) mutable -> Result {
                      return ++count;
                    }));
  module->names.Put("unique", Native("unique", ReturnFirst));
}

}  // namespace

void AddStandardModules(Library& library) {
  AddMath(*library.AddNative("math"));
  AddCollections(library);
  AddNumbers(library);
  AddTools(library);
  AddTyping(library);
  AddEnums(library);
}

}  // namespace sconce::python
