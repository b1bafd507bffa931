#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/comprehension.h"
#include "server/frontend/python_source/interpreter/flow.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/loop.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

class Execution {
 public:
  Execution(Interpreter& interpreter, Scope& scope) : interpreter_(interpreter), scope_(scope) {}

  absl::Status operator()(const ExprStmt& node) {
    if (std::holds_alternative<StringLiteral>(node.value->node)) return absl::OkStatus();
    return interpreter_.Evaluate(*node.value, scope_).status();
  }

  absl::Status operator()(const sconce::python::Assign& node) {
    SCONCE_ASSIGN_OR_RETURN(const Value value, interpreter_.Evaluate(*node.value, scope_));
    for (const ExprPtr& target : node.targets) {
      SCONCE_RETURN_IF_ERROR(interpreter_.Assign(*target, value, scope_));
    }
    return absl::OkStatus();
  }

  absl::Status operator()(const AnnotatedAssign& node) {
    if (node.value == nullptr) return absl::OkStatus();
    SCONCE_ASSIGN_OR_RETURN(const Value value, interpreter_.Evaluate(*node.value, scope_));
    return interpreter_.Assign(*node.target, value, scope_);
  }

  absl::Status operator()(const AugmentedAssign& node) {
    SCONCE_ASSIGN_OR_RETURN(const Value old, interpreter_.Evaluate(*node.target, scope_));
    const auto* list = std::get_if<std::shared_ptr<List>>(&old);
    const Comprehension* generator = AsGenerator(*node.value);
    if (list != nullptr && generator != nullptr && node.op == BinaryOperator::kAdd) {
      SCONCE_RETURN_IF_ERROR(ExtendByGenerator(interpreter_, *list, *generator, scope_));
      return interpreter_.Assign(*node.target, old, scope_);
    }
    SCONCE_ASSIGN_OR_RETURN(const Value operand, interpreter_.Evaluate(*node.value, scope_));
    SCONCE_ASSIGN_OR_RETURN(Value value, interpreter_.BinaryInPlace(node.op, old, operand));
    return interpreter_.Assign(*node.target, std::move(value), scope_);
  }

  absl::Status operator()(const Return& node) {
    Value value;
    if (node.value != nullptr) {
      SCONCE_ASSIGN_OR_RETURN(value, interpreter_.Evaluate(*node.value, scope_));
    }
    SetReturnValue(interpreter_, scope_, std::move(value));
    SetExitFlag(interpreter_, scope_, Exit::kReturned, true);
    return absl::OkStatus();
  }

  absl::Status operator()(const If& node) {
    SCONCE_ASSIGN_OR_RETURN(const auto test, interpreter_.EvaluateTest(*node.test, scope_));
    const auto branch = [&](const Block& block) -> absl::StatusOr<Value> {
      SCONCE_RETURN_IF_ERROR(interpreter_.ExecuteBlock(block, scope_));
      return None();
    };
    return interpreter_
        .Choose(
            test, [&] { return branch(node.then); }, [&] { return branch(node.otherwise); })
        .status();
  }

  absl::Status operator()(const For& node) {
    SCONCE_ASSIGN_OR_RETURN(const Value iterable, interpreter_.Evaluate(*node.iterable, scope_));
    SCONCE_ASSIGN_OR_RETURN(const Value items, interpreter_.IterableOf(iterable));
    SCONCE_RETURN_IF_ERROR(ClearLoopFlags());
    if (const Sequence* sequence = ObjectOf<Sequence>(items)) {
      SCONCE_RETURN_IF_ERROR(ForInGraph(node, *sequence));
    } else {
      SCONCE_RETURN_IF_ERROR(ForKnown(node, ObjectOf<Tuple>(items)->items, 0));
    }
    return FinishLoop(node.otherwise);
  }

  absl::Status operator()(const While& node) {
    SCONCE_RETURN_IF_ERROR(ClearLoopFlags());
    SCONCE_RETURN_IF_ERROR(WhileHolds(node));
    return FinishLoop(node.otherwise);
  }

  absl::Status operator()(const Break&) {
    SetExitFlag(interpreter_, scope_, Exit::kBroken, true);
    return absl::OkStatus();
  }
  absl::Status operator()(const Continue&) {
    SetExitFlag(interpreter_, scope_, Exit::kContinued, true);
    return absl::OkStatus();
  }
  absl::Status operator()(const Pass&) { return absl::OkStatus(); }

