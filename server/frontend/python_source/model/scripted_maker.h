// What is left of how a class is made when its own defaults and what is given do not do: the calls
// that the script has somewhere, and numbers that the weights say.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPTED_MAKER_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPTED_MAKER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"
#include "server/frontend/python_source/model/module_maker.h"
#include "server/frontend/python_source/model/script_models.h"
#include "server/frontend/python_source/model/state_shapes.h"

namespace sconce::python {

// Confined to the interpreter's thread. What is assumed is noted there.
class ScriptedMaker {
 public:
  // `given`: the user's arguments, which come before the script's. Both must outlive this.
  ScriptedMaker(Interpreter& interpreter, const Arguments& given, ModuleMaker& maker);

  const std::vector<MakingCall>& calls() const { return calls_; }
  // What neither the call says nor the user.
  std::vector<std::string> MissingIn(const MakingCall& call) const;

  // The first that fits of: a call whose arguments are all known; one whose other arguments the
  // weights say. `only`: of that class; null: of any. Nullopt: none.
  std::optional<ChosenModule> Make(const Class* only);
  std::optional<ChosenModule> MakeAsWritten(const Class* only);

  // A class that no call of the script makes, or one that does not name what it gives (**config):
  // with what is missing as the weights say it. What a call names and nobody knows is not the
  // class's default: then none.
  std::optional<ChosenModule> Solve(const Value& type);

  // Remarks what the script gives the class and nobody knows, though the class does without.
  void NoteUnknown(const Value& type);

 private:
  const MakingCall* FindCall(const Value& type) const;
  std::optional<ChosenModule> MakeAsWritten(const MakingCall& call);
  std::optional<ChosenModule> Solve(const MakingCall& call);
  std::optional<ChosenModule> Solve(const Value& type, const Arguments& arguments,
                                    const std::vector<std::string>& missing);
  void NoteMadeAs(const MakingCall& call);
  void NoteOthers(const MakingCall& call);
  Arguments Merged(const MakingCall& call) const;

  Interpreter& interpreter_;
  const Arguments& given_;
  const Shapes& weights_;
  const std::vector<MakingCall> calls_;
  uint64_t budget_ = 3'000'000;  // of all that is solved
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPTED_MAKER_H_
