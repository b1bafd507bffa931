#include "server/frontend/python_source/interpreter/interpreter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/flow.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/interpreter/text.h"
#include "server/frontend/python_source/syntax/source_error.h"

namespace sconce::python {

Interpreter::Interpreter(Library& library, const InterpreterLimits& limits)
    : library_(library), limits_(limits) {}

Interpreter::~Interpreter() = default;

absl::Status Interpreter::Step(uint64_t weight) {
  if (StackGuard::IsLow()) return Raised("RecursionError", "the code nests too deeply");
  if (MadeValues() - made_before_ > limits_.values) {
    return Unsupported("the code makes lists, dicts or texts without end");
  }
  steps_ += weight;
  if (steps_ <= limits_.steps) return absl::OkStatus();
  return Unsupported(absl::StrFormat(
      "the code runs longer than %d steps: an endless loop, or work that belongs into forward",
      limits_.steps));
}

namespace {

// Long ones count as the list would that takes their memory.
void CountText(const Value& value) {
  constexpr size_t kLongText = size_t{64} << 10;
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && text->size() >= kLongText) MadeValues() += WeightOf(value);
}

}  // namespace

absl::StatusOr<Value> Interpreter::Evaluate(const Expr& expr, Scope& scope) {
  SCONCE_RETURN_IF_ERROR(Step());
  const Place outer = std::exchange(place_, {scope.module, expr.at});
  auto value = EvaluateNode(expr, scope);
  if (value.ok()) CountText(*value);
  absl::Status status = value.ok() ? absl::OkStatus() : AtCurrentPlace(value.status());
  place_ = outer;
  SCONCE_RETURN_IF_ERROR(status);
  if (recorder_ != nullptr) return recorder_->Narrowed(*value);
  return value;
}

absl::Status Interpreter::Execute(const Stmt& stmt, Scope& scope) {
  SCONCE_RETURN_IF_ERROR(Step());
  const Place outer = std::exchange(place_, {scope.module, stmt.at});
  Scope* const outer_scope = std::exchange(current_scope_, &scope);
  const absl::Status status = AtCurrentPlace(ExecuteNode(stmt, scope));
  place_ = outer;
  current_scope_ = outer_scope;
  return status;
}

absl::Status Interpreter::ExecuteBlock(const Block& block, Scope& scope, size_t first) {
  for (size_t i = first; i < block.size(); ++i) {
    SCONCE_RETURN_IF_ERROR(Execute(*block[i], scope));
    SCONCE_ASSIGN_OR_RETURN(const Value exited, HasExited(*this, scope));
    if (const auto* known = std::get_if<bool>(&exited)) {
      if (*known) return absl::OkStatus();
      continue;
    }
    if (i + 1 == block.size()) return absl::OkStatus();
    return UnlessExited(*this, scope, exited, [&] { return ExecuteBlock(block, scope, i + 1); });
  }
  return absl::OkStatus();
}

absl::Status Interpreter::RunTopLevel(const Stmt& stmt, SourceModule& module) {
  if (callers_.size() > limits_.depth)
    return Unsupported("definitions refer to each other too deeply");
  callers_.push_back(place_);
  Recorder* const recorder = std::exchange(recorder_, nullptr);
  absl::Status status;
  {
    const Birth::Early early;
    status = Execute(stmt, module.scope());
  }
  recorder_ = recorder;
  callers_.pop_back();
  return status;
}

void Interpreter::Touch(const std::shared_ptr<Table>& table) {
  if (recorder_ != nullptr) recorder_->Touch(table);
}

void Interpreter::Touch(const std::shared_ptr<List>& list) {
  if (recorder_ != nullptr) recorder_->Touch(list);
}

torch::jit::SourceRange Interpreter::CurrentRange() const {
  // The user's own line says more than one of the library.
  const Place* place = &place_;
  for (auto caller = callers_.rbegin(); caller != callers_.rend(); ++caller) {
    if (place->module == nullptr || !place->module->is_library()) break;
    place = &*caller;
  }
  if (place->module == nullptr) return {};
  return place->module->Range(place->at);
}