  absl::Status operator()(const Assert& node) {
    SCONCE_ASSIGN_OR_RETURN(const auto test, interpreter_.EvaluateTest(*node.test, scope_));
    const auto holds = [] { return absl::StatusOr<Value>(None()); };
    const auto fails = [&]() -> absl::StatusOr<Value> {
      std::string message;
      if (node.message != nullptr) {
        SCONCE_ASSIGN_OR_RETURN(const Value value, interpreter_.Evaluate(*node.message, scope_));
        SCONCE_ASSIGN_OR_RETURN(message, interpreter_.ToText(value, false));
      }
      return AsMeant(Raised("AssertionError", message));
    };
    return interpreter_.Choose(test, holds, fails).status();
  }

  absl::Status operator()(const Raise& node) {
    if (node.exception == nullptr) return AsMeant(Raised("RuntimeError", "re-raised"));
    SCONCE_ASSIGN_OR_RETURN(Value exception, interpreter_.Evaluate(*node.exception, scope_));
    if (ObjectOf<Class>(exception) != nullptr) {
      SCONCE_ASSIGN_OR_RETURN(exception, interpreter_.Call(exception, {}));
    }
    return RaisedBy(interpreter_, exception);
  }

  absl::Status operator()(const Try& node) {
    absl::Status status = ExecuteGuarded(node);
    const std::string raised = RaisedClass(status);
    if (status.ok() && !node.otherwise.empty()) {
      SCONCE_ASSIGN_OR_RETURN(const Value exited, HasExited(interpreter_, scope_));
      if (Is<bool>(exited) && !std::get<bool>(exited)) {
        status = interpreter_.ExecuteBlock(node.otherwise, scope_);
      }
    } else if (!raised.empty()) {
      SCONCE_ASSIGN_OR_RETURN(const ExceptHandler* handler, FindHandler(node, raised));
      if (handler != nullptr) status = Handle(*handler, status);
    }
    if (!node.finally.empty()) {
      SCONCE_RETURN_IF_ERROR(interpreter_.ExecuteBlock(node.finally, scope_));
    }
    return status;
  }

  absl::Status operator()(const With& node) {
    for (const WithItem& item : node.items) {
      SCONCE_ASSIGN_OR_RETURN(const Value context, interpreter_.Evaluate(*item.context, scope_));
      Value entered = context;
      SCONCE_ASSIGN_OR_RETURN(const auto enter, interpreter_.FindAttribute(context, "__enter__"));
      if (enter.has_value() && ObjectOf<Unknown>(*enter) == nullptr) {
        SCONCE_ASSIGN_OR_RETURN(entered, interpreter_.Call(*enter, {}));
      }
      if (item.target != nullptr) {
        SCONCE_RETURN_IF_ERROR(interpreter_.Assign(*item.target, entered, scope_));
      }
    }
    return interpreter_.ExecuteBlock(node.body, scope_);
  }

  absl::Status operator()(const FunctionDef& node) {
    Function function;
    function.name = node.name;
    function.parameters = &node.parameters;
    function.body = &node.body;
    function.is_generator = node.is_generator;
    SCONCE_RETURN_IF_ERROR(interpreter_.FillDefaults(function, scope_));
    const auto made = std::make_shared<Function>(std::move(function));
    if (scope_.is_class_body) scope_.methods.push_back(made);
    return Decorated(node.name, node.decorators, Value(made));
  }

  absl::Status operator()(const ClassDef& node) {
    SCONCE_ASSIGN_OR_RETURN(Value made, DefineClass(interpreter_, node, scope_));
    return Decorated(node.name, node.decorators, std::move(made));
  }

  absl::Status operator()(const sconce::python::Import& node) {
    for (const ImportedName& name : node.names) {
      SCONCE_ASSIGN_OR_RETURN(Value module, interpreter_.library().Import(interpreter_, name.name));
      SCONCE_RETURN_IF_ERROR(CheckImported(module));
      if (!name.alias.empty()) {
        SCONCE_ASSIGN_OR_RETURN(module, Rebound(name.name, std::move(module)));
        SCONCE_RETURN_IF_ERROR(interpreter_.Bind(name.alias, std::move(module), scope_));
        continue;
      }
      const std::string root = name.name.substr(0, name.name.find('.'));
      SCONCE_ASSIGN_OR_RETURN(module, interpreter_.library().Import(interpreter_, root));
      SCONCE_RETURN_IF_ERROR(interpreter_.Bind(root, std::move(module), scope_));
    }
    return absl::OkStatus();
  }

