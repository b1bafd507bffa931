#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/graph_types.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/key.h"
#include "server/frontend/python_source/interpreter/numbers.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/same_value.h"
#include "server/frontend/python_source/interpreter/sequences.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/interpreter/text.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

struct BinaryNames {
  const char* symbol;
  const char* torch;
  const char* in_place;   // null: the assignment binds the name anew
  const char* method;     // of user classes: __add__
  const char* reflected;  // __radd__
};

// In the order of BinaryOperator.
constexpr std::array<BinaryNames, 13> kBinary = {
    {{"+", "aten::add", "aten::add_", "__add__", "__radd__"},
     {"-", "aten::sub", "aten::sub_", "__sub__", "__rsub__"},
     {"*", "aten::mul", "aten::mul_", "__mul__", "__rmul__"},
     {"/", "aten::div", "aten::div_", "__truediv__", "__rtruediv__"},
     {"//", "aten::floor_divide", "aten::floor_divide_", "__floordiv__", "__rfloordiv__"},
     {"%", "aten::remainder", "aten::remainder_", "__mod__", "__rmod__"},
     {"**", "aten::pow", "aten::pow_", "__pow__", "__rpow__"},
     {"@", "aten::matmul", nullptr, "__matmul__", "__rmatmul__"},
     {"&", "aten::__and__", "aten::__iand__", "__and__", "__rand__"},
     {"|", "aten::__or__", "aten::__ior__", "__or__", "__ror__"},
     {"^", "aten::__xor__", "aten::__ixor__", "__xor__", "__rxor__"},
     {"<<", "aten::__lshift__", "aten::__ilshift__", "__lshift__", "__rlshift__"},
     {">>", "aten::__rshift__", "aten::__irshift__", "__rshift__", "__rrshift__"}}};

struct CompareNames {
  const char* symbol;
  const char* torch;
  const char* method;
};

constexpr std::array<CompareNames, 6> kCompare = {{{"==", "aten::eq", "__eq__"},
                                                   {"!=", "aten::ne", "__ne__"},
                                                   {"<", "aten::lt", "__lt__"},
                                                   {"<=", "aten::le", "__le__"},
                                                   {">", "aten::gt", "__gt__"},
                                                   {">=", "aten::ge", "__ge__"}}};

bool IsOptional(const Value& value) { return IsGraphKind(value, c10::TypeKind::OptionalType); }

bool IsTensor(const Value& value) {
  return Is<TensorValue>(value) || IsGraphKind(value, c10::TypeKind::TensorType);
}

// Decided by torch: a tensor, or what only a request knows.
bool IsTorchs(const Value& value) {
  return Is<TensorValue>(value) || Is<Symbol>(value) || ListInGraph(value) != nullptr;
}

absl::Status TooManyItems() {
  return Raised("MemoryError", "a list of more items than Sconce makes");
}

bool PassesForTuple(const Value& value) {
  const List* list = ObjectOf<List>(value);
  return list != nullptr && list->passes_for_tuple;
}

// Whether both are lists or both are tuples.
bool AreOfOneKind(const Value& left, const Value& right) {
  return left.index() == right.index() || PassesForTuple(left) || PassesForTuple(right);
}

// list + list, list * 3 and the same of tuples.
std::optional<absl::StatusOr<Value>> SequenceBinary(Interpreter& interpreter, BinaryOperator op,
                                                    const Value& left, const Value& right) {
  // x.shape[:-1] + (3,)
  if (op == BinaryOperator::kAdd && ListInGraph(left) != nullptr && ObjectOf<Tuple>(right)) {
    return interpreter.Binary(op, left, ListOf(ObjectOf<Tuple>(right)->items));
  }
  if (op == BinaryOperator::kAdd && ListInGraph(right) != nullptr && ObjectOf<Tuple>(left)) {
    return interpreter.Binary(op, ListOf(ObjectOf<Tuple>(left)->items), right);
  }
  const auto* a = KnownItems(left);
  const auto* b = KnownItems(right);
  if (op == BinaryOperator::kAdd && a != nullptr && b != nullptr && AreOfOneKind(left, right)) {
    if (WeightOf(*a) + WeightOf(*b) > interpreter.limits().items) return TooManyItems();
    std::vector<Value> items = *a;
    items.insert(items.end(), b->begin(), b->end());
    return SequenceLike(PassesForTuple(left) ? right : left, std::move(items));
  }
  if (op != BinaryOperator::kMultiply || (a == nullptr) == (b == nullptr)) return std::nullopt;
  const Value& count = a != nullptr ? right : left;
  const auto& unit = a != nullptr ? *a : *b;
  const auto* times = std::get_if<int64_t>(&count);
  if (times == nullptr) return std::nullopt;
  const uint64_t turns = std::max<int64_t>(*times, 0);
  if (!unit.empty() && turns > interpreter.limits().items / WeightOf(unit)) {
    return TooManyItems();
  }
  std::vector<Value> items;
  for (uint64_t i = 0; i < turns; ++i) items.insert(items.end(), unit.begin(), unit.end());
  return SequenceLike(a != nullptr ? left : right, std::move(items));
}

