// Any bytes as a file: as a zip archive, as TorchScript, as a table of safetensors.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/formats/io/byte_source.h"
#include "server/formats/safetensors/safetensors_header.h"
#include "server/formats/sniff.h"
#include "server/formats/torch/archive_check.h"
#include "server/formats/zip/zip_archive.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  sconce::SniffContainer(bytes.substr(0, sconce::kSniffBytes));
  (void)sconce::ReadSafetensorsHeader(*sconce::ByteSource::OverBytes(bytes));
  sconce::ZipArchive::Limits limits;
  limits.max_total_bytes = 1 << 24;
  auto archive = sconce::ZipArchive::OpenBytes(bytes, limits);
  if (!archive.ok()) return 0;
  const bool sound = (*archive)->VerifyAll().ok();
  for (const sconce::ZipEntry& entry : (*archive)->entries()) {
    const auto read = (*archive)->Read(entry.name, 1 << 24);
    if (sound && (!read.ok() || read->size() != entry.size)) __builtin_trap();
  }
  (void)sconce::CheckTorchScriptArchive(bytes);
  return 0;
}
