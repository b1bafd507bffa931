#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "client/cli/checkpoint_arguments.h"
#include "client/cli/commands.h"
#include "client/cli/local_output.h"
#include "server/base/status_macros.h"
#include "server/formats/checkpoint/read_back.h"
#include "server/formats/weights/weights_file.h"

namespace sconce::cli {
namespace {

struct ConvertArguments {
  std::string in, out, weights_key;
  CheckpointArguments checkpoint;
  CheckpointFormat format = CheckpointFormat::kStateDict;
};

absl::Status RefuseTorchScript(const std::string& in) {
  return absl::FailedPreconditionError(absl::StrFormat(
      "a TorchScript archive is a program with its weights, and %s has the weights alone. Let a "
      "daemon put them together: sconce load NAME WEIGHTS --skeleton MODEL.pt, then sconce save or "
      "pull NAME --format torchscript",
      in));
}

// Of the file as it is now, by someone who has not read it yet.
absl::StatusOr<std::string> DigestOf(const std::string& path, const WeightsOptions& options) {
  SCONCE_ASSIGN_OR_RETURN(const auto weights, WeightsFile::Open(path, options));
  return weights->Digest();
}

absl::Status CheckUnchanged(WeightsFile& weights, const std::string& in,
                            const WeightsOptions& options) {
  SCONCE_ASSIGN_OR_RETURN(const std::string read, weights.Digest());
  SCONCE_ASSIGN_OR_RETURN(const std::string now, DigestOf(in, options));
  if (read == now) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrFormat("%s changed while it was read; convert it again", in));
}

absl::Status Convert(const Session& session, const ConvertArguments& arguments) {
  const std::string& in = arguments.in;
  if (arguments.format == CheckpointFormat::kTorchScript) return RefuseTorchScript(in);
  WeightsOptions options;
  options.weights_key = arguments.weights_key;
  SCONCE_ASSIGN_OR_RETURN(const auto weights, WeightsFile::Open(in, options));
  SCONCE_ASSIGN_OR_RETURN(const std::vector<WrittenFile> files,
                          WriteBeside(
                              session, arguments.out, arguments.checkpoint.sharded(),
                              [&](OutputFiles& out) {
                                return WriteCheckpoint(
                                    *weights,
                                    WriteOptionsFor(arguments.checkpoint, arguments.format), out);
                              },
                              [&](const std::string& temporary) -> absl::Status {
                                SCONCE_RETURN_IF_ERROR(ReadBack(arguments.format, temporary));
                                return CheckUnchanged(*weights, in, options);
                              }));
  PrintWritten(session, arguments.out, files);
  return absl::OkStatus();
}

}  // namespace

void AddConvert(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "convert", "Weights from one file format to another; runs nothing of them, needs no daemon");
  auto arguments = std::make_shared<ConvertArguments>();
  command
      ->add_option("in", arguments->in,
                   "Weights in any format PyTorch writes, safetensors, or an index or folder of "
                   "shards")
      ->required()
      ->type_name("IN");
  command
      ->add_option("out", arguments->out,
                   "File to write, whole or not at all; with --shard-size a folder. Without "
                   "--format its name decides: .safetensors, or .pth, .pt, .bin for a state_dict")
      ->required()
      ->type_name("OUT");
  AddCheckpointArguments(*command, arguments->checkpoint, /*format_is_required=*/false);
  command
      ->add_option("--weights-key", arguments->weights_key,
                   "Where in a checkpoint the weights are: model_b, state.model")
      ->type_name("KEY");
  command->callback([arguments, &session] {
    const auto format = FormatFor(arguments->checkpoint, arguments->out);
    if (!format.has_value()) {
      throw CLI::ValidationError(absl::StrFormat(
          "the name '%s' does not say what to write; add --format F", arguments->out));
    }
    arguments->format = *format;
    session.run = [arguments](Session& s) { return Convert(s, *arguments); };
  });
}

}  // namespace sconce::cli
