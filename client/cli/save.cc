#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <utility>

#include "client/cli/checkpoint_arguments.h"
#include "client/cli/commands.h"
#include "client/cli/local_output.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

struct SaveArguments {
  std::string name, path;
  int64_t version = 0;
  CheckpointArguments checkpoint;
};

absl::Status Save(const Session& session, const SaveArguments& arguments) {
  v1::SaveCheckpointRequest request;
  request.set_name(arguments.name);
  request.set_version(arguments.version);
  request.set_path(arguments.path);
  request.set_format(FormatMessage(arguments.checkpoint));
  *request.mutable_options() = OptionsMessage(arguments.checkpoint);
  SCONCE_ASSIGN_OR_RETURN(const auto client, session.Connect(/*default_seconds=*/0));
  SCONCE_ASSIGN_OR_RETURN(const v1::SaveCheckpointResponse saved, client->SaveCheckpoint(request));
  std::vector<WrittenFile> files;
  for (const v1::SavedFile& file : saved.files()) {
    files.push_back({.name = file.name(), .bytes = file.bytes(), .sha256 = file.sha256()});
  }
  PrintWritten(session, saved.path(), files);
  return absl::OkStatus();
}

}  // namespace

void AddSave(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("save", "Write a serving model to a file of the daemon");
  auto arguments = std::make_shared<SaveArguments>();
  command->add_option("name", arguments->name, "Model")->required()->type_name("NAME");
  command
      ->add_option("--path", arguments->path,
                   "File on the daemon's machine, below its --checkpoints folder; with "
                   "--shard-size a folder")
      ->required()
      ->type_name("PATH");
  AddCheckpointArguments(*command, arguments->checkpoint, /*format_is_required=*/true);
  command->add_option("--version", arguments->version, "Version; without it: the default one")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->callback([arguments, &session] {
    session.run = [arguments](Session& s) { return Save(s, *arguments); };
  });
}

}  // namespace sconce::cli
