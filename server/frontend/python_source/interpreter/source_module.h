// One file of Python source whose top level runs only as far as names of it are asked for: a
// training loop, argument parsing or data loading beside the class is never run.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_SOURCE_MODULE_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_SOURCE_MODULE_H_

#include <torch/csrc/jit/frontend/source_range.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/value.h"
#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

// Confined to the thread of its interpreter.
class SourceModule {
 public:
  // `name` as import takes it: "torch.nn.functional", "model". `is_library`: of Sconce's own; its
  // lines are not shown to users.
  SourceModule(std::string name, std::unique_ptr<SourceFile> file, bool is_library);

  const std::string& name() const { return name_; }
  const SourceFile& file() const { return *file_; }
  bool is_library() const { return is_library_; }
  // Of Sconce's own numpy: its functions give arrays, and take them for the tensors they are.
  bool is_numpy() const { return is_library_ && name_.rfind("numpy", 0) == 0; }

  // Runs what binds `name` at the top level or changes the container or configuration it stands
  // for, once, in the file's order. Nullopt: nothing binds it.
  absl::StatusOr<std::optional<Value>> Lookup(Interpreter& interpreter, const std::string& name);

  // Runs `from x import *`, whatever it binds.
  absl::Status RunStarImports(Interpreter& interpreter);

  // The names by which other files change what `name` holds: itself, and functions that put
  // something into it.
  std::vector<std::string> ChangersOf(const std::string& name) const;
  // Runs the definitions that are decorated with what was imported under that name:
  // @MODELS.register class Net.
  void RunDecoratedBy(Interpreter& interpreter, const std::string& imported);

  // In the order of the file.
  std::vector<std::string> DefinedClasses() const;
  // Whether the top level binds or changes the name anew behind that place.
  bool BindsBehind(const std::string& name, const Position& at) const;
  // A class or a function of the top level.
  bool Defines(const std::string& name) const;
  // Names that the top level binds by assignments alone, at least one of them to a call, with it;
  // in the order of the file.
  std::vector<std::pair<std::string, const sconce::python::Call*>> AssignedCalls() const;
  // Of everything that the top level binds for others, imports included.
  std::vector<std::string> TopLevelNames() const;
  const Scope& scope() const { return scope_; }
  Scope& scope() { return scope_; }

  torch::jit::SourceRange Range(const Position& at) const;

 private:
  // By name the statements that have to do with it, in order.
  using StatementsOf = std::unordered_map<std::string, std::vector<size_t>>;

  void AddStatements(const Block& block, StatementsOf& binders, StatementsOf& changers);
  // What a script does to a model after it is made, as far as it is not training.
  void ChangeModel(Interpreter& interpreter, size_t statement, const std::string& name);
  absl::Status RunAll(Interpreter& interpreter, const std::string& name);
  absl::Status Run(Interpreter& interpreter, size_t statement);
  absl::Status RunFor(Interpreter& interpreter, size_t statement, const std::string& name);

  std::string name_;
  std::unique_ptr<SourceFile> file_;
  bool is_library_;
  std::vector<size_t> line_starts_;
  std::shared_ptr<torch::jit::Source> source_;
  // Of the top level, then those of `if __name__ == "__main__":`.
  std::vector<const Stmt*> statements_;
  StatementsOf binders_;
  std::set<std::string> guarded_;  // bound only where the file is the script itself
  StatementsOf changers_;          // parser.add_argument(…)
  StatementsOf decorated_by_;      // @register(…)
  std::unordered_map<std::string, const FunctionDef*> functions_;  // of the top level
  std::vector<size_t> star_imports_;
  std::vector<std::optional<absl::Status>> outcomes_;  // of the statements that have run
  std::set<std::string> importing_;                    // names whose import is under way
  std::set<std::string> running_;                      // names whose statements run now
  Scope scope_;
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_SOURCE_MODULE_H_
