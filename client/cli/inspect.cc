#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Validators.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
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

struct EmitArguments {
  std::string path;
  std::string emit;
  std::vector<std::string> sources, definitions;
  std::string class_name, init, weights_key;
};

// This program has no LibTorch: the daemon's takes its place.
absl::Status Emit(const EmitArguments& arguments) {
  std::vector<std::string> words = {"sconced", "emit", arguments.path};
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {flag, value});
  };
  for (const std::string& source : arguments.sources) add("--source", source);
  for (const std::string& definition : arguments.definitions) add("--define", definition);
  add("--class", arguments.class_name);
  add("--init", arguments.init);
  add("--weights-key", arguments.weights_key);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::error_code ignored;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", ignored);
  if (!own.empty()) execv((own.parent_path() / "sconced").c_str(), argv.data());
  execvp("sconced", argv.data());
  return absl::FailedPreconditionError(absl::StrFormat(
      "sconced is needed to build the model, and is neither beside sconce nor in PATH: %s",
      std::strerror(errno)));
}

}  // namespace

void AddInspect(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "inspect", "What a file is and holds; runs nothing of it, needs no daemon");
  auto arguments = std::make_shared<EmitArguments>();
  command->add_option("file", arguments->path, "File beside the caller")
      ->required()
      ->type_name("FILE");
  CLI::Option* emit =
      command
          ->add_option(
              "--emit", arguments->emit,
              "Prints the code instead that the model is made into (sconced must be installed "
              "here); takes --source, --class, --init, --define and --weights-key as load does")
          ->check(CLI::IsMember({"torchscript"}));
  const std::pair<const char*, std::vector<std::string>*> lists[] = {
      {"--source", &arguments->sources}, {"--define", &arguments->definitions}};
  for (const auto& [name, target] : lists) {
    command->add_option(name, *target)->group("")->needs(emit)->allow_extra_args(false);
  }
  const std::pair<const char*, std::string*> texts[] = {{"--class", &arguments->class_name},
                                                        {"--init", &arguments->init},
                                                        {"--weights-key", &arguments->weights_key}};
  for (const auto& [name, target] : texts) {
    command->add_option(name, *target)->group("")->needs(emit);
  }
  command->callback([arguments, &session] {
    session.run = [arguments](Session& s) {
      return arguments->emit.empty() ? Inspect(s, arguments->path) : Emit(*arguments);
    };
  });
}

}  // namespace sconce::cli
