#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/instance_of.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/builtins/module_names.h"
#include "server/frontend/python_source/interpreter/characters.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/flow.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/same_value.h"
#include "server/frontend/python_source/interpreter/sequences.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/text.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;

Result Ignore(Interpreter&, Arguments) { return None(); }

Result Len(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("len", std::move(arguments), {"obj"}, 1));
  return interpreter.Length(*taken[0]);
}

// An element of a tensor where an int is expected: x[i], n.item().
Result AsIndex(Interpreter& interpreter, const Value& value) {
  SCONCE_ASSIGN_OR_RETURN(const Value present, interpreter.Present(value));
  const std::string type = TypeName(present);
  if (type == "Tensor") return interpreter.CallOperator("aten::IntImplicit", {{present}, {}});
  return type == "number" ? interpreter.CallOperator("aten::Int", {{present}, {}}) : present;
}

Result RangeInGraph(Interpreter& interpreter, const Value& start, const Value& stop,
                    const Value& step) {
  const auto apply = [&](BinaryOperator op, const Value& a, const Value& b) {
    return interpreter.Binary(op, a, b);
  };
  // As many turns as fit between start and stop, in whole steps.
  SCONCE_ASSIGN_OR_RETURN(Value count, apply(BinaryOperator::kSubtract, stop, start));
  if (!(Is<int64_t>(step) && std::get<int64_t>(step) == 1)) {
    SCONCE_ASSIGN_OR_RETURN(count, apply(BinaryOperator::kAdd, count, step));
    SCONCE_ASSIGN_OR_RETURN(
        count, apply(BinaryOperator::kSubtract, count,
                     IsKnownNumber(step) && NumberOf(step) < 0 ? int64_t{-1} : int64_t{1}));
    SCONCE_ASSIGN_OR_RETURN(count, apply(BinaryOperator::kFloorDivide, count, step));
  }
  Sequence sequence;
  sequence.length = count;
  sequence.at = [start, step](Interpreter& running, const Value& index) -> Result {
    Value at = index;
    if (!(Is<int64_t>(step) && std::get<int64_t>(step) == 1)) {
      SCONCE_ASSIGN_OR_RETURN(at, running.Binary(BinaryOperator::kMultiply, index, step));
    }
    if (Is<int64_t>(start) && std::get<int64_t>(start) == 0) return at;
    return running.Binary(BinaryOperator::kAdd, start, at);
  };
  return Own(std::move(sequence));
}

Result RangeOf(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken,
                          Take("range", std::move(arguments), {"start", "stop", "step"}, 1));
  for (const auto& value : taken) {
    if (value.has_value()) SCONCE_RETURN_IF_ERROR(CheckKnown(*value));
  }
  for (auto& value : taken) {
    if (!value.has_value()) continue;
    SCONCE_ASSIGN_OR_RETURN(value, AsIndex(interpreter, *value));
  }
  const Value start = taken[1].has_value() ? *taken[0] : Value(int64_t{0});
  const Value stop = taken[1].has_value() ? *taken[1] : *taken[0];
  const Value step = taken[2].value_or(int64_t{1});
  if (Is<Symbol>(step)) {
    SCONCE_ASSIGN_OR_RETURN(const Value goes_up,
                            interpreter.Compare(CompareOperator::kGreater, step, int64_t{0}));
    SCONCE_RETURN_IF_ERROR(interpreter.Require(
        goes_up, "ValueError", "a step of range() that only a request knows has to be positive"));
    return RangeInGraph(interpreter, start, stop, step);
  }
  if (!Is<int64_t>(step) || std::get<int64_t>(step) == 0) {
    return Raised("ValueError", "range() needs a step that is a number and not zero");
  }
  if (Is<Symbol>(start) || Is<Symbol>(stop)) return RangeInGraph(interpreter, start, stop, step);
  if (!Is<int64_t>(start) || !Is<int64_t>(stop)) {
    return Raised("TypeError", absl::StrFormat("'%s' object cannot be interpreted as an integer",
                                               TypeName(Is<int64_t>(start) ? stop : start)));
  }
  const int64_t by = std::get<int64_t>(step);
  const int64_t end = std::get<int64_t>(stop);
  std::vector<Value> items;
  for (int64_t i = std::get<int64_t>(start); by > 0 ? i < end : i > end; i += by) {
    if (items.size() >= interpreter.limits().items) {
      return Raised("MemoryError", "range() of more items than Sconce makes");
    }
    items.emplace_back(i);
  }
  return TupleOf(std::move(items));
}

