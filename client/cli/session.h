// What every subcommand has in common: the daemon's address, the form of the answers, where they
// go. CLI11 fills it in, then the chosen subcommand runs with it.

#ifndef SCONCE_CLIENT_CLI_SESSION_H_
#define SCONCE_CLIENT_CLI_SESSION_H_

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/client.h"

namespace sconce::cli {

// Confined to the main thread.
struct Session {
  std::string server = "localhost:8001";
  bool json = false;
  std::optional<double> timeout_seconds;  // as given; each command has its own default
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  bool err_is_terminal = false;

  // Set by the subcommand that was chosen.
  std::function<absl::Status(Session&)> run;

  // `default_seconds` 0: no limit.
  ClientOptions Options(double default_seconds) const;
  absl::StatusOr<std::unique_ptr<Client>> Connect(double default_seconds = 60) const;

  void Print(std::string_view text) const { *out << text; }
  void PrintJson(const nlohmann::ordered_json& answer) const;
};

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_SESSION_H_
