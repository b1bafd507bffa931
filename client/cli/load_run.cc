#include "client/cli/load_run.h"

#include <thread>
#include <utility>
#include <vector>

#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

double SecondsBetween(SteadyClock::time_point begin, SteadyClock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

Samples CallUntil(const Client& client, const inference::ModelInferRequest& request,
                  SteadyClock::time_point end) {
  Samples samples;
  samples.seconds.reserve(1 << 16);
  inference::ModelInferResponse response;
  auto before = SteadyClock::now();
  while (before < end) {
    const absl::Status status = client.InferMessage(request, response);
    const auto after = SteadyClock::now();
    if (status.ok()) {
      samples.seconds.push_back(SecondsBetween(before, after));
    } else {
      ++samples.errors[status.ToString()];
    }
    before = after;
  }
  return samples;
}

absl::StatusOr<std::vector<std::unique_ptr<Client>>> ConnectAll(const LoadRun& run) {
  ClientOptions options = run.options;
  options.own_connection = true;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < run.concurrency; ++i) {
    SCONCE_ASSIGN_OR_RETURN(auto client, Client::Connect(run.server, options));
    inference::ModelInferResponse response;
    SCONCE_RETURN_IF_ERROR(client->InferMessage(run.request, response));
    clients.push_back(std::move(client));
  }
  return clients;
}

}  // namespace

absl::StatusOr<LoadResult> RunLoad(const LoadRun& run) {
  SCONCE_ASSIGN_OR_RETURN(const auto clients, ConnectAll(run));
  std::vector<Samples> samples(clients.size());
  std::vector<std::thread> threads;
  const auto begin = SteadyClock::now();
  for (size_t i = 0; i < clients.size(); ++i) {
    threads.emplace_back(
        [&, i] { samples[i] = CallUntil(*clients[i], run.request, begin + run.duration); });
  }
  for (std::thread& thread : threads) thread.join();
  LoadResult result;
  result.seconds = SecondsBetween(begin, SteadyClock::now());
  for (Samples& part : samples) result.samples.Add(std::move(part));
  return result;
}

}  // namespace sconce::cli
