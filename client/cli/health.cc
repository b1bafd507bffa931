#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "client/cli/commands.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

constexpr char kMethod[] = "/grpc.health.v1.Health/Check";
constexpr double kDefaultSeconds = 5;

// grpc.health.v1.HealthCheckResponse is one enum in field 1: too little to generate code for.
constexpr std::string_view kServing = "\x08\x01";

absl::StatusOr<std::string> AnswerBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return absl::InternalError("the answer could not be read");
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

absl::StatusOr<std::string> Check(const std::string& address, double seconds) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  grpc::GenericStub stub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000)));
  const grpc::Slice nothing;
  const grpc::ByteBuffer whole_server(&nothing, 1);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareUnaryCall(&context, kMethod, whole_server, &queue);
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->StartCall();
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) {
    return absl::UnavailableError(
        absl::StrFormat("%s does not answer: %s", address, status.error_message()));
  }
  return AnswerBytes(answer);
}

absl::Status Health(const Session& session) {
  const double seconds = session.timeout_seconds.value_or(kDefaultSeconds);
  SCONCE_ASSIGN_OR_RETURN(const std::string answer, Check(session.server, seconds));
  const bool serving = answer == kServing;
  if (session.json) {
    session.PrintJson(nlohmann::ordered_json{{"serving", serving}});
  } else {
    session.Print(serving ? "SERVING\n" : "NOT_SERVING\n");
  }
  if (serving) return absl::OkStatus();
  return absl::UnavailableError(absl::StrFormat("%s is up but not serving", session.server));
}

}  // namespace

void AddHealth(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand(
      "health", "Does the daemon serve? By grpc.health.v1; exit code 0 or 1, for probes");
  command->callback([&session] { session.run = [](Session& s) { return Health(s); }; });
}

}  // namespace sconce::cli
