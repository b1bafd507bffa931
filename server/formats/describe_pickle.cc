#include <algorithm>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/describe_parts.h"
#include "server/formats/tensor_record.h"
#include "server/formats/torch_zip.h"

namespace sconce {
namespace {

constexpr char kScriptIt[] =
    "In Python: torch.jit.script(model.eval()).save(\"model.pt\") (or "
    "torch.jit.trace(model.eval(), "
    "example)), then: sconce load NAME model.pt";

// The pickles before the object in a legacy stream are a number or a small dict each.
constexpr uint64_t kSmallPickle = 4096;

// Tensors of a kind that is not read make a fact each; numbers that make no sense are an error.
absl::Status AddTensor(const std::string& name, const PickleValue& value,
                       FileDescription& description) {
  const auto record = ReadTensorRecord(value);
  if (record.ok()) {
    description.tensors.push_back({name, std::string(record->dtype->name), record->shape,
                                   record->elements * record->dtype->size});
    return absl::OkStatus();
  }
  const std::string reason(record.status().message());
  if (record.status().code() != absl::StatusCode::kFailedPrecondition) {
    return absl::Status(record.status().code(), absl::StrFormat("\"%s\": %s", name, reason));
  }
  description.facts.push_back(absl::StrFormat("%s: %s", name, reason));
  return absl::OkStatus();
}

bool HoldsUnservable(const TorchContent& content) {
  return std::any_of(content.tensors.begin(), content.tensors.end(), [](const auto& tensor) {
    const auto record = ReadTensorRecord(*tensor.second);
    return !record.ok() || record->dtype->quantized;
  });
}

void AdviseCheckpoint(const TorchContent& content, FileDescription& description) {
  description.kind = "checkpoint";
  if (content.state_dict_keys.empty()) {
    description.advice =
        "A dict with more than weights in it; this release serves plain state_dicts. In Python: "
        "torch.save(model.state_dict(), \"weights.pth\"), then: sconce load NAME weights.pth "
        "--skeleton model.pt";
    return;
  }
  description.advice = absl::StrFormat(
      "A training checkpoint; this release serves plain state_dicts. In Python: "
      "torch.save(torch.load(path)[\"%s\"], \"weights.pth\"), then: sconce load NAME weights.pth "
      "--skeleton model.pt (a TorchScript file of the model)",
      content.state_dict_keys[0]);
}

void Advise(const TorchContent& content, FileDescription& description) {
  switch (content.kind) {
    case TorchContentKind::kStateDict:
      description.kind = "state_dict";
      if (HoldsUnservable(content)) {
        description.advice =
            "It holds quantized or sparse tensors, which are not loaded into a skeleton. Save the "
            "model itself as TorchScript: torch.jit.script(model.eval()).save(\"model.pt\")";
        return;
      }
      description.advice = absl::StrFormat(
          "Weights without the model. Name a TorchScript file of the same model as skeleton: %s "
          "--skeleton FILE",
          LoadCommand(description));
      return;
    case TorchContentKind::kCheckpoint:
      return AdviseCheckpoint(content, description);
    case TorchContentKind::kModel:
      description.kind = absl::StrFormat("whole pickled model (class %s)", content.class_name);
      description.advice = absl::StrFormat(
          "It needs the Python class %s to be opened, so this release can't serve it. %s",
          content.class_name, kScriptIt);
      return;
    case TorchContentKind::kTensor:
      description.kind = "tensor";
      description.advice = "A single tensor, not a model.";
      return;
    case TorchContentKind::kOther:
      description.kind = "pickled Python object";
      description.advice = "Not a model: nothing in it computes.";
      return;
  }
}

// One of the small pickles at the start of a legacy stream; moves `position` behind it.
absl::StatusOr<PickleDocument> NextPickle(const ByteSource& source, uint64_t most,
                                          uint64_t& position) {
  const uint64_t size = std::min(most, source.size() - position);
  SCONCE_ASSIGN_OR_RETURN(std::string bytes, source.ReadString(position, size));
  SCONCE_ASSIGN_OR_RETURN(PickleDocument document, ReadPickle(std::move(bytes)));
  position += document.consumed();
  return document;
}

}  // namespace

absl::Status DescribePickledObject(const PickleDocument& document, FileDescription& description) {
  const TorchContent content = ClassifyPickle(document.root());
  // Python's own pickle nests a whole legacy stream in each tensor.
  const bool readable = description.container != "pickle";
  if (!readable && !content.tensors.empty()) {
    description.facts.push_back(absl::StrFormat("tensors: %d", content.tensors.size()));
  }
  for (const auto& [name, value] : content.tensors) {
    if (readable) SCONCE_RETURN_IF_ERROR(AddTensor(name, *value, description));
  }
  for (const std::string& key : content.keys) description.facts.push_back(key);
  description.foreign_globals = ForeignGlobals(document);
  Advise(content, description);
  return absl::OkStatus();
}

absl::Status DescribeLegacyTorch(const ByteSource& source, FileDescription& description) {
  uint64_t position = 0;
  for (int i = 0; i < 3; ++i) {  // magic number, protocol version, system information
    SCONCE_RETURN_IF_ERROR(NextPickle(source, kSmallPickle, position).status());
  }
  SCONCE_ASSIGN_OR_RETURN(const PickleDocument object,
                          NextPickle(source, kMaxPickleBytes, position));
  SCONCE_RETURN_IF_ERROR(DescribePickledObject(object, description));
  description.advice =
      "In torch.save's format from before PyTorch 1.6, which this release does not read. In "
      "Python: torch.save(torch.load(path, map_location=\"cpu\"), \"new.pth\") writes today's. "
      "Then: "
      "sconce inspect new.pth";
  return absl::OkStatus();
}

absl::Status DescribePlainPickle(const ByteSource& source, FileDescription& description) {
  uint64_t position = 0;
  SCONCE_ASSIGN_OR_RETURN(const PickleDocument object,
                          NextPickle(source, kMaxPickleBytes, position));
  SCONCE_RETURN_IF_ERROR(DescribePickledObject(object, description));
  description.advice =
      "A pickle written by Python's pickle module, not by torch.save; this release does not serve "
      "it. Save the weights with torch.save(model.state_dict(), \"weights.pth\").";
  return absl::OkStatus();
}

}  // namespace sconce