std::optional<absl::StatusOr<Value>> TextBinary(Interpreter& interpreter, BinaryOperator op,
                                                const Value& left, const Value& right) {
  const auto* text = std::get_if<std::string>(&left);
  const auto* other = std::get_if<std::string>(&right);
  if (op == BinaryOperator::kAdd && text != nullptr && other != nullptr) {
    if (text->size() + other->size() > interpreter.limits().items) {
      return Raised("MemoryError", "a longer text than Sconce makes");
    }
    return Value(*text + *other);
  }
  if (op == BinaryOperator::kModulo && text != nullptr) {
    return PercentFormat(interpreter, *text, right);
  }
  const auto* times = std::get_if<int64_t>(text != nullptr ? &right : &left);
  const auto* unit = text != nullptr ? text : other;
  if (op != BinaryOperator::kMultiply || times == nullptr || unit == nullptr) return std::nullopt;
  std::string repeated;
  for (int64_t i = 0; i < *times; ++i) {
    if (repeated.size() > interpreter.limits().items) {
      return Raised("MemoryError", "a longer text than Sconce makes");
    }
    repeated += *unit;
  }
  return Value(repeated);
}

std::optional<absl::StatusOr<Value>> TableBinary(BinaryOperator op, const Value& left,
                                                 const Value& right) {
  const bool dicts = Is<Dict>(left) && Is<Dict>(right);
  if (!dicts && !(Is<Set>(left) && Is<Set>(right))) return std::nullopt;
  const Table& a = dicts ? *std::get<Dict>(left).table : *std::get<Set>(left).table;
  const Table& b = dicts ? *std::get<Dict>(right).table : *std::get<Set>(right).table;
  auto result = std::make_shared<Table>();
  for (const Table::Entry& entry : a.entries) {
    const bool shared = b.Find(entry.id) != nullptr;
    if (op == BinaryOperator::kBitAnd ? !shared : op != BinaryOperator::kBitOr && shared) continue;
    result->Set(entry.id, entry.key, entry.value);
  }
  for (const Table::Entry& entry : b.entries) {
    const bool joins = op == BinaryOperator::kBitOr ||
                       (op == BinaryOperator::kBitXor && a.Find(entry.id) == nullptr);
    if (joins) result->Set(entry.id, entry.key, entry.value);
  }
  return dicts ? Value(Dict{result}) : Value(Set{result});
}

absl::StatusOr<std::optional<Value>> UserBinary(Interpreter& interpreter, const char* method,
                                                const char* reflected, const Value& left,
                                                const Value& right) {
  const std::pair<const Value*, const char*> ways[] = {{&left, method}, {&right, reflected}};
  for (const auto& [object, name] : ways) {
    const Instance* instance = ObjectOf<Instance>(*object);
    if (instance == nullptr || name == nullptr) continue;
    const Value* found = FindInClass(*instance->type, name);
    if (found == nullptr) continue;
    const Value& other = object == &left ? right : left;
    SCONCE_ASSIGN_OR_RETURN(Value value, interpreter.Call(*found, {{*object, other}, {}}));
    return std::optional<Value>(std::move(value));
  }
  return std::nullopt;
}

// size ** 2 of whole numbers, which torch's pow makes a float: how often it is a factor.
std::optional<int64_t> WholePower(BinaryOperator op, const Value& base, const Value& exponent) {
  const auto* times = std::get_if<int64_t>(&exponent);
  const bool is_whole = op == BinaryOperator::kPower && times != nullptr && *times > 0 &&
                        *times <= 64 && IsGraphKind(base, c10::TypeKind::IntType);
  return is_whole ? std::optional(*times) : std::nullopt;
}

absl::StatusOr<Value> PowerOf(Interpreter& interpreter, const Value& base, int64_t times) {
  Value power = base;
  for (int64_t i = 1; i < times; ++i) {
    SCONCE_ASSIGN_OR_RETURN(power, interpreter.CallOperator("aten::mul", {{power, base}, {}}));
  }
  return power;
}

