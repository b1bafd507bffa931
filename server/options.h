// Everything that can be set, in one struct, and the command line that sets it.

#ifndef SCONCE_SERVER_OPTIONS_H_
#define SCONCE_SERVER_OPTIONS_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "server/telemetry/log.h"

namespace sconce {

struct Options {
  std::string models_dir;
  std::string checkpoints_dir;  // empty: nothing is ever written
  std::string grpc_address = "127.0.0.1:8001";
  std::string http_address = "127.0.0.1:8002";
  std::string device = "auto";
  int64_t max_message_bytes = int64_t{256} << 20;
  int64_t max_queue = 1024;
  int drain_seconds = 30;
  LogFormat log_format = LogFormat::kText;
  LogLevel log_level = LogLevel::kInfo;
};

// What `sconced emit` is asked for: see ModelSource.
struct EmitOptions {
  std::string path;
  std::vector<std::string> sources;
  std::string class_name;
  std::string init;
  std::vector<std::string> definitions;  // NAME=VALUE
  std::string weights_key;
};

// What main does when the command line asks for nothing that runs: print `text`, exit with `code`
// (0
// --help, 2 usage error).
struct CommandLineExit {
  int code = 0;
  std::string text;
};

std::variant<Options, EmitOptions, CommandLineExit> ParseCommandLine(int argc,
                                                                     const char* const* argv);

// INVALID_ARGUMENT names the field that is wrong.
absl::Status Validate(const Options& options);

}  // namespace sconce

#endif  // SCONCE_SERVER_OPTIONS_H_