// The smaller of two lengths; the first may be none yet.
Result Shorter(Interpreter& interpreter, const Value& a, const Value& b) {
  if (Is<None>(a) || IsSame(a, b)) return b;
  return interpreter.CallOperator("prim::min", {{a, b}, {}});
}

// Layers, names and the like, which are known when the model is built.
bool HoldsObjects(const std::vector<Value>& columns) {
  return std::any_of(columns.begin(), columns.end(), [](const Value& column) {
    const Tuple* known = ObjectOf<Tuple>(column);
    return known != nullptr &&
           std::any_of(known->items.begin(), known->items.end(), [](const Value& item) {
             return ObjectOf<Instance>(item) != nullptr || ObjectOf<Function>(item) != nullptr ||
                    Is<std::string>(item);
           });
  });
}

// zip(layers, x.split(2)): one item for each layer, or the request fails.
absl::Status TakeAsManyAsObjects(Interpreter& interpreter, std::vector<Value>& columns) {
  size_t count = std::numeric_limits<size_t>::max();
  for (const Value& column : columns) {
    if (const Tuple* known = ObjectOf<Tuple>(column)) count = std::min(count, known->items.size());
  }
  for (Value& column : columns) {
    if (ObjectOf<Tuple>(column) != nullptr) continue;
    SCONCE_ASSIGN_OR_RETURN(const Value length, interpreter.Length(column));
    SCONCE_ASSIGN_OR_RETURN(
        const Value enough,
        interpreter.Compare(CompareOperator::kGreaterEqual, length, static_cast<int64_t>(count)));
    SCONCE_RETURN_IF_ERROR(interpreter.Require(
        enough, "ValueError",
        absl::StrFormat("zip() needs %d items here, as many as layers", count)));
    std::vector<Value> items;
    for (size_t i = 0; i < count; ++i) {
      SCONCE_ASSIGN_OR_RETURN(Value item,
                              ObjectOf<Sequence>(column)->at(interpreter, static_cast<int64_t>(i)));
      items.push_back(std::move(item));
    }
    column = TupleOf(std::move(items));
  }
  return absl::OkStatus();
}

// Several iterables side by side; of known length when all are.
Result Zip(Interpreter& interpreter, Arguments arguments) {
  std::vector<Value> columns;
  bool known = true;
  for (const Value& each : arguments.positional) {
    SCONCE_ASSIGN_OR_RETURN(Value column, interpreter.IterableOf(each));
    known = known && ObjectOf<Tuple>(column) != nullptr;
    columns.push_back(std::move(column));
  }
  if (!known && HoldsObjects(columns)) {
    SCONCE_RETURN_IF_ERROR(TakeAsManyAsObjects(interpreter, columns));
    known = true;
  }
  if (!known) {
    Sequence sequence;
    for (const Value& column : columns) {
      SCONCE_ASSIGN_OR_RETURN(const Value length, interpreter.Length(column));
      SCONCE_ASSIGN_OR_RETURN(sequence.length, Shorter(interpreter, sequence.length, length));
      const Sequence* inner = ObjectOf<Sequence>(column);
      if (inner != nullptr) SCONCE_RETURN_IF_ERROR(Layer(*inner, sequence));
    }
    sequence.at = [columns](Interpreter& running, const Value& index) -> Result {
      std::vector<Value> row;
      for (const Value& column : columns) {
        const Sequence* inner = ObjectOf<Sequence>(column);
        SCONCE_ASSIGN_OR_RETURN(Value item, inner != nullptr ? inner->at(running, index)
                                                             : running.GetItem(column, index));
        row.push_back(std::move(item));
      }
      return TupleOf(std::move(row));
    };
    return Own(std::move(sequence));
  }
  size_t length = columns.empty() ? 0 : SIZE_MAX;
  for (const Value& column : columns) {
    length = std::min(length, ObjectOf<Tuple>(column)->items.size());
  }
  std::vector<Value> rows;
  for (size_t i = 0; i < length; ++i) {
    std::vector<Value> row;
    for (const Value& column : columns) row.push_back(ObjectOf<Tuple>(column)->items[i]);
    rows.push_back(TupleOf(std::move(row)));
  }
  return TupleOf(std::move(rows));
}

