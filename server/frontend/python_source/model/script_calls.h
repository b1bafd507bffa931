// Every call that the user's files hold, with where it stands: nothing of it is run.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_CALLS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_CALLS_H_

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

// What a piece of code stands in.
struct CodeHome {
  SourceModule* source = nullptr;
  const FunctionDef* function = nullptr;  // the innermost around it; null: the file's top level
  const ClassDef* type = nullptr;         // of which that function is a method; null: of none
  std::shared_ptr<const CodeHome> outer;  // of the function's definition
  std::vector<std::string> unsaid;        // names of comprehensions and lambdas around it
};

struct ScriptCall {
  const sconce::python::Call* call;
  const Expr* expr;  // the same, with its place
  std::shared_ptr<const CodeHome> home;
};

class ScriptCalls {
 public:
  explicit ScriptCalls(const Library& library);

  // In the order of the files.
  const std::vector<ScriptCall>& all() const { return calls_; }
  // Those of what goes by that name: Net(3), models.Net(3), self.build(3).
  std::vector<const ScriptCall*> Of(const std::string& name) const;

 private:
  void Walk(const Block& block, const std::shared_ptr<const CodeHome>& home);
  void Walk(const Stmt& stmt, const std::shared_ptr<const CodeHome>& home);
  void Walk(const Expr& expr, const std::shared_ptr<const CodeHome>& home);

  std::vector<ScriptCall> calls_;
  std::unordered_map<std::string, std::vector<size_t>> by_name_;
};

// The last name of what is called: "Net" of models.Net(3); null: it has none.
const std::string* CalledName(const sconce::python::Call& call);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_CALLS_H_
