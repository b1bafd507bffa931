// Where the parts of a ModelInferRequest lie in its message: the raw tensor bytes, which are copied
// once and straight to their place, and the rest, which is small and read by generated code.

#ifndef SCONCE_SERVER_RPC_REQUEST_LAYOUT_H_
#define SCONCE_SERVER_RPC_REQUEST_LAYOUT_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "server/rpc/slice_cursor.h"

namespace sconce {

struct ByteRange {
  size_t begin = 0;
  size_t size = 0;
};

struct RequestLayout {
  std::vector<ByteRange> raw;   // the data of each raw_input_contents, in order
  std::vector<ByteRange> rest;  // all other records with their tags, neighbours joined
};

// Nothing when the message is malformed, or well-formed in a way that no known serializer writes
// (groups, overlong tags): the generated parser decides then.
std::optional<RequestLayout> FindRequestLayout(SliceCursor cursor);

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_REQUEST_LAYOUT_H_