Result Enumerate(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken,
                          Take("enumerate", std::move(arguments), {"iterable", "start"}, 1));
  SCONCE_ASSIGN_OR_RETURN(Value items, interpreter.IterableOf(*taken[0]));
  if (ListInGraph(*taken[0]) != nullptr) {  // of x.chunk(3) the number says which layer is meant
    SCONCE_ASSIGN_OR_RETURN(auto all, interpreter.AllItems(*taken[0]));
    if (all.has_value()) items = TupleOf(*std::move(all));
  }
  const Value start = taken[1].value_or(int64_t{0});
  if (const Sequence* sequence = ObjectOf<Sequence>(items)) {
    Sequence numbered;
    numbered.length = sequence->length;
    SCONCE_RETURN_IF_ERROR(Layer(*sequence, numbered));
    numbered.at = [at = sequence->at, start](Interpreter& running, const Value& index) -> Result {
      SCONCE_ASSIGN_OR_RETURN(Value item, at(running, index));
      SCONCE_ASSIGN_OR_RETURN(Value number, running.Binary(BinaryOperator::kAdd, index, start));
      return TupleOf({std::move(number), std::move(item)});
    };
    return Own(std::move(numbered));
  }
  std::vector<Value> rows;
  for (const Value& item : ObjectOf<Tuple>(items)->items) {
    const auto place = static_cast<int64_t>(rows.size());
    SCONCE_ASSIGN_OR_RETURN(Value number, interpreter.Binary(BinaryOperator::kAdd, start, place));
    rows.push_back(TupleOf({std::move(number), item}));
  }
  return TupleOf(std::move(rows));
}

Result Reversed(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("reversed", std::move(arguments), {"sequence"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const Value items, interpreter.IterableOf(*taken[0]));
  if (const Sequence* sequence = ObjectOf<Sequence>(items)) {
    Sequence backwards;
    backwards.length = sequence->length;
    SCONCE_RETURN_IF_ERROR(Layer(*sequence, backwards));
    backwards.at = [length = sequence->length, at = sequence->at](Interpreter& running,
                                                                  const Value& index) -> Result {
      SCONCE_ASSIGN_OR_RETURN(Value from_end,
                              running.Binary(BinaryOperator::kSubtract, length, int64_t{1}));
      SCONCE_ASSIGN_OR_RETURN(from_end, running.Binary(BinaryOperator::kSubtract, from_end, index));
      return at(running, from_end);
    };
    return Own(std::move(backwards));
  }
  std::vector<Value> reversed = ObjectOf<Tuple>(items)->items;
  std::reverse(reversed.begin(), reversed.end());
  return TupleOf(std::move(reversed));
}

Result MapOver(Interpreter& interpreter, Arguments arguments) {
  if (arguments.positional.size() < 2) return Raised("TypeError", "map() needs 2 arguments");
  const Value function = arguments.positional.front();
  arguments.positional.erase(arguments.positional.begin());
  SCONCE_ASSIGN_OR_RETURN(const Value rows, Zip(interpreter, std::move(arguments)));
  if (const Sequence* sequence = ObjectOf<Sequence>(rows)) {
    return Mapped(*sequence, [function](Interpreter& running, const Value& row) {
      return running.Call(function, {ObjectOf<Tuple>(row)->items, {}});
    });
  }
  std::vector<Value> results;
  for (const Value& row : ObjectOf<Tuple>(rows)->items) {
    SCONCE_ASSIGN_OR_RETURN(Value result,
                            interpreter.Call(function, {ObjectOf<Tuple>(row)->items, {}}));
    results.push_back(std::move(result));
  }
  return TupleOf(std::move(results));
}

Result Filter(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("filter", std::move(arguments), {"f", "items"}, 2));
  SCONCE_ASSIGN_OR_RETURN(const auto items, interpreter.Iterate(*taken[1]));
  std::vector<Value> kept;
  for (const Value& item : items) {
    Value holds = item;
    if (!Is<None>(*taken[0])) {
      SCONCE_ASSIGN_OR_RETURN(holds, interpreter.Call(*taken[0], {{item}, {}}));
    }
    SCONCE_ASSIGN_OR_RETURN(const bool known, interpreter.KnownTruth(holds, "what filter() asks"));
    if (known) kept.push_back(item);
  }
  return TupleOf(std::move(kept));
}

