#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/comprehension.h"
#include "server/frontend/python_source/interpreter/flow.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/key.h"
#include "server/frontend/python_source/interpreter/keywords.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/sequences.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/text.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

class Evaluation {
 public:
  Evaluation(Interpreter& interpreter, Scope& scope) : interpreter_(interpreter), scope_(scope) {}

  absl::StatusOr<Value> operator()(const NoneLiteral&) { return None(); }
  absl::StatusOr<Value> operator()(const EllipsisLiteral&) { return EllipsisValue(); }
  absl::StatusOr<Value> operator()(const BoolLiteral& node) { return node.value; }
  absl::StatusOr<Value> operator()(const IntLiteral& node) { return node.value; }
  absl::StatusOr<Value> operator()(const FloatLiteral& node) { return node.value; }
  absl::StatusOr<Value> operator()(const ComplexLiteral& node) {
    return std::complex<double>(0, node.imaginary);
  }
  absl::StatusOr<Value> operator()(const StringLiteral& node) { return node.value; }

  absl::StatusOr<Value> operator()(const FormattedValue& node) {
    SCONCE_ASSIGN_OR_RETURN(const Value value, interpreter_.Evaluate(*node.value, scope_));
    const bool is_plain = node.format == nullptr && node.conversion == 0;
    if (is_plain && IsGraphKind(value, c10::TypeKind::StringType)) return value;
    std::string format;
    if (node.format != nullptr) {
      SCONCE_ASSIGN_OR_RETURN(const Value spec, interpreter_.Evaluate(*node.format, scope_));
      if (const auto* text = std::get_if<std::string>(&spec)) format = *text;
    }
    if (node.conversion == 0) return FormatValue(interpreter_, value, format);
    SCONCE_ASSIGN_OR_RETURN(const std::string text,
                            interpreter_.ToText(value, node.conversion != 's'));
    return FormatValue(interpreter_, text, format);
  }

  absl::StatusOr<Value> operator()(const FormattedString& node) {
    Value text = std::string();
    for (const ExprPtr& part : node.parts) {
      SCONCE_ASSIGN_OR_RETURN(const Value piece, interpreter_.Evaluate(*part, scope_));
      SCONCE_ASSIGN_OR_RETURN(text, interpreter_.Binary(BinaryOperator::kAdd, text, piece));
    }
    return text;
  }

  absl::StatusOr<Value> operator()(const Name& node) {
    SCONCE_ASSIGN_OR_RETURN(Value value, interpreter_.Lookup(node.id, scope_));
    // What can't be known goes by the name that the user would give it.
    const Unknown* unknown = ObjectOf<Unknown>(value);
    if (unknown != nullptr && (unknown->assumed != nullptr || IsGlobal(node.id))) {
      return Own(Unknown{node.id, unknown->why, unknown->assumed});
    }
    return value;
  }

  absl::StatusOr<Value> operator()(const Attribute& node) {
    SCONCE_ASSIGN_OR_RETURN(const Value value, interpreter_.Evaluate(*node.value, scope_));
    return interpreter_.GetAttribute(value, node.name);
  }

  absl::StatusOr<Value> operator()(const Subscript& node) {
    SCONCE_ASSIGN_OR_RETURN(const Value value, interpreter_.Evaluate(*node.value, scope_));
    SCONCE_ASSIGN_OR_RETURN(const Value index, interpreter_.Evaluate(*node.index, scope_));
    return interpreter_.GetItem(value, index);
  }

  absl::StatusOr<Value> operator()(const Slice& node) {
    SliceValue slice;
    const std::pair<const ExprPtr*, Value*> parts[] = {
        {&node.lower, &slice.lower}, {&node.upper, &slice.upper}, {&node.step, &slice.step}};
    for (const auto& [expr, value] : parts) {
      if (*expr == nullptr) continue;
      SCONCE_ASSIGN_OR_RETURN(*value, interpreter_.Evaluate(**expr, scope_));
    }
    return Own(std::move(slice));
  }

