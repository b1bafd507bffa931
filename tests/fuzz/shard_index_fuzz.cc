// Any bytes as an index of shards. No name it gives leads out of its folder.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "server/formats/io/byte_source.h"
#include "server/formats/weights/shard_index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto index = sconce::ReadShardIndex(*sconce::ByteSource::OverBytes(bytes));
  if (!index.ok()) return 0;
  for (const auto& [name, tensors] : index->files) {
    const std::filesystem::path path(name);
    if (tensors.empty() || path.empty() || path.is_absolute()) __builtin_trap();
    for (const std::filesystem::path& part : path) {
      if (part == "..") __builtin_trap();
    }
  }
  return 0;
}