  absl::Status operator()(const ImportFrom& node) { return Import(node, nullptr); }

  // All names, or the one that binds `only`.
  absl::Status Import(const ImportFrom& node, const std::string* only) {
    Library& library = interpreter_.library();
    if (node.module == "__future__") return absl::OkStatus();
    absl::StatusOr<Value> module =
        node.level == 0
            ? library.Import(interpreter_, node.module)
            : library.ImportRelative(interpreter_, *scope_.module, node.level, node.module);
    SCONCE_RETURN_IF_ERROR(module.status());
    for (const ImportedName& name : node.names) {
      const std::string& bound = name.alias.empty() ? name.name : name.alias;
      if (only != nullptr && bound != *only) continue;
      if (name.name == "*") {
        SCONCE_RETURN_IF_ERROR(CheckImported(*module));
        SCONCE_RETURN_IF_ERROR(library.ImportAll(interpreter_, *module, scope_));
        continue;
      }
      SCONCE_ASSIGN_OR_RETURN(Value value, library.ImportName(interpreter_, *module, name.name));
      SCONCE_RETURN_IF_ERROR(CheckImported(value));
      SCONCE_RETURN_IF_ERROR(interpreter_.Bind(bound, std::move(value), scope_));
    }
    return absl::OkStatus();
  }

  absl::Status operator()(const Global& node) {
    auto& names = node.nonlocal ? scope_.nonlocals : scope_.globals;
    names.insert(names.end(), node.names.begin(), node.names.end());
    return absl::OkStatus();
  }

  absl::Status operator()(const Delete& node) {
    for (const ExprPtr& target : node.targets) SCONCE_RETURN_IF_ERROR(DeleteTarget(*target));
    return absl::OkStatus();
  }

  absl::Status operator()(const UnsupportedStmt& node) {
    return Unsupported(absl::StrFormat("%s is not run here", node.what));
  }

 private:
  absl::Status ClearLoopFlags() {
    SetExitFlag(interpreter_, scope_, Exit::kBroken, false);
    SetExitFlag(interpreter_, scope_, Exit::kContinued, false);
    return absl::OkStatus();
  }

  // After the loop: its `else` runs unless it was left by break; a break ends here.
  absl::Status FinishLoop(const Block& otherwise) {
    const Value broken = ExitFlag(scope_, Exit::kBroken);
    SCONCE_RETURN_IF_ERROR(ClearLoopFlags());
    if (otherwise.empty()) return absl::OkStatus();
    return interpreter_
        .Choose(
            Interpreter::Test(broken), [] { return absl::StatusOr<Value>(None()); },
            [&]() -> absl::StatusOr<Value> {
              SCONCE_RETURN_IF_ERROR(interpreter_.ExecuteBlock(otherwise, scope_));
              return None();
            })
        .status();
  }

  absl::Status Turn(const Expr* target, const Value& item, const Block& body) {
    SetExitFlag(interpreter_, scope_, Exit::kContinued, false);
    if (target != nullptr) SCONCE_RETURN_IF_ERROR(interpreter_.Assign(*target, item, scope_));
    return interpreter_.ExecuteBlock(body, scope_);
  }

  absl::Status ForKnown(const For& node, const std::vector<Value>& items, size_t first) {
    for (size_t i = first; i < items.size(); ++i) {
      SCONCE_RETURN_IF_ERROR(Turn(node.target.get(), items[i], node.body));
      SCONCE_ASSIGN_OR_RETURN(const Value exited, HasExited(interpreter_, scope_, true));
      if (const auto* known = std::get_if<bool>(&exited)) {
        if (*known) break;
        continue;
      }
      return UnlessExited(interpreter_, scope_, exited,
                          [&] { return ForKnown(node, items, i + 1); });
    }
    return absl::OkStatus();
  }

  absl::Status ForInGraph(const For& node, const Sequence& sequence) {
    const LoopPlan plan{sequence.length, nullptr,
                        [&](const Value& turn) -> absl::Status {
                          SCONCE_ASSIGN_OR_RETURN(const Value item,
                                                  sequence.at(interpreter_, turn));
                          return Turn(node.target.get(), item, node.body);
                        },
                        scope_};
    return RecordLoop(interpreter_, plan);
  }

