#include "server/frontend/python_source/model/hyper_parameters.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "server/base/status_macros.h"
#include "server/formats/torch/module_tree.h"
#include "server/formats/torch/pickle_parts.h"
#include "server/formats/weights/training_keys.h"
#include "server/formats/weights/weights_choice.h"

namespace sconce::python {
namespace {

using Entries = std::vector<const PickleValue*>;

constexpr std::string_view kLightningKey = "hyper_parameters";
constexpr size_t kLongestName = 200;
constexpr size_t kMostGroups = 64;
constexpr size_t kMostEntries = 2000;  // of one group: more is a table of data

bool HoldsWeights(const PickleValue& value) {
  return IsModule(value) || IsStoredTensor(value) || IsWeightsDict(value);
}

// The less, the more it is about the model.
int RankOf(std::string_view name) {
  const std::string lower = absl::AsciiStrToLower(std::string(name));
  if (lower.empty()) return 3;
  if (absl::StrContains(lower, "hyper") || absl::StrContains(lower, "hparam")) return 0;
  for (const char* word : {"model", "net", "init", "arch"}) {
    if (absl::StrContains(lower, word)) return 1;
  }
  return 2;
}

// What lies beside the weights as it is: a dict there is a group of its own.
bool IsPlain(const PickleValue& value) {
  switch (value.kind) {
    case PickleKind::kBool:
    case PickleKind::kInt:
    case PickleKind::kFloat:
    case PickleKind::kString:
    case PickleKind::kTuple:
    case PickleKind::kList:
      return true;
    default:
      return false;
  }
}

// What constructors call the one object that says everything.
bool IsNameOfConfigurations(std::string_view name) {
  const std::string lower = absl::AsciiStrToLower(std::string(name));
  for (const char* word : {"conf", "cfg", "hparam", "arg", "opt", "param"}) {
    if (absl::StrContains(lower, word)) return true;
  }
  return lower == "hp" || lower == "hps";
}

}  // namespace

HyperParameters::HyperParameters(Interpreter& interpreter, TorchFile* file) {
  if (file == nullptr || HoldsWeights(file->root())) return;
  objects_.emplace(interpreter, *file);
  AddGroups(file->root(), "", 2);
  std::stable_sort(groups_.begin(), groups_.end(),
                   [](const Group& a, const Group& b) { return RankOf(a.name) < RankOf(b.name); });
  const Entries* root = EntriesOf(file->root());
  const PickleValue* name = root == nullptr ? nullptr : FindEntry(*root, "hparams_name");
  if (name != nullptr && name->Is(PickleKind::kString)) lightning_name_ = name->text;
}

void HyperParameters::AddGroups(const PickleValue& value, const std::string& name, int levels) {
  const Entries* entries = EntriesOf(value);
  if (entries == nullptr || entries->size() > 2 * kMostEntries) return;
  if (groups_.size() == kMostGroups) return;
  groups_.push_back({name, &value, entries});
  for (size_t i = 0; levels > 0 && i + 1 < entries->size(); i += 2) {
    const PickleValue& key = *(*entries)[i];
    const PickleValue& inner = *(*entries)[i + 1];
    if (!key.Is(PickleKind::kString) || key.text.size() > kLongestName) continue;
    if (NamesTrainingState(key.text) || HoldsWeights(inner)) continue;
    AddGroups(inner, name.empty() ? std::string(key.text) : name + "." + std::string(key.text),
              levels - 1);
  }
}

absl::StatusOr<std::optional<HyperParameters::Found>> HyperParameters::Guess(
    const std::vector<std::pair<const PickleValue*, std::string>>& candidates, size_t guess) {
  if (candidates.empty()) return std::nullopt;
  const auto& [value, place] = candidates[std::min(guess, candidates.size() - 1)];
  SCONCE_ASSIGN_OR_RETURN(Value read, objects_->Read(*value));
  return std::optional<Found>({std::move(read), place, guess + 1 < candidates.size()});
}

absl::StatusOr<std::optional<HyperParameters::Found>> HyperParameters::Find(const std::string& name,
                                                                            size_t guess) {
  std::vector<std::pair<const PickleValue*, std::string>> candidates;
  for (const Group& group : groups_) {
    const PickleValue* value = FindEntry(*group.entries, name);
    if (value == nullptr || HoldsWeights(*value)) continue;
    if (!group.name.empty() || IsPlain(*value)) candidates.emplace_back(value, group.name);
  }
  return Guess(candidates, guess);
}

absl::StatusOr<std::optional<HyperParameters::Found>> HyperParameters::FindWhole(
    const std::string& name, bool any_name, size_t guess) {
  const std::string_view wanted = name == lightning_name_ ? kLightningKey : std::string_view(name);
  const bool others = any_name && IsNameOfConfigurations(name);
  std::vector<std::pair<const PickleValue*, std::string>> candidates;
  for (const Group& group : groups_) {
    const bool is_top = !group.name.empty() && !absl::StrContains(group.name, '.');
    if (!is_top) continue;
    if (group.name == wanted) {
      candidates.emplace(candidates.begin(), group.value, group.name);
    } else if (others) {
      candidates.emplace_back(group.value, group.name);
    }
  }
  return Guess(candidates, guess);
}

}  // namespace sconce::python