absl::StatusOr<bool> ComesBefore(Interpreter& interpreter, const Value& a, const Value& b) {
  SCONCE_ASSIGN_OR_RETURN(const Value less, interpreter.Compare(CompareOperator::kLess, a, b));
  return interpreter.KnownTruth(less, "this order");
}

Result Sorted(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken,
                          Take("sorted", std::move(arguments), {"iterable", "key", "reverse"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const auto items, interpreter.Iterate(*taken[0]));
  SCONCE_ASSIGN_OR_RETURN(const bool reverse,
                          interpreter.KnownTruth(taken[2].value_or(false), "reverse"));
  std::vector<std::pair<Value, Value>> keyed;
  for (const Value& item : items) {
    Value key = item;
    if (taken[1].has_value() && !Is<None>(*taken[1])) {
      SCONCE_ASSIGN_OR_RETURN(key, interpreter.Call(*taken[1], {{item}, {}}));
    }
    // Insertion keeps equal ones in order, whichever way, and an error at hand.
    auto at = keyed.end();
    while (at != keyed.begin()) {
      const Value& other = (at - 1)->first;
      SCONCE_ASSIGN_OR_RETURN(const bool before, reverse ? ComesBefore(interpreter, other, key)
                                                         : ComesBefore(interpreter, key, other));
      if (!before) break;
      --at;
    }
    keyed.insert(at, {std::move(key), item});
  }
  std::vector<Value> sorted;
  for (auto& [key, item] : keyed) sorted.push_back(std::move(item));
  return ListOf(std::move(sorted));
}

// min and max: `wanted` is how a better value compares with the best so far.
Result Extreme(Interpreter& interpreter, Arguments arguments, CompareOperator wanted) {
  Value key = None();
  std::optional<Value> otherwise;
  for (auto& [name, value] : arguments.keywords) {
    if (name == "key") key = value;
    if (name == "default") otherwise = value;
  }
  Value items = TupleOf(arguments.positional);
  if (arguments.positional.size() == 1) {
    SCONCE_ASSIGN_OR_RETURN(items, interpreter.IterableOf(arguments.positional[0]));
  }
  const Tuple* known = ObjectOf<Tuple>(items);
  if (known != nullptr && known->items.empty() && otherwise.has_value()) return *otherwise;
  const auto better = [&](const Value& best, const Value& candidate) -> Result {
    Value a = candidate;
    Value b = best;
    if (!Is<None>(key)) {
      SCONCE_ASSIGN_OR_RETURN(a, interpreter.Call(key, {{a}, {}}));
      SCONCE_ASSIGN_OR_RETURN(b, interpreter.Call(key, {{b}, {}}));
    }
    SCONCE_ASSIGN_OR_RETURN(const Value compared, interpreter.Compare(wanted, a, b));
    SCONCE_ASSIGN_OR_RETURN(const Value truth, interpreter.Truth(compared));
    return interpreter.Choose(
        Interpreter::Test(truth), [&]() -> Result { return candidate; },
        [&]() -> Result { return best; });
  };
  const char* name = wanted == CompareOperator::kLess ? "min" : "max";
  return Fold(interpreter, name, items, std::nullopt, better);
}

Result Sum(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("sum", std::move(arguments), {"iterable", "start"}, 1));
  return Fold(interpreter, "sum", *taken[0], taken[1].value_or(int64_t{0}),
              [&](const Value& sum, const Value& item) {
                return interpreter.Binary(BinaryOperator::kAdd, sum, item);
              });
}

Result AnyOrAll(Interpreter& interpreter, Arguments arguments, bool all) {
  const char* name = all ? "all" : "any";
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take(name, std::move(arguments), {"items"}, 1));
  const BinaryOperator join = all ? BinaryOperator::kBitAnd : BinaryOperator::kBitOr;
  return Fold(interpreter, name, *taken[0], Value(all),
              [&](const Value& result, const Value& item) -> Result {
                SCONCE_ASSIGN_OR_RETURN(const Value truth, interpreter.Truth(item));
                return interpreter.Binary(join, result, truth);
              });
}