  absl::Status WhileHolds(const While& node) {
    for (;;) {
      SCONCE_ASSIGN_OR_RETURN(const auto test, interpreter_.EvaluateTest(*node.test, scope_));
      const auto* known = std::get_if<bool>(&test.truth);
      if (known == nullptr) return WhileInGraph(node, test.truth);
      if (!*known) return absl::OkStatus();
      SCONCE_RETURN_IF_ERROR(Turn(nullptr, None(), node.body));
      SCONCE_ASSIGN_OR_RETURN(const Value exited, HasExited(interpreter_, scope_, true));
      if (!Is<bool>(exited)) {
        // `while True` ends when a request says so; any other may count what is known here.
        const bool always = std::holds_alternative<BoolLiteral>(node.test->node) ||
                            std::holds_alternative<IntLiteral>(node.test->node);
        return UnlessExited(interpreter_, scope_, exited,
                            [&] { return always ? WhileInGraph(node, true) : WhileHolds(node); });
      }
      if (std::get<bool>(exited)) return absl::OkStatus();
    }
  }

  // `begins`: what the condition gave before the first turn.
  absl::Status WhileInGraph(const While& node, const Value& begins) {
    const LoopPlan plan{
        std::nullopt,
        [&]() -> absl::StatusOr<Value> {
          SCONCE_ASSIGN_OR_RETURN(const auto test, interpreter_.EvaluateTest(*node.test, scope_));
          return test.truth;
        },
        [&](const Value&) { return Turn(nullptr, None(), node.body); }, scope_, begins};
    return RecordLoop(interpreter_, plan);
  }

  // Without Python only the code itself can tell what it does without a package: it catches the
  // failure of the import.
  absl::Status ExecuteGuarded(const Try& node) {
    const auto catches = [&](const char* exception) {
      const auto handler = FindHandler(node, exception);
      return handler.ok() && *handler != nullptr ? 1 : 0;
    };
    const int imports = catches("ModuleNotFoundError");
    const int attributes = catches("AttributeError");
    scope_.catches_imports += imports;
    scope_.catches_attributes += attributes;
    const absl::Status status = interpreter_.ExecuteBlock(node.body, scope_);
    scope_.catches_imports -= imports;
    scope_.catches_attributes -= attributes;
    return status;
  }

  // import a.b as x binds what a calls b: that may be a function which stands before the module.
  absl::StatusOr<Value> Rebound(const std::string& name, Value module) {
    const size_t dot = name.rfind('.');
    if (dot == std::string::npos) return module;
    SCONCE_ASSIGN_OR_RETURN(const Value parent,
                            interpreter_.library().Import(interpreter_, name.substr(0, dot)));
    if (ObjectOf<Namespace>(parent) == nullptr) return module;
    SCONCE_ASSIGN_OR_RETURN(auto found, interpreter_.FindAttribute(parent, name.substr(dot + 1)));
    const bool is_other = found.has_value() && ObjectOf<Unknown>(*found) == nullptr;
    return is_other ? *std::move(found) : module;
  }

  absl::Status CheckImported(const Value& value) const {
    const Unknown* unknown = ObjectOf<Unknown>(value);
    if (unknown == nullptr || scope_.catches_imports == 0) return absl::OkStatus();
    return Raised("ModuleNotFoundError", absl::StrFormat("No module named '%s'", unknown->name));
  }

  absl::StatusOr<const ExceptHandler*> FindHandler(const Try& node, const std::string& raised) {
    for (const ExceptHandler& handler : node.handlers) {
      if (handler.type == nullptr) return &handler;
      SCONCE_ASSIGN_OR_RETURN(const Value type, interpreter_.Evaluate(*handler.type, scope_));
      std::vector<Value> types = {type};
      if (const Tuple* tuple = ObjectOf<Tuple>(type)) types = tuple->items;
      for (const Value& each : types) {
        const Class* wanted = ObjectOf<Class>(each);
        if (wanted != nullptr && IsExceptionOf(interpreter_, raised, *wanted)) return &handler;
      }
    }
    return nullptr;
  }

  absl::Status Handle(const ExceptHandler& handler, const absl::Status& raised) {
    if (!handler.name.empty()) {
      SCONCE_ASSIGN_OR_RETURN(Value exception, ExceptionOf(interpreter_, raised));
      SCONCE_RETURN_IF_ERROR(interpreter_.Bind(handler.name, std::move(exception), scope_));
    }
    const absl::Status status = interpreter_.ExecuteBlock(handler.body, scope_);
    // `raise` alone gives the same exception again.
    return RaisedText(status) == "re-raised" ? raised : status;
  }

