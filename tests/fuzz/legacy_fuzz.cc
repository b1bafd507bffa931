// Any bytes as a legacy torch stream or a plain pickle: neither has a checksum in the way.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/formats/torch/pickle_fetch.h"
#include "server/formats/torch/torch_file.h"
#include "tests/fuzz/touch_torch_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto file = sconce::TorchFile::Open(sconce::ByteSource::OverBytes(bytes));
  if (file.ok()) sconce::testing::TouchTorchFile(**file);
  // The end of a pickle is where running it ends.
  const auto source = sconce::ByteSource::OverBytes(bytes);
  const auto fetched = sconce::FetchPickle(*source, 0, {1 << 20});
  const auto document = sconce::ReadPickle(std::string(bytes));
  if (document.ok() && (!fetched.ok() || fetched->end != document->consumed())) __builtin_trap();
  return 0;
}