  absl::StatusOr<Value> operator()(const Starred&) {
    return Raised("SyntaxError", "a starred expression is not allowed here");
  }

  absl::StatusOr<Value> operator()(const sconce::python::Call& node) {
    Value function;
    if (const Comprehension* generator = ExtendedBy(node)) {
      const auto& method = std::get<Attribute>(node.function->node);
      SCONCE_ASSIGN_OR_RETURN(const Value object, interpreter_.Evaluate(*method.value, scope_));
      if (const auto* list = std::get_if<std::shared_ptr<List>>(&object)) {
        SCONCE_RETURN_IF_ERROR(ExtendByGenerator(interpreter_, *list, *generator, scope_));
        return None();
      }
      SCONCE_ASSIGN_OR_RETURN(function, interpreter_.GetAttribute(object, method.name));
    } else {
      SCONCE_ASSIGN_OR_RETURN(function, interpreter_.Evaluate(*node.function, scope_));
    }
    Arguments arguments;
    SCONCE_ASSIGN_OR_RETURN(arguments.positional, CallElements(node.arguments, function));
    for (const Keyword& keyword : node.keywords) {
      SCONCE_ASSIGN_OR_RETURN(Value value, interpreter_.Evaluate(*keyword.value, scope_));
      if (keyword.name.empty()) {
        SCONCE_RETURN_IF_ERROR(AddKeywords(value, arguments));
      } else {
        arguments.keywords.emplace_back(keyword.name, std::move(value));
      }
    }
    return interpreter_.Call(function, std::move(arguments));
  }

  absl::StatusOr<Value> operator()(const Unary& node) {
    if (node.op == UnaryOperator::kNot) {
      SCONCE_ASSIGN_OR_RETURN(const auto test, interpreter_.EvaluateTest(*node.operand, scope_));
      return interpreter_.Unary(node.op, test.truth);
    }
    SCONCE_ASSIGN_OR_RETURN(const Value operand, interpreter_.Evaluate(*node.operand, scope_));
    return interpreter_.Unary(node.op, operand);
  }

  absl::StatusOr<Value> operator()(const Binary& node) {
    SCONCE_ASSIGN_OR_RETURN(const Value left, interpreter_.Evaluate(*node.left, scope_));
    SCONCE_ASSIGN_OR_RETURN(const Value right, interpreter_.Evaluate(*node.right, scope_));
    return interpreter_.Binary(node.op, left, right);
  }

  // The value that decided, as in Python.
  absl::StatusOr<Value> operator()(const BoolOperation& node) { return Decide(node, 0); }

  absl::StatusOr<Value> operator()(const Compare& node) {
    SCONCE_ASSIGN_OR_RETURN(Value left, interpreter_.Evaluate(*node.operands[0], scope_));
    Value all = true;
    for (size_t i = 0; i < node.operators.size(); ++i) {
      SCONCE_ASSIGN_OR_RETURN(Value right, interpreter_.Evaluate(*node.operands[i + 1], scope_));
      SCONCE_ASSIGN_OR_RETURN(Value holds, interpreter_.Compare(node.operators[i], left, right));
      if (node.operators.size() == 1) return holds;
      SCONCE_ASSIGN_OR_RETURN(holds, interpreter_.Truth(holds));
      SCONCE_ASSIGN_OR_RETURN(all, interpreter_.Binary(BinaryOperator::kBitAnd, all, holds));
      if (const auto* known = std::get_if<bool>(&all); known != nullptr && !*known) return all;
      left = std::move(right);
    }
    return all;
  }

  absl::StatusOr<Value> operator()(const Conditional& node) {
    SCONCE_ASSIGN_OR_RETURN(const auto test, interpreter_.EvaluateTest(*node.test, scope_));
    return interpreter_.Choose(
        test, [&] { return interpreter_.Evaluate(*node.then, scope_); },
        [&] { return interpreter_.Evaluate(*node.otherwise, scope_); });
  }

