#include "server/formats/torch/torch_content.h"

#include <set>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/formats/tensors/torch_dtype.h"
#include "server/formats/torch/tensor_record.h"

namespace sconce {
namespace {

// Deep enough for modules in modules; each level of a pickled one takes three.
constexpr int kDeepestNames = 64;
// A part that is referred to many times is visited at each place.
constexpr size_t kMostVisits = 1 << 20;

bool IsStateDict(const std::vector<const PickleValue*>& entries) {
  for (size_t i = 0; i < entries.size(); i += 2) {
    if (!entries[i]->Is(PickleKind::kString) || !IsTensor(*entries[i + 1])) return false;
  }
  return true;
}

std::string KeyText(const PickleValue& key) {
  return key.Is(PickleKind::kString) ? std::string(key.text) : DescribePickleValue(key);
}

// Where nn.Module keeps its content; left out of names, as state_dict() leaves it out.
bool IsModuleContainer(const PickleValue& key) {
  return key.Is(PickleKind::kString) &&
         (key.text == "_parameters" || key.text == "_buffers" || key.text == "_modules");
}

// Collects tensors by name. Its depth is bounded, so it may recurse.
class Collector {
 public:
  explicit Collector(TorchContent& content) : content_(content) {}

  void Collect(const PickleValue& value, const std::string& name, int depth) {
    if (++visits_ > kMostVisits || depth > kDeepestNames) return;
    const std::string prefix = name.empty() ? "" : name + ".";
    if (IsTensor(value)) {
      content_.tensors.emplace_back(name, &value);
    } else if (const auto* entries = DictEntries(value); entries != nullptr) {
      for (size_t i = 0; i < entries->size(); i += 2) {
        const PickleValue& key = *(*entries)[i];
        Collect(*(*entries)[i + 1], IsModuleContainer(key) ? name : prefix + KeyText(key),
                depth + 1);
      }
    } else if (value.Is(PickleKind::kList) || value.Is(PickleKind::kTuple)) {
      for (size_t i = 0; i < value.items.size(); ++i) {
        Collect(*value.items[i], absl::StrFormat("%s%d", prefix, i), depth + 1);
      }
    } else if (value.Is(PickleKind::kObject) && value.changes != nullptr &&
               !value.changes->states.empty()) {
      Collect(*value.changes->states.back(), name, depth + 1);
    }
  }

 private:
  TorchContent& content_;
  size_t visits_ = 0;
};

void DescribeKeys(const std::vector<const PickleValue*>& entries, TorchContent& content) {
  for (size_t i = 0; i < entries.size(); i += 2) {
    const std::string key = KeyText(*entries[i]);
    const auto* inner = DictEntries(*entries[i + 1]);
    if (inner != nullptr && !inner->empty() && IsStateDict(*inner)) {
      content.state_dict_keys.push_back(key);
      content.keys.push_back(
          absl::StrFormat("%s: a state_dict of %d tensors", key, inner->size() / 2));
    } else {
      content.keys.push_back(absl::StrFormat(
          "%s: %s", key,
          IsTensor(*entries[i + 1]) ? "a tensor" : DescribePickleValue(*entries[i + 1])));
    }
  }
}

bool IsOwnGlobal(const std::string& name) {
  static const std::set<std::string> kOwn = {"collections.OrderedDict",
                                             "collections.defaultdict",
                                             "torch.Size",
                                             "torch.device",
                                             "torch.storage.UntypedStorage",
                                             "torch.Tensor",
                                             "torch.nn.parameter.Parameter",
                                             "torch.per_tensor_affine",
                                             "torch.per_channel_affine",
                                             "torch.serialization._get_layout",
                                             "builtins.set",
                                             "__builtin__.set",
                                             "builtins.complex",
                                             "__builtin__.complex"};
  if (kOwn.count(name) > 0) return true;
  if (absl::StartsWith(name, "torch._utils._rebuild_") ||
      absl::StartsWith(name, "torch._tensor._rebuild_")) {
    return true;
  }
  if (!absl::StartsWith(name, "torch.")) return false;
  const std::string_view rest = std::string_view(name).substr(6);
  return FindDtype(rest) != nullptr || FindDtypeOfStorage(rest) != nullptr;
}

}  // namespace

TorchContent ClassifyPickle(const PickleValue& root) {
  TorchContent content;
  Collector(content).Collect(root, "", 0);
  if (const auto* entries = DictEntries(root); entries != nullptr) {
    if (IsStateDict(*entries)) {
      content.kind = TorchContentKind::kStateDict;
    } else {
      DescribeKeys(*entries, content);
      if (!content.tensors.empty()) content.kind = TorchContentKind::kCheckpoint;
    }
  } else if (IsTensor(root)) {
    content.kind = TorchContentKind::kTensor;
  } else if (root.Is(PickleKind::kObject)) {
    content.kind = TorchContentKind::kModel;
    const PickleValue& callable = *root.items[0];
    content.class_name =
        callable.Is(PickleKind::kGlobal) ? std::string(callable.text) : "an unnamed class";
  }
  return content;
}

std::vector<std::string> ForeignGlobals(const PickleDocument& document) {
  std::set<std::string> names;
  for (const PickleValue& value : document.values()) {
    if (value.Is(PickleKind::kGlobal)) {
      std::string name(value.text);
      if (!IsOwnGlobal(name)) names.insert(std::move(name));
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace sconce
