#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "client/cli/commands.h"
#include "client/cli/model_text.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

absl::Status Save(const Session& session, const v1::SaveCheckpointRequest& request) {
  SCONCE_ASSIGN_OR_RETURN(const auto client, session.Connect(/*default_seconds=*/0));
  SCONCE_ASSIGN_OR_RETURN(const v1::SaveCheckpointResponse saved, client->SaveCheckpoint(request));
  if (session.json) {
    session.PrintJson(nlohmann::ordered_json{
        {"path", saved.path()}, {"bytes", saved.bytes()}, {"sha256", saved.sha256()}});
  } else {
    session.Print(absl::StrFormat("%s\n%s\nsha256 %s\n", saved.path(), BytesText(saved.bytes()),
                                  saved.sha256()));
  }
  return absl::OkStatus();
}

}  // namespace

void AddSave(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("save", "Write a serving model to a file of the daemon");
  struct Arguments {
    std::string name, format, path;
    int64_t version = 0;
  };
  auto arguments = std::make_shared<Arguments>();
  command->add_option("name", arguments->name, "Model")->required()->type_name("NAME");
  command->add_option("--format", arguments->format, "torchscript or state_dict")
      ->required()
      ->check(CLI::IsMember({"torchscript", "state_dict"}))
      ->type_name("F");
  command
      ->add_option("--path", arguments->path,
                   "File on the daemon's machine, below its --checkpoints folder")
      ->required()
      ->type_name("PATH");
  command->add_option("--version", arguments->version, "Version; without it: the default one")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->callback([arguments, &session] {
    v1::SaveCheckpointRequest request;
    request.set_name(arguments->name);
    request.set_version(arguments->version);
    request.set_path(arguments->path);
    request.set_format(arguments->format == "torchscript" ? v1::CHECKPOINT_FORMAT_TORCHSCRIPT
                                                          : v1::CHECKPOINT_FORMAT_STATE_DICT);
    session.run = [request](Session& s) { return Save(s, request); };
  });
}

}  // namespace sconce::cli
