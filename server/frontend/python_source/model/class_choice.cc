#include "server/frontend/python_source/model/class_choice.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/unknown.h"
#include "server/frontend/python_source/model/module_maker.h"
#include "server/frontend/python_source/model/script_models.h"
#include "server/frontend/python_source/model/scripted_maker.h"
#include "server/frontend/python_source/model/state_shapes.h"
#include "server/frontend/python_source/model/weights_part.h"

namespace sconce::python {
namespace {

struct Candidate {
  std::string name;  // of a class, or of the file that defines it
  Value type;
  absl::StatusOr<ModuleMaker::Made> made = absl::UnknownError("not made");
};

absl::StatusOr<std::vector<Candidate>> FindClasses(Interpreter& interpreter) {
  std::vector<Candidate> candidates;
  for (const auto& source : interpreter.library().sources()) {
    for (const std::string& name : source->DefinedClasses()) {
      const auto value = source->Lookup(interpreter, name);
      const absl::Status known =
          value.ok() && value->has_value() ? CheckKnown(**value) : value.status();
      if (!known.ok()) {
        candidates.push_back({name, None(), known});
        continue;
      }
      const Class* type = value->has_value() ? ObjectOf<Class>(**value) : nullptr;
      if (type == nullptr || type->kind != NativeKind::kModule ||
          FindInClass(*type, "forward") == nullptr) {
        continue;
      }
      candidates.push_back({name, **value});
    }
  }
  return candidates;
}

// What the files define by that name; where none does, what the first one imports or assigns.
absl::StatusOr<std::vector<Candidate>> FindByName(Interpreter& interpreter,
                                                  const std::string& name) {
  std::vector<Candidate> found;
  std::vector<std::string> known;
  for (const auto& source : interpreter.library().sources()) {
    const auto classes = source->DefinedClasses();
    known.insert(known.end(), classes.begin(), classes.end());
    if (!source->Defines(name)) continue;
    SCONCE_ASSIGN_OR_RETURN(const auto value, source->Lookup(interpreter, name));
    if (value.has_value()) found.push_back({source->file().name, *value});
  }
  for (const auto& source : interpreter.library().sources()) {
    if (!found.empty()) return found;
    SCONCE_ASSIGN_OR_RETURN(const auto value, source->Lookup(interpreter, name));
    if (value.has_value()) found.push_back({source->file().name, *value});
  }
  if (!found.empty()) return found;
  return absl::FailedPreconditionError(
      absl::StrFormat("the source has no class \"%s\"; it has: %s", name,
                      known.empty() ? "none" : absl::StrJoin(known, ", ")));
}

std::string NamesOf(const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  for (const Candidate& candidate : candidates) names.push_back(candidate.name);
  return absl::StrJoin(names, ", ");
}

bool HasSomeOf(const Value& module, const Shapes& weights) {
  const Shapes own = ShapesOf(module);
  return std::any_of(own.begin(), own.end(),
                     [&](const auto& entry) { return weights.count(entry.first) != 0; });
}

// A loss of the script, or another part of it that these weights are not of.
bool HasNoneOf(const Candidate& candidate, const Shapes& weights) {
  return candidate.made.ok() && !HasSomeOf(candidate.made->module, weights);
}

// The script says how it makes the model, in words that only a run of it could explain.
absl::Status NotSaid(const MakingCall& call, const std::vector<std::string>& missing) {
  std::vector<std::string> names;
  for (const std::string& name : missing) {
    names.push_back(absl::StrFormat("\"%s\": …", name.front() == '*' ? "name" : name));
  }
  const std::string why(call.why.message());
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s makes %s with a value that is not known here: %s. Give it with --init '{%s}'%s",
      call.place, ObjectOf<Class>(call.type)->name, why.substr(0, why.find('\n')),
      absl::StrJoin(names, ", "),
      absl::StrContains(why, "--define") ? "" : ", or with --define NAME=VALUE"));
}

