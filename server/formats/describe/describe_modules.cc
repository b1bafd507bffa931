// The modules of a pickled model, a line each.

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/formats/describe/describe_parts.h"
#include "server/formats/torch/module_tree.h"

namespace sconce {
namespace {

constexpr size_t kMostSizes = 8;
constexpr size_t kMostHyperParameters = 20;
constexpr size_t kMostModules = 100'000;

bool IsPlain(const PickleValue& value) {
  return value.Is(PickleKind::kBool) || value.Is(PickleKind::kInt) ||
         value.Is(PickleKind::kFloat) || value.Is(PickleKind::kString);
}

// Of plain values and short tuples of them ("kernel_size"); empty for anything else.
std::string PlainText(const PickleValue& value) {
  if (IsPlain(value)) return DescribePickleValue(value);
  if (!value.Is(PickleKind::kTuple) || value.items.empty() || value.items.size() > kMostSizes) {
    return "";
  }
  std::vector<std::string> items;
  for (const PickleValue* item : value.items) {
    if (!IsPlain(*item)) return "";
    items.push_back(DescribePickleValue(*item));
  }
  return absl::StrFormat("(%s)", absl::StrJoin(items, ", "));
}

std::string HyperParameters(const ModuleNode& module) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : module.attributes) {
    if (name == "training" || absl::StartsWith(name, "_")) continue;
    const std::string text = PlainText(*value);
    if (!text.empty()) texts.push_back(absl::StrFormat("%s=%s", name, text));
    if (texts.size() == kMostHyperParameters) break;
  }
  return texts.empty() ? "" : absl::StrFormat("(%s)", absl::StrJoin(texts, ", "));
}

// The tree's depth is bounded, so it may recurse.
void AddLines(const ModuleNode& module, const std::string& name, size_t depth,
              std::vector<std::string>& lines) {
  if (lines.size() >= kMostModules) return;
  lines.push_back(absl::StrFormat("%s%s%s%s%s", std::string(2 * depth, ' '), name,
                                  name.empty() ? "" : ": ", module.class_name,
                                  HyperParameters(module)));
  for (const auto& [child_name, child] : module.children) {
    AddLines(child, child_name, depth + 1, lines);
  }
}

}  // namespace

void DescribeModules(const PickleValue& module, const std::string& name,
                     FileDescription& description) {
  const auto tree = ReadModuleTree(module);
  if (tree.ok()) {
    AddLines(*tree, name, 0, description.modules);
  } else {
    description.facts.push_back(std::string(tree.status().message()));
  }
}

}  // namespace sconce
