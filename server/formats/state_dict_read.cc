// The reading half of state_dict.h.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/core/Storage.h>

#include <exception>
#include <map>
#include <set>
#include <unordered_map>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/formats/scalar_type.h"
#include "server/formats/sniff.h"
#include "server/formats/state_dict.h"
#include "server/formats/torch_content.h"
#include "server/formats/torch_zip.h"

namespace sconce {
namespace {

// Makes tensors of records. Each storage is read once and shared by those who name it.
class TensorReader {
 public:
  explicit TensorReader(ZipArchive& archive) : archive_(archive) {}

  absl::StatusOr<at::Tensor> Read(const TensorRecord& record) {
    const auto type = ScalarTypeOf(*record.dtype);
    if (!type) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "its element type is %s, which is not served; save it dequantized (tensor.dequantize())",
          record.dtype->name));
    }
    SCONCE_ASSIGN_OR_RETURN(const c10::Storage storage, ReadStorage(record.storage));
    return at::empty({0}, *type)
        .set_(storage, static_cast<int64_t>(record.offset), record.shape, record.strides);
  }

  // A flipped bit is refused wherever it is, so what no tensor refers to is read too.
  absl::Status CheckTheRest() {
    for (const ZipEntry& entry : archive_.entries()) {
      if (read_.count(entry.name) > 0) continue;
      SCONCE_RETURN_IF_ERROR(archive_.Read(entry.name, UINT64_MAX).status());
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<c10::Storage> ReadStorage(const StorageRecord& record) {
    SCONCE_ASSIGN_OR_RETURN(const ZipEntry* entry, FindStorage(archive_, "data", record));
    const auto known = storages_.find(record.key);
    if (known != storages_.end()) return known->second;
    const uint64_t size = entry == nullptr ? 0 : entry->size;
    const at::Tensor bytes = at::empty({static_cast<int64_t>(size)}, at::kByte);
    if (entry != nullptr) {
      SCONCE_RETURN_IF_ERROR(archive_.ReadInto(entry->name, bytes.mutable_data_ptr(), size));
      read_.insert(entry->name);
    }
    storages_.emplace(record.key, bytes.storage());
    return bytes.storage();
  }

  ZipArchive& archive_;
  std::unordered_map<std::string, c10::Storage> storages_;
  std::set<std::string> read_;
};

absl::Status ExplainOther(const TorchContent& content) {
  switch (content.kind) {
    case TorchContentKind::kCheckpoint:
      return absl::FailedPreconditionError(absl::StrFormat(
          "a checkpoint, not a plain state_dict; its keys: %s. This release loads plain "
          "state_dicts: torch.save(checkpoint[\"%s\"], \"weights.pth\")",
          absl::StrJoin(content.keys, ", "),
          content.state_dict_keys.empty() ? "state_dict" : content.state_dict_keys[0]));
    case TorchContentKind::kModel:
      return absl::FailedPreconditionError(absl::StrFormat(
          "a whole pickled model of the Python class %s, not a state_dict. Save it as TorchScript "
          "(torch.jit.script(model).save(\"model.pt\")) or save model.state_dict()",
          content.class_name));
    case TorchContentKind::kTensor:
      return absl::FailedPreconditionError("a single tensor, not a state_dict");
    default:
      return absl::FailedPreconditionError("a pickled Python object, not a state_dict");
  }
}

absl::Status WithName(const absl::Status& status, const std::string& name) {
  return absl::Status(status.code(),
                      absl::StrFormat("\"%s\": %s", name, std::string(status.message())));
}

absl::StatusOr<StateDict> ReadTensors(ZipArchive& archive, const TorchContent& content) {
  TensorReader reader(archive);
  std::set<std::string> names;
  StateDict tensors;
  for (const auto& [name, value] : content.tensors) {
    if (!names.insert(name).second) {
      return absl::InvalidArgumentError(absl::StrFormat("state_dict: \"%s\" occurs twice", name));
    }
    auto record = ReadTensorRecord(*value);
    if (!record.ok()) return WithName(record.status(), name);
    auto tensor = reader.Read(*record);
    if (!tensor.ok()) return WithName(tensor.status(), name);
    tensors.emplace_back(name, *std::move(tensor));
  }
  SCONCE_RETURN_IF_ERROR(reader.CheckTheRest());
  return tensors;
}

absl::StatusOr<StateDict> ReadZip(std::string_view bytes) {
  ZipArchive::Limits limits;
  limits.max_total_bytes = uint64_t{bytes.size()} * 4 + (uint64_t{256} << 20);
  SCONCE_ASSIGN_OR_RETURN(auto archive, ZipArchive::OpenBytes(bytes, limits));
  if (LooksLikeTorchScript(*archive)) {
    return absl::FailedPreconditionError(
        "a TorchScript archive, not a state_dict: it is a whole model; load it without --skeleton");
  }
  if (archive->Find(InRoot(*archive, "data.pkl")) == nullptr) {
    return absl::FailedPreconditionError("a zip file, but not of torch.save: it has no data.pkl");
  }
  SCONCE_RETURN_IF_ERROR(CheckByteOrder(*archive));
  SCONCE_ASSIGN_OR_RETURN(const PickleDocument document, ReadPickleEntry(*archive, "data.pkl"));
  const TorchContent content = ClassifyPickle(document.root());
  if (content.kind != TorchContentKind::kStateDict) return ExplainOther(content);
  return ReadTensors(*archive, content);
}

}  // namespace

absl::StatusOr<StateDict> ReadStateDict(std::string_view bytes) {
  const Container container = SniffContainer(bytes.substr(0, kSniffBytes));
  if (container != Container::kZip) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s, not a state_dict as torch.save(model.state_dict(), path) writes it; this release "
        "reads no other weights",
        ContainerPhrase(container)));
  }
  try {
    return ReadZip(bytes);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("state_dict: not enough memory for its tensors");
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrFormat("state_dict: %s", error.what()));
  }
}

}  // namespace sconce