// None of them fits: the nearest one decides what is told.
absl::Status NoneFits(std::vector<Candidate> candidates, const Shapes& weights,
                      const ScriptedMaker& script) {
  const auto others =
      std::stable_partition(candidates.begin(), candidates.end(),
                            [&](const Candidate& each) { return !HasNoneOf(each, weights); });
  if (others != candidates.begin()) candidates.erase(others, candidates.end());
  if (candidates.empty()) {
    return absl::FailedPreconditionError(
        "the source has no class that derives from torch.nn.Module and has a forward");
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
    if (a.made.ok() != b.made.ok()) return a.made.ok();
    return a.made.ok() && a.made->differences < b.made->differences;
  });
  const Candidate& nearest = candidates.front();
  if (!nearest.made.ok()) {
    for (const MakingCall& call : script.calls()) {
      const std::vector<std::string> missing = script.MissingIn(call);
      if (!missing.empty()) return NotSaid(call, missing);
    }
    if (candidates.size() == 1) return nearest.made.status();
    return absl::FailedPreconditionError(
        absl::StrFormat("none of the classes could be made (%s). %s: %s", NamesOf(candidates),
                        nearest.name, nearest.made.status().message()));
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "the weights are of no class of the source (%s). Nearest is %s: %s. Arguments of the class "
      "are given with --init, another class with --class",
      NamesOf(candidates), nearest.name,
      absl::StrJoin(DescribeDifferences(nearest.made->module, nearest.name, weights), "; ")));
}

absl::StatusOr<ChosenModule> MakeByName(Interpreter& interpreter, const std::string& name,
                                        const Arguments& given, ModuleMaker& maker) {
  SCONCE_ASSIGN_OR_RETURN(std::vector<Candidate> found, FindByName(interpreter, name));
  if (found.size() == 1) {
    const Value& type = found.front().type;
    SCONCE_RETURN_IF_ERROR(CheckKnown(type));
    auto made = maker.Make(type);
    if (const Class* chosen = ObjectOf<Class>(type); chosen != nullptr && !Fits(made)) {
      ScriptedMaker script(interpreter, given, maker);
      if (auto other = script.Make(chosen)) return *std::move(other);
      if (auto solved = made.ok() ? std::nullopt : script.Solve(type)) return *std::move(solved);
    }
    SCONCE_RETURN_IF_ERROR(made.status());
    return ChosenModule{name, std::move(made->module)};
  }
  std::vector<Value> fitting;
  for (const Candidate& candidate : found) {
    auto made = maker.Make(candidate.type);
    if (Fits(made)) fitting.push_back(std::move(made->module));
  }
  if (fitting.size() == 1) return ChosenModule{name, std::move(fitting.front())};
  return absl::FailedPreconditionError(
      absl::StrFormat("several of the source files define %s, and the weights fit %s of them: %s; "
                      "give the one that is meant",
                      name, fitting.empty() ? "none" : "several", NamesOf(found)));
}

// Of an expression that stands in no file: without a place.
absl::Status OfExpression(const std::string& text, const absl::Status& status) {
  const std::string raised = RaisedClass(status);
  const std::string message = raised.empty() ? std::string(status.message())
                                             : absl::StrCat(raised, ": ", RaisedText(status));
  return absl::FailedPreconditionError(absl::StrCat("--class ", text, ": ", message));
}

absl::StatusOr<std::optional<Value>> DefinedElsewhere(Interpreter& interpreter,
                                                      const std::string& name,
                                                      const SourceModule& but) {
  for (const auto& source : interpreter.library().sources()) {
    if (source.get() != &but && source->Defines(name)) return source->Lookup(interpreter, name);
  }
  return std::nullopt;
}

