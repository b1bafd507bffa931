#include "server/frontend/python_source/interpreter/source_module.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/bound_names.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/library.h"

namespace sconce::python {
namespace {

// The block of `if __name__ == "__main__":`; null: it is no such statement.
const Block* MainGuarded(const Stmt& stmt) {
  const auto* branch = std::get_if<If>(&stmt.node);
  const auto* test = branch == nullptr ? nullptr : std::get_if<Compare>(&branch->test->node);
  if (test == nullptr || test->operands.size() != 2) return nullptr;
  const auto is_name = [](const Expr& expr) {
    const auto* name = std::get_if<Name>(&expr.node);
    return name != nullptr && name->id == "__name__";
  };
  const bool guards = test->operators[0] == CompareOperator::kEqual &&
                      (is_name(*test->operands[0]) || is_name(*test->operands[1]));
  return guards ? &branch->then : nullptr;
}

bool IsDefinition(const Stmt& stmt) {
  return std::holds_alternative<ClassDef>(stmt.node) ||
         std::holds_alternative<FunctionDef>(stmt.node);
}

// Containers and configurations.
bool IsChangedByCalls(const Value& value) {
  if (ObjectOf<List>(value) != nullptr || DataOf(value) != nullptr) return true;
  return Is<Set>(value) || (ObjectOf<Instance>(value) != nullptr && !IsModule(value));
}

// An option of a command line that can't be read is asked for once it is used.
bool MayLackParts(const Value& value) {
  const Instance* instance = ObjectOf<Instance>(value);
  return instance != nullptr && instance->type->module == "argparse";
}

}  // namespace

SourceModule::SourceModule(std::string name, std::unique_ptr<SourceFile> file, bool is_library)
    : name_(std::move(name)),
      file_(std::move(file)),
      is_library_(is_library),
      source_(std::make_shared<torch::jit::Source>(file_->text, file_->name, 0)) {
  line_starts_.push_back(0);
  for (size_t i = 0; i < file_->text.size(); ++i) {
    if (file_->text[i] == '\n') line_starts_.push_back(i + 1);
  }
  AddStatements(file_->body, binders_, changers_);
  // What a script binds only where it is run itself counts too: classes use such names as globals.
  StatementsOf guarded;
  StatementsOf guarded_changers;
  for (const StmtPtr& stmt : file_->body) {
    if (const Block* block = MainGuarded(*stmt)) AddStatements(*block, guarded, guarded_changers);
  }
  for (auto& [bound, binders] : guarded) {
    if (!binders_.emplace(bound, std::move(binders)).second) continue;
    guarded_.insert(bound);
    changers_[bound] = std::move(guarded_changers[bound]);
  }
  outcomes_.resize(statements_.size());
  scope_.names = std::make_shared<Table>();
  scope_.module = this;
  scope_.names->Put("__name__", name_);
  scope_.names->Put("__file__", file_->name);
}

void SourceModule::AddStatements(const Block& block, StatementsOf& binders,
                                 StatementsOf& changers) {
  const auto add = [](std::vector<size_t>& statements, size_t i) {
    if (statements.empty() || statements.back() != i) statements.push_back(i);
  };
  std::unordered_map<std::string, std::string> wholes;
  for (const StmtPtr& stmt : block) {
    const auto* function = std::get_if<FunctionDef>(&stmt->node);
    if (function != nullptr) functions_[function->name] = function;
  }
  for (const StmtPtr& stmt : block) {
    const size_t i = statements_.size();
    statements_.push_back(stmt.get());
    if (MainGuarded(*stmt) != nullptr) continue;
    for (const std::string& bound : BoundNames(*stmt)) {
      add(binders[bound], i);
      if (bound == "*") add(star_imports_, i);
      // group = parser.add_argument_group(): what is added to it is added to the parser.
      if (const std::string* whole = PartOf(*stmt)) wholes[bound] = *whole;
    }
    // @register("net") class Net: what register() puts it into is changed.
    for (const std::string& called : DecoratorNames(*stmt)) {
      add(decorated_by_[called], i);
      add(changers[called], i);
      const auto function = functions_.find(called);
      if (function == functions_.end()) continue;
      for (const std::string& changed : NamesChangedBy(*function->second))
        add(changers[changed], i);
    }
    for (const std::string& changed : ChangedNames(*stmt)) {
      add(changers[changed], i);
      const auto whole = wholes.find(changed);
      if (whole != wholes.end()) add(changers[whole->second], i);
    }
  }
}

absl::Status SourceModule::Run(Interpreter& interpreter, size_t statement) {
  auto& outcome = outcomes_[statement];
  if (outcome.has_value()) return *outcome;
  outcome = absl::OkStatus();  // before it runs: definitions may refer to each other
  const absl::Status status = interpreter.RunTopLevel(*statements_[statement], *this);
  // What a statement that failed should have bound or changed stays unknown, whoever asks again;
  // but an attempt may just not have had the time.
  outcome = status;
  if (absl::IsResourceExhausted(status)) outcome.reset();
  return status;
}

// Of an import only the name that is asked for: packages import from each other in circles, and
// most of what they import is never used.
absl::Status SourceModule::RunFor(Interpreter& interpreter, size_t statement,
                                  const std::string& name) {
  const auto* import = std::get_if<ImportFrom>(&statements_[statement]->node);
  if (import == nullptr) return Run(interpreter, statement);
  if (scope_.names->Get(name) != nullptr) return absl::OkStatus();
  if (outcomes_[statement].has_value()) return *outcomes_[statement];
  // `from package import part` within the package itself: the part is a file of its own.
  if (!importing_.insert(name).second) return absl::OkStatus();
  const absl::Status status = interpreter.ImportOnly(*statements_[statement], name, *this);
  importing_.erase(name);
  return status;
}

void SourceModule::ChangeModel(Interpreter& interpreter, size_t statement,
                               const std::string& name) {
  const Stmt& stmt = *statements_[statement];
  if (is_library_ || !ChangesMakeUp(stmt, name) || Run(interpreter, statement).ok()) return;
  interpreter.Note(absl::StrFormat("%s:%d changes %s, and could not be run", file_->name,
                                   stmt.at.line + 1, name));
}

absl::Status SourceModule::RunAll(Interpreter& interpreter, const std::string& name) {
  const auto binders = binders_.find(name);
  if (binders == binders_.end()) return absl::OkStatus();
  const auto changers = changers_.find(name);
  std::vector<size_t> statements = binders->second;
  if (changers != changers_.end()) {
    statements.insert(statements.end(), changers->second.begin(), changers->second.end());
    std::sort(statements.begin(), statements.end());
  }
  for (const size_t statement : statements) {
    if (std::binary_search(binders->second.begin(), binders->second.end(), statement)) {
      SCONCE_RETURN_IF_ERROR(RunFor(interpreter, statement, name));
      continue;
    }
    const Value* held = scope_.names->Get(name);
    if (held == nullptr) continue;
    if (IsModule(*held)) {
      ChangeModel(interpreter, statement, name);
      continue;
    }
    if (!IsChangedByCalls(*held)) continue;
    const Value value = *held;
    const absl::Status status = Run(interpreter, statement);
    // A definition that can't be made is not registered.
    const bool may_fail = MayLackParts(value) || IsDefinition(*statements_[statement]);
    if (!status.ok() && !may_fail) return status;
  }
  const Value* held = scope_.names->Get(name);
  if (held != nullptr && IsChangedByCalls(*held)) {
    interpreter.library().RunRegistrations(interpreter, *this, name);
  }
  return absl::OkStatus();
}

std::vector<std::string> SourceModule::ChangersOf(const std::string& name) const {
  std::vector<std::string> changers = {name};
  for (const auto& [called, function] : functions_) {
    const std::vector<std::string> changed = NamesChangedBy(*function);
    if (std::find(changed.begin(), changed.end(), name) != changed.end()) {
      changers.push_back(called);
    }
  }
  return changers;
}

void SourceModule::RunDecoratedBy(Interpreter& interpreter, const std::string& imported) {
  const auto decorated = decorated_by_.find(imported);
  const auto binders = binders_.find(imported);
  if (decorated == decorated_by_.end() || binders == binders_.end()) return;
  const bool is_import =
      std::any_of(binders->second.begin(), binders->second.end(), [&](size_t statement) {
        return std::holds_alternative<ImportFrom>(statements_[statement]->node);
      });
  if (!is_import) return;
  // What can't be defined is not registered.
  for (const size_t statement : decorated->second) Run(interpreter, statement).IgnoreError();
}

absl::StatusOr<std::optional<Value>> SourceModule::Lookup(Interpreter& interpreter,
                                                          const std::string& name) {
  // `x += 1` asks for x itself: as it is by then.
  if (running_.insert(name).second) {
    const absl::Status status = RunAll(interpreter, name);
    running_.erase(name);
    SCONCE_RETURN_IF_ERROR(status);
  }
  if (const Value* value = scope_.names->Get(name)) return std::optional<Value>(*value);
  SCONCE_RETURN_IF_ERROR(RunStarImports(interpreter));
  const Value* value = scope_.names->Get(name);
  return value == nullptr ? std::nullopt : std::optional<Value>(*value);
}

absl::Status SourceModule::RunStarImports(Interpreter& interpreter) {
  for (const size_t statement : star_imports_) {
    SCONCE_RETURN_IF_ERROR(Run(interpreter, statement));
  }
  return absl::OkStatus();
}

std::vector<std::string> SourceModule::DefinedClasses() const {
  std::vector<std::string> classes;
  for (const StmtPtr& stmt : file_->body) {
    if (const auto* definition = std::get_if<ClassDef>(&stmt->node)) {
      classes.push_back(definition->name);
    }
  }
  return classes;
}

bool SourceModule::BindsBehind(const std::string& name, const Position& at) const {
  for (const StatementsOf* statements : {&binders_, &changers_}) {
    const auto found = statements->find(name);
    if (found == statements->end() || found->second.empty()) continue;
    if (statements_[found->second.back()]->at.line > at.line) return true;
  }
  return false;
}

bool SourceModule::Defines(const std::string& name) const {
  const auto binders = binders_.find(name);
  if (binders == binders_.end()) return false;
  return std::any_of(binders->second.begin(), binders->second.end(),
                     [this](size_t statement) { return IsDefinition(*statements_[statement]); });
}

std::vector<std::pair<std::string, const sconce::python::Call*>> SourceModule::AssignedCalls()
    const {
  std::vector<std::pair<std::string, const sconce::python::Call*>> calls;
  const auto is_assignment = [this](size_t statement) {
    const auto& node = statements_[statement]->node;
    // `if several: model = DataParallel(model)` is worked out; loops are training.
    return std::holds_alternative<Assign>(node) || std::holds_alternative<AnnotatedAssign>(node) ||
           std::holds_alternative<If>(node);
  };
  for (const Stmt* stmt : statements_) {
    const auto* assign = std::get_if<Assign>(&stmt->node);
    const auto* annotated = std::get_if<AnnotatedAssign>(&stmt->node);
    const Expr* value = assign != nullptr      ? assign->value.get()
                        : annotated != nullptr ? annotated->value.get()
                                               : nullptr;
    const auto* call = value == nullptr ? nullptr : std::get_if<sconce::python::Call>(&value->node);
    if (call == nullptr) continue;
    const Expr& target = assign != nullptr ? *assign->targets[0] : *annotated->target;
    const auto* name = std::get_if<Name>(&target.node);
    if (name == nullptr) continue;
    const auto binders = binders_.find(name->id);
    if (binders != binders_.end() &&
        std::all_of(binders->second.begin(), binders->second.end(), is_assignment)) {
      calls.emplace_back(name->id, call);
    }
  }
  return calls;
}

std::vector<std::string> SourceModule::TopLevelNames() const {
  std::vector<std::string> names;
  for (const auto& [name, binders] : binders_) {
    if (guarded_.count(name) == 0) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

torch::jit::SourceRange SourceModule::Range(const Position& at) const {
  const auto offset = [this](uint32_t line, uint32_t column) {
    const size_t start = line < line_starts_.size() ? line_starts_[line] : file_->text.size();
    return std::min<size_t>(start + column, file_->text.size());
  };
  return {source_, offset(at.line, at.column), offset(at.end_line, at.end_column)};
}

}  // namespace sconce::python
