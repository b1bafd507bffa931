// Any bytes as a pickle, and everything that is done to a pickle without its archive.

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/formats/pickle/pickle.h"
#include "server/formats/torch/tensor_record.h"
#include "server/formats/torch/torch_content.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sconce::PickleLimits limits;
  limits.max_values = 1 << 16;
  limits.max_stack = 1 << 16;
  limits.max_memo = 1 << 16;
  auto document =
      sconce::ReadPickle(std::string(reinterpret_cast<const char*>(data), size), limits);
  if (!document.ok()) return 0;
  const sconce::TorchContent content = sconce::ClassifyPickle(document->root());
  sconce::ForeignGlobals(*document);
  for (const sconce::PickleValue& value : document->values()) {
    sconce::DescribePickleValue(value);
    if (!sconce::IsTensor(value)) continue;
    const auto record = sconce::ReadTensorRecord(value);
    // What was accepted must lie inside what was claimed.
    if (record.ok() && record->elements > 0 &&
        record->offset >= record->storage.bytes / record->dtype->size) {
      __builtin_trap();
    }
  }
  return 0;
}
