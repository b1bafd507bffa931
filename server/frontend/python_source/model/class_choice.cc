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
#include "server/frontend/python_source/model/module_tree.h"

namespace sconce::python {
namespace {

constexpr size_t kMostListed = 12;

using Shapes = std::map<std::string, std::vector<int64_t>>;

struct Candidate {
  std::string name;
  Value type;
  absl::StatusOr<Value> module = absl::UnknownError("not made");
  size_t differences = 0;
};

Shapes ShapesOf(const std::vector<StoredTensor>& weights) {
  Shapes shapes;
  for (const StoredTensor& tensor : weights) shapes[tensor.name] = tensor.shape;
  return shapes;
}

// Keys that one side lacks, and those of other shapes.
size_t CountDifferences(const Value& module, const Shapes& weights) {
  const auto state = StateOf(module);
  size_t matching = 0;
  for (const auto& [name, tensor] : state) {
    const auto found = weights.find(name);
    matching += found != weights.end() && at::IntArrayRef(found->second) == tensor.sizes() ? 1 : 0;
  }
  return state.size() + weights.size() - 2 * matching;
}

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

absl::StatusOr<Value> FindByName(Interpreter& interpreter, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& source : interpreter.library().sources()) {
    SCONCE_ASSIGN_OR_RETURN(const auto value, source->Lookup(interpreter, name));
    if (value.has_value()) return *value;
    const auto classes = source->DefinedClasses();
    known.insert(known.end(), classes.begin(), classes.end());
  }
  return absl::FailedPreconditionError(
      absl::StrFormat("the source has no class \"%s\"; it has: %s", name,
                      known.empty() ? "none" : absl::StrJoin(known, ", ")));
}

absl::StatusOr<Value> MakeModule(Interpreter& interpreter, const Value& type,
                                 const Arguments& arguments) {
  SCONCE_ASSIGN_OR_RETURN(const Value module, interpreter.Call(type, arguments));
  if (IsModule(module)) return module;
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s is no class of a model, and gives none when it is called", Describe(type)));
}

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
  std::vector<std::string> lines;
  Shapes left = weights;
  for (const auto& [name, tensor] : StateOf(*nearest.module)) {
    const auto found = left.find(name);
    if (found == left.end()) {
      lines.push_back(absl::StrFormat("%s is missing", name));
      continue;
    }
    if (at::IntArrayRef(found->second) != tensor.sizes()) {
      lines.push_back(absl::StrFormat("%s is (%s) in the file and (%s) in the class", name,
                                      absl::StrJoin(found->second, ", "),
                                      absl::StrJoin(tensor.sizes(), ", ")));
    }
    left.erase(found);
  }
  for (const auto& [name, shape] : left) lines.push_back(absl::StrFormat("%s is not in it", name));
  const size_t all = lines.size();
  lines.resize(std::min(all, kMostListed));
  if (all > kMostListed) lines.push_back(absl::StrFormat("and %d more", all - kMostListed));
  return absl::FailedPreconditionError(absl::StrFormat(
      "the weights are of no class of the source (%s). Nearest is %s: %s. Arguments of the class "
      "are given with --init, another class with --class",
      NamesOf(candidates), nearest.name, absl::StrJoin(lines, "; ")));
}

}  // namespace

absl::StatusOr<ChosenModule> ChooseModule(Interpreter& interpreter, const std::string& name,
                                          const Arguments& arguments,
                                          const std::vector<StoredTensor>& weights) {
  if (!name.empty()) {
    SCONCE_ASSIGN_OR_RETURN(const Value type, FindByName(interpreter, name));
    SCONCE_ASSIGN_OR_RETURN(Value module, MakeModule(interpreter, type, arguments));
    return ChosenModule{name, std::move(module)};
  }
  const Shapes shapes = ShapesOf(weights);
  SCONCE_ASSIGN_OR_RETURN(std::vector<Candidate> candidates, FindClasses(interpreter));
  std::vector<Candidate> fitting;
  for (Candidate& candidate : candidates) {
    if (Is<None>(candidate.type)) continue;
    candidate.module = MakeModule(interpreter, candidate.type, arguments);
    if (!candidate.module.ok()) continue;
    candidate.differences = CountDifferences(*candidate.module, shapes);
    if (candidate.differences == 0) fitting.push_back(candidate);
  }
  if (fitting.size() > 1) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the weights fit several classes: %s. Choose one with --class", NamesOf(fitting)));
  }
  if (fitting.empty()) return NoneFits(std::move(candidates), shapes);
  return ChosenModule{fitting.front().name, *fitting.front().module};
}

}  // namespace sconce::python
