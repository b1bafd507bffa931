#include "server/formats/checkpoint/checkpoint_layout.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/pickle/pickle_tree_writer.h"
#include "server/formats/torch/pickle_fetch.h"
#include "server/formats/torch/torch_zip.h"
#include "server/formats/weights/weights_choice.h"

namespace sconce {
namespace {

// A storage as a file within the pickle.
bool IsNestedStorage(const PickleValue& value) {
  return value.IsCallOf("torch.storage._load_from_bytes");
}

bool IsParameter(const PickleValue& value) {
  return value.IsCallOf("torch._utils._rebuild_parameter") ||
         value.IsCallOf("torch._utils._rebuild_parameter_with_state");
}

std::string_view LastPart(std::string_view name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

bool CheckpointLayout::IsAround(const WeightsFile& weights) {
  return weights.torch_file() != nullptr && !weights.weights_key().empty();
}

absl::StatusOr<std::string> CheckpointLayout::Write(const std::vector<StoredTensor>& tensors,
                                                    const CheckpointValues& values) {
  if (weights_.weights_dict() != nullptr) {
    SCONCE_ASSIGN_OR_RETURN(substitutes_[weights_.weights_dict()], NewWeights(tensors));
  } else {
    SCONCE_RETURN_IF_ERROR(ReplaceInModel(tensors));
  }
  if (!values.empty()) {
    SCONCE_ASSIGN_OR_RETURN(substitutes_[&file_.root()], NewRoot(values));
  }
  return WritePickleTree(file_.root(),
                         [this](const PickleValue& value) { return Substitute(value); });
}

absl::StatusOr<const PickleValue*> CheckpointLayout::NewWeights(
    const std::vector<StoredTensor>& tensors) {
  const std::string& prefix = weights_.stripped_prefix();
  std::unordered_map<std::string, const StoredTensor*> left;
  for (const StoredTensor& tensor : tensors) left.emplace(prefix + tensor.name, &tensor);
  PickleBuilder::Values entries = *DictEntries(*weights_.weights_dict());
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (!entries[i]->Is(PickleKind::kString)) continue;
    const auto found = left.find(std::string(entries[i]->text));
    if (found == left.end()) continue;
    entries[i + 1] = NewWeight(*entries[i + 1], *found->second);
    left.erase(found);
  }
  for (const StoredTensor& tensor : tensors) {
    if (left.count(prefix + tensor.name) == 0) continue;
    entries.push_back(builder_.String(prefix + tensor.name));
    entries.push_back(pickler_.Tensor(tensor, false));
  }
  return builder_.WithEntries(*weights_.weights_dict(), std::move(entries));
}

absl::Status CheckpointLayout::ReplaceInModel(const std::vector<StoredTensor>& tensors) {
  SCONCE_ASSIGN_OR_RETURN(const WeightsCandidate model,
                          ChooseWeights(file_.root(), weights_.weights_key()));
  SCONCE_ASSIGN_OR_RETURN(const auto originals, TensorsOf(model));
  std::unordered_map<std::string, const PickleValue*> places(originals.begin(), originals.end());
  for (const StoredTensor& tensor : tensors) {
    const auto place = places.find(weights_.stripped_prefix() + tensor.name);
    if (place == places.end()) {
      return absl::FailedPreconditionError(
          absl::StrFormat("the pickled model at \"%s\" has no place for \"%s\"; save a state_dict",
                          weights_.weights_key(), tensor.name));
    }
    substitutes_[place->second] = NewWeight(*place->second, tensor);
  }
  return absl::OkStatus();
}

const PickleValue* CheckpointLayout::NewWeight(const PickleValue& original,
                                               const StoredTensor& tensor) {
  if (IsParameter(original)) return pickler_.Parameter(tensor);
  const auto was = file_.TensorOf(original);
  return pickler_.Tensor(tensor, was.ok() && was->requires_grad);
}

absl::StatusOr<const PickleValue*> CheckpointLayout::NewRoot(const CheckpointValues& values) {
  const auto* before = DictEntries(file_.root());
  if (before == nullptr) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the file's object is %s, not a dict: there is no place for the value \"%s\"",
        DescribePickleValue(file_.root()), values.front().first));
  }
  const std::string top(weights_.weights_key().substr(0, weights_.weights_key().find('.')));
  PickleBuilder::Values entries = *before;
  for (const auto& [key, value] : values) {
    if (key == top || key == weights_.weights_key()) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "the value \"%s\" would replace the weights, which are there; choose another key", key));
    }
    bool replaced = false;
    for (size_t i = 0; i + 1 < entries.size(); i += 2) {
      if (!entries[i]->Is(PickleKind::kString) || entries[i]->text != key) continue;
      entries[i + 1] = value;
      replaced = true;
    }
    if (replaced) continue;
    entries.push_back(builder_.String(key));
    entries.push_back(value);
  }
  return builder_.WithEntries(file_.root(), std::move(entries));
}

// By its place: what this made itself is not looked up in the file.
bool CheckpointLayout::IsOfFile(const PickleValue& value) const {
  const auto& values = file_.document().values();
  return value.index < values.size() && &values[value.index] == &value;
}

absl::StatusOr<const PickleValue*> CheckpointLayout::Substitute(const PickleValue& value) {
  const auto known = substitutes_.find(&value);
  if (known != substitutes_.end()) return known->second;
  const bool reference = value.Is(PickleKind::kPersistentId) || IsNestedStorage(value);
  if (!reference || !IsOfFile(value)) return &value;
  SCONCE_ASSIGN_OR_RETURN(substitutes_[&value], NewReference(value));
  return substitutes_[&value];
}

absl::StatusOr<const PickleValue*> CheckpointLayout::NewReference(const PickleValue& reference) {
  if (LeftInFile(reference)) {
    SCONCE_ASSIGN_OR_RETURN(const auto source, file_.FindBytes(reference));
    if (source->size() > kMaxPickleBytes) {
      return absl::ResourceExhaustedError(absl::StrFormat(
          "the file holds a value of %d bytes beside the weights, and values of more than %d are "
          "not written",
          source->size(), kMaxPickleBytes));
    }
    SCONCE_ASSIGN_OR_RETURN(std::string bytes, source->ReadString(0, source->size()));
    return builder_.Bytes(std::move(bytes));
  }
  const TorchDtype* dtype = nullptr;
  const auto bytes = file_.FindStorage(reference, &dtype);
  if (IsNestedStorage(reference)) {
    return bytes.ok() ? pickler_.Storage(*bytes, dtype->storage, dtype->size) : &reference;
  }
  SCONCE_RETURN_IF_ERROR(bytes.status());
  return pickler_.Storage(*bytes, LastPart(reference.items[0]->items[1]->text), dtype->size);
}

}  // namespace sconce
