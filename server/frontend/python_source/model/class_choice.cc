#include "server/frontend/python_source/model/class_choice.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/model/constructor_arguments.h"
#include "server/frontend/python_source/model/hyper_parameters.h"
#include "server/frontend/python_source/model/state_shapes.h"

namespace sconce::python {
namespace {

struct Candidate {
  std::string name;  // of a class, or of the file that defines it
  Value type;
  absl::StatusOr<Value> module = absl::UnknownError("not made");
  size_t differences = 0;
};

absl::StatusOr<std::vector<Candidate>> FindClasses(Interpreter& interpreter) {
  std::vector<Candidate> candidates;
  for (const auto& source : interpreter.library().sources()) {
    for (const std::string& name : source->DefinedClasses()) {
      const auto value = source->Lookup(interpreter, name);
      if (!value.ok()) {
        candidates.push_back({name, None(), value.status()});
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

absl::StatusOr<Value> MakeModule(Interpreter& interpreter, const Value& type, Arguments arguments) {
  const auto module = interpreter.Call(type, std::move(arguments));
  // Of the call itself, not of a line of the source.
  if (!module.ok() && !HasPlace(module.status())) {
    return absl::Status(
        module.status().code(),
        absl::StrFormat("%s. Arguments of the class are given with --init '{\"name\": "
                        "value}'",
                        std::string(module.status().message())));
  }
  if (!module.ok() || IsModule(*module)) return module;
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s is no class of a model, and gives none when it is called", Describe(type)));
}

constexpr size_t kMostGuesses = 8;

// Makes modules of a class with what is known of its arguments.
class ModuleMaker {
 public:
  ModuleMaker(Interpreter& interpreter, const Arguments& given, Shapes weights,
              TorchFile* checkpoint)
      : interpreter_(interpreter),
        given_(given),
        weights_(std::move(weights)),
        stored_(interpreter, checkpoint) {}

  const Shapes& weights() const { return weights_; }

  bool Fits(const absl::StatusOr<Value>& module) const {
    return module.ok() && CountDifferences(*module, weights_) == 0;
  }

  absl::StatusOr<Value> Make(const Value& type) {
    bool more = !stored_.empty();
    auto module = MakeAsStored(type, 0, more);
    for (size_t guess = 1; more && !Fits(module) && guess < kMostGuesses; ++guess) {
      auto other = MakeAsStored(type, guess, more);
      if (Fits(other)) return other;
    }
    if (Fits(module) || stored_.empty()) return module;
    auto without = MakeWithout(type);
    return Fits(without) ? without : module;
  }

 private:
  // `more`: whether another guess would take other values.
  absl::StatusOr<Value> MakeAsStored(const Value& type, size_t guess, bool& more) {
    SCONCE_ASSIGN_OR_RETURN(ConstructorArguments all,
                            CompleteArguments(interpreter_, type, given_, stored_, guess));
    more = all.more;
    SCONCE_ASSIGN_OR_RETURN(Value module, MakeModule(interpreter_, type, std::move(all.arguments)));
    if (!all.stored.empty() && Fits(module)) {
      interpreter_.Note(absl::StrFormat("%s was made with what the checkpoint says: %s",
                                        ObjectOf<Instance>(module)->type->name,
                                        absl::StrJoin(all.stored, ", ")));
    }
    return module;
  }

  absl::StatusOr<Value> MakeWithout(const Value& type) {
    SCONCE_ASSIGN_OR_RETURN(Arguments fitted, FitArguments(interpreter_, type, given_));
    return MakeModule(interpreter_, type, std::move(fitted));
  }

  Interpreter& interpreter_;
  const Arguments& given_;
  Shapes weights_;
  HyperParameters stored_;
};

std::string NamesOf(const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  for (const Candidate& candidate : candidates) names.push_back(candidate.name);
  return absl::StrJoin(names, ", ");
}

// None of them fits: the nearest one decides what is told.
absl::Status NoneFits(std::vector<Candidate> candidates, const Shapes& weights) {
  if (candidates.empty()) {
    return absl::FailedPreconditionError(
        "the source has no class that derives from torch.nn.Module and has a forward");
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
    if (a.module.ok() != b.module.ok()) return a.module.ok();
    return a.differences < b.differences;
  });
  const Candidate& nearest = candidates.front();
  if (!nearest.module.ok()) {
    if (candidates.size() == 1) return nearest.module.status();
    return absl::FailedPreconditionError(
        absl::StrFormat("none of the classes could be made (%s). %s: %s", NamesOf(candidates),
                        nearest.name, nearest.module.status().message()));
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "the weights are of no class of the source (%s). Nearest is %s: %s. Arguments of the class "
      "are given with --init, another class with --class",
      NamesOf(candidates), nearest.name,
      absl::StrJoin(DescribeDifferences(*nearest.module, nearest.name, weights), "; ")));
}

absl::StatusOr<ChosenModule> MakeByName(Interpreter& interpreter, const std::string& name,
                                        ModuleMaker& maker) {
  SCONCE_ASSIGN_OR_RETURN(std::vector<Candidate> found, FindByName(interpreter, name));
  if (found.size() == 1) {
    SCONCE_ASSIGN_OR_RETURN(Value module, maker.Make(found.front().type));
    return ChosenModule{name, std::move(module)};
  }
  std::vector<Value> fitting;
  for (const Candidate& candidate : found) {
    auto module = maker.Make(candidate.type);
    if (maker.Fits(module)) fitting.push_back(*std::move(module));
  }
  if (fitting.size() == 1) return ChosenModule{name, std::move(fitting.front())};
  return absl::FailedPreconditionError(
      absl::StrFormat("several of the source files define %s, and the weights fit %s of them: %s; "
                      "give the one that is meant",
                      name, fitting.empty() ? "none" : "several", NamesOf(found)));
}

}  // namespace

absl::StatusOr<ChosenModule> ChooseModule(Interpreter& interpreter, const std::string& name,
                                          const Arguments& arguments,
                                          const std::vector<StoredTensor>& weights,
                                          TorchFile* checkpoint) {
  ModuleMaker maker(interpreter, arguments, ShapesOf(weights), checkpoint);
  if (!name.empty()) return MakeByName(interpreter, name, maker);
  SCONCE_ASSIGN_OR_RETURN(std::vector<Candidate> candidates, FindClasses(interpreter));
  std::vector<Candidate> fitting;
  for (Candidate& candidate : candidates) {
    if (Is<None>(candidate.type)) continue;
    candidate.module = maker.Make(candidate.type);
    if (!candidate.module.ok()) continue;
    candidate.differences = CountDifferences(*candidate.module, maker.weights());
    if (candidate.differences == 0) fitting.push_back(candidate);
  }
  if (fitting.size() > 1) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the weights fit several classes: %s. Choose one with --class", NamesOf(fitting)));
  }
  if (fitting.empty()) return NoneFits(std::move(candidates), maker.weights());
  return ChosenModule{fitting.front().name, *fitting.front().module};
}

}  // namespace sconce::python