// With the names of the file, and what else the other files define.
absl::StatusOr<Value> EvaluateIn(Interpreter& interpreter, const Expr& expression,
                                 SourceModule& source) {
  const auto scope = std::make_shared<Scope>();
  scope->module = &source;
  scope->names = std::make_shared<Table>();
  auto value = interpreter.Evaluate(expression, *scope);
  while (!value.ok() && RaisedClass(value.status()) == "NameError") {
    const std::string text = RaisedText(value.status());
    const std::string missing =
        text.substr(text.find('\'') + 1, text.rfind('\'') - text.find('\'') - 1);
    if (scope->names->Get(missing) != nullptr) return value;
    SCONCE_ASSIGN_OR_RETURN(auto found, DefinedElsewhere(interpreter, missing, source));
    if (!found.has_value()) return value;
    scope->names->Put(missing, *std::move(found));
    value = interpreter.Evaluate(expression, *scope);
  }
  return value;
}

// Net(64, Block): as it would stand in the source.
absl::StatusOr<ChosenModule> MakeByExpression(Interpreter& interpreter, const std::string& text,
                                              ModuleMaker& maker) {
  Library& library = interpreter.library();
  SCONCE_ASSIGN_OR_RETURN(const Expr* expression, library.AddExpression("--class", text));
  absl::Status first;
  for (const auto& source : library.sources()) {
    const auto value = EvaluateIn(interpreter, *expression, *source);
    if (value.ok() && ObjectOf<Unknown>(*value) == nullptr) {
      SCONCE_ASSIGN_OR_RETURN(auto made, maker.Make(*value));
      return ChosenModule{ObjectOf<Instance>(made.module)->type->name, std::move(made.module)};
    }
    if (first.ok()) first = value.ok() ? CheckKnown(*value) : value.status();
  }
  return first.ok() ? absl::FailedPreconditionError("there is no source")
                    : OfExpression(text, first);
}

bool IsName(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || absl::ascii_isalnum(static_cast<unsigned char>(c));
  });
}

// The one whose weights these are; of several of one class the first. `others`: those that are not.
std::optional<ChosenModule> ChooseScriptModel(Interpreter& interpreter, MadeBy by,
                                              ModuleMaker& maker, std::vector<Candidate>& others) {
  std::optional<ChosenModule> chosen;
  for (const ScriptModel& model : FindScriptModels(interpreter, by)) {
    Candidate candidate{absl::StrFormat("%s of %s", model.name, model.file), model.module,
                        maker.Make(model.module)};
    if (!candidate.made->fits()) {
      others.push_back(std::move(candidate));
      continue;
    }
    const std::string& type = ObjectOf<Instance>(model.module)->type->name;
    if (chosen.has_value() && chosen->class_name != type) return std::nullopt;
    if (chosen.has_value()) continue;
    interpreter.Note(
        absl::StrFormat("the model is made as %s makes its %s", model.file, model.name));
    chosen = ChosenModule{type, model.module};
  }
  return chosen;
}

// Where no class fits as it is.
absl::StatusOr<ChosenModule> MakeOtherwise(ScriptedMaker& script, std::vector<Candidate> candidates,
                                           const Shapes& weights) {
  if (auto made = script.Make(nullptr)) return *std::move(made);
  for (const Candidate& candidate : candidates) {
    if (candidate.made.ok() || ObjectOf<Class>(candidate.type) == nullptr) continue;
    if (auto solved = script.Solve(candidate.type)) return *std::move(solved);
  }
  return NoneFits(std::move(candidates), weights, script);
}

