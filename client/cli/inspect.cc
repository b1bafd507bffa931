#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <nlohmann/json.hpp>

#include "client/cli/commands.h"
#include "server/base/status_macros.h"
#include "server/formats/describe/describe.h"

namespace sconce::cli {
namespace {

absl::Status Inspect(const Session& session, const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const FileDescription description, DescribeFile(path));
  if (session.json) {
    session.PrintJson(nlohmann::ordered_json(ToJson(description)));
    return absl::OkStatus();
  }
  const std::string text = ToText(description);
  session.Print(text);
  if (!text.empty() && text.back() != '\n') session.Print("\n");
  return absl::OkStatus();
}

}  // namespace

void AddInspect(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "inspect", "What a file is and holds; runs nothing of it, needs no daemon");
  auto path = std::make_shared<std::string>();
  command->add_option("file", *path, "File beside the caller")->required()->type_name("FILE");
  command->callback(
      [path, &session] { session.run = [path](Session& s) { return Inspect(s, *path); }; });
}

}  // namespace sconce::cli
