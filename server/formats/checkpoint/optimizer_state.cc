#include "server/formats/checkpoint/optimizer_state.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/pickle/json_pickle.h"

namespace sconce {
namespace {

using nlohmann::json;

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("optimizer_state_dict: %s", what));
}

// Of torch.optim.SGD, Adam and RMSprop. Others ignore what is not theirs.
const json& Defaults() {
  static const json* const kDefaults =
      new json{{"lr", 0.001},       {"momentum", 0},       {"dampening", 0},
               {"weight_decay", 0}, {"nesterov", false},   {"betas", {0.9, 0.999}},
               {"eps", 1e-8},       {"amsgrad", false},    {"alpha", 0.99},
               {"centered", false}, {"maximize", false},   {"foreach", nullptr},
               {"fused", nullptr},  {"capturable", false}, {"differentiable", false}};
  return *kDefaults;
}

// One group may leave its parameters out: it then has all.
absl::StatusOr<const PickleValue*> PickleIndices(const json& group, bool only_group, size_t count,
                                                 PickleBuilder& builder) {
  PickleBuilder::Values indices;
  const auto given = group.find("params");
  if (given == group.end()) {
    if (!only_group) return Malformed("several param_groups, and one without its \"params\"");
    for (size_t i = 0; i < count; ++i) indices.push_back(builder.Unsigned(i));
    return builder.List(std::move(indices));
  }
  if (!given->is_array()) return Malformed("\"params\" is no list");
  for (const json& index : *given) {
    if (!index.is_number_unsigned()) return Malformed("\"params\" holds more than indices");
    indices.push_back(PickleJson(index, builder));
  }
  return builder.List(std::move(indices));
}

// Lists in a group are tuples in Python: "betas".
absl::StatusOr<const PickleValue*> PickleGroup(json group, bool only_group, size_t count,
                                               PickleBuilder& builder) {
  if (!group.is_object()) return Malformed("\"param_groups\" holds something that is no object");
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* indices,
                          PickleIndices(group, only_group, count, builder));
  for (const auto& [key, value] : Defaults().items()) group.emplace(key, value);
  PickleBuilder::Values entries;
  for (const auto& [key, value] : group.items()) {
    if (key == "params") continue;
    entries.push_back(builder.String(key));
    const PickleValue* made = PickleJson(value, builder);
    entries.push_back(value.is_array() ? builder.Tuple(made->items) : made);
  }
  entries.push_back(builder.String("params"));
  entries.push_back(indices);
  return builder.Dict(std::move(entries));
}

// The shape of a list of lists, by its first items; whether the others agree shows when it is read.
std::vector<int64_t> ShapeOf(const json& list) {
  std::vector<int64_t> shape;
  for (const json* at = &list; at->is_array(); at = &at->front()) {
    shape.push_back(static_cast<int64_t>(at->size()));
    if (at->empty()) break;
  }
  return shape;
}

bool AppendNumbers(const json& value, const std::vector<int64_t>& shape, size_t dimension,
                   std::string& bytes) {
  if (dimension == shape.size()) {
    if (!value.is_number()) return false;
    const float number = value.get<float>();
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
    return true;
  }
  return value.is_array() && static_cast<int64_t>(value.size()) == shape[dimension] &&
         std::all_of(value.begin(), value.end(), [&](const json& item) {
           return AppendNumbers(item, shape, dimension + 1, bytes);
         });
}

absl::StatusOr<const PickleValue*> PickleStateValue(const json& value, PickleBuilder& builder,
                                                    TensorPickler& pickler) {
  if (!value.is_array()) return PickleJson(value, builder);
  StoredTensor tensor;
  tensor.dtype = FindDtype("float32");
  tensor.shape = ShapeOf(value);
  std::string bytes;
  if (!AppendNumbers(value, tensor.shape, 0, bytes)) {
    return Malformed(
        "\"state\" holds a list that is no tensor: rows of different lengths, or "
        "something else than numbers");
  }
  tensor.strides = ContiguousStrides(tensor.shape);
  tensor.storage = OwnedBytes(std::move(bytes));
  return pickler.Tensor(tensor, false);
}

absl::StatusOr<const PickleValue*> PickleParameterState(const json& values, PickleBuilder& builder,
                                                        TensorPickler& pickler) {
  if (!values.is_object()) return Malformed("\"state\" holds something that is no object");
  PickleBuilder::Values entries;
  for (const auto& [key, value] : values.items()) {
    entries.push_back(builder.String(key));
    SCONCE_ASSIGN_OR_RETURN(const PickleValue* made, PickleStateValue(value, builder, pickler));
    entries.push_back(made);
  }
  return builder.Dict(std::move(entries));
}

std::optional<uint64_t> ParseIndex(const std::string& text) {
  uint64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return index;
}

absl::StatusOr<const PickleValue*> PickleState(const json& state, PickleBuilder& builder,
                                               TensorPickler& pickler) {
  if (!state.is_object()) return Malformed("\"state\" is no object");
  PickleBuilder::Values entries;
  for (const auto& [key, values] : state.items()) {
    const auto index = ParseIndex(key);
    if (!index) return Malformed(absl::StrFormat("\"state\" has the key \"%s\", no index", key));
    entries.push_back(builder.Unsigned(*index));
    SCONCE_ASSIGN_OR_RETURN(const PickleValue* made,
                            PickleParameterState(values, builder, pickler));
    entries.push_back(made);
  }
  return builder.Dict(std::move(entries));
}

bool IsStatistic(const std::string& name) {
  return absl::EndsWith(name, "running_mean") || absl::EndsWith(name, "running_var");
}

}  // namespace

absl::StatusOr<const PickleValue*> PickleOptimizerState(const json& value,
                                                        const std::vector<StoredTensor>& tensors,
                                                        PickleBuilder& builder,
                                                        TensorPickler& pickler) {
  if (!value.is_object()) return Malformed("is no object");
  const bool bare = !value.contains("param_groups");
  if (bare && value.contains("state")) return Malformed("has a \"state\" without \"param_groups\"");
  const json groups = bare ? json::array({value}) : value["param_groups"];
  if (!groups.is_array()) return Malformed("\"param_groups\" is no list");
  PickleBuilder::Values made;
  for (const json& group : groups) {
    SCONCE_ASSIGN_OR_RETURN(
        const PickleValue* entry,
        PickleGroup(group, groups.size() == 1, CountParameters(tensors), builder));
    made.push_back(entry);
  }
  const json state = value.contains("state") ? value["state"] : json::object();
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* states, PickleState(state, builder, pickler));
  return builder.Dict({builder.String("state"), states, builder.String("param_groups"),
                       builder.List(std::move(made))});
}

size_t CountParameters(const std::vector<StoredTensor>& tensors) {
  const bool told = std::any_of(tensors.begin(), tensors.end(),
                                [](const StoredTensor& tensor) { return tensor.requires_grad; });
  std::set<std::tuple<const StorageBytes*, uint64_t, std::vector<int64_t>, std::vector<int64_t>>>
      parameters;
  for (const StoredTensor& tensor : tensors) {
    const bool floating = absl::StrContains(std::string(tensor.dtype->name), "float") ||
                          absl::StrContains(std::string(tensor.dtype->name), "complex");
    const bool parameter = told ? tensor.requires_grad : floating && !IsStatistic(tensor.name);
    if (!parameter) continue;
    parameters.emplace(tensor.storage.get(), tensor.offset, tensor.shape, tensor.strides);
  }
  return parameters.size();
}

}  // namespace sconce