// True beside a tensor: sums, products and what logic gives of flags are flags.
absl::StatusOr<Value> AsOperand(Interpreter& interpreter, BinaryOperator op, const Value& value) {
  const auto* flag = std::get_if<bool>(&value);
  if (flag == nullptr) return value;
  const int64_t number = *flag ? 1 : 0;
  const bool gives_flags = op == BinaryOperator::kAdd || op == BinaryOperator::kMultiply ||
                           op == BinaryOperator::kBitAnd || op == BinaryOperator::kBitOr ||
                           op == BinaryOperator::kBitXor;
  if (!gives_flags) return Value(number);
  return interpreter.CallOperator("aten::full",
                                  {{ListOf({}), number}, {{"dtype", Dtype{at::kBool}}}});
}

bool IsWhole(const Value& value) {
  return Is<int64_t>(value) || Is<bool>(value) || IsGraphKind(value, c10::TypeKind::IntType) ||
         IsGraphKind(value, c10::TypeKind::BoolType);
}

// a // b of numbers of a request. LibTorch's own divides floats and rounds down, which is not
// Python's.
absl::StatusOr<Value> FloorDivided(Interpreter& interpreter, const Value& left,
                                   const Value& right) {
  // Of a number out of a tensor only a request knows which it is.
  const bool is_open =
      IsGraphKind(left, c10::TypeKind::NumberType) || IsGraphKind(right, c10::TypeKind::NumberType);
  if (is_open || (IsWhole(left) && IsWhole(right))) {
    return interpreter.CallOperator("aten::floordiv", {{left, right}, {}});
  }
  SCONCE_ASSIGN_OR_RETURN(const Value rest,
                          interpreter.CallOperator("aten::remainder", {{left, right}, {}}));
  SCONCE_ASSIGN_OR_RETURN(const Value whole,
                          interpreter.CallOperator("aten::sub", {{left, rest}, {}}));
  SCONCE_ASSIGN_OR_RETURN(const Value quotient,
                          interpreter.CallOperator("aten::div", {{whole, right}, {}}));
  return interpreter.CallOperator("aten::round", {{quotient}, {}});
}

// a % b of whole numbers: LibTorch's own ends the process when b is 0, its floordiv raises.
absl::StatusOr<Value> Remainder(Interpreter& interpreter, const Value& left, const Value& right) {
  const auto* known = std::get_if<int64_t>(&right);
  const bool is_safe = known != nullptr && *known != 0 && *known != -1;
  if (is_safe || !IsWhole(left) || !IsWhole(right)) {
    return interpreter.CallOperator("aten::remainder", {{left, right}, {}});
  }
  SCONCE_ASSIGN_OR_RETURN(const Value quotient, FloorDivided(interpreter, left, right));
  SCONCE_ASSIGN_OR_RETURN(const Value whole,
                          interpreter.Binary(BinaryOperator::kMultiply, quotient, right));
  return interpreter.Binary(BinaryOperator::kSubtract, left, whole);
}

// x.item() * tensor: a number whose type only a request knows, which TorchScript would make the
// tensor a number for.
absl::StatusOr<Value> NumberAndTensor(Interpreter& interpreter, BinaryOperator op,
                                      const Value& number, const Value& tensor) {
  switch (op) {
    case BinaryOperator::kAdd:
    case BinaryOperator::kMultiply:
      return interpreter.Binary(op, tensor, number);
    case BinaryOperator::kSubtract:
      return interpreter.CallOperator("aten::rsub", {{tensor, number}, {}});
    case BinaryOperator::kDivide: {
      SCONCE_ASSIGN_OR_RETURN(const Value inverse,
                              interpreter.CallOperator("aten::reciprocal", {{tensor}, {}}));
      return interpreter.Binary(BinaryOperator::kMultiply, inverse, number);
    }
    case BinaryOperator::kPower:
      return interpreter.CallOperator("aten::pow", {{number, tensor}, {}});
    default:
      return Unsupported(
          "a number out of a tensor on the left of this operator; use float() or "
          "int() around it");
  }
}

// (None, None) and a list of sizes.
bool DiffersFromNumbers(const Value& known, const Value& list) {
  const auto* items = KnownItems(known);
  torch::jit::Value* in_graph = ListInGraph(list);
  return items != nullptr && in_graph != nullptr && *in_graph->type() == *c10::ListType::ofInts() &&
         std::any_of(items->begin(), items->end(),
                     [](const Value& item) { return Is<None>(item) || Is<std::string>(item); });
}

