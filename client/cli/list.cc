#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "client/cli/commands.h"
#include "client/cli/model_text.h"
#include "client/cli/table.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

std::string ListText(const std::vector<v1::ModelVersion>& models) {
  if (models.empty()) return "no models\n";
  Table table({"NAME", "VERSION", "STATE", "DEFAULT", "FORMAT", "BYTES", "DEVICE"});
  for (const v1::ModelVersion& model : models) {
    table.AddRow({model.name(), std::to_string(model.version()), StateText(model.state()),
                  model.is_default() ? "yes" : "", model.format(), BytesText(model.bytes()),
                  model.device()});
  }
  std::string text = table.Text();
  for (const v1::ModelVersion& model : models) {
    if (model.reason().empty()) continue;
    text += absl::StrFormat("\n%s version %d: %s\n", model.name(), model.version(), model.reason());
  }
  return text;
}

absl::Status List(const Session& session) {
  SCONCE_ASSIGN_OR_RETURN(const auto client, session.Connect());
  SCONCE_ASSIGN_OR_RETURN(const std::vector<v1::ModelVersion> models, client->ListModels());
  if (!session.json) {
    session.Print(ListText(models));
    return absl::OkStatus();
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const v1::ModelVersion& model : models) list.push_back(ModelJson(model));
  session.PrintJson(nlohmann::ordered_json{{"models", list}});
  return absl::OkStatus();
}

}  // namespace

void AddList(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("list", "All models and their versions");
  command->callback([&session] { session.run = [](Session& s) { return List(s); }; });
}

}  // namespace sconce::cli
