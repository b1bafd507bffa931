// TorchFile: a file that torch.save or pickle.dump wrote, in any container PyTorch ever used for
// it: its one object as inert values, and the storages these refer to.
//
//   zip             torch.save since PyTorch 1.6 (torch/serialization.py, _save)
//   legacy stream   before 1.6: magic number, protocol, system information, the object, the keys of
//                   its storages, their bytes (_legacy_save)
//   pickle          Python's own pickle.dump: each storage is a legacy stream inside the pickle

#ifndef SCONCE_SERVER_FORMATS_TORCH_TORCH_FILE_H_
#define SCONCE_SERVER_FORMATS_TORCH_TORCH_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/io/byte_source.h"
#include "server/formats/io/storage_bytes.h"
#include "server/formats/pickle/pickle.h"
#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

// Confined to one thread at a time. Tensors and storages it gives out stay readable after it is
// gone; pickle values belong to it.
class TorchFile : public std::enable_shared_from_this<TorchFile> {
 public:
  // Content decides which container it is. Reads the pickle and the table of contents, never a
  // storage. INVALID_ARGUMENT: damaged or hostile. FAILED_PRECONDITION: none of the three (the
  // message says what it is), a TorchScript archive, or of another byte order.
  static absl::StatusOr<std::shared_ptr<TorchFile>> Open(std::shared_ptr<const ByteSource> source);

  // The same for a TorchScript archive: its data.pkl is read in the same way.
  static absl::StatusOr<std::shared_ptr<TorchFile>> OpenArchive(
      std::shared_ptr<const ByteSource> source);

  virtual ~TorchFile() = default;

  const PickleDocument& document() const { return document_; }
  const PickleValue& root() const { return document_.root(); }

  // "zip", "legacy torch stream", "pickle".
  virtual std::string_view container() const = 0;

  // The storage that a tensor's first argument names. Asked twice, it gives the same object.
  // INVALID_ARGUMENT: it is not there or too short.
  // `dtype`, when given, becomes the element type of the storage's class.
  absl::StatusOr<std::shared_ptr<const StorageBytes>> FindStorage(
      const PickleValue& reference, const TorchDtype** dtype = nullptr);

  // The tensor that `value` (see IsStoredTensor) describes, without a name. Statuses as
  // ReadTensorRecord.
  absl::StatusOr<StoredTensor> TensorOf(const PickleValue& value);

  // What `value` (see DecodeBytes) stands for, also when it was left in the file for its size.
  // INVALID_ARGUMENT: it stands for no bytes.
  absl::StatusOr<std::shared_ptr<const ByteSource>> FindBytes(const PickleValue& value);

  // SHA-256, hexadecimal, over the structure and the CRC-32 of every storage and entry, read by
  // anyone or not: two files of the same digest hold the same. Reads what has not been read, and so
  // finds damage anywhere in the file.
  virtual absl::StatusOr<std::string> Digest() = 0;

 protected:
  // A storage as the pickle means it.
  struct Place {
    std::shared_ptr<const StorageBytes> bytes;
    const TorchDtype* dtype = nullptr;  // by its class
    uint64_t size = 0;                  // in bytes, as the pickle claims; there are as many
    // Of a storage that is part of another one: that one, and where in it, in bytes. Tensors in
    // both share the memory.
    std::shared_ptr<const StorageBytes> whole = nullptr;
    uint64_t offset = 0;
  };

  explicit TorchFile(PickleDocument document) : document_(std::move(document)) {}

  // What a persistent id stands for.
  virtual absl::StatusOr<Place> FindPersistent(const PickleValue& reference) = 0;
  // Bytes that are not in the pickle, but in its file. `reference` is a persistent id.
  virtual absl::StatusOr<std::shared_ptr<const ByteSource>> FindOutside(
      const PickleValue& reference);

 private:
  static absl::StatusOr<std::shared_ptr<TorchFile>> OpenContainer(
      std::shared_ptr<const ByteSource> source, bool plain_pickle);

  absl::StatusOr<Place> FindPlace(const PickleValue& reference);
  absl::StatusOr<Place> OpenNested(const PickleValue& bytes);
  absl::StatusOr<StoredTensor> ArrayOf(const PickleValue& array);

  PickleDocument document_;
  // By what is written in the pickle, so that what was shared there is shared here.
  std::unordered_map<const PickleValue*, Place> nested_;
  std::unordered_map<const PickleValue*, std::shared_ptr<const StorageBytes>> arrays_;
};

// A torch tensor or parameter, or a NumPy array: what TensorOf takes.
bool IsStoredTensor(const PickleValue& value);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_TORCH_FILE_H_