absl::StatusOr<bool> IsAny(Interpreter& interpreter, const Value& value, const Value& types) {
  if (const Class* type = ObjectOf<Class>(types)) return IsInstanceOf(value, *type);
  if (ObjectOf<Unknown>(types) != nullptr) return false;  // of a type that nothing here has
  if (ObjectOf<Builtin>(types) != nullptr) return false;
  if (Is<None>(types)) return Is<None>(value);
  SCONCE_ASSIGN_OR_RETURN(const auto each, interpreter.Iterate(types));
  for (const Value& type : each) {
    SCONCE_ASSIGN_OR_RETURN(const bool is, IsAny(interpreter, value, type));
    if (is) return true;
  }
  return false;
}

Result IsInstance(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("isinstance", std::move(arguments), {"obj", "type"}, 2));
  SCONCE_RETURN_IF_ERROR(CheckKnown(*taken[0]));
  const Value& value = *taken[0];
  SCONCE_ASSIGN_OR_RETURN(const bool is, IsAny(interpreter, value, *taken[1]));
  if (!is || !IsGraphKind(value, c10::TypeKind::OptionalType)) return is;
  // An optional input is one in requests that have it.
  SCONCE_ASSIGN_OR_RETURN(const bool none_too, IsAny(interpreter, None(), *taken[1]));
  if (none_too) return true;
  return interpreter.Compare(CompareOperator::kIsNot, value, None());
}

Result IsSubclassOf(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("issubclass", std::move(arguments), {"cls", "type"}, 2));
  const Class* type = ObjectOf<Class>(*taken[0]);
  std::vector<Value> bases = {*taken[1]};
  if (const Tuple* tuple = ObjectOf<Tuple>(*taken[1])) bases = tuple->items;
  return type != nullptr && std::any_of(bases.begin(), bases.end(), [&](const Value& base) {
           return ObjectOf<Class>(base) != nullptr && IsSubclass(*type, *ObjectOf<Class>(base));
         });
}

absl::StatusOr<std::string> NameOf(const Value& value) {
  if (const auto* name = std::get_if<std::string>(&value)) return *name;
  return Raised("TypeError", "attribute name must be string");
}

Result GetAttr(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken,
                          Take("getattr", std::move(arguments), {"obj", "name", "default"}, 2));
  SCONCE_ASSIGN_OR_RETURN(const std::string name, NameOf(*taken[1]));
  if (!taken[2].has_value()) return interpreter.GetAttribute(*taken[0], name);
  const auto found = interpreter.FindAttribute(*taken[0], name);
  if (RaisedClass(found.status()) == "AttributeError") return *taken[2];  // by its __getattr__
  SCONCE_RETURN_IF_ERROR(found.status());
  return found->value_or(*taken[2]);
}

Result HasAttr(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("hasattr", std::move(arguments), {"obj", "name"}, 2));
  SCONCE_ASSIGN_OR_RETURN(const std::string name, NameOf(*taken[1]));
  const auto found = interpreter.FindAttribute(*taken[0], name);
  if (!found.ok()) {
    if (RaisedClass(found.status()) == "AttributeError") return false;
    return found.status();
  }
  return found->has_value();
}

Result SetAttr(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken,
                          Take("setattr", std::move(arguments), {"obj", "name", "value"}, 3));
  SCONCE_ASSIGN_OR_RETURN(const std::string name, NameOf(*taken[1]));
  SCONCE_RETURN_IF_ERROR(interpreter.SetAttribute(*taken[0], name, *taken[2]));
  return None();
}

Result DelAttr(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("delattr", std::move(arguments), {"obj", "name"}, 2));
  SCONCE_ASSIGN_OR_RETURN(const std::string name, NameOf(*taken[1]));
  SCONCE_RETURN_IF_ERROR(interpreter.DeleteAttribute(*taken[0], name));
  return None();
}

Result IsCallable(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("callable", std::move(arguments), {"obj"}, 1));
  const Value& value = *taken[0];
  if (ObjectOf<Instance>(value) != nullptr && !IsModule(value)) {
    SCONCE_ASSIGN_OR_RETURN(const auto call, interpreter.FindAttribute(value, "__call__"));
    return call.has_value();
  }
  return IsModule(value) || ObjectOf<Function>(value) != nullptr ||
         ObjectOf<BoundMethod>(value) != nullptr || ObjectOf<Builtin>(value) != nullptr ||
         ObjectOf<Class>(value) != nullptr;
}

