#include "server/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/telemetry/listen_address.h"

namespace sconce {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kMaxMessageMiB = 2047;  // gRPC counts in 31 bits
constexpr int64_t kMaxQueue = 1'000'000;
constexpr int kMaxDrainSeconds = 24 * 3600;

constexpr char kAbout[] = "sconced serves PyTorch models over gRPC. It needs no Python.";

constexpr char kExamples[] = R"(
Examples:
  sconced --models /srv/models
      every model in the folder, for callers on this machine
  sconced --models /srv/models --grpc 0.0.0.0:8001 --http 0.0.0.0:8002
      for callers on other machines too
  sconced --models /srv/models --checkpoints /srv/checkpoints --device cuda:0
      on a GPU; `sconce save` may write below /srv/checkpoints

  sconce list; sconce show iris      what is served, and how to call it
  kill -TERM PID                     finishes the requests at hand, then exits 0
)";

struct Raw {
  Options options;
  EmitOptions emit;
  int64_t max_message_mib = 256;
};

template <typename T>
using Choices = std::vector<std::pair<std::string, T>>;

const Choices<LogFormat> kFormats = {{"text", LogFormat::kText}, {"json", LogFormat::kJson}};
const Choices<LogLevel> kLevels = {{"debug", LogLevel::kDebug},
                                   {"info", LogLevel::kInfo},
                                   {"warning", LogLevel::kWarning},
                                   {"error", LogLevel::kError}};

template <typename T>
void AddChoice(CLI::App& app, const std::string& name, T& target, const Choices<T>& choices,
               const std::string& about) {
  std::string names;
  for (const auto& [choice, value] : choices) names += (names.empty() ? "" : "|") + choice;
  std::string current;
  for (const auto& [choice, value] : choices) {
    if (value == target) current = choice;
  }
  const auto find = [&choices](const std::string& text) {
    return std::find_if(choices.begin(), choices.end(),
                        [&](const auto& choice) { return choice.first == text; });
  };
  const auto check = [&choices, find, names](const std::string& text) {
    return find(text) != choices.end() ? std::string()
                                       : absl::StrFormat("\"%s\" is none of %s", text, names);
  };
  app.add_option_function<std::string>(
         name, [&target, find](const std::string& text) { target = find(text)->second; }, about)
      ->check(CLI::Validator(check, ""))
      ->option_text(absl::StrFormat("%s [%s]", names, current));
}

void AddOptions(CLI::App& app, Raw& raw) {
  Options& options = raw.options;
  app.add_option("--models", options.models_dir, "Folder of the models to serve (needed)")
      ->option_text("DIR");
  app.add_option("--grpc", options.grpc_address, "Address for gRPC; port 0 takes a free one")
      ->option_text("HOST:PORT [127.0.0.1:8001]");
  app.add_option("--http", options.http_address,
                 "Address for /metrics, /healthz, /readyz and a live page")
      ->option_text("HOST:PORT [127.0.0.1:8002]");
  app.add_option("--checkpoints", options.checkpoints_dir,
                 "Folder that SaveCheckpoint may write to; without it nothing is ever written")
      ->option_text("DIR");
  app.add_option("--device", options.device, "Where models run that do not say so themselves")
      ->option_text("auto|cpu|cuda:N [auto]");
  app.add_option("--max-message-mib", raw.max_message_mib, "Largest message taken or sent, in MiB")
      ->option_text("N [256]");
  app.add_option("--max-queue", options.max_queue,
                 "Requests that may wait for one model; one more is refused")
      ->option_text("N [1024]");
  app.add_option("--drain-seconds", options.drain_seconds,
                 "How long requests at hand may take after SIGTERM")
      ->option_text("N [30]");
  AddChoice(app, "--log-format", options.log_format, kFormats, "One line an event");
  AddChoice(app, "--log-level", options.log_level, kLevels, "The least that is logged");
}

