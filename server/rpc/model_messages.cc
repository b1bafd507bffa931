#include "server/rpc/model_messages.h"

#include <google/protobuf/util/time_util.h>

#include <chrono>
#include <string>

namespace sconce {
namespace {

v1::ModelState StateOf(ModelState state) {
  switch (state) {
    case ModelState::kLoading:
      return v1::MODEL_STATE_LOADING;
    case ModelState::kReady:
      return v1::MODEL_STATE_READY;
    case ModelState::kDraining:
      return v1::MODEL_STATE_DRAINING;
    case ModelState::kUnloaded:
      return v1::MODEL_STATE_UNLOADED;
    case ModelState::kFailed:
      return v1::MODEL_STATE_FAILED;
  }
  return v1::MODEL_STATE_UNSPECIFIED;
}

void Fill(v1::TensorSpec& message, const TensorSpec& spec) {
  message.set_name(spec.name);
  message.set_datatype(std::string(DatatypeName(spec.datatype)));
  message.set_has_shape(spec.shape.has_value());
  if (spec.shape) message.mutable_shape()->Assign(spec.shape->begin(), spec.shape->end());
}

void Fill(v1::MethodSignature& message, const Signature& signature) {
  message.set_name(signature.method);
  for (const Argument& argument : signature.inputs) {
    auto& input = *message.add_inputs();
    Fill(*input.mutable_tensor(), argument.spec);
    input.set_type(argument.type);
    input.set_optional(argument.optional);
    input.set_default_value(argument.default_text);
  }
  for (const TensorSpec& spec : signature.outputs) Fill(*message.add_outputs(), spec);
}

}  // namespace

v1::ModelVersion ModelVersionOf(const ModelInfo& info) {
  v1::ModelVersion message;
  message.set_name(info.name);
  message.set_version(info.version);
  message.set_state(StateOf(info.state));
  message.set_reason(info.reason);
  message.set_format(info.format);
  message.set_path(info.path);
  message.set_skeleton(info.skeleton);
  message.set_device(info.device);
  message.set_bytes(info.bytes);
  for (const Signature& signature : info.signatures) Fill(*message.add_methods(), signature);
  message.set_stateful(info.stateful);
  for (const std::string& note : info.notes) message.add_notes(note);
  const auto loaded = info.loaded_at.time_since_epoch();
  if (loaded.count() != 0) {
    *message.mutable_loaded_at() = google::protobuf::util::TimeUtil::NanosecondsToTimestamp(
        std::chrono::duration_cast<std::chrono::nanoseconds>(loaded).count());
  }
  message.set_load_seconds(info.load_seconds);
  message.set_is_default(info.is_default);
  return message;
}

Repository::LoadRequest LoadRequestOf(const v1::LoadModelRequest& request) {
  Repository::LoadRequest load;
  load.name = request.name();
  load.path = request.path();
  load.version = request.version();
  load.skeleton = request.skeleton();
  load.device = request.device();
  load.weights_key = request.weights_key();
  load.allow_missing = request.allow_missing();
  load.allow_unexpected = request.allow_unexpected();
  load.sources.assign(request.source().begin(), request.source().end());
  load.class_name = request.class_name();
  load.init = request.init();
  load.definitions.insert(request.define().begin(), request.define().end());
  return load;
}

}  // namespace sconce