// An iterator is a list that next() takes from the front of.
Result Iter(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("iter", std::move(arguments), {"obj"}, 1));
  SCONCE_ASSIGN_OR_RETURN(Value items, interpreter.IterableOf(*taken[0]));
  if (const Tuple* known = ObjectOf<Tuple>(items)) return ListOf(known->items);
  return items;
}

Result Next(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("next", std::move(arguments), {"it", "default"}, 1));
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&*taken[0]);
      list != nullptr && !(*list)->items.empty()) {
    interpreter.Touch(*list);
    const Value first = (*list)->items.front();
    (*list)->items.erase((*list)->items.begin());
    return first;
  }
  SCONCE_ASSIGN_OR_RETURN(const auto items, interpreter.Iterate(*taken[0]));
  if (!items.empty()) return items.front();
  if (taken[1].has_value()) return *taken[1];
  return Raised("StopIteration", "");
}

Result Abs(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("abs", std::move(arguments), {"x"}, 1));
  const Value& x = *taken[0];
  if (const auto* real = std::get_if<double>(&x)) return std::abs(*real);
  if (const auto* integer = std::get_if<int64_t>(&x)) {
    return *integer < 0 ? interpreter.Unary(UnaryOperator::kMinus, x) : Result(x);
  }
  SCONCE_RETURN_IF_ERROR(CheckKnown(x));
  const bool is_number =
      TypeName(x) == "int" || TypeName(x) == "float" || IsGraphKind(x, c10::TypeKind::NumberType);
  return interpreter.CallOperator(is_number ? "prim::abs" : "aten::abs", {{x}, {}});
}

// round(x, digits) of what only a request knows.
Result RoundTo(Interpreter& interpreter, const Value& x, const Value& digits) {
  if (TypeName(x) == "Tensor") {
    return interpreter.CallOperator("aten::round", {{x}, {{"decimals", digits}}});
  }
  SCONCE_ASSIGN_OR_RETURN(const Value scale,
                          interpreter.Binary(BinaryOperator::kPower, 10.0, digits));
  SCONCE_ASSIGN_OR_RETURN(const Value scaled,
                          interpreter.Binary(BinaryOperator::kMultiply, x, scale));
  SCONCE_ASSIGN_OR_RETURN(const Value rounded,
                          interpreter.CallOperator("aten::round", {{scaled}, {}}));
  return interpreter.Binary(BinaryOperator::kDivide, rounded, scale);
}

Result Round(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("round", std::move(arguments), {"x", "digits"}, 1));
  const Value& x = *taken[0];
  const bool whole = !taken[1].has_value() || Is<None>(*taken[1]);
  if (!IsKnownNumber(x) && !whole) return RoundTo(interpreter, x, *taken[1]);
  if (!IsKnownNumber(x)) {
    SCONCE_ASSIGN_OR_RETURN(const Value rounded,
                            interpreter.CallOperator("aten::round", {{x}, {}}));
    if (TypeName(rounded) == "Tensor") return rounded;
    return interpreter.CallOperator("aten::Int", {{rounded}, {}});
  }
  if (whole) return static_cast<int64_t>(std::nearbyint(NumberOf(x)));
  const auto digits = static_cast<int>(NumberOf(*taken[1]));
  if (digits < 0) {
    const double scale = std::pow(10, -digits);
    return std::nearbyint(NumberOf(x) / scale) * scale;
  }
  if (Is<int64_t>(x)) return x;
  // By the number's own decimal digits, as Python does: 2.675 is a little less.
  return std::strtod(absl::StrFormat("%.*f", std::min(digits, 300), NumberOf(x)).c_str(), nullptr);
}

Result DivMod(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("divmod", std::move(arguments), {"a", "b"}, 2));
  SCONCE_ASSIGN_OR_RETURN(Value quotient,
                          interpreter.Binary(BinaryOperator::kFloorDivide, *taken[0], *taken[1]));
  SCONCE_ASSIGN_OR_RETURN(Value rest,
                          interpreter.Binary(BinaryOperator::kModulo, *taken[0], *taken[1]));
  return TupleOf({std::move(quotient), std::move(rest)});
}

