// The tensors of a file by dotted names, wherever in its object they are.

#include <algorithm>
#include <map>
#include <string_view>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/describe/describe_parts.h"
#include "server/formats/torch/tensor_record.h"

namespace sconce {
namespace {

// Deep enough for modules in modules; each level of a pickled one takes three.
constexpr int kDeepestNames = 64;
// A part that is referred to many times is visited at each place.
constexpr size_t kMostVisits = 1 << 20;
constexpr size_t kMostNameBytes = size_t{64} << 20;
// Entries looked at, those that can hold no tensor included: many objects can share one dict.
constexpr size_t kMostLooks = size_t{16} << 20;

std::string KeyText(const PickleValue& key) {
  return key.Is(PickleKind::kString) ? std::string(key.text) : DescribePickleValue(key);
}

// Where nn.Module keeps its content; left out of names, as state_dict() leaves it out.
bool IsModuleContainer(const PickleValue& key) {
  return key.Is(PickleKind::kString) &&
         (key.text == "_parameters" || key.text == "_buffers" || key.text == "_modules");
}

// Its depth is bounded, so it may recurse.
class TensorWalk {
 public:
  void Collect(const PickleValue& value, const std::string& name, int depth) {
    if (++visits_ > kMostVisits || depth > kDeepestNames || name_bytes_ > kMostNameBytes) {
      complete_ = false;
      return;
    }
    if (IsStoredTensor(value)) {
      name_bytes_ += name.size();
      tensors_.emplace_back(name, &value);
    } else if (const auto* entries = DictEntries(value); entries != nullptr) {
      CollectEntries(*entries, name, depth);
    } else if (value.Is(PickleKind::kList) || value.Is(PickleKind::kTuple)) {
      for (size_t i = 0; i < value.items.size() && MayGoOn(); ++i) {
        if (!MayHold(*value.items[i])) continue;
        Collect(*value.items[i], absl::StrFormat("%s%d", Prefix(name), i), depth + 1);
      }
    } else if (value.Is(PickleKind::kObject) && value.changes != nullptr &&
               !value.changes->states.empty()) {
      Collect(*value.changes->states.back(), name, depth + 1);
    }
  }

  const std::vector<std::pair<std::string, const PickleValue*>>& tensors() const {
    return tensors_;
  }
  bool complete() const { return complete_; }

 private:
  bool MayGoOn() {
    if (++looks_ > kMostLooks) complete_ = false;
    return complete_ && visits_ <= kMostVisits;
  }

  static std::string Prefix(const std::string& name) { return name.empty() ? "" : name + "."; }

  // No name is made of what can hold no tensor.
  static bool MayHold(const PickleValue& value) {
    return value.Is(PickleKind::kObject) || value.Is(PickleKind::kDict) ||
           value.Is(PickleKind::kList) || value.Is(PickleKind::kTuple);
  }

  void CollectEntries(const std::vector<const PickleValue*>& entries, const std::string& name,
                      int depth) {
    for (size_t i = 0; i + 1 < entries.size() && MayGoOn(); i += 2) {
      const PickleValue& key = *entries[i];
      if (!MayHold(*entries[i + 1])) continue;
      // Long keys are paid for even where no tensor is behind them.
      name_bytes_ += key.text.size() > 256 ? key.text.size() : 0;
      if (name_bytes_ > kMostNameBytes) complete_ = false;
      if (!complete_) return;
      Collect(*entries[i + 1], IsModuleContainer(key) ? name : Prefix(name) + KeyText(key),
              depth + 1);
    }
  }

  std::vector<std::pair<std::string, const PickleValue*>> tensors_;
  size_t visits_ = 0;
  size_t looks_ = 0;
  size_t name_bytes_ = 0;
  bool complete_ = true;
};

// Numbers storages in the order of their first tensors.
class Storages {
 public:
  size_t NumberOf(const std::shared_ptr<const StorageBytes>& storage) {
    return numbers_.try_emplace(storage, numbers_.size()).first->second;
  }
  size_t Another() { return numbers_.try_emplace(OwnedBytes(""), numbers_.size()).first->second; }

 private:
  // Kept, so that no address is used twice.
  std::map<std::shared_ptr<const StorageBytes>, size_t> numbers_;
};

FileDescription::Tensor Describe(const StoredTensor& tensor, const std::string& name,
                                 Storages& storages) {
  return {name, std::string(tensor.dtype->name), tensor.shape, tensor.bytes(),
          storages.NumberOf(tensor.storage)};
}

}  // namespace

void AddTensors(const std::vector<StoredTensor>& tensors, FileDescription& description) {
  Storages storages;
  for (const StoredTensor& tensor : tensors) {
    description.tensors.push_back(Describe(tensor, tensor.name, storages));
  }
}

absl::StatusOr<size_t> DescribeTensors(TorchFile& file, FileDescription& description) {
  TensorWalk walk;
  walk.Collect(file.root(), "", 0);
  Storages storages;
  size_t unread = 0;
  for (const auto& [name, value] : walk.tensors()) {
    const auto tensor = file.TensorOf(*value);
    if (tensor.ok()) {
      description.tensors.push_back(Describe(*tensor, name, storages));
      continue;
    }
    const std::string reason(tensor.status().message());
    if (!absl::IsFailedPrecondition(tensor.status())) {
      return absl::Status(tensor.status().code(), absl::StrFormat("\"%s\": %s", name, reason));
    }
    ++unread;
    // Quantized ones have a type and a shape like any other.
    if (const auto record = ReadTensorRecord(*value); record.ok()) {
      description.tensors.push_back({name, std::string(record->dtype->name), record->shape,
                                     record->elements * record->dtype->size, storages.Another()});
    } else {
      description.facts.push_back(absl::StrFormat("%s: %s", name, reason));
    }
  }
  if (!walk.complete()) description.facts.push_back("tensors: more than are listed");
  return unread;
}

}  // namespace sconce
