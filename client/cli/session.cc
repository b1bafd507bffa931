#include "client/cli/session.h"

#include <nlohmann/json.hpp>

namespace sconce::cli {

ClientOptions Session::Options(double default_seconds) const {
  ClientOptions options;
  const double seconds = timeout_seconds.value_or(default_seconds);
  options.timeout = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  return options;
}

absl::StatusOr<std::unique_ptr<Client>> Session::Connect(double default_seconds) const {
  return Client::Connect(server, Options(default_seconds));
}

void Session::PrintJson(const nlohmann::ordered_json& answer) const {
  // Names come from files: not always UTF-8.
  *out << answer.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

}  // namespace sconce::cli