bool IsClassBesideUnknown(const Value& left, const Value& right) {
  const Unknown* unknown = ObjectOf<Unknown>(right);
  if (ObjectOf<Class>(left) == nullptr || unknown == nullptr) return false;
  // A class, as people name them: not a value such as config.act.
  const std::string name = unknown->name.substr(unknown->name.rfind('.') + 1);
  return !name.empty() && absl::ascii_isupper(static_cast<unsigned char>(name[0]));
}

// The operator that says the same with its sides exchanged.
CompareOperator Mirrored(CompareOperator op) {
  switch (op) {
    case CompareOperator::kLess:
      return CompareOperator::kGreater;
    case CompareOperator::kLessEqual:
      return CompareOperator::kGreaterEqual;
    case CompareOperator::kGreater:
      return CompareOperator::kLess;
    case CompareOperator::kGreaterEqual:
      return CompareOperator::kLessEqual;
    default:
      return op;
  }
}

// 2 ** n, an int as long as n is not negative.
absl::StatusOr<Value> PowerOfKnown(Interpreter& interpreter, const Value& base,
                                   const Value& exponent) {
  SCONCE_ASSIGN_OR_RETURN(
      const Value whole, interpreter.Compare(CompareOperator::kGreaterEqual, exponent, int64_t{0}));
  SCONCE_RETURN_IF_ERROR(interpreter.Require(
      whole, "ValueError", "an int to a negative power; write the base as a float: 2.0 ** n"));
  SCONCE_ASSIGN_OR_RETURN(const Value power,
                          interpreter.CallOperator("aten::pow", {{base, exponent}, {}}));
  return interpreter.CallOperator("aten::Int", {{power}, {}});
}

// One after another; known to be false where one pair is, else maybe for a request to tell.
class AllEqual {
 public:
  explicit AllEqual(Interpreter& interpreter) : interpreter_(interpreter) {}

  absl::Status Add(const Value& left, const Value& right) {
    SCONCE_ASSIGN_OR_RETURN(const Value equal,
                            interpreter_.Compare(CompareOperator::kEqual, left, right));
    SCONCE_ASSIGN_OR_RETURN(const Value truth, interpreter_.Truth(equal));
    SCONCE_ASSIGN_OR_RETURN(all_, interpreter_.Binary(BinaryOperator::kBitAnd, all_, truth));
    return absl::OkStatus();
  }

  bool IsDecided() const { return Is<bool>(all_) && !std::get<bool>(all_); }
  const Value& all() const { return all_; }

 private:
  Interpreter& interpreter_;
  Value all_ = true;
};

absl::StatusOr<Value> Equal(Interpreter& interpreter, const Value& left, const Value& right) {
  if (StackGuard::IsLow()) return Raised("RecursionError", "values that nest too deeply");
  if (IsKnownNumber(left) && IsKnownNumber(right)) {
    return NumberCompare(CompareOperator::kEqual, left, right);
  }
  AllEqual all(interpreter);
  const auto* a = KnownItems(left);
  const auto* b = KnownItems(right);
  if (a != nullptr && b != nullptr && AreOfOneKind(left, right)) {
    if (a->size() != b->size()) return false;
    for (size_t i = 0; i < a->size() && !all.IsDecided(); ++i) {
      SCONCE_RETURN_IF_ERROR(all.Add((*a)[i], (*b)[i]));
    }
    return all.all();
  }
  const bool sets = Is<Set>(left) && Is<Set>(right);
  const Table* x = sets ? std::get<Set>(left).table.get() : DataOf(left);
  const Table* y = sets ? std::get<Set>(right).table.get() : DataOf(right);
  if (x == nullptr || y == nullptr) return IsSame(left, right);
  if (x->entries.size() != y->entries.size()) return false;
  for (const Table::Entry& entry : x->entries) {
    const Value* other = y->Find(entry.id);
    if (other == nullptr) return false;
    SCONCE_RETURN_IF_ERROR(all.Add(entry.value, *other));
    if (all.IsDecided()) return false;
  }
  return all.all();
}

