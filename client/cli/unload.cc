#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "client/cli/commands.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

absl::Status Unload(const Session& session, const std::string& name, int64_t version) {
  SCONCE_ASSIGN_OR_RETURN(const auto client, session.Connect());
  SCONCE_RETURN_IF_ERROR(client->UnloadModel(name, version));
  if (session.json) {
    nlohmann::ordered_json answer{{"unloaded", name}};
    if (version != 0) answer["version"] = version;
    session.PrintJson(answer);
  } else if (version == 0) {
    session.Print(absl::StrFormat("%s is unloaded\n", name));
  } else {
    session.Print(absl::StrFormat("%s version %d is unloaded\n", name, version));
  }
  return absl::OkStatus();
}

}  // namespace

void AddUnload(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("unload", "Take a model out of service and free its memory");
  struct UnloadArguments {
    std::string name;
    int64_t version = 0;
  };
  auto arguments = std::make_shared<UnloadArguments>();
  command->add_option("name", arguments->name, "Model")->required()->type_name("NAME");
  command->add_option("--version", arguments->version, "Only this version; without it: all")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->callback([arguments, &session] {
    session.run = [arguments](Session& s) {
      return Unload(s, arguments->name, arguments->version);
    };
  });
}

}  // namespace sconce::cli
