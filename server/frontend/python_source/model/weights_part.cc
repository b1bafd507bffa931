#include "server/frontend/python_source/model/weights_part.h"

#include <map>

namespace sconce::python {
namespace {

constexpr size_t kMostLevels = 3;

// What AveragedModel counts in.
constexpr char kAveraged[] = "n_averaged";

// The names under each first component.
std::map<std::string, Shapes> GroupsOf(const Shapes& weights) {
  std::map<std::string, Shapes> groups;
  for (const auto& [name, shape] : weights) {
    const size_t dot = name.find('.');
    if (dot != std::string::npos) groups[name.substr(0, dot)][name.substr(dot + 1)] = shape;
  }
  return groups;
}

void AddPartsOf(Shapes whole, const std::string& above, size_t levels,
                std::vector<WeightsPart>& parts) {
  whole.erase(kAveraged);
  for (const auto& [name, shapes] : GroupsOf(whole)) {
    if (shapes.size() * 2 < whole.size()) continue;
    parts.push_back({above + name, shapes});
    if (levels > 1) AddPartsOf(shapes, above + name + ".", levels - 1, parts);
  }
}

}  // namespace

std::vector<WeightsPart> PartsOf(const Shapes& weights) {
  std::vector<WeightsPart> parts;
  AddPartsOf(weights, "", kMostLevels, parts);
  return parts;
}

}  // namespace sconce::python