absl::StatusOr<Value> CompareKnown(Interpreter& interpreter, CompareOperator op, const Value& left,
                                   const Value& right) {
  if (op == CompareOperator::kEqual || op == CompareOperator::kNotEqual) {
    SCONCE_ASSIGN_OR_RETURN(Value equal, Equal(interpreter, left, right));
    return op == CompareOperator::kEqual ? absl::StatusOr<Value>(std::move(equal))
                                         : interpreter.Unary(UnaryOperator::kNot, equal);
  }
  if (IsKnownNumber(left) && IsKnownNumber(right)) return NumberCompare(op, left, right);
  const auto* a = std::get_if<std::string>(&left);
  const auto* b = std::get_if<std::string>(&right);
  if (a != nullptr && b != nullptr) {
    return NumberCompare(op, int64_t{a->compare(*b)}, int64_t{0});
  }
  const auto* x = KnownItems(left);
  const auto* y = KnownItems(right);
  if (x != nullptr && y != nullptr) {
    for (size_t i = 0; i < std::min(x->size(), y->size()); ++i) {
      SCONCE_ASSIGN_OR_RETURN(const Value equal, Equal(interpreter, (*x)[i], (*y)[i]));
      SCONCE_ASSIGN_OR_RETURN(const bool known, interpreter.KnownTruth(equal, "this comparison"));
      if (!known) return interpreter.Compare(op, (*x)[i], (*y)[i]);
    }
    return NumberCompare(op, static_cast<int64_t>(x->size()), static_cast<int64_t>(y->size()));
  }
  return Raised("TypeError", absl::StrFormat("'%s' is not supported between %s and %s",
                                             kCompare[static_cast<size_t>(op)].symbol,
                                             TypeName(left), TypeName(right)));
}

// Set in one branch of an `if` that depends on the input: nobody knows here whether it is there.
absl::Status CheckSetOnce(const Value& entry) {
  const Unknown* unknown = ObjectOf<Unknown>(entry);
  const bool may_lack =
      unknown != nullptr && absl::StartsWith(unknown->why, "it has a value in only");
  return may_lack ? CheckKnown(entry) : absl::OkStatus();
}

absl::StatusOr<Value> Contains(Interpreter& interpreter, const Value& container,
                               const Value& item) {
  const Unknown* unknown = ObjectOf<Unknown>(container);
  if (unknown != nullptr && unknown->is_file) return false;
  SCONCE_RETURN_IF_ERROR(CheckKnown(container));
  SCONCE_RETURN_IF_ERROR(CheckKnown(item));
  SCONCE_RETURN_IF_ERROR(CheckTextKnown(container));
  if (IsTorchs(container))
    return interpreter.CallOperator("aten::__contains__", {{container, item}, {}});
  const auto* text = std::get_if<std::string>(&container);
  const auto* part = std::get_if<std::string>(&item);
  if (text != nullptr && part != nullptr) return absl::StrContains(*text, *part);
  const Table* table = nullptr;
  if (const auto* dict = std::get_if<Dict>(&container)) table = dict->table.get();
  if (const auto* set = std::get_if<Set>(&container)) table = set->table.get();
  // A number or text of a request is compared with each key.
  const bool is_key = !Is<Symbol>(item) || IsTensor(item);
  if (table != nullptr && is_key) {
    SCONCE_RETURN_IF_ERROR(CheckKeyKnown(item, *table));
    SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(item));
    const Value* found = table->Find(id);
    if (found != nullptr) SCONCE_RETURN_IF_ERROR(CheckSetOnce(*found));
    return found != nullptr;
  }
  SCONCE_ASSIGN_OR_RETURN(const auto method,
                          UserBinary(interpreter, "__contains__", nullptr, container, item));
  if (method.has_value()) return *method;
  SCONCE_ASSIGN_OR_RETURN(const auto items, interpreter.Iterate(container));
  Value found = false;
  for (const Value& each : items) {
    if (IsSame(each, item)) return true;
    SCONCE_ASSIGN_OR_RETURN(const Value equal,
                            interpreter.Compare(CompareOperator::kEqual, each, item));
    SCONCE_ASSIGN_OR_RETURN(const Value truth, interpreter.Truth(equal));
    SCONCE_ASSIGN_OR_RETURN(found, interpreter.Binary(BinaryOperator::kBitOr, found, truth));
  }
  return found;
}

// x is y
absl::StatusOr<Value> Identity(Interpreter& interpreter, const Value& left, const Value& right) {
  const bool optional = IsGraphKind(left, c10::TypeKind::OptionalType);
  if (optional && Is<None>(right)) {
    return interpreter.CallOperator("aten::__is__", {{left, right}, {}});
  }
  if (Is<None>(left) && IsGraphKind(right, c10::TypeKind::OptionalType)) {
    return Identity(interpreter, right, left);
  }
  if (interpreter.recorder() != nullptr && (Is<None>(left) || Is<None>(right))) {
    interpreter.recorder()->AskedForNone(Is<None>(right) ? left : right);
  }
  return IsSame(left, right);
}

}  // namespace

