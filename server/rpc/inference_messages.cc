#include "server/rpc/inference_messages.h"

#include <charconv>
#include <string>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

constexpr char kPlatform[] = "pytorch_libtorch";

// What a request has to send when the model's type leaves no choice.
Datatype ImpliedDatatype(const Argument& argument) {
  if (argument.spec.datatype != Datatype::kUnknown) return argument.spec.datatype;
  switch (argument.kind) {
    case ArgumentKind::kInt:
    case ArgumentKind::kIntList:
      return Datatype::kInt64;
    case ArgumentKind::kFloat:
    case ArgumentKind::kFloatList:
      return Datatype::kFp64;
    case ArgumentKind::kBool:
    case ArgumentKind::kBoolList:
      return Datatype::kBool;
    case ArgumentKind::kString:
    case ArgumentKind::kStringList:
      return Datatype::kBytes;
    default:
      return Datatype::kUnknown;
  }
}

std::vector<int64_t> ImpliedShape(const Argument& argument) {
  if (argument.spec.shape) return *argument.spec.shape;
  switch (argument.kind) {
    case ArgumentKind::kInt:
    case ArgumentKind::kFloat:
    case ArgumentKind::kBool:
    case ArgumentKind::kString:
      return {1};
    default:
      return {kAnySize};
  }
}

std::vector<int64_t> KnownShape(const TensorSpec& spec) {
  return spec.shape.value_or(std::vector<int64_t>{kAnySize});
}

using TensorMetadata = inference::ModelMetadataResponse::TensorMetadata;

void Fill(TensorMetadata& tensor, const std::string& name, Datatype datatype,
          const std::vector<int64_t>& shape) {
  tensor.set_name(name);
  tensor.set_datatype(std::string(DatatypeName(datatype)));
  tensor.mutable_shape()->Assign(shape.begin(), shape.end());
}

inference::DataType ConfigDatatype(Datatype datatype) {
  if (datatype == Datatype::kUnknown) return inference::TYPE_INVALID;
  if (datatype == Datatype::kBytes) return inference::TYPE_STRING;
  inference::DataType type = inference::TYPE_INVALID;
  inference::DataType_Parse("TYPE_" + std::string(DatatypeName(datatype)), &type);
  return type;
}

// A configuration with max_batch_size leaves the batch dimension out.
template <typename ConfigTensor>
void Fill(ConfigTensor& tensor, const std::string& name, Datatype datatype,
          std::vector<int64_t> shape, bool batched) {
  if (batched && shape.size() > 1) shape.erase(shape.begin());
  tensor.set_name(name);
  tensor.set_data_type(ConfigDatatype(datatype));
  tensor.mutable_dims()->Assign(shape.begin(), shape.end());
}

void Fill(inference::StatisticDuration& duration, const StatisticsSnapshot::Total& total) {
  duration.set_count(total.count);
  duration.set_ns(total.nanoseconds);
}

const char* IndexState(ModelState state) {
  switch (state) {
    case ModelState::kLoading:
      return "LOADING";
    case ModelState::kReady:
      return "READY";
    case ModelState::kDraining:
      return "UNLOADING";
    default:
      return "UNAVAILABLE";
  }
}

absl::Status CheckRepositoryName(const std::string& name) {
  if (name.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "repository_name is '%s'; there is one repository, leave the name out", name));
}

absl::Status CheckLoadParameter(const std::string& name,
                                const inference::ModelRepositoryParameter& parameter) {
  if (name == "config") {
    if (parameter.has_string_param()) return absl::OkStatus();
    return absl::InvalidArgumentError("parameter 'config' is not a string (JSON of a ModelConfig)");
  }
  if (name.rfind("file:", 0) == 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("parameter '%s': files in a load request are not supported; put the file "
                        "into the model folder and load it from there",
                        name));
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("unknown load parameter '%s'; there is 'config'", name));
}

}  // namespace

absl::StatusOr<int64_t> ParseModelVersion(std::string_view text) {
  if (text.empty()) return 0;
  int64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size() || version < 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("model version '%s' is not a number; versions are 1, 2, ... and empty for "
                        "the default one",
                        text));
  }
  return version;
}

