#include "server/formats/weights/weights_choice.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/formats/torch/module_tree.h"
#include "server/formats/torch/pickle_parts.h"
#include "server/formats/torch/torch_file.h"
#include "server/formats/weights/training_keys.h"

namespace sconce {
namespace {

using Entries = std::vector<const PickleValue*>;

constexpr size_t kMostListed = 20;
constexpr size_t kMostCandidates = 10'000;
// A longer key is no name that anybody asks for.
constexpr size_t kLongestKey = 1024;

// Entries that are looked at: many objects can share one dict.
constexpr size_t kMostWork = size_t{64} << 20;

std::string_view LastPart(std::string_view key) {
  const size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

// What torch.optim.Optimizer.state_dict() gives, whatever its name.
bool IsOptimizerState(const PickleValue& value) {
  if (!value.Is(PickleKind::kDict)) return false;
  for (size_t i = 0; i < std::min<size_t>(value.items.size(), 16); i += 2) {
    const PickleValue& key = *value.items[i];
    if (key.Is(PickleKind::kString) && key.text == "param_groups") return true;
  }
  return false;
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

bool IsContainer(const PickleValue& value) {
  return value.Is(PickleKind::kDict) || value.Is(PickleKind::kObject) ||
         value.Is(PickleKind::kList) || value.Is(PickleKind::kTuple);
}

// Looks at each value once: a small file can refer to one from any number of places.
class Search {
 public:
  void Within(const PickleValue& value, const std::string& prefix, int levels) {
    if (IsOptimizerState(value)) return;
    const size_t parts = CountParts(value);
    for (size_t i = 0; i < parts && found_.size() < kMostCandidates; ++i) {
      const PicklePart part = PartAt(value, i);
      const PickleValue& inner = *part.value;
      if (!IsContainer(inner) || (part.key != nullptr && !part.HasText())) continue;
      if (part.HasText() &&
          (part.key->text.size() > kLongestKey || NamesTrainingState(part.key->text))) {
        continue;
      }
      if (!seen_.emplace(&inner, levels).second) continue;
      work_ += CountParts(inner);
      if (work_ > kMostWork) return;
      Look(inner, prefix + part.name(), levels);
    }
  }

  std::vector<WeightsCandidate> TakeFound() { return std::move(found_); }

 private:
  void Look(const PickleValue& value, const std::string& path, int levels) {
    if (!IsCandidate(value)) {
      if (levels > 1) Within(value, path + ".", levels - 1);
    } else if (candidates_.insert(&value).second) {
      found_.push_back({path, &value, found_.size() < kMostListed ? CountTensors(value) : 0});
    }
  }

  std::set<std::pair<const PickleValue*, int>> seen_;
  std::set<const PickleValue*> candidates_;
  std::vector<WeightsCandidate> found_;
  size_t work_ = 0;
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
  const size_t parts = CountParts(root);
  if (parts == 0) return DescribePickleValue(root);
  std::vector<std::string> keys;
  for (size_t i = 0; i < parts && keys.size() < kMostListed; ++i) {
    keys.push_back(PartAt(root, i).name().substr(0, 80));
  }
  if (parts > kMostListed) keys.push_back(absl::StrFormat("and %d more", parts - kMostListed));
  return absl::StrJoin(keys, ", ");
}

absl::Status NoWeights(const PickleValue& root) {
  if (IsStoredTensor(root)) {
    return absl::FailedPreconditionError("it holds no weights: it is a single tensor");
  }
  const size_t parts = CountParts(root);
  size_t tensors = 0;
  for (size_t i = 0; i < parts; ++i) tensors += IsStoredTensor(*PartAt(root, i).value) ? 1 : 0;
  if (tensors > 0) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "it holds no weights: %d of its %d values are tensors and the others are not, weights are "
        "a dict of names to tensors and nothing else. Its keys: %s",
        tensors, parts, KeysOf(root)));
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "it holds no weights: no dict of names to tensors and no module in it; it is %s",
      parts == 0 ? KeysOf(root) : "a dict, list or object with: " + KeysOf(root)));
}

bool HasNamesWith(const PickleValue& value, std::string_view prefix) {
  if (!IsWeightsDict(value)) return false;
  const Entries& entries = *DictEntries(value);
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (entries[i]->text.starts_with(prefix)) return true;
  }
  return false;
}

// As much of the key as leads to a dict of weights; the rest is the beginning of names there.
std::optional<WeightsCandidate> ChooseByNames(const PickleValue& root, const std::string& key) {
  for (size_t dot = key.rfind('.'); dot != std::string::npos && dot > 0;
       dot = key.rfind('.', dot - 1)) {
    const std::string head = key.substr(0, dot);
    const std::string prefix = key.substr(dot + 1) + ".";
    const PickleValue* value = FollowKeys(root, head);
    if (value != nullptr && HasNamesWith(*value, prefix)) {
      return WeightsCandidate{head, value, CountTensors(*value), prefix};
    }
  }
  auto chosen = ChooseWeights(root, "");
  if (!chosen.ok() || !HasNamesWith(*chosen->value, key + ".")) return std::nullopt;
  chosen->prefix = key + ".";
  return *std::move(chosen);
}

absl::StatusOr<WeightsCandidate> ChooseByKey(const PickleValue& root, const std::string& key) {
  const PickleValue* value = FollowKeys(root, key);
  if (value == nullptr && key.size() <= kLongestKey) {
    if (auto part = ChooseByNames(root, key)) return *std::move(part);
  }
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

template <typename Predicate>
std::vector<WeightsCandidate> Without(const std::vector<WeightsCandidate>& candidates,
                                      Predicate drop) {
  std::vector<WeightsCandidate> kept;
  std::remove_copy_if(candidates.begin(), candidates.end(), std::back_inserter(kept),
                      [&](const WeightsCandidate& candidate) { return drop(candidate.key); });
  return kept;
}

absl::StatusOr<WeightsCandidate> ChooseByName(const std::vector<WeightsCandidate>& candidates) {
  const std::vector<WeightsCandidate> models = Without(candidates, NamesSideValues);
  if (models.size() == 1) return models.front();
  const std::vector<WeightsCandidate> plain = Without(models, NamesAverages);
  if (plain.size() == 1) return plain.front();
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
  return NoWeights(root);
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
    if (!entries[i]->text.starts_with(candidate.prefix)) continue;
    // Before it is copied: one text can be a key any number of times.
    if (!names.insert(entries[i]->text).second) return again(entries[i]->text);
    tensors.emplace_back(std::string(entries[i]->text.substr(candidate.prefix.size())),
                         entries[i + 1]);
  }
  return tensors;
}

}  // namespace sconce