absl::StatusOr<Value> Interpreter::Binary(BinaryOperator op, const Value& left_given,
                                          const Value& right_given) {
  const Value& left = Plain(left_given);
  const Value& right = Plain(right_given);
  SCONCE_RETURN_IF_ERROR(CheckKnown(left));
  SCONCE_RETURN_IF_ERROR(CheckKnown(right));
  if (IsOptional(left) || IsOptional(right)) {
    SCONCE_ASSIGN_OR_RETURN(const Value present_left, Present(left));
    SCONCE_ASSIGN_OR_RETURN(const Value present_right, Present(right));
    return Binary(op, present_left, present_right);
  }
  const BinaryNames& names = kBinary[static_cast<size_t>(op)];
  if (IsKnownNumber(left) && IsKnownNumber(right)) return NumberBinary(op, left, right);
  if (auto text = TextBinary(*this, op, left, right)) return *std::move(text);
  if (auto sequence = SequenceBinary(*this, op, left, right)) return *std::move(sequence);
  if (auto table = TableBinary(op, left, right)) return *std::move(table);
  SCONCE_ASSIGN_OR_RETURN(const auto user,
                          UserBinary(*this, names.method, names.reflected, left, right));
  if (user.has_value()) return *user;
  if (IsTorchs(left) || IsTorchs(right)) {
    const bool tensors = IsTensor(left) || IsTensor(right);
    // Known sides of `and` and `or` of flags need no operator.
    if (!tensors && (op == BinaryOperator::kBitAnd || op == BinaryOperator::kBitOr)) {
      const bool neutral = op == BinaryOperator::kBitAnd;
      if (IsSame(left, Value(neutral))) return right;
      if (IsSame(right, Value(neutral))) return left;
      if (IsSame(left, Value(!neutral)) || IsSame(right, Value(!neutral))) return Value(!neutral);
    }
    if (tensors && (Is<bool>(left) || Is<bool>(right))) {
      SCONCE_ASSIGN_OR_RETURN(const Value a, AsOperand(*this, op, left));
      SCONCE_ASSIGN_OR_RETURN(const Value b, AsOperand(*this, op, right));
      return Binary(op, a, b);
    }
    if (IsGraphKind(left, c10::TypeKind::NumberType) && IsTensor(right)) {
      return NumberAndTensor(*this, op, left, right);
    }
    const bool commutes = op == BinaryOperator::kAdd || op == BinaryOperator::kMultiply;
    if (IsGraphKind(left, c10::TypeKind::BoolType) && IsTensor(right) && commutes) {
      return Binary(op, right, left);
    }
    if (op == BinaryOperator::kFloorDivide && tensors && !IsTensor(left)) {
      SCONCE_ASSIGN_OR_RETURN(const Value divided, CallOperator("aten::tensor", {{left}, {}}));
      return CallOperator(names.torch, {{divided, right}, {}});
    }
    if (const auto times = WholePower(op, left, right)) return PowerOf(*this, left, *times);
    const bool whole_power = op == BinaryOperator::kPower && Is<int64_t>(left) &&
                             IsGraphKind(right, c10::TypeKind::IntType);
    // 2 ** -n is a float, as torch's pow.
    if (whole_power && std::get<Symbol>(right).value->node()->kind() != c10::aten::neg) {
      return PowerOfKnown(*this, left, right);
    }
    if (op == BinaryOperator::kFloorDivide && !tensors) return FloorDivided(*this, left, right);
    if (op == BinaryOperator::kModulo && !tensors) return Remainder(*this, left, right);
    return CallOperator(names.torch, {{left, right}, {}});
  }
  return Raised("TypeError", absl::StrFormat("unsupported operand types for %s: '%s' and '%s'",
                                             names.symbol, TypeName(left), TypeName(right)));
}

absl::StatusOr<Value> Interpreter::BinaryInPlace(BinaryOperator op, const Value& left,
                                                 const Value& right) {
  const char* in_place = kBinary[static_cast<size_t>(op)].in_place;
  SCONCE_RETURN_IF_ERROR(CheckKnown(right));
  if (IsOptional(left)) {
    SCONCE_ASSIGN_OR_RETURN(const Value present, Present(left));
    return BinaryInPlace(op, present, right);
  }
  const auto* symbol = std::get_if<Symbol>(&left);
  const bool is_new =
      symbol != nullptr && recorder_ != nullptr && recorder_->HasBegunAsNumber(symbol->value);
  if (IsTensor(left) && in_place != nullptr && !is_new) {
    SCONCE_ASSIGN_OR_RETURN(const Value operand, AsOperand(*this, op, right));
    return CallOperator(in_place, {{left, operand}, {}});
  }
  const auto* list = std::get_if<std::shared_ptr<List>>(&left);
  if (list != nullptr && op == BinaryOperator::kAdd) {
    SCONCE_RETURN_IF_ERROR(Extend(*list, right));
    return left;
  }
  return Binary(op, left, right);
}