absl::StatusOr<ChosenModule> ChooseFor(Interpreter& interpreter, const std::string& name,
                                       const Arguments& arguments, const Shapes& weights,
                                       TorchFile* checkpoint) {
  ModuleMaker maker(interpreter, arguments, weights, checkpoint);
  if (!name.empty() && IsName(name)) return MakeByName(interpreter, name, arguments, maker);
  if (!name.empty()) return MakeByExpression(interpreter, name, maker);
  SCONCE_ASSIGN_OR_RETURN(std::vector<Candidate> candidates, FindClasses(interpreter));
  std::vector<Candidate> fitting;
  bool as_stored = false;
  for (Candidate& candidate : candidates) {
    if (Is<None>(candidate.type)) continue;
    candidate.made = maker.Make(candidate.type);
    if (!Fits(candidate.made)) continue;
    as_stored |= candidate.made->as_stored;
    fitting.push_back(candidate);
  }
  // The script's own call says more than the class's defaults, but less than who made the file or
  // loads it.
  const bool is_said = maker.has_given() || as_stored;
  std::optional<ScriptedMaker> script;
  if (!is_said || fitting.empty()) {
    auto model = ChooseScriptModel(interpreter, MadeBy::kClass, maker, candidates);
    if (model.has_value()) return *std::move(model);
    script.emplace(interpreter, arguments, maker);
    model = script->MakeAsWritten(nullptr);
    if (!model.has_value() && fitting.empty()) {
      model = ChooseScriptModel(interpreter, MadeBy::kFunction, maker, candidates);
    }
    if (model.has_value()) return *std::move(model);
  }
  if (fitting.size() > 1) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the weights fit several classes: %s. Choose one with --class", NamesOf(fitting)));
  }
  if (fitting.empty()) return MakeOtherwise(*script, std::move(candidates), maker.weights());
  if (script.has_value()) script->NoteUnknown(fitting.front().type);
  return ChosenModule{fitting.front().name, std::move(fitting.front().made->module)};
}

// Whether the only thing that the source and the user can mean is that class.
absl::StatusOr<bool> IsOnlyClass(Interpreter& interpreter, const std::string& name) {
  if (!name.empty()) return true;
  SCONCE_ASSIGN_OR_RETURN(const std::vector<Candidate> classes, FindClasses(interpreter));
  return classes.size() == 1;
}

// The models that parts of the weights are of.
std::vector<ChosenModule> ChooseForParts(Interpreter& interpreter, const std::string& name,
                                         const Arguments& arguments, const Shapes& weights,
                                         TorchFile* checkpoint) {
  std::vector<ChosenModule> models;
  for (const WeightsPart& part : PartsOf(weights)) {
    auto chosen = ChooseFor(interpreter, name, arguments, part.shapes, checkpoint);
    if (!chosen.ok() || CountDifferences(chosen->module, part.shapes) != 0) continue;
    chosen->weights_part = part.name;
    models.push_back(*std::move(chosen));
  }
  return models;
}

// What parts could be loaded. The source may mean another model, of all the weights, that could not
// be made; so that is for the user to say.
absl::Status TellOfParts(const std::vector<ChosenModule>& models, const absl::Status& whole) {
  std::vector<std::string> parts;
  for (const ChosenModule& model : models) {
    parts.push_back(
        absl::StrFormat("what begins with \"%s.\" in the file is of %s: --weights-key %s",
                        model.weights_part, model.class_name, model.weights_part));
  }
  return absl::FailedPreconditionError(
      absl::StrFormat("%s. But %s", std::string(whole.message()), absl::StrJoin(parts, "; ")));
}

}  // namespace

absl::StatusOr<ChosenModule> ChooseModule(Interpreter& interpreter, const std::string& name,
                                          const Arguments& arguments,
                                          const std::vector<StoredTensor>& weights,
                                          TorchFile* checkpoint) {
  const Shapes shapes = ShapesOf(weights);
  auto whole = ChooseFor(interpreter, name, arguments, shapes, checkpoint);
  if (shapes.empty() || (whole.ok() && HasSomeOf(whole->module, shapes))) return whole;
  auto models = ChooseForParts(interpreter, name, arguments, shapes, checkpoint);
  if (models.empty()) return whole;
  SCONCE_ASSIGN_OR_RETURN(const bool is_only, IsOnlyClass(interpreter, name));
  if (models.size() > 1 || !is_only) {
    return TellOfParts(models, whole.ok() ? absl::FailedPreconditionError(
                                                "no part of the model is named as the weights are")
                                          : whole.status());
  }
  interpreter.Note(absl::StrFormat("the weights are what begins with \"%s.\" in the file",
                                   models.front().weights_part));
  return std::move(models.front());
}

}  // namespace sconce::python
