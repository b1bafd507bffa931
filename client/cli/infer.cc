#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "client/cli/commands.h"
#include "client/cli/input_argument.h"
#include "client/cli/tensor_text.h"
#include "client/cli/write_outputs.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

struct InferArguments {
  InferRequest request;
  std::vector<std::string> inputs;
  std::string out;
};

absl::Status Answer(const Session& session, const InferResult& result, const std::string& out) {
  if (out.empty()) {
    if (session.json) {
      session.PrintJson(ResultJson(result));
    } else {
      for (const Tensor& output : result.outputs) session.Print(TensorText(output));
    }
    return absl::OkStatus();
  }
  SCONCE_ASSIGN_OR_RETURN(const std::vector<std::string> files, WriteOutputs(result, out));
  if (session.json) {
    session.PrintJson(nlohmann::ordered_json{{"written", files}});
  } else {
    for (const std::string& file : files) session.Print("wrote " + file + "\n");
  }
  return absl::OkStatus();
}

absl::Status Infer(const Session& session, InferArguments& arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto client, session.Connect());
  InferRequest& request = arguments.request;
  SCONCE_ASSIGN_OR_RETURN(request.inputs, ReadInputs(arguments.inputs, *client, request));
  SCONCE_ASSIGN_OR_RETURN(const InferResult result, client->Infer(request));
  return Answer(session, result, arguments.out);
}

}  // namespace

void AddInfer(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("infer", "Call a model");
  auto arguments = std::make_shared<InferArguments>();
  InferRequest& request = arguments->request;
  command->add_option("name", request.model, "Model")->required()->type_name("NAME");
  command
      ->add_option("--input", arguments->inputs,
                   "NAME[:DATATYPE]=VALUE; VALUE is FILE.npy, JSON, @FILE with JSON, or "
                   "zeros[SHAPE], ones[SHAPE], random[SHAPE]; may be repeated")
      ->allow_extra_args(false)
      ->type_name("x=VALUE")
      ->check(&CheckInputArgument);
  command->add_option("--output", request.outputs, "Only this output; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command->add_option("--method", request.method, "Exported method (default forward)")
      ->type_name("M");
  command->add_option("--version", request.version, "Version; without it: the default one")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("--id", request.id, "Request id, for the daemon's log")->type_name("ID");
  command
      ->add_option("--out", arguments->out,
                   "Write the outputs: FILE.npy (one output), FOLDER/ (a .npy each), FILE.json")
      ->type_name("PATH");
  command->callback([arguments, &session] {
    session.run = [arguments](Session& s) { return Infer(s, *arguments); };
  });
}

}  // namespace sconce::cli
