// What kind of container a file is, by its first bytes. The suffix does not count.

#ifndef SCONCE_SERVER_FORMATS_SNIFF_H_
#define SCONCE_SERVER_FORMATS_SNIFF_H_

#include <cstddef>
#include <string_view>

namespace sconce {

enum class Container {
  kEmpty,
  kZip,
  kLegacyTorch,  // torch.save before PyTorch 1.6: several pickles and raw storages in a row
  kPickle,
  kSafetensors,
  kGzip,
  kTar,
  kHdf5,
  kNumpy,
  kOnnx,
  kText,
  kUnknown,
};

// As many first bytes as recognition needs; fewer when the file is shorter.
inline constexpr size_t kSniffBytes = 4096;

Container SniffContainer(std::string_view head);

// "zip", "legacy torch stream".
std::string_view ContainerName(Container container);
// For sentences: "an empty file", "a safetensors file".
std::string_view ContainerPhrase(Container container);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_SNIFF_H_