  absl::Status Decorated(const std::string& name, const std::vector<ExprPtr>& decorators,
                         Value value) {
    for (auto decorator = decorators.rbegin(); decorator != decorators.rend(); ++decorator) {
      SCONCE_ASSIGN_OR_RETURN(const Value function, interpreter_.Evaluate(**decorator, scope_));
      if (const Unknown* unknown = ObjectOf<Unknown>(function)) {
        interpreter_.Note(absl::StrFormat("decorator @%s of %s is not known here and was left out",
                                          unknown->name, name));
        continue;
      }
      SCONCE_ASSIGN_OR_RETURN(value, interpreter_.Call(function, {{value}, {}}));
    }
    return interpreter_.Bind(name, std::move(value), scope_);
  }

  absl::Status DeleteTarget(const Expr& target) {
    if (const auto* name = std::get_if<Name>(&target.node)) {
      interpreter_.Touch(scope_.names);
      if (scope_.names->Erase(NameKey(name->id))) return absl::OkStatus();
      return Raised("NameError", absl::StrFormat("name '%s' is not defined", name->id));
    }
    if (const auto* attribute = std::get_if<Attribute>(&target.node)) {
      SCONCE_ASSIGN_OR_RETURN(const Value object, interpreter_.Evaluate(*attribute->value, scope_));
      return interpreter_.DeleteAttribute(object, attribute->name);
    }
    if (const auto* item = std::get_if<Subscript>(&target.node)) {
      SCONCE_ASSIGN_OR_RETURN(const Value object, interpreter_.Evaluate(*item->value, scope_));
      SCONCE_ASSIGN_OR_RETURN(const Value index, interpreter_.Evaluate(*item->index, scope_));
      return interpreter_.DeleteItem(object, index);
    }
    return Unsupported("this form of del is not run here");
  }

  Interpreter& interpreter_;
  Scope& scope_;
};

}  // namespace

absl::Status Interpreter::ExecuteNode(const Stmt& stmt, Scope& scope) {
  return std::visit(Execution(*this, scope), stmt.node);
}

absl::Status Interpreter::ImportOnly(const Stmt& stmt, const std::string& name,
                                     SourceModule& module) {
  if (callers_.size() > limits_.depth)
    return Unsupported("imports refer to each other in a circle");
  callers_.push_back(place_);
  Recorder* const recorder = std::exchange(recorder_, nullptr);
  const absl::Status status =
      Execution(*this, module.scope()).Import(std::get<ImportFrom>(stmt.node), &name);
  recorder_ = recorder;
  callers_.pop_back();
  return status;
}

absl::Status Interpreter::Assign(const Expr& target, Value value, Scope& scope) {
  if (const auto* name = std::get_if<Name>(&target.node)) {
    return Bind(name->id, std::move(value), scope);
  }
  if (const auto* attribute = std::get_if<Attribute>(&target.node)) {
    SCONCE_ASSIGN_OR_RETURN(const Value object, Evaluate(*attribute->value, scope));
    return SetAttribute(object, attribute->name, std::move(value));
  }
  if (const auto* item = std::get_if<Subscript>(&target.node)) {
    SCONCE_ASSIGN_OR_RETURN(const Value object, Evaluate(*item->value, scope));
    SCONCE_ASSIGN_OR_RETURN(const Value index, Evaluate(*item->index, scope));
    return SetItem(object, index, std::move(value));
  }
  const auto* tuple = std::get_if<TupleDisplay>(&target.node);
  const auto* list = std::get_if<ListDisplay>(&target.node);
  if (tuple == nullptr && list == nullptr) return Unsupported("this can't be assigned to");
  return Unpack(tuple != nullptr ? tuple->elements : list->elements, value, scope);
}

absl::Status Interpreter::Unpack(const std::vector<ExprPtr>& targets, const Value& value,
                                 Scope& scope) {
  const auto star = std::find_if(targets.begin(), targets.end(), [](const ExprPtr& target) {
    return std::holds_alternative<Starred>(target->node);
  });
  const auto parts = star == targets.end()
                         ? Items(value, targets.size())
                         : ItemsAround(value, star - targets.begin(), targets.end() - star - 1);
  SCONCE_RETURN_IF_ERROR(parts.status());
  for (size_t i = 0; i < targets.size(); ++i) {
    const auto* starred = std::get_if<Starred>(&targets[i]->node);
    SCONCE_RETURN_IF_ERROR(
        Assign(starred == nullptr ? *targets[i] : *starred->value, (*parts)[i], scope));
  }
  return absl::OkStatus();
}

}  // namespace sconce::python
