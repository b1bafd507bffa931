#include "client/cli/checkpoint_arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "absl/strings/str_format.h"
#include "server/formats/tensors/torch_dtype.h"

namespace sconce::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct Format {
  std::string_view name;
  CheckpointFormat format;
  v1::CheckpointFormat message;
};

constexpr std::array<Format, 4> kFormats = {{
    {"torchscript", CheckpointFormat::kTorchScript, v1::CHECKPOINT_FORMAT_TORCHSCRIPT},
    {"state_dict", CheckpointFormat::kStateDict, v1::CHECKPOINT_FORMAT_STATE_DICT},
    {"checkpoint", CheckpointFormat::kCheckpoint, v1::CHECKPOINT_FORMAT_CHECKPOINT},
    {"safetensors", CheckpointFormat::kSafetensors, v1::CHECKPOINT_FORMAT_SAFETENSORS},
}};

const Format* FindFormat(std::string_view name) {
  for (const Format& format : kFormats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

std::vector<std::string> FormatNames() {
  std::vector<std::string> names;
  names.reserve(std::size(kFormats));
  for (const Format& format : kFormats) names.emplace_back(format.name);
  return names;
}

// What is wrong with KEY=JSON; empty: nothing.
std::string CheckValue(const std::string& value) {
  const size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0) {
    return absl::StrFormat("'%s' is no KEY=JSON, such as epoch=12", value);
  }
  const std::string text = value.substr(equals + 1);
  if (json::accept(text)) return "";
  const std::string quoted = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  return absl::StrFormat("%s: '%s' is no JSON; a text needs its quotes: '%s=%s'",
                         value.substr(0, equals), text, value.substr(0, equals), quoted);
}

}  // namespace

void AddCheckpointArguments(CLI::App& command, CheckpointArguments& arguments,
                            bool format_is_required) {
  CLI::Option* format = command
                            .add_option("--format", arguments.format,
                                        "torchscript, state_dict, checkpoint or safetensors")
                            ->check(CLI::IsMember(FormatNames()).description(""))
                            ->type_name("F");
  if (format_is_required) format->required();
  command
      .add_option("--dtype", arguments.dtype,
                  "What floating-point weights become: float32, float16 or bfloat16; without it: "
                  "as they are")
      ->check(CLI::IsMember({"float32", "float16", "bfloat16"}).description(""))
      ->type_name("T");
  command
      .add_option("--shard-size", arguments.shard_bytes,
                  "safetensors: a folder of files no larger than this, and an index; 500MB, 2GiB")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/true).description(""))
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("SIZE");
  command
      .add_option("--set", arguments.values,
                  "checkpoint: a value beside the weights, such as epoch=12 or "
                  "'optimizer_state_dict={\"lr\": 0.1}'; may be repeated")
      ->allow_extra_args(false)
      ->check(&CheckValue)
      ->type_name("KEY=JSON");
}

std::string ValuesJson(const std::vector<std::string>& values) {
  if (values.empty()) return "";
  ordered_json object = ordered_json::object();
  for (const std::string& value : values) {
    const size_t equals = value.find('=');
    object[value.substr(0, equals)] = ordered_json::parse(value.substr(equals + 1));
  }
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

v1::CheckpointFormat FormatMessage(const CheckpointArguments& arguments) {
  const Format* format = FindFormat(arguments.format);
  return format == nullptr ? v1::CHECKPOINT_FORMAT_UNSPECIFIED : format->message;
}

v1::CheckpointOptions OptionsMessage(const CheckpointArguments& arguments) {
  v1::CheckpointOptions options;
  options.set_dtype(arguments.dtype);
  options.set_shard_bytes(arguments.shard_bytes);
  options.set_values_json(ValuesJson(arguments.values));
  return options;
}

std::optional<CheckpointFormat> FormatFor(const CheckpointArguments& arguments,
                                          const std::string& out) {
  if (const Format* format = FindFormat(arguments.format)) return format->format;
  const std::string suffix = std::filesystem::path(out).extension().string();
  if (arguments.sharded() || suffix == ".safetensors") return CheckpointFormat::kSafetensors;
  if (suffix == ".pth" || suffix == ".pt" || suffix == ".bin") return CheckpointFormat::kStateDict;
  return std::nullopt;
}

WriteOptions WriteOptionsFor(const CheckpointArguments& arguments, CheckpointFormat format) {
  return {.format = format,
          .dtype = arguments.dtype.empty() ? nullptr : FindDtype(arguments.dtype),
          .shard_bytes = arguments.shard_bytes,
          .values_json = ValuesJson(arguments.values)};
}

}  // namespace sconce::cli
