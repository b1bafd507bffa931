// Any bytes as a safetensors file; the first byte decides whether a true length is put in front, so
// that the search gets behind it at once.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "server/formats/io/byte_source.h"
#include "server/formats/safetensors/safetensors_file.h"
#include "tests/attacks/weights_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) != 0) bytes = sconce::testing::Safetensors(bytes, std::string(16, '\1'));
  const std::shared_ptr<const sconce::ByteSource> source = sconce::ByteSource::Owning(bytes);
  const auto file = sconce::OpenSafetensors(source);
  if (!file.ok()) return 0;
  uint64_t total = 0;
  for (const sconce::StoredTensor& tensor : file->tensors) {
    // What was accepted fits its storage, which can be read.
    if (!tensor.whole() || tensor.bytes() > bytes.size()) __builtin_trap();
    std::string content(tensor.bytes(), '\0');
    if (!tensor.storage->ReadInto(content.data()).ok()) __builtin_trap();
    total += tensor.bytes();
  }
  if (total > bytes.size()) __builtin_trap();
  return 0;
}
