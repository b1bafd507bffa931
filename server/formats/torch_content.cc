#include "server/formats/torch_content.h"

#include <set>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/formats/tensor_record.h"
#include "server/formats/torch_dtype.h"

namespace sconce {
namespace {

// Deep enough for optimizer states; names beyond help nobody.
constexpr int kDeepestNames = 6;
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

// Collects tensors under `value`, whose own name is `name`. The depth is bounded, so recursion is.
void CollectTensors(const PickleValue& value, const std::string& name, int depth, size_t& visits,
                    TorchContent& content) {
  if (++visits > kMostVisits || depth > kDeepestNames) return;
  if (IsTensor(value)) {
    content.tensors.emplace_back(name, &value);
    return;
  }
  const std::string prefix = name.empty() ? "" : name + ".";
  if (const auto* entries = DictEntries(value); entries != nullptr) {
    for (size_t i = 0; i < entries->size(); i += 2) {
      CollectTensors(*(*entries)[i + 1], prefix + KeyText(*(*entries)[i]), depth + 1, visits,
                     content);
    }
  } else if (value.Is(PickleKind::kList) || value.Is(PickleKind::kTuple)) {
    for (size_t i = 0; i < value.items.size(); ++i) {
      CollectTensors(*value.items[i], absl::StrFormat("%s%d", prefix, i), depth + 1, visits,
                     content);
    }
  }
}

void DescribeCheckpoint(const std::vector<const PickleValue*>& entries, TorchContent& content) {
  content.kind = TorchContentKind::kCheckpoint;
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
                                             "torch.nn.parameter.Parameter"};
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
  size_t visits = 0;
  CollectTensors(root, "", 0, visits, content);
  if (const auto* entries = DictEntries(root); entries != nullptr) {
    if (IsStateDict(*entries)) {
      content.kind = TorchContentKind::kStateDict;
    } else {
      DescribeCheckpoint(*entries, content);
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
