// What torch.save or pickle.dump wrote: a state_dict, a checkpoint around one, a whole model.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/formats/describe/describe_parts.h"
#include "server/formats/torch/module_tree.h"
#include "server/formats/torch/numpy_array.h"
#include "server/formats/torch/pickle_parts.h"
#include "server/formats/torch/torch_content.h"
#include "server/formats/weights/weights_choice.h"

namespace sconce {
namespace {

constexpr size_t kMostKeys = 100'000;
constexpr size_t kMostListed = 20;
constexpr size_t kMostKeyBytes = 200;
// Entries looked at to say what is behind the keys: all can lead to one large dict.
constexpr size_t kMostWork = size_t{8} << 20;

std::string NumberText(const PlainNumber& number) {
  if (const bool* truth = std::get_if<bool>(&number)) return *truth ? "True" : "False";
  if (const int64_t* integer = std::get_if<int64_t>(&number)) {
    return absl::StrFormat("%d", *integer);
  }
  return absl::StrFormat("%g", std::get<double>(number));
}

std::string ValueText(const PickleValue& value) {
  if (IsStoredTensor(value)) return "a tensor";
  if (IsModule(value)) return absl::StrFormat("a module (class %s)", ClassNameOf(value));
  if (const auto number = NumpyScalar(value)) return NumberText(*number);
  const auto* entries = DictEntries(value);
  if (entries == nullptr) return DescribePickleValue(value);
  if (IsWeightsDict(value)) {
    return absl::StrFormat("a state_dict of %d tensors", entries->size() / 2);
  }
  return absl::StrFormat("a dict with %d keys", entries->size() / 2);
}

void AddKeys(const std::vector<const PickleValue*>& entries, FileDescription& description) {
  size_t work = 0;
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (i / 2 == kMostKeys) {
      description.facts.push_back(absl::StrFormat("and %d more keys", entries.size() / 2 - i / 2));
      return;
    }
    const PickleValue& key = *entries[i];
    const PickleValue& value = *entries[i + 1];
    work += CountParts(value);
    description.facts.push_back(
        absl::StrFormat("%s: %s",
                        key.Is(PickleKind::kString) ? std::string(key.text.substr(0, kMostKeyBytes))
                                                    : DescribePickleValue(key),
                        work > kMostWork ? DescribePickleValue(value) : ValueText(value)));
  }
}

std::string ListOf(const std::vector<FileDescription::Weights>& weights) {
  std::vector<std::string> keys;
  for (const FileDescription::Weights& set : weights) {
    if (keys.size() == kMostListed) {
      keys.push_back(absl::StrFormat("and %d more", weights.size() - kMostListed));
      break;
    }
    keys.push_back(absl::StrFormat("%s (%d tensors)", set.key, set.tensors));
  }
  return absl::StrJoin(keys, ", ");
}

std::string KindOf(const PickleValue& root, const FileDescription& description) {
  if (IsModule(root)) return absl::StrFormat("whole pickled model (class %s)", ClassNameOf(root));
  if (IsWeightsDict(root)) return "state_dict";
  if (IsStoredTensor(root)) return "tensor";
  const bool dict = DictEntries(root) != nullptr;
  if (!description.weights.empty() || (dict && !description.tensors.empty())) return "checkpoint";
  const std::string class_name = ClassNameOf(root);
  if (dict || class_name.empty()) return "pickled Python object";
  return absl::StrFormat("pickled Python object (class %s)", class_name);
}

void AddForeignClasses(const ModuleNode& module, std::set<std::string>& names) {
  if (!absl::StartsWith(module.class_name, "torch.")) names.insert(module.class_name);
  for (const auto& [name, child] : module.children) AddForeignClasses(child, names);
}

std::string AdviceForModule(const PickleValue& module, const FileDescription& description) {
  std::set<std::string> foreign;
  if (const auto tree = ReadModuleTree(module); tree.ok()) AddForeignClasses(*tree, foreign);
  if (foreign.empty()) {
    return absl::StrFormat("A whole model of torch's own layers. Serve it: %s",
                           LoadCommand(description));
  }
  std::vector<std::string> names(foreign.begin(), foreign.end());
  if (names.size() > kMostListed) {
    names.resize(kMostListed);
    names.push_back(absl::StrFormat("and %d more", foreign.size() - kMostListed));
  }
  return absl::StrFormat(
      "A whole model; the code of its classes (%s) is in Python. Give the file that defines them: "
      "%s",
      absl::StrJoin(names, ", "), LoadWeightsCommand(description));
}

std::string AdviceForWeights(const PickleValue& root, const FileDescription& description) {
  const auto choice = ChooseWeights(root, "");
  if (!choice.ok()) {
    return absl::StrFormat(
        "It holds several sets of weights: %s. Choose one with --weights-key and give the Python "
        "file with the model's class: %s",
        ListOf(description.weights),
        LoadWeightsCommand(description, description.weights.front().key));
  }
  if (IsModule(*choice->value)) return AdviceForModule(*choice->value, description);
  const std::string command = LoadWeightsCommand(description);
  if (choice->key.empty()) {
    return absl::StrFormat("Weights without the model. Give the Python file with its class: %s",
                           command);
  }
  std::string advice =
      absl::StrFormat("Its weights are at \"%s\". Give the Python file with the model's class: %s",
                      choice->key, command);
  if (description.weights.size() > 1) {
    advice += absl::StrFormat(" (--weights-key for another of: %s)", ListOf(description.weights));
  }
  return advice;
}

std::string Advice(const PickleValue& root, size_t unread, const FileDescription& description) {
  if (description.weights.empty()) {
    if (IsStoredTensor(root)) return "A single tensor, not a model.";
    return description.tensors.empty() ? "Not a model: nothing in it computes."
                                       : "No weights of a model: no dict of names to tensors and "
                                         "no module in it.";
  }
  if (unread > 0 && unread == description.tensors.size()) {
    return "It holds quantized or sparse tensors, which are not loaded into a skeleton. Save the "
           "model itself as TorchScript: torch.jit.script(model.eval()).save(\"model.pt\")";
  }
  return AdviceForWeights(root, description);
}

}  // namespace

absl::Status DescribeTorchFile(std::shared_ptr<const ByteSource> source,
                               FileDescription& description) {
  SCONCE_ASSIGN_OR_RETURN(const auto file, TorchFile::Open(std::move(source)));
  const PickleValue& root = file->root();
  SCONCE_ASSIGN_OR_RETURN(const size_t unread, DescribeTensors(*file, description));
  for (const WeightsCandidate& candidate : FindWeights(root)) {
    if (IsModule(*candidate.value) && description.weights.size() < kMostListed) {
      DescribeModules(*candidate.value, candidate.key, description);
    }
    description.weights.push_back({candidate.key, candidate.tensors});
  }
  const auto* entries = DictEntries(root);
  if (entries != nullptr && !IsWeightsDict(root)) AddKeys(*entries, description);
  description.foreign_globals = ForeignGlobals(file->document());
  description.kind = KindOf(root, description);
  description.advice = Advice(root, unread, description);
  return absl::OkStatus();
}

}  // namespace sconce