absl::Status Interpreter::Append(const std::shared_ptr<List>& list, const Value& item) {
  if (list->symbol != nullptr) {
    const auto type = list->symbol->type()->expectRef<c10::ListType>().getElementType();
    SCONCE_ASSIGN_OR_RETURN(torch::jit::Value * written, recorder_->Materialise(item, type));
    const Symbol fitting{WidenTo(type, written)};
    return CallOperator("aten::append", {{Symbol{list->symbol}, fitting}, {}}).status();
  }
  if (list->items.size() >= limits_.items) {
    return TooManyItems();
  }
  Touch(list);
  MadeValues() += WeightOf(item);
  list->items.push_back(item);
  return absl::OkStatus();
}

absl::Status Interpreter::Extend(const std::shared_ptr<List>& list, const Value& items) {
  SCONCE_ASSIGN_OR_RETURN(const Value iterable, IterableOf(items));
  if (const Tuple* known = ObjectOf<Tuple>(iterable)) {
    for (const Value& item : known->items) SCONCE_RETURN_IF_ERROR(Append(list, item));
    return absl::OkStatus();
  }
  SCONCE_ASSIGN_OR_RETURN(const Value more, ListOfAll(*this, items));
  if (list->symbol != nullptr) {
    return CallOperator("aten::extend", {{Symbol{list->symbol}, more}, {}}).status();
  }
  SCONCE_ASSIGN_OR_RETURN(const Value all, Joined(*this, list->items, more));
  Touch(list);
  list->symbol = ListInGraph(all);
  list->items.clear();
  return absl::OkStatus();
}

absl::StatusOr<Value> Interpreter::Unary(UnaryOperator op, const Value& operand) {
  SCONCE_RETURN_IF_ERROR(CheckKnown(operand));
  if (op == UnaryOperator::kNot) {
    SCONCE_ASSIGN_OR_RETURN(const Value truth, Truth(operand));
    if (const auto* known = std::get_if<bool>(&truth)) return !*known;
    return CallOperator("aten::__not__", {{truth}, {}});
  }
  if (IsKnownNumber(operand)) {
    if (op == UnaryOperator::kPlus) return operand;
    const BinaryOperator as =
        op == UnaryOperator::kMinus ? BinaryOperator::kSubtract : BinaryOperator::kBitXor;
    const Value other = op == UnaryOperator::kMinus ? int64_t{0} : int64_t{-1};
    if (Is<double>(operand) && op == UnaryOperator::kMinus) return -std::get<double>(operand);
    return NumberBinary(as, other, operand);
  }
  if (const auto* number = std::get_if<std::complex<double>>(&operand);
      number != nullptr && op == UnaryOperator::kMinus) {
    return -*number;
  }
  if (IsGraphKind(operand, c10::TypeKind::IntType) && op == UnaryOperator::kInvert) {
    SCONCE_ASSIGN_OR_RETURN(const Value negative, CallOperator("aten::neg", {{operand}, {}}));
    return Binary(BinaryOperator::kSubtract, negative, int64_t{1});
  }
  if (IsTorchs(operand)) {
    if (op == UnaryOperator::kPlus) return operand;
    return CallOperator(op == UnaryOperator::kMinus ? "aten::neg" : "aten::bitwise_not",
                        {{operand}, {}});
  }
  const char* method = op == UnaryOperator::kMinus ? "__neg__" : "__invert__";
  SCONCE_ASSIGN_OR_RETURN(const auto found, FindAttribute(operand, method));
  if (found.has_value()) return Call(*found, {});
  return Raised("TypeError",
                absl::StrFormat("bad operand type for unary operator: '%s'", TypeName(operand)));
}

