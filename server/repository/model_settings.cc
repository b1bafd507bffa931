#include "server/repository/model_settings.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/repository/model_parameters.h"

namespace sconce {
namespace {

using inference::ModelConfig;
using inference::ModelInstanceGroup;

constexpr int kMaxInstances = 256;

absl::Status CheckFramework(const ModelConfig& config) {
  const bool platform_fits = config.platform().empty() || config.platform() == "pytorch_libtorch";
  const bool backend_fits = config.backend().empty() || config.backend() == "pytorch";
  if (platform_fits && backend_fits) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat(
      "this is a model for \"%s\"; Sconce serves PyTorch models: backend \"pytorch\" or platform "
      "\"pytorch_libtorch\", or neither",
      backend_fits ? config.platform() : config.backend()));
}

std::optional<Datatype> DatatypeOf(inference::DataType type) {
  switch (type) {
    case inference::TYPE_STRING:
      return Datatype::kBytes;
    case inference::TYPE_INVALID:
      return std::nullopt;
    default:
      break;
  }
  // All others are called as in the Open Inference Protocol: TYPE_FP32 is FP32.
  constexpr std::string_view kPrefix = "TYPE_";
  const std::string& name = inference::DataType_Name(type);
  if (name.size() <= kPrefix.size()) return std::nullopt;
  return ParseDatatype(std::string_view(name).substr(kPrefix.size()));
}

// `Tensor` is ModelInput or ModelOutput; `what` is "input" or "output".
template <class Tensor>
absl::StatusOr<TensorSpec> SpecOf(const Tensor& tensor, std::string_view what, bool batched) {
  if (tensor.name().empty()) {
    return absl::InvalidArgumentError(absl::StrFormat("an %s has no name", what));
  }
  const std::optional<Datatype> datatype = DatatypeOf(tensor.data_type());
  if (!datatype.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s \"%s\" has no data_type, such as TYPE_FP32", what, tensor.name()));
  }
  TensorSpec spec{.name = tensor.name(), .datatype = *datatype, .shape = std::nullopt};
  if (tensor.dims().empty()) return spec;
  std::vector<int64_t> shape;
  if (batched) shape.push_back(kAnySize);
  for (const int64_t dim : tensor.dims()) {
    if (dim != kAnySize && dim < 1) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s \"%s\" has the dimension %d; expected 1 or more, or -1 for any size",
                          what, tensor.name(), dim));
    }
    shape.push_back(dim);
  }
  spec.shape = std::move(shape);
  return spec;
}

template <class Tensors>
absl::StatusOr<std::vector<TensorSpec>> SpecsOf(const Tensors& tensors, std::string_view what,
                                                bool batched) {
  std::vector<TensorSpec> specs;
  std::set<std::string> names;
  for (const auto& tensor : tensors) {
    SCONCE_ASSIGN_OR_RETURN(TensorSpec spec, SpecOf(tensor, what, batched));
    if (!names.insert(spec.name).second) {
      return absl::InvalidArgumentError(
          absl::StrFormat("two %ss are called \"%s\"", what, spec.name));
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

absl::Status ReadTensors(ModelSettings& settings) {
  const ModelConfig& config = settings.config;
  if (config.max_batch_size() < 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("max_batch_size is %d; expected 0 or more", config.max_batch_size()));
  }
  const bool batched = config.max_batch_size() > 0;
  SCONCE_ASSIGN_OR_RETURN(settings.inputs, SpecsOf(config.input(), "input", batched));
  SCONCE_ASSIGN_OR_RETURN(settings.outputs, SpecsOf(config.output(), "output", batched));
  for (const inference::ModelInput& input : config.input()) {
    if (input.optional()) settings.optional_inputs.push_back(input.name());
  }
  if (batched) {
    settings.notes.push_back(
        "max_batch_size adds the batch dimension to the shapes; requests are not merged yet.");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> DeviceOf(const ModelInstanceGroup& group) {
  if (group.kind() == ModelInstanceGroup::KIND_MODEL) {
    return absl::FailedPreconditionError(
        "instance_group: KIND_MODEL lets a model choose its device, which Sconce does not do; "
        "expected KIND_CPU, KIND_GPU or KIND_AUTO");
  }
  if (group.gpus_size() > 1) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "instance_group names %d GPUs; Sconce puts a version on one device", group.gpus_size()));
  }
  if (group.kind() == ModelInstanceGroup::KIND_CPU) {
    if (group.gpus_size() == 0) return "cpu";
    return absl::InvalidArgumentError("instance_group: KIND_CPU names a GPU");
  }
  if (group.gpus_size() == 1) {
    if (group.gpus(0) >= 0) return absl::StrFormat("cuda:%d", group.gpus(0));
    return absl::InvalidArgumentError(
        absl::StrFormat("instance_group: there is no GPU %d", group.gpus(0)));
  }
  return group.kind() == ModelInstanceGroup::KIND_GPU ? "cuda" : "";
}

absl::Status ReadInstances(ModelSettings& settings) {
  const ModelConfig& config = settings.config;
  if (config.instance_group_size() == 0) return absl::OkStatus();
  if (config.instance_group_size() > 1) {
    return absl::FailedPreconditionError(
        absl::StrFormat("there are %d instance groups; Sconce puts a version on one device and "
                        "takes one group, with a count",
                        config.instance_group_size()));
  }
  const ModelInstanceGroup& group = config.instance_group(0);
  if (group.count() < 0 || group.count() > kMaxInstances) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "instance_group has the count %d; expected 0 to %d", group.count(), kMaxInstances));
  }
  settings.instances = group.count();
  SCONCE_ASSIGN_OR_RETURN(settings.device, DeviceOf(group));
  return absl::OkStatus();
}

absl::Status CheckPolicy(const ModelConfig& config) {
  if (!config.version_policy().has_specific()) return absl::OkStatus();
  const auto& versions = config.version_policy().specific().versions();
  if (versions.empty()) {
    return absl::InvalidArgumentError("version_policy: specific names no versions");
  }
  for (const int64_t version : versions) {
    if (version < 1) {
      return absl::InvalidArgumentError(
          absl::StrFormat("version_policy: %d is no version; versions count from 1", version));
    }
  }
  return absl::OkStatus();
}

absl::Status Read(std::string_view model, ModelSettings& settings) {
  ModelConfig& config = settings.config;
  if (!config.name().empty() && config.name() != model) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "the name is \"%s\", but the model is called \"%s\"; leave the name out, or make it agree",
        config.name(), model));
  }
  SCONCE_RETURN_IF_ERROR(CheckFramework(config));
  SCONCE_RETURN_IF_ERROR(CheckPolicy(config));
  if (!config.default_model_filename().empty()) {
    SCONCE_RETURN_IF_ERROR(
        CheckPlainFileName(config.default_model_filename(), "default_model_filename"));
  }
  SCONCE_RETURN_IF_ERROR(ReadTensors(settings));
  SCONCE_RETURN_IF_ERROR(ReadInstances(settings));
  SCONCE_RETURN_IF_ERROR(ReadParameters(settings));
  config.set_name(std::string(model));
  config.set_backend("pytorch");
  config.set_platform("pytorch_libtorch");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelSettings> SettingsOf(const ModelConfig& config, std::string_view model,
                                         std::string_view origin) {
  ModelSettings settings;
  settings.config = config;
  if (absl::Status status = Read(model, settings); !status.ok()) {
    return absl::Status(status.code(),
                        absl::StrFormat("%s: %s", origin, std::string(status.message())));
  }
  return settings;
}

}  // namespace sconce