  absl::StatusOr<Value> operator()(const TupleDisplay& node) {
    SCONCE_ASSIGN_OR_RETURN(const Value items, Elements(node.elements));
    // A list of the graph (sizes) is as good as a tuple.
    if (torch::jit::Value* list = ListInGraph(items)) return Symbol{list};
    return items;
  }
  absl::StatusOr<Value> operator()(const ListDisplay& node) {
    SCONCE_ASSIGN_OR_RETURN(const Value items, Elements(node.elements));
    const Tuple* known = ObjectOf<Tuple>(items);
    return known == nullptr ? items : ListOf(known->items);
  }
  absl::StatusOr<Value> operator()(const SetDisplay& node) {
    SCONCE_ASSIGN_OR_RETURN(const Value all, Elements(node.elements));
    SCONCE_ASSIGN_OR_RETURN(const auto items, interpreter_.Iterate(all));
    auto table = std::make_shared<Table>();
    for (const Value& item : items) {
      SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(item));
      table->Set(id, item, None());
    }
    return Set{std::move(table)};
  }

  absl::StatusOr<Value> operator()(const DictDisplay& node) {
    auto table = std::make_shared<Table>();
    for (const DictEntry& entry : node.entries) {
      SCONCE_ASSIGN_OR_RETURN(Value value, interpreter_.Evaluate(*entry.value, scope_));
      if (entry.key == nullptr) {
        const Table* dict = DataOf(value);
        if (dict == nullptr) {
          return Raised("TypeError", absl::StrFormat("'%s' is not a dict", TypeName(value)));
        }
        for (const auto& inner : dict->entries) table->Set(inner.id, inner.key, inner.value);
        continue;
      }
      SCONCE_ASSIGN_OR_RETURN(const Value key, interpreter_.Evaluate(*entry.key, scope_));
      SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(key));
      table->Set(id, key, std::move(value));
    }
    return Dict{std::move(table)};
  }

  absl::StatusOr<Value> operator()(const Comprehension& node) {
    return EvaluateComprehension(interpreter_, node, scope_);
  }

  absl::StatusOr<Value> operator()(const NamedExpr& node) {
    SCONCE_ASSIGN_OR_RETURN(const Value value, interpreter_.Evaluate(*node.value, scope_));
    SCONCE_RETURN_IF_ERROR(interpreter_.Bind(node.name, value, scope_));
    return value;
  }

  absl::StatusOr<Value> operator()(const Lambda& node) {
    Function function;
    function.name = "<lambda>";
    function.parameters = &node.parameters;
    function.expression = node.body.get();
    SCONCE_RETURN_IF_ERROR(interpreter_.FillDefaults(function, scope_));
    return Own(std::move(function));
  }

  absl::StatusOr<Value> operator()(const Yield& node) {
    const Value yielded = Yielded(scope_);
    const auto* list = std::get_if<std::shared_ptr<List>>(&yielded);
    if (list == nullptr) return Unsupported("yield is run only in the body of a function");
    Value value;
    if (node.value != nullptr) {
      SCONCE_ASSIGN_OR_RETURN(value, interpreter_.Evaluate(*node.value, scope_));
    }
    std::vector<Value> values = {value};
    if (node.from) {
      SCONCE_ASSIGN_OR_RETURN(values, interpreter_.Iterate(value));
    }
    if ((*list)->items.size() + values.size() > interpreter_.limits().items) {
      return Raised("MemoryError", "a generator that yields more items than Sconce makes");
    }
    for (const Value& each : values) {
      SCONCE_RETURN_IF_ERROR(interpreter_.Append(*list, each));
    }
    return None();
  }

  absl::StatusOr<Value> operator()(const UnsupportedExpr& node) {
    return Unsupported(absl::StrFormat("%s is not run here", node.what));
  }

 private:
  // Of the user's file, where --define reaches it.
  bool IsGlobal(const std::string& name) const {
    if (scope_.module == nullptr || scope_.module->is_library()) return false;
    const Scope* at = &scope_;
    while (at != nullptr && at->names->Get(name) == nullptr) at = at->outer.get();
    return at == nullptr || at == &scope_.module->scope();
  }

  // The items of a display or call: a tuple, or, where only a request knows how many a star stands
  // for, a list of the graph or a Sequence. `of_call`: functions have to know how many there are.
  absl::StatusOr<Value> Elements(const std::vector<ExprPtr>& elements, bool of_call = false) {
    Stretch all;
    for (const ExprPtr& element : elements) {
      const bool stretched = !Is<None>(all.list);
      std::vector<Value>& items = stretched ? all.after : all.before;
      const auto* starred = std::get_if<Starred>(&element->node);
      const Expr& expr = starred == nullptr ? *element : *starred->value;
      SCONCE_ASSIGN_OR_RETURN(Value value, interpreter_.Evaluate(expr, scope_));
      if (starred == nullptr) {
        items.push_back(std::move(value));
        continue;
      }
      if (of_call && ListInGraph(value) != nullptr) {
        SCONCE_ASSIGN_OR_RETURN(const auto known, interpreter_.AllItems(value));
        if (known.has_value()) {
          items.insert(items.end(), known->begin(), known->end());
          continue;
        }
      }
      SCONCE_ASSIGN_OR_RETURN(const Value list, ListOfAll(interpreter_, value));
      if (ListInGraph(list) == nullptr) {
        const auto& more = ObjectOf<List>(list)->items;
        items.insert(items.end(), more.begin(), more.end());
      } else if (stretched) {
        SCONCE_ASSIGN_OR_RETURN(const Value between, Joined(interpreter_, {}, all.list, items));
        items.clear();
        SCONCE_ASSIGN_OR_RETURN(all.list, interpreter_.Binary(BinaryOperator::kAdd, between, list));
      } else {
        all.list = list;
      }
    }
    if (Is<None>(all.list)) return TupleOf(all.before);
    auto joined = Joined(interpreter_, all.before, all.list, all.after);
    return joined.ok() ? joined : StretchedSequence(interpreter_, std::move(all));
  }

  // x.extend(f(y) for y in z); null: it is no such call.
  static const Comprehension* ExtendedBy(const sconce::python::Call& node) {
    const auto* method = std::get_if<Attribute>(&node.function->node);
    const bool extends = method != nullptr && method->name == "extend" &&
                         node.arguments.size() == 1 && node.keywords.empty();
    return extends ? AsGenerator(*node.arguments[0]) : nullptr;
  }

  // f(*sizes, -1): of an operator that takes a list as well, the list.
  absl::StatusOr<std::vector<Value>> CallElements(const std::vector<ExprPtr>& elements,
                                                  const Value& function) {
    SCONCE_ASSIGN_OR_RETURN(const Value items, Elements(elements, /*of_call=*/true));
    if (const Tuple* known = ObjectOf<Tuple>(items)) return known->items;
    const BoundMethod* method = ObjectOf<BoundMethod>(function);
    const Builtin* builtin = ObjectOf<Builtin>(method == nullptr ? function : method->function);
    if (builtin != nullptr && builtin->takes_list && ListInGraph(items) != nullptr) {
      return std::vector<Value>{items};
    }
    return Unsupported(
        "only a request knows how many arguments the star stands for; they have to be known here");
  }

  absl::StatusOr<Value> Decide(const BoolOperation& node, size_t i) {
    if (i + 1 == node.operands.size()) return interpreter_.Evaluate(*node.operands[i], scope_);
    SCONCE_ASSIGN_OR_RETURN(const auto test, interpreter_.EvaluateTest(*node.operands[i], scope_));
    if (const auto* known = std::get_if<bool>(&test.truth)) {
      if (*known == node.is_and) return Decide(node, i + 1);
      return *test.value;
    }
    const auto rest = [&] { return Decide(node, i + 1); };
    const auto decided = [&]() -> absl::StatusOr<Value> { return *test.value; };
    return node.is_and ? interpreter_.Choose(test, rest, decided)
                       : interpreter_.Choose(test, decided, rest);
  }

  Interpreter& interpreter_;
  Scope& scope_;
};