// hex(x), bin(x), oct(x)
Result Digits(std::string_view name, const std::string& prefix, int bits, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take(name, std::move(arguments), {"x"}, 1));
  const auto* number = std::get_if<int64_t>(&*taken[0]);
  if (number == nullptr) return Raised("TypeError", "a known integer is expected");
  uint64_t size = *number < 0 ? 0 - static_cast<uint64_t>(*number) : *number;
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[size & ((1 << bits) - 1)]);
    size >>= bits;
  } while (size != 0);
  return (*number < 0 ? "-" : "") + prefix + digits;
}
Result Hex(Interpreter&, Arguments arguments) {
  return Digits("hex", "0x", 4, std::move(arguments));
}
Result Oct(Interpreter&, Arguments arguments) {
  return Digits("oct", "0o", 3, std::move(arguments));
}
Result Bin(Interpreter&, Arguments arguments) {
  return Digits("bin", "0b", 1, std::move(arguments));
}

Result PowerOf(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("pow", std::move(arguments), {"base", "exp", "mod"}, 2));
  SCONCE_ASSIGN_OR_RETURN(Value power,
                          interpreter.Binary(BinaryOperator::kPower, *taken[0], *taken[1]));
  if (!taken[2].has_value() || Is<None>(*taken[2])) return power;
  return interpreter.Binary(BinaryOperator::kModulo, power, *taken[2]);
}

// dir(x) answers what is in it; only of a source file all names are known.
Result Dir(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("dir", std::move(arguments), {"obj"}, 1));
  const Value object = *taken[0];
  auto type = MakeClass("dir", {interpreter.library().object_class()}, NativeKind::kObject);
  type->attributes.Put(
      "__contains__",
      Native("__contains__", [object](Interpreter& running, Arguments given) -> Result {
        SCONCE_ASSIGN_OR_RETURN(const std::string name, NameOf(given.positional.at(1)));
        SCONCE_ASSIGN_OR_RETURN(const auto found, running.FindAttribute(object, name));
        return found.has_value();
      }));
  type->attributes.Put(
      "__iter__", Native("__iter__", [object](Interpreter&, Arguments) -> Result {
        const Namespace* module = ObjectOf<Namespace>(object);
        if (module == nullptr || module->source == nullptr) {
          return Unsupported(
              "all names of an object are not listed here; ask with `in` or hasattr()");
        }
        std::vector<Value> names;
        for (std::string& name : module->source->TopLevelNames()) names.push_back(std::move(name));
        return ListOf(std::move(names));
      }));
  return NewInstance(type);
}

Result Ord(Interpreter&, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("ord", std::move(arguments), {"c"}, 1));
  const auto* text = std::get_if<std::string>(&*taken[0]);
  const auto code = text == nullptr ? std::nullopt : CodeOf(*text);
  if (code.has_value()) return *code;
  return Raised("TypeError", "ord() expects one character");
}

Result Chr(Interpreter&, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("chr", std::move(arguments), {"i"}, 1));
  const auto* code = std::get_if<int64_t>(&*taken[0]);
  const std::string letter = code == nullptr ? "" : CharacterOf(*code);
  if (!letter.empty()) return letter;
  return Raised("ValueError", "chr() expects the code of a character");
}

Result Repr(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("repr", std::move(arguments), {"x"}, 1));
  SCONCE_ASSIGN_OR_RETURN(std::string text, interpreter.ToText(*taken[0], true));
  return text;
}

Result Format(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("format", std::move(arguments), {"x", "spec"}, 1));
  const std::string spec = taken[1].has_value() ? std::get<std::string>(*taken[1]) : "";
  return FormatValue(interpreter, *taken[0], spec);
}

Result Locals(Interpreter& interpreter, Arguments) {
  auto table = std::make_shared<Table>();
  const Scope* scope = interpreter.current_scope();
  if (scope == nullptr) return Dict{std::move(table)};
  for (const Table::Entry& entry : scope->names->entries) {
    if (!IsFlowName(entry.id)) table->Set(entry.id, entry.key, entry.value);
  }
  return Dict{std::move(table)};
}

Result Vars(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("vars", std::move(arguments), {"x"}, 1));
  return interpreter.GetAttribute(*taken[0], "__dict__");
}

// id(x): one for each object, and no two for one.
Result Identify(Interpreter&, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("id", std::move(arguments), {"x"}, 1));
  const void* object = std::visit(
      [](const auto& held) -> const void* {
        if constexpr (requires { held.get(); }) return held.get();
        if constexpr (requires { held.table.get(); }) return held.table.get();
        if constexpr (requires { held.tensor.unsafeGetTensorImpl(); }) {
          return held.tensor.unsafeGetTensorImpl();
        }
        return nullptr;
      },
      *taken[0]);
  return static_cast<int64_t>(reinterpret_cast<intptr_t>(object));
}

