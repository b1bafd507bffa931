#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <utility>

#include "client/cli/checkpoint_arguments.h"
#include "client/cli/commands.h"
#include "client/cli/local_output.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

struct PullArguments {
  std::string name, out;
  int64_t version = 0;
  CheckpointArguments checkpoint;
};

absl::Status Pull(const Session& session, const PullArguments& arguments) {
  v1::PullCheckpointRequest request;
  request.set_name(arguments.name);
  request.set_version(arguments.version);
  request.set_format(FormatMessage(arguments.checkpoint));
  *request.mutable_options() = OptionsMessage(arguments.checkpoint);
  SCONCE_ASSIGN_OR_RETURN(const auto client, session.Connect(/*default_seconds=*/0));
  SCONCE_ASSIGN_OR_RETURN(
      const std::vector<WrittenFile> files,
      WriteBeside(
          session, arguments.out, arguments.checkpoint.sharded(),
          [&](OutputFiles& out) { return client->PullCheckpoint(request, out); },
          // The daemon's digests say more than reading it again could.
          [](const std::string&) { return absl::OkStatus(); }));
  PrintWritten(session, arguments.out, files);
  return absl::OkStatus();
}

}  // namespace

void AddPull(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("pull", "Write a serving model to a file beside the caller");
  auto arguments = std::make_shared<PullArguments>();
  command->add_option("name", arguments->name, "Model")->required()->type_name("NAME");
  command
      ->add_option("--out", arguments->out,
                   "File to write, whole or not at all; with --shard-size a folder")
      ->required()
      ->type_name("PATH");
  AddCheckpointArguments(*command, arguments->checkpoint, /*format_is_required=*/true);
  command->add_option("--version", arguments->version, "Version; without it: the default one")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->callback([arguments, &session] {
    session.run = [arguments](Session& s) { return Pull(s, *arguments); };
  });
}

}  // namespace sconce::cli
