#include "server/rpc/request_layout.h"

#include "proto/inference/grpc_service.pb.h"

namespace sconce {
namespace {

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

constexpr uint32_t kRawInputTag =
    inference::ModelInferRequest::kRawInputContentsFieldNumber << 3 | kLengthDelimited;

bool SkipValue(uint32_t tag, SliceCursor& cursor) {
  switch (tag & 7) {
    case kVarint:
      return cursor.SkipVarint();
    case kFixed64:
      return cursor.Skip(8);
    case kFixed32:
      return cursor.Skip(4);
    case kLengthDelimited: {
      const std::optional<uint32_t> size = cursor.ReadVarint32();
      return size && cursor.Skip(*size);
    }
    default:
      return false;
  }
}

void AppendRange(std::vector<ByteRange>& ranges, ByteRange range) {
  if (!ranges.empty() && ranges.back().begin + ranges.back().size == range.begin) {
    ranges.back().size += range.size;
  } else {
    ranges.push_back(range);
  }
}

}  // namespace

std::optional<RequestLayout> FindRequestLayout(SliceCursor cursor) {
  RequestLayout layout;
  while (cursor.remaining() > 0) {
    const size_t begin = cursor.position();
    const std::optional<uint32_t> tag = cursor.ReadVarint32();
    if (!tag || *tag >> 3 == 0) return std::nullopt;
    if (*tag == kRawInputTag) {
      const std::optional<uint32_t> size = cursor.ReadVarint32();
      const size_t data = cursor.position();
      if (!size || !cursor.Skip(*size)) return std::nullopt;
      layout.raw.push_back({data, *size});
    } else {
      if (!SkipValue(*tag, cursor)) return std::nullopt;
      AppendRange(layout.rest, {begin, cursor.position() - begin});
    }
  }
  return layout;
}

}  // namespace sconce