inference::ModelMetadataResponse MetadataOf(const ModelInfo& info,
                                            const std::vector<int64_t>& ready_versions) {
  inference::ModelMetadataResponse metadata;
  metadata.set_name(info.name);
  for (const int64_t version : ready_versions) metadata.add_versions(std::to_string(version));
  metadata.set_platform(kPlatform);
  if (info.signatures.empty()) return metadata;
  for (const Argument& argument : info.signatures.front().inputs) {
    Fill(*metadata.add_inputs(), argument.spec.name, ImpliedDatatype(argument),
         ImpliedShape(argument));
  }
  for (const TensorSpec& spec : info.signatures.front().outputs) {
    Fill(*metadata.add_outputs(), spec.name, spec.datatype, KnownShape(spec));
  }
  return metadata;
}

inference::ModelConfig ConfigOf(const ModelInfo& info) {
  inference::ModelConfig config = info.config;
  config.set_name(info.name);
  if (config.platform().empty()) config.set_platform(kPlatform);
  if (config.backend().empty()) config.set_backend("pytorch");
  if (info.signatures.empty()) return config;
  const bool batched = config.max_batch_size() > 0;
  const Signature& forward = info.signatures.front();
  if (config.input().empty()) {
    for (const Argument& argument : forward.inputs) {
      auto& input = *config.add_input();
      Fill(input, argument.spec.name, ImpliedDatatype(argument), ImpliedShape(argument), batched);
      input.set_optional(argument.optional);
    }
  }
  if (config.output().empty()) {
    for (const TensorSpec& spec : forward.outputs) {
      Fill(*config.add_output(), spec.name, spec.datatype, KnownShape(spec), batched);
    }
  }
  return config;
}

inference::ModelStatistics StatisticsOf(const ModelInfo& info, const StatisticsSnapshot& sums) {
  inference::ModelStatistics statistics;
  statistics.set_name(info.name);
  statistics.set_version(std::to_string(info.version));
  statistics.set_last_inference(sums.last_inference_unix_ms);
  statistics.set_inference_count(sums.success.count);
  statistics.set_execution_count(sums.executions);
  auto& all = *statistics.mutable_inference_stats();
  Fill(*all.mutable_success(), sums.success);
  Fill(*all.mutable_fail(), sums.failure);
  Fill(*all.mutable_queue(), sums.queue);
  Fill(*all.mutable_compute_input(), sums.input);
  Fill(*all.mutable_compute_infer(), sums.compute);
  Fill(*all.mutable_compute_output(), sums.output);
  if (sums.executions > 0) {
    auto& batch = *statistics.add_batch_stats();
    batch.set_batch_size(1);
    Fill(*batch.mutable_compute_input(), sums.input);
    Fill(*batch.mutable_compute_infer(), sums.compute);
    Fill(*batch.mutable_compute_output(), sums.output);
  }
  auto& memory = *statistics.add_memory_usage();
  memory.set_type(info.device.rfind("cuda", 0) == 0 ? "GPU" : "CPU");
  memory.set_byte_size(info.bytes);
  return statistics;
}

inference::RepositoryIndexResponse::ModelIndex IndexEntryOf(const ModelInfo& info) {
  inference::RepositoryIndexResponse::ModelIndex entry;
  entry.set_name(info.name);
  entry.set_version(std::to_string(info.version));
  entry.set_state(IndexState(info.state));
  entry.set_reason(info.state == ModelState::kUnloaded ? "unloaded" : info.reason);
  return entry;
}

absl::StatusOr<Repository::LoadRequest> LoadRequestOf(
    const inference::RepositoryModelLoadRequest& request) {
  SCONCE_RETURN_IF_ERROR(CheckRepositoryName(request.repository_name()));
  Repository::LoadRequest load;
  load.name = request.model_name();
  for (const auto& [name, parameter] : request.parameters()) {
    SCONCE_RETURN_IF_ERROR(CheckLoadParameter(name, parameter));
    load.config_json = parameter.string_param();
  }
  return load;
}

absl::Status CheckUnloadRequest(const inference::RepositoryModelUnloadRequest& request) {
  SCONCE_RETURN_IF_ERROR(CheckRepositoryName(request.repository_name()));
  for (const auto& [name, parameter] : request.parameters()) {
    // Sconce's models depend on no others, so that with or without them is the same.
    if (name == "unload_dependents" && parameter.has_bool_param()) continue;
    return absl::InvalidArgumentError(absl::StrFormat(
        "unknown unload parameter '%s'; there is 'unload_dependents', a bool", name));
  }
  return absl::OkStatus();
}

}  // namespace sconce
