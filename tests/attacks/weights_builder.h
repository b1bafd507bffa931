// Weights of other layouts written by hand: modules in pickles, safetensors, indexes of shards.

#ifndef SCONCE_TESTS_ATTACKS_WEIGHTS_BUILDER_H_
#define SCONCE_TESTS_ATTACKS_WEIGHTS_BUILDER_H_

#include <string>
#include <utility>
#include <vector>

namespace sconce::testing {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

// The instructions for a dict of any number of entries.
std::string DictOf(const NamedTexts& entries);

// The instructions for a pickled nn.Module; its parts are instructions too.
struct ModuleText {
  std::string module = "torch.nn.modules.linear";
  std::string name = "Linear";
  NamedTexts parameters = {};
  NamedTexts buffers = {};
  NamedTexts modules = {};
  NamedTexts attributes = {};  // whatever else is in its __dict__
};
std::string Module(const ModuleText& module);

// A safetensors file around a header.
std::string Safetensors(const std::string& header, const std::string& data);
// One of float32 tensors: names and values.
std::string SafetensorsOf(const std::vector<std::pair<std::string, std::vector<float>>>& tensors);

// {"weight_map": ...} of tensors and files.
std::string IndexOf(const NamedTexts& tensors);

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_ATTACKS_WEIGHTS_BUILDER_H_