absl::StatusOr<Value> Interpreter::Compare(CompareOperator op, const Value& left_given,
                                           const Value& right_given) {
  if (op == CompareOperator::kIs || op == CompareOperator::kIsNot) {
    SCONCE_ASSIGN_OR_RETURN(const Value same, Identity(*this, left_given, right_given));
    return op == CompareOperator::kIs ? absl::StatusOr<Value>(same)
                                      : Unary(UnaryOperator::kNot, same);
  }
  const Value& left = Plain(left_given);
  const Value& right = Plain(right_given);
  if (op == CompareOperator::kIn || op == CompareOperator::kNotIn) {
    SCONCE_ASSIGN_OR_RETURN(const Value found, Contains(*this, right, left));
    return op == CompareOperator::kIn ? absl::StatusOr<Value>(found)
                                      : Unary(UnaryOperator::kNot, found);
  }
  const bool equality = op == CompareOperator::kEqual || op == CompareOperator::kNotEqual;
  // type(x) == package.Kind: a class that is known is none of a package that is not given.
  if (equality && (IsClassBesideUnknown(left, right) || IsClassBesideUnknown(right, left))) {
    return op == CompareOperator::kNotEqual;
  }
  SCONCE_RETURN_IF_ERROR(CheckKnown(left));
  SCONCE_RETURN_IF_ERROR(CheckKnown(right));
  SCONCE_RETURN_IF_ERROR(CheckTextKnown(left));
  SCONCE_RETURN_IF_ERROR(CheckTextKnown(right));
  if (equality && (Is<None>(left) || Is<None>(right))) {
    SCONCE_ASSIGN_OR_RETURN(const Value same, Identity(*this, left, right));
    return op == CompareOperator::kEqual ? absl::StatusOr<Value>(same)
                                         : Unary(UnaryOperator::kNot, same);
  }
  if (IsGraphKind(left, c10::TypeKind::NumberType) && IsTensor(right)) {
    return Compare(Mirrored(op), right, left);
  }
  if (equality && (DiffersFromNumbers(left, right) || DiffersFromNumbers(right, left))) {
    return op == CompareOperator::kNotEqual;
  }
  const CompareNames& names = kCompare[static_cast<size_t>(op)];
  if (IsTorchs(left) || IsTorchs(right)) {
    const bool texts = Is<std::string>(left) || Is<std::string>(right);
    if (equality && texts && (IsTensor(left) || IsTensor(right))) {
      return op == CompareOperator::kNotEqual;
    }
    return CallOperator(names.torch, {{left, right}, {}});
  }
  SCONCE_ASSIGN_OR_RETURN(auto user, UserBinary(*this, names.method, nullptr, left, right));
  if (user.has_value()) return *user;
  if (op == CompareOperator::kNotEqual) {
    SCONCE_ASSIGN_OR_RETURN(user, UserBinary(*this, "__eq__", nullptr, left, right));
    if (user.has_value()) return Unary(UnaryOperator::kNot, *user);
  }
  return CompareKnown(*this, op, left, right);
}

absl::StatusOr<Value> Interpreter::Truth(const Value& value) {
  SCONCE_RETURN_IF_ERROR(CheckKnown(value));
  if (Is<None>(value)) return false;
  if (IsKnownNumber(value)) return NumberOf(value) != 0;
  if (const auto* text = std::get_if<std::string>(&value)) return !text->empty();
  if (const auto* items = KnownItems(value)) return !items->empty();
  if (const auto* dict = std::get_if<Dict>(&value)) return !dict->table->entries.empty();
  if (const auto* set = std::get_if<Set>(&value)) return !set->table->entries.empty();
  if (IsGraphKind(value, c10::TypeKind::BoolType)) return value;
  if (IsGraphKind(value, c10::TypeKind::OptionalType)) {
    SCONCE_ASSIGN_OR_RETURN(const Value is_none, Identity(*this, value, None()));
    return Unary(UnaryOperator::kNot, is_none);
  }
  if (ListInGraph(value) != nullptr || IsGraphKind(value, c10::TypeKind::DictType) ||
      IsGraphKind(value, c10::TypeKind::StringType)) {
    SCONCE_ASSIGN_OR_RETURN(const Value length, Length(value));
    return CallOperator("aten::ne", {{length, int64_t{0}}, {}});
  }
  if (IsTorchs(value)) return CallOperator("aten::Bool", {{value}, {}});
  if (ObjectOf<Instance>(value) != nullptr) {
    SCONCE_ASSIGN_OR_RETURN(auto method, FindAttribute(value, "__bool__"));
    if (!method.has_value()) {
      SCONCE_ASSIGN_OR_RETURN(method, FindAttribute(value, "__len__"));
    }
    if (method.has_value()) {
      SCONCE_ASSIGN_OR_RETURN(const Value result, Call(*method, {}));
      return Truth(result);
    }
  }
  return true;
}

}  // namespace sconce::python
