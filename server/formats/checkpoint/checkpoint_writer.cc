#include "server/formats/checkpoint/checkpoint_writer.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/checkpoint/checkpoint_layout.h"
#include "server/formats/checkpoint/checkpoint_values.h"
#include "server/formats/checkpoint/state_dict_pickle.h"
#include "server/formats/checkpoint/tensor_pickler.h"
#include "server/formats/checkpoint/torch_zip_writer.h"
#include "server/formats/pickle/pickle_builder.h"
#include "server/formats/pickle/pickle_tree_writer.h"
#include "server/formats/safetensors/safetensors_writer.h"
#include "server/formats/tensors/convert_dtype.h"

namespace sconce {
namespace {

constexpr std::string_view kWeightsKey = "model_state_dict";

absl::Status CheckOptions(const WriteOptions& options) {
  if (options.format == CheckpointFormat::kTorchScript) {
    return absl::FailedPreconditionError(
        "weights alone are no TorchScript model: save the model that is served, or these weights "
        "as a state_dict, checkpoint or safetensors");
  }
  if (!options.values_json.empty() && options.format != CheckpointFormat::kCheckpoint) {
    return absl::InvalidArgumentError(
        "only a checkpoint has values beside the weights; ask for that format, or give no values");
  }
  if (options.shard_bytes > 0 && options.format != CheckpointFormat::kSafetensors) {
    return absl::InvalidArgumentError(
        "only safetensors are written in shards; ask for that format, or for no shards");
  }
  if (options.dtype == nullptr || IsConversionTarget(*options.dtype)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("weights are not converted to %s; float32, float16 and bfloat16 are known",
                      options.dtype->name));
}

absl::StatusOr<const PickleValue*> Unchanged(const PickleValue& value) { return &value; }

absl::Status WriteStateDict(const WeightsFile& weights, const std::vector<StoredTensor>& tensors,
                            OutputFiles& out) {
  PickleBuilder builder;
  TensorPickler pickler(builder);
  const PickleValue* dict =
      PickleStateDict(tensors, weights.weights_dict(), weights.stripped_prefix(), builder, pickler);
  SCONCE_ASSIGN_OR_RETURN(std::string pickle, WritePickleTree(*dict, Unchanged));
  return WriteTorchZip(std::move(pickle), pickler.storages(), out);
}

// {"model_state_dict": ..., and the values}.
absl::StatusOr<std::string> NewCheckpoint(const WeightsFile& weights,
                                          const std::vector<StoredTensor>& tensors,
                                          const CheckpointValues& values, PickleBuilder& builder,
                                          TensorPickler& pickler) {
  PickleBuilder::Values entries = {builder.String(kWeightsKey),
                                   PickleStateDict(tensors, weights.weights_dict(),
                                                   weights.stripped_prefix(), builder, pickler)};
  for (const auto& [key, value] : values) {
    if (key == kWeightsKey) {
      return absl::InvalidArgumentError(
          absl::StrFormat("the value \"%s\" would replace the weights; choose another key", key));
    }
    entries.push_back(builder.String(key));
    entries.push_back(value);
  }
  return WritePickleTree(*builder.Dict(std::move(entries)), Unchanged);
}

absl::Status WriteWithValues(const WeightsFile& weights, const std::vector<StoredTensor>& tensors,
                             const std::string& values_json, OutputFiles& out) {
  PickleBuilder builder;
  TensorPickler pickler(builder);
  SCONCE_ASSIGN_OR_RETURN(const CheckpointValues values,
                          ReadCheckpointValues(values_json, tensors, builder, pickler));
  SCONCE_ASSIGN_OR_RETURN(std::string pickle,
                          CheckpointLayout::IsAround(weights)
                              ? CheckpointLayout(weights, builder, pickler).Write(tensors, values)
                              : NewCheckpoint(weights, tensors, values, builder, pickler));
  return WriteTorchZip(std::move(pickle), pickler.storages(), out);
}

}  // namespace

bool WritesFolder(const WriteOptions& options) {
  return options.format == CheckpointFormat::kSafetensors && options.shard_bytes > 0;
}

absl::Status WriteCheckpoint(WeightsFile& weights, const WriteOptions& options, OutputFiles& out) {
  SCONCE_RETURN_IF_ERROR(CheckOptions(options));
  std::vector<StoredTensor> tensors = weights.tensors();
  if (options.dtype != nullptr) tensors = ConvertTensors(std::move(tensors), *options.dtype);
  switch (options.format) {
    case CheckpointFormat::kStateDict:
      return WriteStateDict(weights, tensors, out);
    case CheckpointFormat::kCheckpoint:
      return WriteWithValues(weights, tensors, options.values_json, out);
    default:
      return WriteSafetensors(tensors, weights.metadata(), options.shard_bytes, out);
  }
}

}  // namespace sconce
