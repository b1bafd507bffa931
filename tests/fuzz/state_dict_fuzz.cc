// Any bytes as the data.pkl of an otherwise sound archive, so that checksums do not stand between
// the fuzzer and what is behind them: tensors are made of what is accepted, and touched.

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/formats/archive_check.h"
#include "server/formats/state_dict.h"
#include "tests/attacks/zip_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view pickle(reinterpret_cast<const char*>(data), size);
  static const std::vector<std::string> kStorages = {std::string(64, '\1'), std::string(16, '\2'),
                                                     std::string()};
  (void)sconce::CheckTorchScriptArchive(sconce::testing::BuildTorchScriptZip(pickle, kStorages));
  auto tensors = sconce::ReadStateDict(sconce::testing::BuildTorchZip(pickle, kStorages));
  if (!tensors.ok()) return 0;
  for (const auto& [name, tensor] : *tensors) {
    // Reads every element wherever the strides lead.
    if (tensor.numel() < 1 << 20) tensor.contiguous();
  }
  return 0;
}