// `sconce inspect --emit torchscript` runs it: the client has no LibTorch.
CLI::App* AddEmit(CLI::App& app, EmitOptions& emit) {
  CLI::App* command = app.add_subcommand(
      "emit", "Prints the TorchScript text that a file would be served as, and serves nothing");
  command->add_option("file", emit.path, "Model or weights")->required()->option_text("FILE");
  command->add_option("--source", emit.sources, "Python file with the class; may be repeated")
      ->allow_extra_args(false)
      ->option_text("FILE");
  command->add_option("--class", emit.class_name, "The class of the model, or a call of it")
      ->option_text("NAME");
  command->add_option("--init", emit.init, "Arguments of the class")->option_text("JSON");
  command->add_option("--define", emit.definitions, "What the source does not say")
      ->allow_extra_args(false)
      ->option_text("NAME=VALUE");
  command->add_option("--weights-key", emit.weights_key, "Where in a checkpoint the weights are")
      ->option_text("KEY");
  return command;
}

CommandLineExit UsageError(const std::string& what) {
  return {.code = 2, .text = "sconced: " + what + "\nTry: sconced --help\n"};
}

absl::Status Wrong(const std::string& flag, const std::string& what) {
  return absl::InvalidArgumentError(flag + ": " + what);
}

absl::Status CheckRange(const std::string& flag, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return Wrong(flag, absl::StrFormat("%d is not between %d and %d", value, low, high));
}

absl::Status CheckAddress(const std::string& flag, const std::string& address) {
  const absl::Status status = ParseListenAddress(address).status();
  return status.ok() ? status : Wrong(flag, std::string(status.message()));
}

// The form only; whether there is such a GPU is for ResolveDevice to say.
absl::Status CheckDevice(const std::string& device) {
  if (device == "auto" || device == "cpu" || device == "cuda") return absl::OkStatus();
  const std::string prefix = "cuda:";
  const std::string number = device.substr(std::min(prefix.size(), device.size()));
  const bool digits = !number.empty() && number.size() <= 3 &&
                      number.find_first_not_of("0123456789") == std::string::npos;
  if (device.substr(0, prefix.size()) == prefix && digits) return absl::OkStatus();
  return Wrong("--device", absl::StrFormat("\"%s\" is none of auto, cpu, cuda, cuda:N", device));
}

absl::Status CheckPorts(const Options& options) {
  SCONCE_RETURN_IF_ERROR(CheckAddress("--grpc", options.grpc_address));
  SCONCE_RETURN_IF_ERROR(CheckAddress("--http", options.http_address));
  const bool same = options.grpc_address == options.http_address;
  if (same && ParseListenAddress(options.http_address)->port != 0) {
    return Wrong("--http", absl::StrFormat("%s is --grpc's address; take another port",
                                           options.http_address));
  }
  return absl::OkStatus();
}

}  // namespace

std::variant<Options, EmitOptions, CommandLineExit> ParseCommandLine(int argc,
                                                                     const char* const* argv) {
  Raw raw;
  CLI::App app{kAbout, "sconced"};
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("sconced ") + SCONCE_VERSION);
  AddOptions(app, raw);
  const CLI::App* emit = AddEmit(app, raw.emit);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return CommandLineExit{.code = 0, .text = app.help()};
  } catch (const CLI::CallForVersion& version) {
    return CommandLineExit{.code = 0, .text = std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    return UsageError(error.what());
  }
  if (emit->parsed()) return raw.emit;
  // Beyond the limit anything is: the product must not overflow.
  raw.options.max_message_bytes =
      std::clamp<int64_t>(raw.max_message_mib, -1, kMaxMessageMiB + 1) * kMiB;
  const absl::Status status = Validate(raw.options);
  if (!status.ok()) return UsageError(std::string(status.message()));
  return raw.options;
}

absl::Status Validate(const Options& options) {
  if (options.models_dir.empty()) {
    return Wrong("--models", "name the folder of the models to serve");
  }
  SCONCE_RETURN_IF_ERROR(CheckPorts(options));
  SCONCE_RETURN_IF_ERROR(CheckDevice(options.device));
  if (options.max_message_bytes < kMiB || options.max_message_bytes > kMaxMessageMiB * kMiB) {
    return Wrong("--max-message-mib",
                 absl::StrFormat("it must be between 1 and %d", kMaxMessageMiB));
  }
  SCONCE_RETURN_IF_ERROR(CheckRange("--max-queue", options.max_queue, 1, kMaxQueue));
  return CheckRange("--drain-seconds", options.drain_seconds, 0, kMaxDrainSeconds);
}

}  // namespace sconce