absl::Status Interpreter::AtCurrentPlace(const absl::Status& status) const {
  if (status.ok() || HasPlace(status) || place_.module == nullptr) return status;
  const Place* place = &place_;
  for (auto caller = callers_.rbegin(); caller != callers_.rend(); ++caller) {
    if (!place->module->is_library() || caller->module == nullptr) break;
    place = &*caller;
  }
  std::string message = WithoutMarks(std::string(status.message()));
  if (place != &place_) message += absl::StrFormat(" (in %s)", place_.module->name());
  return WithPlace(status, PointAt(place->module->file(), place->at, message));
}

Interpreter::Attempt::Attempt(Interpreter& interpreter)
    : interpreter_(interpreter),
      steps_(interpreter.steps_),
      tensor_bytes_(interpreter.tensor_bytes_),
      made_values_(MadeValues()),
      notes_(interpreter.notes_.size()) {}

Interpreter::Attempt::~Attempt() {
  interpreter_.steps_ = steps_;
  interpreter_.tensor_bytes_ = tensor_bytes_;
  MadeValues() = made_values_;
  interpreter_.notes_.resize(std::min(notes_, interpreter_.notes_.size()));
}

void Interpreter::Note(std::string note) {
  if (notes_.size() < 100 && std::find(notes_.begin(), notes_.end(), note) == notes_.end()) {
    notes_.push_back(std::move(note));
  }
}

const Value* Interpreter::FindMark(const at::Tensor& tensor, const std::string& name) const {
  const auto marks = marks_.find(tensor.unsafeGetTensorImpl());
  return marks == marks_.end() ? nullptr : marks->second.second.Get(name);
}

void Interpreter::Mark(const at::Tensor& tensor, const std::string& name, Value value) {
  auto& [held, marks] = marks_[tensor.unsafeGetTensorImpl()];
  held = tensor;
  marks.Put(name, std::move(value));
}

absl::StatusOr<bool> Interpreter::KnownTruth(const Value& value, std::string_view what) {
  SCONCE_ASSIGN_OR_RETURN(const Value truth, Truth(value));
  if (const auto* known = std::get_if<bool>(&truth)) return *known;
  return Unsupported(absl::StrFormat("%s depends on the input; it has to be known here", what));
}

absl::StatusOr<Value> Interpreter::Lookup(const std::string& name, Scope& scope) {
  const bool is_global =
      std::find(scope.globals.begin(), scope.globals.end(), name) != scope.globals.end();
  for (const Scope* at = is_global ? nullptr : &scope; at != nullptr; at = at->outer.get()) {
    if (at->names == nullptr) continue;
    if (const Value* value = at->names->Get(name)) {
      if (at->module != nullptr && at == &at->module->scope()) break;
      return *value;
    }
  }
  if (scope.module != nullptr) {
    SCONCE_ASSIGN_OR_RETURN(auto value, library_.LookupGlobal(*this, *scope.module, name));
    if (value.has_value()) return *std::move(value);
  }
  if (const Value* builtin = library_.builtins().Get(name)) return *builtin;
  return Raised("NameError", absl::StrFormat("name '%s' is not defined", name));
}

absl::Status Interpreter::Bind(const std::string& name, Value value, Scope& scope) {
  const auto lists = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::shared_ptr<Table> names = scope.names;
  if (lists(scope.globals) && scope.module != nullptr) {
    // What the module itself binds it to comes first, though nobody has asked for it yet.
    SCONCE_RETURN_IF_ERROR(scope.module->Lookup(*this, name).status());
    names = scope.module->scope().names;
  }
  if (lists(scope.nonlocals)) {
    for (const Scope* at = scope.outer.get(); at != nullptr; at = at->outer.get()) {
      if (at->names->Get(name) == nullptr) continue;
      names = at->names;
      break;
    }
  }
  Touch(names);
  names->Put(name, std::move(value));
  return absl::OkStatus();
}

}  // namespace sconce::python
