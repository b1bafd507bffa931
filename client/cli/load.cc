#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "client/cli/commands.h"
#include "client/cli/model_text.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

absl::Status Load(const Session& session, const v1::LoadModelRequest& request) {
  SCONCE_ASSIGN_OR_RETURN(const auto client, session.Connect(/*default_seconds=*/0));
  SCONCE_ASSIGN_OR_RETURN(const v1::ModelVersion model, client->LoadModel(request));
  if (session.json) {
    session.PrintJson(ModelJson(model));
    return absl::OkStatus();
  }
  session.Print(absl::StrFormat("%s version %d serves on %s (%s, %s, loaded in %.2f s)\n",
                                model.name(), model.version(), model.device(), model.format(),
                                BytesText(model.bytes()), model.load_seconds()));
  for (const std::string& note : model.notes()) session.Print("  " + note + "\n");
  return absl::OkStatus();
}

}  // namespace

void AddLoad(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("load", "Load a model, or a new version of it");
  struct LoadArguments {
    std::string name, path, skeleton, device, weights_key, class_name, init;
    std::vector<std::string> sources, definitions;
    int64_t version = 0;
    bool allow_missing = false;
    bool allow_unexpected = false;
  };
  auto arguments = std::make_shared<LoadArguments>();
  command->add_option("name", arguments->name, "Name to serve it under")
      ->required()
      ->type_name("NAME");
  command
      ->add_option("path", arguments->path,
                   "File on the daemon's machine, below its --models folder; without it: what the "
                   "folder holds under NAME")
      ->type_name("PATH");
  command->add_option("--version", arguments->version, "Number of the version")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command
      ->add_option(
          "--skeleton", arguments->skeleton,
          "TorchScript file, under the same rules, that gives the structure when PATH holds "
          "weights only")
      ->type_name("FILE");
  command
      ->add_option(
          "--source", arguments->sources,
          "Python file, or folder of them, under the same rules, with the class of the model "
          "when PATH holds weights only; may be repeated. Interpreted, never run")
      ->type_name("FILE");
  command
      ->add_option("--class", arguments->class_name,
                   "The class, a function or variable that gives the model, or a call of one: "
                   "'Net(3, Block)'; without it: the class whose weights these are")
      ->type_name("NAME");
  command
      ->add_option("--init", arguments->init,
                   "Arguments of the class as JSON: {\"hidden\": 64}, or an array")
      ->type_name("JSON");
  command
      ->add_option("--define", arguments->definitions,
                   "What the source does not say, by dotted name: args.hidden=64; may be repeated")
      ->type_name("NAME=VALUE");
  command
      ->add_option("--weights-key", arguments->weights_key,
                   "Where in a file the weights are, when its keys do not tell: model_b, "
                   "state.model; the last keys may be the beginning of names")
      ->type_name("KEY");
  command->add_flag("--allow-missing", arguments->allow_missing,
                    "The weights may lack keys of the skeleton, whose own values then stay");
  command->add_flag("--allow-unexpected", arguments->allow_unexpected,
                    "The weights may have keys that the skeleton lacks; they are left out");
  command->add_option("--device", arguments->device, "cpu, cuda:N or auto")->type_name("D");
  command->callback([arguments, &session] {
    v1::LoadModelRequest request;
    request.set_name(arguments->name);
    request.set_path(arguments->path);
    request.set_version(arguments->version);
    request.set_skeleton(arguments->skeleton);
    request.set_device(arguments->device);
    request.set_weights_key(arguments->weights_key);
    request.set_allow_missing(arguments->allow_missing);
    request.set_allow_unexpected(arguments->allow_unexpected);
    request.mutable_source()->Add(arguments->sources.begin(), arguments->sources.end());
    request.set_class_name(arguments->class_name);
    request.set_init(arguments->init);
    for (const std::string& definition : arguments->definitions) {
      const size_t equals = definition.find('=');
      if (equals == std::string::npos) {
        throw CLI::ValidationError("--define", definition + " is not NAME=VALUE");
      }
      (*request.mutable_define())[definition.substr(0, equals)] = definition.substr(equals + 1);
    }
    session.run = [request](Session& s) { return Load(s, request); };
  });
}

}  // namespace sconce::cli
