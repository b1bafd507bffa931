#include "server/formats/weights_choice.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/formats/module_tree.h"
#include "server/formats/torch_file.h"

namespace sconce {
namespace {

using Entries = std::vector<const PickleValue*>;

constexpr size_t kMostListed = 20;
constexpr size_t kMostCandidates = 10'000;
// A longer key is no name that anybody asks for.
constexpr size_t kLongestKey = 1024;
// Keys that are tried for a path: one key can be in a dict any number of times.
constexpr int kMostTries = 10'000'000;

// The names people give to the model's own weights.
constexpr std::array<std::string_view, 12> kModelNames = {
    "model_state_dict", "state_dict", "model_state", "model",  "model_dict", "net",
    "net_state_dict",   "network",    "weights",     "params", "module",     "parameters"};

// What averages of the weights over the training are called.
constexpr std::array<std::string_view, 4> kAverageNames = {"ema", "swa", "teacher", "averag"};

constexpr std::array<std::string_view, 4> kTrainingNames = {"optim", "sched", "scaler", "grad"};

template <size_t kSize>
bool HasAny(std::string_view key, const std::array<std::string_view, kSize>& words) {
  const std::string lower = absl::AsciiStrToLower(std::string(key));
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string_view LastPart(std::string_view key) {
  const size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

bool NamesTheModel(const WeightsCandidate& candidate) {
  const std::string_view name = LastPart(candidate.key);
  return std::find(kModelNames.begin(), kModelNames.end(), name) != kModelNames.end();
}

bool NamesAnAverage(const WeightsCandidate& candidate) {
  return HasAny(candidate.key, kAverageNames);
}

// The entries of a dict, or of what an object of a class holds.
const Entries* Inside(const PickleValue& value) {
  if (const Entries* entries = DictEntries(value)) return entries;
  const bool has_state =
      value.Is(PickleKind::kObject) && value.changes != nullptr && !value.changes->states.empty();
  return has_state ? DictEntries(*value.changes->states.back()) : nullptr;
}

size_t CountTensors(const PickleValue& value) {
  if (IsModule(value)) {
    const auto tree = ReadModuleTree(value);
    return tree.ok() ? StateOf(*tree).size() : 0;
  }
  const Entries& entries = *DictEntries(value);
  size_t count = 0;
  for (size_t i = 1; i < entries.size(); i += 2) count += IsStoredTensor(*entries[i]) ? 1 : 0;
  return count;
}

bool IsCandidate(const PickleValue& value) { return IsWeightsDict(value) || IsModule(value); }

// Looks at each value once: a small file can refer to one from any number of places.
class Search {
 public:
  void Within(const PickleValue& value, const std::string& prefix, int levels) {
    const Entries* entries = Inside(value);
    if (entries == nullptr) return;
    for (size_t i = 0; i + 1 < entries->size() && found_.size() < kMostCandidates; i += 2) {
      const PickleValue& key = *(*entries)[i];
      const PickleValue& inner = *(*entries)[i + 1];
      const bool holds = inner.Is(PickleKind::kDict) || inner.Is(PickleKind::kObject);
      if (!holds || !key.Is(PickleKind::kString) || key.text.size() > kLongestKey) continue;
      if (HasAny(key.text, kTrainingNames) || !seen_.emplace(&inner, levels).second) continue;
      const std::string path = absl::StrFormat("%s%s", prefix, key.text);
      if (IsCandidate(inner)) {
        if (candidates_.insert(&inner).second) {
          const bool counted = found_.size() < kMostListed;
          found_.push_back({path, &inner, counted ? CountTensors(inner) : 0});
        }
      } else if (levels > 1) {
        Within(inner, path + ".", levels - 1);
      }
    }
  }

  std::vector<WeightsCandidate> TakeFound() { return std::move(found_); }

 private:
  std::set<std::pair<const PickleValue*, int>> seen_;
  std::set<const PickleValue*> candidates_;
  std::vector<WeightsCandidate> found_;
};

std::string ListOf(const std::vector<WeightsCandidate>& candidates) {
  std::vector<std::string> lines;
  for (const WeightsCandidate& candidate : candidates) {
    if (lines.size() == kMostListed) {
      lines.push_back(absl::StrFormat("and %d more", candidates.size() - kMostListed));
      break;
    }
    lines.push_back(absl::StrFormat("%s (%d tensors)", candidate.key, candidate.tensors));
  }
  return absl::StrJoin(lines, ", ");
}

std::string KeysOf(const PickleValue& root) {
  const Entries* entries = Inside(root);
  if (entries == nullptr) return DescribePickleValue(root);
  std::vector<std::string> keys;
  for (size_t i = 0; i < entries->size() && keys.size() < kMostListed; i += 2) {
    const PickleValue& key = *(*entries)[i];
    keys.push_back(key.Is(PickleKind::kString) ? std::string(key.text.substr(0, 80))
                                               : DescribePickleValue(key));
  }
  return absl::StrJoin(keys, ", ");
}

// The whole rest of a path as one key first: keys may have dots in them.
const PickleValue* Follow(const PickleValue& value, std::string_view path, int& tries) {
  const Entries* entries = Inside(value);
  if (entries == nullptr) return nullptr;
  for (size_t i = 0; i + 1 < entries->size() && --tries > 0; i += 2) {
    const PickleValue& key = *(*entries)[i];
    if (!key.Is(PickleKind::kString)) continue;
    if (key.text == path) return (*entries)[i + 1];
  }
  for (size_t i = 0; i + 1 < entries->size() && --tries > 0; i += 2) {
    const PickleValue& key = *(*entries)[i];
    if (!key.Is(PickleKind::kString) || key.text.empty()) continue;
    const bool leads = path.size() > key.text.size() + 1 &&
                       path.substr(0, key.text.size()) == key.text && path[key.text.size()] == '.';
    if (!leads) continue;
    const std::string_view rest = path.substr(key.text.size() + 1);
    if (const PickleValue* found = Follow(*(*entries)[i + 1], rest, tries)) return found;
  }
  return nullptr;
}

absl::StatusOr<WeightsCandidate> ChooseByKey(const PickleValue& root, const std::string& key) {
  int tries = kMostTries;
  const PickleValue* value = Follow(root, key, tries);
  const auto candidates = FindWeights(root);
  if (value == nullptr) {
    return absl::NotFoundError(absl::StrFormat(
        "it has no key \"%s\"; weights are at: %s", key,
        candidates.empty() ? "(nowhere; its keys: " + KeysOf(root) + ")" : ListOf(candidates)));
  }
  if (IsCandidate(*value)) return WeightsCandidate{key, value, CountTensors(*value)};
  return absl::FailedPreconditionError(absl::StrFormat(
      "\"%s\" is %s, expected a dict of names to tensors or a module; weights are at: %s", key,
      DescribePickleValue(*value), ListOf(candidates)));
}

absl::StatusOr<WeightsCandidate> ChooseByName(const std::vector<WeightsCandidate>& candidates) {
  std::vector<WeightsCandidate> models;
  bool others_are_averages = true;
  for (const WeightsCandidate& candidate : candidates) {
    if (NamesTheModel(candidate) && !NamesAnAverage(candidate)) {
      models.push_back(candidate);
    } else {
      others_are_averages &= NamesAnAverage(candidate);
    }
  }
  if (models.size() == 1 && others_are_averages) return models.front();
  return absl::FailedPreconditionError(absl::StrFormat(
      "it holds several sets of weights: %s. Choose one with --weights-key", ListOf(candidates)));
}

}  // namespace

bool IsWeightsDict(const PickleValue& value) {
  const Entries* entries = DictEntries(value);
  if (entries == nullptr) return false;
  bool some = false;
  for (size_t i = 0; i + 1 < entries->size(); i += 2) {
    const PickleValue& key = *(*entries)[i];
    if (!key.Is(PickleKind::kString)) return false;
    const bool tensor = IsStoredTensor(*(*entries)[i + 1]);
    if (!tensor && LastPart(key.text) != "_extra_state") return false;
    some |= tensor;
  }
  return some;
}

std::vector<WeightsCandidate> FindWeights(const PickleValue& root) {
  std::vector<WeightsCandidate> found;
  if (IsCandidate(root)) {
    found.push_back({"", &root, CountTensors(root)});
  } else {
    Search search;
    search.Within(root, "", 2);
    found = search.TakeFound();
  }
  return found;
}

absl::StatusOr<WeightsCandidate> ChooseWeights(const PickleValue& root, const std::string& key) {
  if (!key.empty()) return ChooseByKey(root, key);
  const std::vector<WeightsCandidate> candidates = FindWeights(root);
  if (candidates.size() == 1) return candidates.front();
  if (!candidates.empty()) return ChooseByName(candidates);
  return absl::FailedPreconditionError(
      absl::StrFormat("it holds no weights: no dict of names to tensors and no module in it; it "
                      "is %s",
                      Inside(root) == nullptr ? DescribePickleValue(root)
                                              : "a dict or object with: " + KeysOf(root)));
}

absl::StatusOr<std::vector<std::pair<std::string, const PickleValue*>>> TensorsOf(
    const WeightsCandidate& candidate) {
  std::vector<std::pair<std::string, const PickleValue*>> tensors;
  std::set<std::string_view> names;
  const auto again = [](std::string_view name) {
    return absl::InvalidArgumentError(
        absl::StrFormat("the key \"%s\" occurs twice", name.substr(0, 200)));
  };
  if (IsModule(*candidate.value)) {
    SCONCE_ASSIGN_OR_RETURN(const ModuleNode tree, ReadModuleTree(*candidate.value));
    tensors = StateOf(tree);
    for (const auto& [name, value] : tensors) {
      if (!names.insert(name).second) return again(name);
    }
    return tensors;
  }
  const Entries& entries = *DictEntries(*candidate.value);
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (!IsStoredTensor(*entries[i + 1])) continue;
    // Before it is copied: one text can be a key any number of times.
    if (!names.insert(entries[i]->text).second) return again(entries[i]->text);
    tensors.emplace_back(std::string(entries[i]->text), entries[i + 1]);
  }
  return tensors;
}

}  // namespace sconce
