// What an expression of a script is worth where it stands, though the script is never run: the
// names in it come from the statements of its function that bind them, from whoever calls that
// function, and from the file. What loops, handlers and other objects do is not followed: a name
// that they bind is not known, rather than known wrongly.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_FRAME_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_FRAME_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"
#include "server/frontend/python_source/model/hyper_parameters.h"
#include "server/frontend/python_source/model/script_calls.h"

namespace sconce::python {

// What all frames of a script share.
struct ScriptReading {
  ScriptReading(Interpreter& the_interpreter, const ScriptCalls& the_calls)
      : interpreter(the_interpreter), calls(the_calls) {}

  Interpreter& interpreter;
  const ScriptCalls& calls;
  HyperParameters* stored =
      nullptr;  // what the checkpoint says of `args` and the like; null: nothing
  bool used_stored = false;
  int frames = 0;                           // made so far: functions may call each other in circles
  std::map<const ClassDef*, Value> selves;  // stand-ins for the objects of methods
};

// Of one function, or of a file's top level, for expressions of one place. Confined to the
// interpreter's thread.
class ScriptFrame {
 public:
  ScriptFrame(ScriptReading& reading, std::shared_ptr<const CodeHome> home, int depth = 0);

  // An error or an Unknown: it takes more than these statements to say.
  absl::StatusOr<Value> Evaluate(const Expr& expr);

 private:
  // Which branches of `if` a statement stands in.
  using Guards = std::vector<std::pair<const Expr*, bool>>;
  // A statement that binds or changes names.
  struct Binder {
    const Stmt* stmt;
    Guards guards;
  };

  void Collect(const Block& block, const Guards& guards);
  void CollectSimple(const Stmt& stmt, const Guards& guards);
  void LeaveUnsaid(const Stmt& stmt);

  // The binders that the names in an expression need, in the order of the text.
  absl::Status Gather(const Expr& expr, const Position& before, std::set<size_t>& needed);
  absl::Status GatherName(const std::string& name, const Position& before,
                          std::set<size_t>& needed);
  absl::Status RunBinder(size_t i);
  absl::Status CheckProvided(const Expr& expr) const;

  bool ProvideStored(const std::string& name);
  absl::Status ProvideFromOuter(const std::string& name);
  absl::Status ProvideArgument(const Parameter& parameter);
  absl::StatusOr<Value> ArgumentOf(const ScriptCall& call, const Parameter& parameter);
  bool IsCallOfThis(const ScriptCall& call) const;
  absl::Status ProvideSelf(const std::string& attribute);
  const std::string* SelfName() const;
  const Parameter* FindParameter(const std::string& name) const;

  ScriptReading& reading_;
  std::shared_ptr<const CodeHome> home_;
  int depth_;
  std::unique_ptr<ScriptFrame> outer_;  // of the function around this one; null: none
  std::shared_ptr<Scope> scope_;
  std::vector<Binder> binders_;
  std::map<std::string, std::vector<size_t>> binders_of_;  // by the name that they bind or change
  std::set<std::string> unsaid_;                           // bound by loops and the like
  std::map<size_t, absl::Status> has_run_;
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_FRAME_H_
