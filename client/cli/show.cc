#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "client/cli/commands.h"
#include "client/cli/model_text.h"
#include "client/cli/signature.h"
#include "client/cli/snippets.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

std::string Line(const char* label, const std::string& value) {
  return value.empty() ? "" : absl::StrFormat("%-10s %s\n", label, value);
}

std::string FactsText(const v1::ModelVersion& model) {
  std::string text = absl::StrFormat("%s version %d%s\n", model.name(), model.version(),
                                     model.is_default() ? " (default)" : "");
  text += Line("state", StateText(model.state()));
  text += Line("reason", model.reason());
  text += Line("format", model.format());
  text += Line("path", model.path());
  text += Line("skeleton", model.skeleton());
  text += Line("device", model.device());
  text += Line("bytes", BytesText(model.bytes()));
  if (model.has_loaded_at()) {
    text += Line("loaded", absl::StrFormat("%s, in %.2f s", TimeText(model.loaded_at()),
                                           model.load_seconds()));
  }
  if (model.stateful()) {
    text += Line("stateful", "yes: each request gets the state as saved");
  }
  for (const std::string& note : model.notes()) text += Line("note", note);
  for (const v1::MethodSignature& method : model.methods()) {
    text += Line("method", SignatureText(method));
  }
  return text;
}

std::string SnippetsText(const Snippets& snippets) {
  std::string text = "\nCall it";
  if (snippets.guessed) {
    text += " (the model does not say every shape and datatype: put yours where they are guessed)";
  }
  text += "\n\n# sconce\n" + snippets.sconce;
  text += "\n# grpcurl\n" + snippets.grpcurl;
  text += "\n# Python: pip install 'tritonclient[grpc]'\n" + snippets.python;
  return text;
}

absl::Status Show(const Session& session, const std::string& name, int64_t version,
                  const std::string& method_name) {
  SCONCE_ASSIGN_OR_RETURN(const auto client, session.Connect());
  SCONCE_ASSIGN_OR_RETURN(const v1::ModelVersion model, client->GetModel(name, version));
  // What does not serve can't be called.
  std::optional<Snippets> snippets;
  if (model.state() == v1::MODEL_STATE_READY && !model.methods().empty()) {
    SCONCE_ASSIGN_OR_RETURN(const v1::MethodSignature method, FindMethod(model, method_name));
    snippets = MakeSnippets(model, method, session.server);
  }
  if (!session.json) {
    session.Print(FactsText(model));
    if (snippets) session.Print(SnippetsText(*snippets));
    return absl::OkStatus();
  }
  nlohmann::ordered_json answer = ModelJson(model);
  if (snippets) {
    answer["snippets"] = {{"sconce", snippets->sconce},
                          {"grpcurl", snippets->grpcurl},
                          {"python", snippets->python},
                          {"guessed", snippets->guessed}};
  }
  session.PrintJson(answer);
  return absl::OkStatus();
}

}  // namespace

void AddShow(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("show", "All about a model, with ready snippets that call it");
  struct ShowArguments {
    std::string name, method;
    int64_t version = 0;
  };
  auto arguments = std::make_shared<ShowArguments>();
  command->add_option("name", arguments->name, "Model")->required()->type_name("NAME");
  command->add_option("--version", arguments->version, "Version; without it: the default one")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("--method", arguments->method, "Method the snippets call (default forward)")
      ->type_name("M");
  command->callback([arguments, &session] {
    session.run = [arguments](Session& s) {
      return Show(s, arguments->name, arguments->version, arguments->method);
    };
  });
}

}  // namespace sconce::cli
