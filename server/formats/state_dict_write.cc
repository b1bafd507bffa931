// The writing half of state_dict.h.

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/core/Storage.h>
#include <caffe2/serialize/inline_container.h>

#include <algorithm>
#include <exception>
#include <map>
#include <set>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/byte_source.h"
#include "server/formats/file_sink.h"
#include "server/formats/pickle_writer.h"
#include "server/formats/scalar_type.h"
#include "server/formats/state_dict.h"
#include "server/formats/torch_content.h"
#include "server/formats/torch_zip.h"
#include "server/formats/zip_archive.h"

namespace sconce {
namespace {

absl::Status Unwritable(const std::string& name, std::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrFormat("state_dict: \"%s\" can't be written: %s", name, why));
}

absl::Status CheckWritable(const std::string& name, const at::Tensor& tensor) {
  if (!tensor.defined()) return Unwritable(name, "it is no tensor");
  if (tensor.layout() != at::kStrided || tensor.is_quantized() || tensor.is_meta()) {
    return Unwritable(name, "only dense, unquantized tensors with data are written");
  }
  if (tensor.is_conj() || tensor.is_neg()) {
    return Unwritable(name, "it is a conjugated or negated view; write a copy of it");
  }
  if (DtypeOf(tensor.scalar_type()) == nullptr) {
    return Unwritable(name, "files have no name for its element type");
  }
  return absl::OkStatus();
}

// The storages of a dict in the order they are met, numbered from 0.
class StorageTable {
 public:
  size_t NumberOf(const at::Tensor& tensor) {
    const c10::Storage& storage = tensor.storage();
    const auto [known, added] = numbers_.emplace(storage.unsafeGetStorageImpl(), storages_.size());
    if (added) storages_.push_back(storage);
    return known->second;
  }

  const std::vector<c10::Storage>& storages() const { return storages_; }

 private:
  std::map<const c10::StorageImpl*, size_t> numbers_;
  std::vector<c10::Storage> storages_;
};

// Types younger than PyTorch's storage classes are written over an untyped storage.
void PickleTensor(const at::Tensor& tensor, size_t storage_number, PickleWriter& pickle) {
  const TorchDtype& dtype = *DtypeOf(tensor.scalar_type());
  const bool typed = !dtype.young;
  const auto bytes = static_cast<int64_t>(tensor.storage().nbytes());
  pickle.Global("torch._utils", typed ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3");
  pickle.Mark();
  pickle.Mark();
  pickle.String("storage");
  pickle.Global(typed ? "torch" : "torch.storage", typed ? dtype.storage : "UntypedStorage");
  pickle.String(absl::StrFormat("%d", storage_number));
  pickle.String("cpu");
  pickle.Int(typed ? bytes / static_cast<int64_t>(dtype.size) : bytes);
  pickle.Tuple();
  pickle.PersistentId();
  pickle.Int(tensor.storage_offset());
  pickle.IntTuple(tensor.sizes().vec());
  pickle.IntTuple(tensor.strides().vec());
  pickle.Bool(false);
  pickle.Global("collections", "OrderedDict");
  pickle.EmptyTuple();
  pickle.Reduce();
  if (!typed) pickle.Global("torch", dtype.name);
  pickle.Tuple();
  pickle.Reduce();
}

std::string PickleDict(const StateDict& tensors, StorageTable& table) {
  PickleWriter pickle;
  pickle.Global("collections", "OrderedDict");
  pickle.EmptyTuple();
  pickle.Reduce();
  pickle.Mark();
  for (const auto& [name, tensor] : tensors) {
    pickle.String(name);
    PickleTensor(tensor, table.NumberOf(tensor), pickle);
  }
  pickle.SetItems();
  return std::move(pickle).Finish();
}

// The bytes of a storage in CPU memory, wherever it is.
at::Tensor BytesOf(const c10::Storage& storage) {
  const at::Tensor view = at::empty({0}, at::TensorOptions(at::kByte).device(storage.device()))
                              .set_(storage, 0, {static_cast<int64_t>(storage.nbytes())}, {1});
  return view.cpu();
}

void WriteRecords(const StateDict& tensors, FileSink& sink) {
  caffe2::serialize::PyTorchStreamWriter writer(
      [&sink](const void* data, size_t size) { return sink.Write(data, size); });
  StorageTable table;
  const std::string pickle = PickleDict(tensors, table);
  writer.writeRecord("data.pkl", pickle.data(), pickle.size());
  writer.writeRecord("byteorder", "little", 6);
  for (size_t i = 0; i < table.storages().size(); ++i) {
    const at::Tensor bytes = BytesOf(table.storages()[i]);
    writer.writeRecord(absl::StrFormat("data/%d", i), bytes.const_data_ptr(), bytes.nbytes());
  }
  writer.writeEndOfFile();
}

absl::Status WriteArchive(const StateDict& tensors, const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const auto sink, FileSink::Create(path));
  absl::Status failure;
  try {
    WriteRecords(tensors, *sink);
  } catch (const std::exception& error) {
    failure = absl::InternalError(absl::StrFormat("writing %s: %s", path, error.what()));
  }
  // The sink knows why a write failed; the writer only that it did.
  SCONCE_RETURN_IF_ERROR(sink->Close());
  return failure;
}

absl::Status ReadBack(const StateDict& tensors, const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(auto archive, ZipArchive::OpenFile(path, ZipArchive::Limits()));
  SCONCE_RETURN_IF_ERROR(archive->VerifyAll());
  SCONCE_ASSIGN_OR_RETURN(const PickleDocument document, ReadPickleEntry(*archive, "data.pkl"));
  const TorchContent content = ClassifyPickle(document.root());
  const bool same =
      std::equal(tensors.begin(), tensors.end(), content.tensors.begin(), content.tensors.end(),
                 [](const auto& a, const auto& b) { return a.first == b.first; });
  if (same && content.kind == TorchContentKind::kStateDict) return absl::OkStatus();
  return absl::DataLossError(absl::StrFormat("%s: reads back other than it was written", path));
}

}  // namespace

absl::Status WriteStateDict(const StateDict& tensors, const std::string& path) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    SCONCE_RETURN_IF_ERROR(CheckWritable(name, tensor));
    if (!names.insert(name).second) return Unwritable(name, "the name occurs twice");
  }
  SCONCE_RETURN_IF_ERROR(WriteArchive(tensors, path));
  return ReadBack(tensors, path);
}

}  // namespace sconce