Result Globals(Interpreter& interpreter, Arguments) {
  const Scope* scope = interpreter.current_scope();
  if (scope == nullptr || scope->module == nullptr) return Unsupported("globals() of no module");
  const Value module = interpreter.library().NamespaceOf(*scope->module);
  return ModuleNames(interpreter, std::get<std::shared_ptr<Namespace>>(module));
}

constexpr size_t kLongestText = 1000;

// eval("nn.ReLU"): code like any other here.
Result EvaluateText(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take("eval", std::move(arguments), {"source", "globals", "locals"}, 1));
  const auto* text = std::get_if<std::string>(&*taken[0]);
  const bool plain = text != nullptr && !taken[1].has_value() && !taken[2].has_value();
  if (!plain || text->size() > kLongestText || interpreter.current_scope() == nullptr) {
    return Unsupported("eval() is run of a short text that is known, without names of its own");
  }
  // Its syntax stays in memory as long as the model is built.
  SCONCE_RETURN_IF_ERROR(interpreter.Step(200 + text->size()));
  SCONCE_ASSIGN_OR_RETURN(const Expr* expression,
                          interpreter.library().AddExpression("eval()", *text));
  return interpreter.Evaluate(*expression, *interpreter.current_scope());
}

Result Refuse(const std::string& name) {
  return Unsupported(absl::StrFormat("%s() is never run here", name));
}

}  // namespace

Value Native(std::string name, std::function<Result(Interpreter&, Arguments)> call) {
  return Own(Builtin{std::move(name), std::move(call)});
}

void AddFunctions(Library& library) {
  const std::pair<const char*, Result (*)(Interpreter&, Arguments)> functions[] = {
      {"print", Ignore},
      {"len", Len},
      {"range", RangeOf},
      {"zip", Zip},
      {"enumerate", Enumerate},
      {"reversed", Reversed},
      {"map", MapOver},
      {"filter", Filter},
      {"sorted", Sorted},
      {"sum", Sum},
      {"isinstance", IsInstance},
      {"issubclass", IsSubclassOf},
      {"getattr", GetAttr},
      {"hasattr", HasAttr},
      {"setattr", SetAttr},
      {"delattr", DelAttr},
      {"callable", IsCallable},
      {"eval", EvaluateText},
      {"globals", Globals},
      {"iter", Iter},
      {"next", Next},
      {"abs", Abs},
      {"round", Round},
      {"divmod", DivMod},
      {"pow", PowerOf},
      {"hex", Hex},
      {"oct", Oct},
      {"bin", Bin},
      {"dir", Dir},
      {"ord", Ord},
      {"chr", Chr},
      {"repr", Repr},
      {"format", Format},
      {"locals", Locals},
      {"vars", Vars},
      {"id", Identify}};
  for (const auto& [name, function] : functions) {
    library.builtins().Put(name, Native(name, function));
  }
  const auto add = [&](const char* name, auto function) {
    library.builtins().Put(name, Native(name, function));
  };
  const auto add_for_lists = [&](const char* name, auto function) {
    Builtin builtin(name, function);
    builtin.takes_list = true;
    library.builtins().Put(name, Own(std::move(builtin)));
  };
  add_for_lists("min", [](Interpreter& interpreter, Arguments arguments) {
    return Extreme(interpreter, std::move(arguments), CompareOperator::kLess);
  });
  add_for_lists("max", [](Interpreter& interpreter, Arguments arguments) {
    return Extreme(interpreter, std::move(arguments), CompareOperator::kGreater);
  });
  add("any", [](Interpreter& interpreter, Arguments arguments) {
    return AnyOrAll(interpreter, std::move(arguments), false);
  });
  add("all", [](Interpreter& interpreter, Arguments arguments) {
    return AnyOrAll(interpreter, std::move(arguments), true);
  });
  library.builtins().Put("__debug__", true);
  for (const char* name : {"open", "exec", "compile", "input"}) {
    add(name, [name](Interpreter&, Arguments) { return Refuse(name); });
  }
}

}  // namespace sconce::python