// What a truth says of optional inputs, wherever it was asked: x is None, exists(x), not missing.
void Narrow(Interpreter::Test& test, torch::jit::Value* truth) {
  const torch::jit::Node* node = truth->node();
  bool negated = false;
  // Nobody writes more of them in earnest, and each is followed for each test.
  for (int i = 0; i < 8 && node->kind() == c10::aten::__not__; ++i) {
    node = node->input(0)->node();
    negated = !negated;
  }
  const bool is = node->kind() == c10::aten::__is__;
  if (!is && node->kind() != c10::aten::__isnot__) return;
  torch::jit::Value* optional = node->input(0);
  const bool may_be_none = optional->type()->kind() == c10::TypeKind::OptionalType;
  if (!may_be_none || !node->input(1)->mustBeNone()) return;
  const bool absent_if_true = is != negated;
  (absent_if_true ? test.if_true : test.if_false).absent.push_back(optional);
  (absent_if_true ? test.if_false : test.if_true).present.push_back(optional);
}

void Merge(Interpreter::Narrowing& into, const Interpreter::Narrowing& more) {
  into.present.insert(into.present.end(), more.present.begin(), more.present.end());
  into.absent.insert(into.absent.end(), more.absent.begin(), more.absent.end());
}

}  // namespace

absl::StatusOr<Value> Interpreter::EvaluateNode(const Expr& expr, Scope& scope) {
  return std::visit(Evaluation(*this, scope), expr.node);
}

