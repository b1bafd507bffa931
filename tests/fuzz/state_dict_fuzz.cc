// Any bytes as the data.pkl of an otherwise sound archive, so that checksums do not stand between
// the fuzzer and what is behind them: what is accepted is read to its last element.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/formats/torch/archive_check.h"
#include "server/formats/torch/torch_file.h"
#include "tests/attacks/zip_builder.h"
#include "tests/fuzz/touch_torch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view pickle(reinterpret_cast<const char*>(data), size);
  static const std::vector<std::string> kStorages = {std::string(64, '\1'), std::string(16, '\2'),
                                                     std::string()};
  (void)sconce::CheckTorchScriptArchive(sconce::testing::BuildTorchScriptZip(pickle, kStorages));
  auto file = sconce::TorchFile::Open(
      sconce::ByteSource::Owning(sconce::testing::BuildTorchZip(pickle, kStorages)));
  if (file.ok()) sconce::testing::TouchTorchFile(**file);
  return 0;
}
