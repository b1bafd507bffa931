#include "server/repository/model_parameters.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

constexpr std::array<std::string_view, 6> kSwitchesOfTriton = {
    "DISABLE_OPTIMIZED_EXECUTION", "ENABLE_CACHE_CLEANING", "ENABLE_JIT_EXECUTOR",
    "ENABLE_JIT_PROFILING",        "ENABLE_WEIGHT_SHARING", "INFERENCE_MODE"};

constexpr int kMaxThreads = 1024;

bool IsSwitchOfTriton(std::string_view key) {
  return std::find(kSwitchesOfTriton.begin(), kSwitchesOfTriton.end(), key) !=
         kSwitchesOfTriton.end();
}

absl::Status Unfit(const std::string& key, const std::string& value, std::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrFormat("parameter %s is \"%s\"; expected %s", key, value, expected));
}

absl::StatusOr<bool> ReadBool(const std::string& key, const std::string& value) {
  const std::string lower = absl::AsciiStrToLower(value);
  if (lower == "true" || lower == "false") return lower == "true";
  return Unfit(key, value, "\"true\" or \"false\"");
}

absl::StatusOr<int> ReadThreads(const std::string& key, const std::string& value) {
  int threads = 0;
  if (!absl::SimpleAtoi(value, &threads) || threads < 0 || threads > kMaxThreads) {
    return Unfit(key, value, absl::StrFormat("a number of threads from 0 to %d", kMaxThreads));
  }
  return threads;
}

std::string HintNote(const std::string& key) {
  return absl::StrFormat("Parameter %s tunes Triton's backend and does nothing here.", key);
}

absl::Status Unknown(const std::string& key) {
  return absl::InvalidArgumentError(absl::StrFormat(
      "Sconce has no parameter \"%s\"; it takes SKELETON, CLASS, INIT, WEIGHTS_KEY, ALLOW_MISSING, "
      "ALLOW_UNEXPECTED, INTRA_OP_THREAD_COUNT and, without effect, INTER_OP_THREAD_COUNT, %s",
      key, absl::StrJoin(kSwitchesOfTriton, ", ", [](std::string* out, std::string_view name) {
        out->append(name);
      })));
}

// False: none of Sconce's own.
absl::StatusOr<bool> ReadOwn(const std::string& key, const std::string& value,
                             ModelSettings& settings) {
  if (key == "SKELETON") {
    SCONCE_RETURN_IF_ERROR(CheckPlainFileName(value, "parameter SKELETON"));
    settings.skeleton = value;
  } else if (key == "CLASS") {
    settings.class_name = value;
  } else if (key == "INIT") {
    settings.init = value;
  } else if (key == "WEIGHTS_KEY") {
    if (value.empty()) return Unfit(key, value, "a key, or keys joined by dots");
    settings.weights_key = value;
  } else if (key == "ALLOW_MISSING") {
    SCONCE_ASSIGN_OR_RETURN(settings.allow_missing, ReadBool(key, value));
  } else if (key == "ALLOW_UNEXPECTED") {
    SCONCE_ASSIGN_OR_RETURN(settings.allow_unexpected, ReadBool(key, value));
  } else if (key == "INTRA_OP_THREAD_COUNT") {
    SCONCE_ASSIGN_OR_RETURN(settings.intra_op, ReadThreads(key, value));
  } else {
    return false;
  }
  return true;
}

absl::Status ReadParameter(const std::string& key, const std::string& value,
                           ModelSettings& settings) {
  SCONCE_ASSIGN_OR_RETURN(const bool own, ReadOwn(key, value, settings));
  if (own) return absl::OkStatus();
  if (key == "INTER_OP_THREAD_COUNT") {
    SCONCE_RETURN_IF_ERROR(ReadThreads(key, value).status());
  } else if (IsSwitchOfTriton(key)) {
    SCONCE_RETURN_IF_ERROR(ReadBool(key, value).status());
  } else {
    return Unknown(key);
  }
  settings.notes.push_back(HintNote(key));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPlainFileName(std::string_view name, std::string_view what) {
  const bool plain = !name.empty() && name != "." && name != ".." &&
                     name.find('/') == std::string_view::npos &&
                     name.find('\0') == std::string_view::npos;
  if (plain) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "%s is \"%s\"; expected the name of a file in the model's folder, not a path", what, name));
}

absl::Status ReadParameters(ModelSettings& settings) {
  // Protobuf's map has no order of its own; errors and notes shall have one.
  const std::map<std::string, inference::ModelParameter> sorted(
      settings.config.parameters().begin(), settings.config.parameters().end());
  for (const auto& [key, parameter] : sorted) {
    SCONCE_RETURN_IF_ERROR(ReadParameter(key, parameter.string_value(), settings));
  }
  return absl::OkStatus();
}

}  // namespace sconce
