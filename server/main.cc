// sconced: command line -> Options -> Server -> wait for a signal -> drain. Nothing else.

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "server/frontend/emit_torchscript.h"
#include "server/options.h"
#include "server/runtime/device.h"
#include "server/server.h"
#include "server/telemetry/log.h"

namespace {

// Beyond --drain-seconds: a forward that runs on after its caller was told can't be interrupted.
constexpr int kExtraDrainSeconds = 3;

// Before any thread starts, so that none but the one that waits for them ever gets them.
sigset_t BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

const char* NameOf(int signal) { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

int WaitForSignal(const sigset_t& signals) {
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  return signal;
}

// A second signal, or a drain that does not end, ends the process at once.
void WatchDrain(sigset_t signals, int limit_seconds) {
  const timespec limit{.tv_sec = limit_seconds, .tv_nsec = 0};
  int signal = -1;
  do {
    signal = sigtimedwait(&signals, nullptr, &limit);
  } while (signal < 0 && errno == EINTR);
  if (signal > 0) {
    sconce::LogWarning("second signal, exiting at once", {{"signal", NameOf(signal)}});
  } else {
    sconce::LogError("drain took too long, exiting", {{"seconds", limit_seconds}});
  }
  std::_Exit(1);
}

int Fail(const sconce::Options& options, const absl::Status& status) {
  const std::string message(status.message());
  if (options.log_format == sconce::LogFormat::kJson) {
    sconce::LogError("cannot start", {{"reason", message}});
  } else {
    std::fprintf(stderr, "sconced: %s\n", message.c_str());
  }
  return 1;
}

int Emit(const sconce::EmitOptions& options) {
  sconce::ModelSource source;
  source.path = options.path;
  source.sources = options.sources;
  source.class_name = options.class_name;
  source.init = options.init;
  source.weights_key = options.weights_key;
  for (const std::string& definition : options.definitions) {
    const size_t equals = std::min(definition.find('='), definition.size());
    source.definitions[definition.substr(0, equals)] =
        definition.substr(std::min(equals + 1, definition.size()));
  }
  const auto text = sconce::EmitTorchScript(source);
  if (text.ok()) return std::fputs(text->c_str(), stdout) < 0 ? 1 : 0;
  std::fprintf(stderr, "sconced: %s\n", std::string(text.status().message()).c_str());
  return 1;
}

int Serve(const sconce::Options& options, const sigset_t& signals) {
  auto server = sconce::Server::Start(options);
  if (!server.ok()) return Fail(options, server.status());
  const int signal = WaitForSignal(signals);
  sconce::LogInfo("draining",
                  {{"signal", NameOf(signal)}, {"at_most_seconds", options.drain_seconds}});
  std::thread(WatchDrain, signals, options.drain_seconds + kExtraDrainSeconds).detach();
  if (!(*server)->Drain()) {
    sconce::LogWarning("stopped while a model was loading");
    std::_Exit(0);  // the load has a thread that can't be interrupted
  }
  server->reset();
  sconce::LogInfo("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const sigset_t signals = BlockStopSignals();
  const auto parsed = sconce::ParseCommandLine(argc, argv);
  if (const auto* exit = std::get_if<sconce::CommandLineExit>(&parsed)) {
    std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
    return exit->code;
  }
  if (const auto* emit = std::get_if<sconce::EmitOptions>(&parsed)) return Emit(*emit);
  // Before anything asks LibTorch whether there is CUDA: it keeps the first answer for ever.
  sconce::OpenCuda();
  const auto& options = std::get<sconce::Options>(parsed);
  sconce::ConfigureLogs(options.log_format, options.log_level);
  return Serve(options, signals);
}
