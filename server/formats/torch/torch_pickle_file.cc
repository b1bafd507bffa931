#include "server/formats/torch/torch_pickle_file.h"

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/io/sha256.h"
#include "server/formats/torch/pickle_fetch.h"

namespace sconce {
namespace {

// Smaller ones are not worth their own read.
constexpr uint64_t kLeaveFrom = uint64_t{16} << 10;

}  // namespace

absl::StatusOr<std::shared_ptr<TorchFile>> TorchPickleFile::Open(
    std::shared_ptr<const ByteSource> source) {
  SCONCE_ASSIGN_OR_RETURN(FetchedPickle pickle, FetchPickle(*source, 0, {kMostText, kLeaveFrom}));
  if (pickle.end != source->size()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("pickle: goes on for %d bytes after its end", source->size() - pickle.end));
  }
  SCONCE_ASSIGN_OR_RETURN(PickleDocument document, ReadPickle(std::move(pickle.bytes)));
  return std::shared_ptr<TorchFile>(new TorchPickleFile(std::move(source), std::move(document)));
}

absl::StatusOr<TorchFile::Place> TorchPickleFile::FindPersistent(const PickleValue&) {
  return absl::InvalidArgumentError(
      "tensor: its storage is outside the pickle, and there is nothing outside a plain pickle");
}

absl::StatusOr<std::shared_ptr<const ByteSource>> TorchPickleFile::FindOutside(
    const PickleValue& reference) {
  const auto range = LeftInFile(reference);
  if (!range || range->offset > source_->size() || range->size > source_->size() - range->offset) {
    return absl::InvalidArgumentError("pickle: refers to bytes that it does not have");
  }
  return ByteSource::Range(source_, range->offset, range->size);
}

absl::StatusOr<std::string> TorchPickleFile::Digest() {
  SCONCE_ASSIGN_OR_RETURN(Sha256 digest, Sha256::Start());
  SCONCE_RETURN_IF_ERROR(BytesAt(source_, 0, source_->size())->Stream([&](std::string_view piece) {
    return digest.Add(piece);
  }));
  return digest.Finish();
}

}  // namespace sconce
