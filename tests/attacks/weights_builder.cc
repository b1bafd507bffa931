#include "tests/attacks/weights_builder.h"

#include "tests/attacks/pickle_builder.h"

namespace sconce::testing {

std::string DictOf(const NamedTexts& entries) {
  std::string dict = "}(";
  for (const auto& [key, value] : entries) dict += Text(key) + value;
  return dict + "u";
}

std::string Module(const ModuleText& module) {
  NamedTexts content = {{"training", "\x89"},
                        {"_parameters", DictOf(module.parameters)},
                        {"_buffers", DictOf(module.buffers)}};
  content.insert(content.end(), module.attributes.begin(), module.attributes.end());
  content.emplace_back("_modules", DictOf(module.modules));
  return Global(module.module, module.name) + ")\x81" + DictOf(content) + "b";
}

std::string Safetensors(const std::string& header, const std::string& data) {
  return LittleEndian(header.size(), 8) + header + data;
}

std::string SafetensorsOf(const std::vector<std::pair<std::string, std::vector<float>>>& tensors) {
  std::string header;
  std::string data;
  for (const auto& [name, values] : tensors) {
    const size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    header += (header.empty() ? "{" : ",") + ("\"" + name) + R"(":{"dtype":"F32","shape":[)" +
              std::to_string(values.size()) + R"(],"data_offsets":[)" + std::to_string(begin) +
              "," + std::to_string(data.size()) + "]}";
  }
  return Safetensors(header.empty() ? "{}" : header + "}", data);
}

std::string IndexOf(const NamedTexts& tensors) {
  std::string map;
  for (const auto& [tensor, file] : tensors) {
    map += (map.empty() ? "\"" : ",\"") + tensor + "\":\"" + file + "\"";
  }
  return R"({"metadata":{"total_size":0},"weight_map":{)" + map + "}}";
}

}  // namespace sconce::testing