absl::StatusOr<Interpreter::Test> Interpreter::EvaluateTest(const Expr& expr, Scope& scope) {
  Test test;
  if (const auto* negation = std::get_if<sconce::python::Unary>(&expr.node);
      negation != nullptr && negation->op == UnaryOperator::kNot) {
    SCONCE_ASSIGN_OR_RETURN(test, EvaluateTest(*negation->operand, scope));
    SCONCE_ASSIGN_OR_RETURN(test.truth, Unary(UnaryOperator::kNot, test.truth));
    test.value = test.truth;
    std::swap(test.if_true, test.if_false);
    return test;
  }
  const auto* operation = std::get_if<BoolOperation>(&expr.node);
  if (operation != nullptr && recorder_ != nullptr) return EvaluateAll(*operation, 0, scope);
  SCONCE_ASSIGN_OR_RETURN(test.value, Evaluate(expr, scope));
  SCONCE_ASSIGN_OR_RETURN(test.truth, Truth(*test.value));
  if (const auto* truth = std::get_if<Symbol>(&test.truth)) Narrow(test, truth->value);
  return test;
}

// The truth of operands i and on; what the earlier ones say of optional inputs holds in the later.
absl::StatusOr<Interpreter::Test> Interpreter::EvaluateAll(const BoolOperation& operation, size_t i,
                                                           Scope& scope) {
  SCONCE_ASSIGN_OR_RETURN(Test test, EvaluateTest(*operation.operands[i], scope));
  if (i + 1 == operation.operands.size()) return test;
  if (const auto* known = std::get_if<bool>(&test.truth)) {
    return *known == operation.is_and ? EvaluateAll(operation, i + 1, scope)
                                      : absl::StatusOr<Test>(test);
  }
  Test rest;
  const auto later = [&]() -> absl::StatusOr<Value> {
    SCONCE_ASSIGN_OR_RETURN(rest, EvaluateAll(operation, i + 1, scope));
    return rest.truth;
  };
  const auto decided = [&]() -> absl::StatusOr<Value> { return !operation.is_and; };
  Test joined;
  if (operation.is_and) {
    SCONCE_ASSIGN_OR_RETURN(joined.truth, Choose(test, later, decided));
    Merge(joined.if_true, test.if_true);
    Merge(joined.if_true, rest.if_true);
  } else {
    SCONCE_ASSIGN_OR_RETURN(joined.truth, Choose(test, decided, later));
    Merge(joined.if_false, test.if_false);
    Merge(joined.if_false, rest.if_false);
  }
  joined.value = joined.truth;
  return joined;
}

}  // namespace sconce::python
