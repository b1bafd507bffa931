#include "server/frontend/python_source/model/state_shapes.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/frontend/python_source/model/module_tree.h"

namespace sconce::python {
namespace {

constexpr size_t kMostListed = 12;

using State = std::vector<std::pair<std::string, at::Tensor>>;

// Without the names that the file lacks of tensors that it has by another name.
State StateFor(const Value& module, const Shapes& file) {
  State state = StateOf(module);
  std::unordered_set<const void*> given;
  for (const auto& [name, tensor] : state) {
    if (file.count(name) != 0) given.insert(tensor.unsafeGetTensorImpl());
  }
  std::erase_if(state, [&](const auto& entry) {
    return file.count(entry.first) == 0 && given.count(entry.second.unsafeGetTensorImpl()) != 0;
  });
  return state;
}

}  // namespace

Shapes ShapesOf(const std::vector<StoredTensor>& weights) {
  Shapes shapes;
  for (const StoredTensor& tensor : weights) shapes[tensor.name] = tensor.shape;
  return shapes;
}

Shapes ShapesOf(const Value& module) {
  Shapes shapes;
  for (const auto& [name, tensor] : StateOf(module)) shapes[name] = tensor.sizes().vec();
  return shapes;
}

size_t CountDifferences(const Value& module, const Shapes& file) {
  const State state = StateFor(module, file);
  size_t matching = 0;
  for (const auto& [name, tensor] : state) {
    const auto found = file.find(name);
    matching += found != file.end() && at::IntArrayRef(found->second) == tensor.sizes() ? 1 : 0;
  }
  return state.size() + file.size() - 2 * matching;
}

std::vector<std::string> DescribeDifferences(const Value& module, const std::string& class_name,
                                             const Shapes& file) {
  std::vector<std::string> lines;
  Shapes left = file;
  for (const auto& [name, tensor] : StateFor(module, file)) {
    const auto found = left.find(name);
    if (found == left.end()) {
      lines.push_back(absl::StrFormat("%s is missing", name));
      continue;
    }
    if (at::IntArrayRef(found->second) != tensor.sizes()) {
      lines.push_back(absl::StrFormat("%s is (%s) in the file and (%s) in %s", name,
                                      absl::StrJoin(found->second, ", "),
                                      absl::StrJoin(tensor.sizes(), ", "), class_name));
    }
    left.erase(found);
  }
  for (const auto& [name, shape] : left) {
    lines.push_back(absl::StrFormat("%s is not in %s", name, class_name));
  }
  const size_t all = lines.size();
  lines.resize(std::min(all, kMostListed));
  if (all > kMostListed) lines.push_back(absl::StrFormat("and %d more", all - kMostListed));
  return lines;
}

}  // namespace sconce::python
