#include "client/cli/model_text.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

namespace sconce::cli {
namespace {

using nlohmann::ordered_json;

std::string ArgumentText(const v1::Argument& argument) {
  const bool plain = argument.type() == "Tensor" && !argument.optional();
  std::string text = absl::StrFormat("%s: %s", argument.tensor().name(),
                                     plain ? SpecText(argument.tensor()) : argument.type());
  if (!argument.optional()) return text;
  return text + " = " +
         (argument.default_value().empty() ? std::string("None") : argument.default_value());
}

ordered_json SpecJson(const v1::TensorSpec& spec) {
  ordered_json json{{"name", spec.name()}};
  if (!spec.datatype().empty()) json["datatype"] = spec.datatype();
  if (spec.has_shape()) {
    json["shape"] = std::vector<int64_t>(spec.shape().begin(), spec.shape().end());
  }
  return json;
}

ordered_json MethodJson(const v1::MethodSignature& method) {
  ordered_json inputs = ordered_json::array();
  for (const v1::Argument& argument : method.inputs()) {
    ordered_json input = SpecJson(argument.tensor());
    input["type"] = argument.type();
    if (argument.optional()) {
      input["optional"] = true;
      input["default_value"] = argument.default_value();
    }
    inputs.push_back(input);
  }
  ordered_json outputs = ordered_json::array();
  for (const v1::TensorSpec& spec : method.outputs()) outputs.push_back(SpecJson(spec));
  return {{"name", method.name()}, {"inputs", inputs}, {"outputs", outputs}};
}

void SetText(ordered_json& json, const char* key, const std::string& value) {
  if (!value.empty()) json[key] = value;
}

}  // namespace

std::string StateText(v1::ModelState state) {
  const std::string name = v1::ModelState_Name(state);
  const std::string prefix = "MODEL_STATE_";
  return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : "UNKNOWN";
}

std::string BytesText(uint64_t bytes) {
  if (bytes < 1024) return absl::StrFormat("%d B", bytes);
  const char* const units[] = {"KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", value, units[unit]);
}

std::string SpecText(const v1::TensorSpec& spec) {
  if (spec.datatype().empty() && !spec.has_shape()) return "Tensor";
  return absl::StrFormat("%s[%s]", spec.datatype().empty() ? "Tensor" : spec.datatype(),
                         spec.has_shape() ? absl::StrJoin(spec.shape(), ",") : "...");
}

std::string SignatureText(const v1::MethodSignature& method) {
  const std::string inputs = absl::StrJoin(
      method.inputs(), ", ",
      [](std::string* out, const v1::Argument& argument) { out->append(ArgumentText(argument)); });
  std::string text = absl::StrFormat("%s(%s)", method.name(), inputs);
  if (method.outputs().empty()) return text;
  const std::string outputs =
      absl::StrJoin(method.outputs(), ", ", [](std::string* out, const v1::TensorSpec& spec) {
        out->append(spec.name() + ": " + SpecText(spec));
      });
  return text + " -> (" + outputs + ")";
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

ordered_json ModelJson(const v1::ModelVersion& model) {
  ordered_json json{{"name", model.name()},
                    {"version", model.version()},
                    {"state", StateText(model.state())},
                    {"is_default", model.is_default()}};
  SetText(json, "reason", model.reason());
  SetText(json, "format", model.format());
  SetText(json, "path", model.path());
  SetText(json, "skeleton", model.skeleton());
  SetText(json, "device", model.device());
  json["bytes"] = model.bytes();
  json["stateful"] = model.stateful();
  json["notes"] = std::vector<std::string>(model.notes().begin(), model.notes().end());
  if (model.has_loaded_at()) {
    json["loaded_at"] = TimeText(model.loaded_at());
    json["load_seconds"] = model.load_seconds();
  }
  ordered_json methods = ordered_json::array();
  for (const v1::MethodSignature& method : model.methods()) methods.push_back(MethodJson(method));
  json["methods"] = methods;
  return json;
}

}  // namespace sconce::cli
