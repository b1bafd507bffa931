#include "server/frontend/python_source/model/scripted_maker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/same_value.h"
#include "server/frontend/python_source/model/constructor_arguments.h"
#include "server/frontend/python_source/model/solved_arguments.h"

namespace sconce::python {
namespace {

auto FindKeyword(Arguments& arguments, const std::string& name) {
  return std::find_if(arguments.keywords.begin(), arguments.keywords.end(),
                      [&](const auto& keyword) { return keyword.first == name; });
}

// "**config"
bool IsUnnamed(const std::string& missing) { return missing.front() == '*'; }

}  // namespace

ScriptedMaker::ScriptedMaker(Interpreter& interpreter, const Arguments& given, ModuleMaker& maker)
    : interpreter_(interpreter),
      given_(given),
      weights_(maker.weights()),
      calls_(given.positional.empty() ? FindMakingCalls(interpreter, maker.stored())
                                      : std::vector<MakingCall>()) {}

std::optional<ChosenModule> ScriptedMaker::Make(const Class* only) {
  if (auto written = MakeAsWritten(only)) return written;
  for (const MakingCall& call : calls_) {
    if (only != nullptr && ObjectOf<Class>(call.type) != only) continue;
    if (auto chosen = Solve(call)) return chosen;
  }
  return std::nullopt;
}

std::optional<ChosenModule> ScriptedMaker::MakeAsWritten(const Class* only) {
  for (const MakingCall& call : calls_) {
    if (only != nullptr && ObjectOf<Class>(call.type) != only) continue;
    if (auto chosen = MakeAsWritten(call)) return chosen;
  }
  return std::nullopt;
}

std::optional<ChosenModule> ScriptedMaker::Solve(const Value& type) {
  const MakingCall* call = FindCall(type);
  const bool is_named =
      call != nullptr && std::none_of(call->missing.begin(), call->missing.end(), IsUnnamed);
  if (is_named) return std::nullopt;
  auto fitted = FitArguments(interpreter_, type, given_);
  if (!fitted.ok()) return std::nullopt;
  auto solved = Solve(type, *fitted, MissingParameters(type, *fitted));
  if (solved.has_value()) NoteUnknown(type);
  return solved;
}

void ScriptedMaker::NoteUnknown(const Value& type) {
  const MakingCall* call = FindCall(type);
  if (call == nullptr) return;
  const std::vector<std::string> missing = MissingIn(*call);
  if (missing.empty()) return;
  interpreter_.Note(absl::StrFormat(
      "%s gives %s what is not known here (%s); the class's own default is taken, --init says "
      "otherwise",
      call->place, ObjectOf<Class>(type)->name, absl::StrJoin(missing, ", ")));
}

const MakingCall* ScriptedMaker::FindCall(const Value& type) const {
  const auto call = std::find_if(calls_.begin(), calls_.end(), [&](const MakingCall& each) {
    return ObjectOf<Class>(each.type) == ObjectOf<Class>(type);
  });
  return call == calls_.end() ? nullptr : &*call;
}

std::optional<ChosenModule> ScriptedMaker::MakeAsWritten(const MakingCall& call) {
  if (!MissingIn(call).empty()) return std::nullopt;
  const auto module = IsModule(call.type) ? absl::StatusOr<Value>(call.type)
                                          : interpreter_.Call(call.type, Merged(call));
  if (!module.ok() || !IsModule(*module) || CountDifferences(*module, weights_) != 0) {
    return std::nullopt;
  }
  NoteMadeAs(call);
  NoteOthers(call);
  return ChosenModule{ObjectOf<Instance>(*module)->type->name, *module};
}

std::vector<std::string> ScriptedMaker::MissingIn(const MakingCall& call) const {
  std::vector<std::string> missing = call.missing;
  std::erase_if(missing, [&](const std::string& name) {
    const auto& given = given_.keywords;
    return std::any_of(given.begin(), given.end(),
                       [&](const auto& keyword) { return keyword.first == name; });
  });
  return missing;
}

std::optional<ChosenModule> ScriptedMaker::Solve(const MakingCall& call) {
  if (IsModule(call.type)) return std::nullopt;
  const Arguments arguments = Merged(call);
  const std::vector<std::string> missing = MissingIn(call);
  if (std::any_of(missing.begin(), missing.end(), IsUnnamed)) return std::nullopt;
  auto chosen = Solve(call.type, arguments, missing);
  if (chosen.has_value()) NoteMadeAs(call);
  return chosen;
}

std::optional<ChosenModule> ScriptedMaker::Solve(const Value& type, const Arguments& arguments,
                                                 const std::vector<std::string>& missing) {
  auto solved = SolveArguments(interpreter_, type, arguments, missing, weights_, budget_);
  if (!solved.has_value()) return std::nullopt;
  const std::string& name = ObjectOf<Instance>(solved->module)->type->name;
  for (const auto& [parameter, number] : solved->numbers) {
    interpreter_.Note(absl::StrFormat(
        "%s of %s is taken to be %d: no other number that was tried gives the shapes of the "
        "weights",
        parameter, name, number));
  }
  return ChosenModule{name, std::move(solved->module)};
}

void ScriptedMaker::NoteMadeAs(const MakingCall& call) {
  interpreter_.Note(
      absl::StrFormat("the model is made as %s makes it%s", call.place,
                      call.as_stored ? ", with what the checkpoint keeps beside the weights" : ""));
}

void ScriptedMaker::NoteOthers(const MakingCall& call) {
  const auto is_same = [&](const MakingCall& other) {
    const auto& a = call.arguments.keywords;
    const auto& b = other.arguments.keywords;
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](auto& x, auto& y) {
             return x.first == y.first && IsSame(x.second, y.second);
           });
  };
  for (const MakingCall& other : calls_) {
    if (&other == &call || ObjectOf<Class>(other.type) != ObjectOf<Class>(call.type)) continue;
    if (other.as_stored != call.as_stored || is_same(other)) continue;
    interpreter_.Note(absl::StrFormat(
        "%s makes the class otherwise than %s; --class 'Net(3, 64)' says which is meant",
        other.place, call.place));
  }
}

// What the call gives, and what the user gives instead.
Arguments ScriptedMaker::Merged(const MakingCall& call) const {
  Arguments arguments = call.arguments;
  for (const auto& [name, value] : given_.keywords) {
    const auto said = FindKeyword(arguments, name);
    if (said == arguments.keywords.end()) {
      arguments.keywords.emplace_back(name, value);
    } else {
      said->second = value;
    }
  }
  return arguments;
}

}  // namespace sconce::python
