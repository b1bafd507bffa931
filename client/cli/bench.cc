#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "client/cli/commands.h"
#include "client/cli/fill.h"
#include "client/cli/input_argument.h"
#include "client/cli/load_run.h"
#include "client/cli/signature.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

struct BenchArguments {
  InferRequest request;
  std::vector<std::string> inputs;
  int concurrency = 8;
  std::string duration = "5s";
};

// Zero when the text is no time.
absl::Duration ParseTime(const std::string& text) {
  absl::Duration duration;
  return absl::ParseDuration(text, &duration) ? duration : absl::ZeroDuration();
}

std::string CheckTime(const std::string& text) {
  if (ParseTime(text) > absl::ZeroDuration()) return "";
  return absl::StrFormat("'%s' is no time such as 5s, 500ms or 2m", text);
}

absl::StatusOr<std::vector<Tensor>> SyntheticInputs(const Client& client,
                                                    const InferRequest& request) {
  SCONCE_ASSIGN_OR_RETURN(const v1::ModelVersion model,
                          client.GetModel(request.model, request.version));
  SCONCE_ASSIGN_OR_RETURN(const v1::MethodSignature method, FindMethod(model, request.method));
  std::vector<Tensor> tensors;
  for (const ExampleInput& input : ExampleInputs(method)) {
    if (input.guessed) {
      return absl::FailedPreconditionError(
          absl::StrFormat("%s does not say the whole shape and datatype of its input %s; give "
                          "them, such as: sconce "
                          "bench %s --input '%s:FP32=random[1,4]'",
                          model.name(), input.name, model.name(), input.name));
    }
    SCONCE_ASSIGN_OR_RETURN(Tensor tensor, Fill(FillKind::kRandom, input.datatype, input.shape));
    tensor.name = input.name;
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

std::string ResultText(const LoadResult& result, const Latency& latency) {
  const size_t answered = result.samples.seconds.size();
  std::string text = absl::StrFormat(
      "%d requests in %.2f s: %.1f requests/s\n"
      "latency ms   mean %.3f   p50 %.3f   p90 %.3f   p99 %.3f   max %.3f\n",
      answered, result.seconds, static_cast<double>(answered) / result.seconds, latency.mean * 1e3,
      latency.p50 * 1e3, latency.p90 * 1e3, latency.p99 * 1e3, latency.max * 1e3);
  uint64_t failed = 0;
  for (const auto& [message, count] : result.samples.errors) failed += count;
  text += absl::StrFormat("errors       %d\n", failed);
  for (const auto& [message, count] : result.samples.errors) {
    text += absl::StrFormat("  %d times: %s\n", count, message);
  }
  return text;
}

nlohmann::ordered_json ResultJson(const BenchArguments& arguments, const LoadResult& result,
                                  const Latency& latency) {
  const size_t answered = result.samples.seconds.size();
  return {{"model", arguments.request.model},
          {"concurrency", arguments.concurrency},
          {"seconds", result.seconds},
          {"requests", answered},
          {"requests_per_second", static_cast<double>(answered) / result.seconds},
          {"latency_ms",
           {{"mean", latency.mean * 1e3},
            {"p50", latency.p50 * 1e3},
            {"p90", latency.p90 * 1e3},
            {"p99", latency.p99 * 1e3},
            {"max", latency.max * 1e3}}},
          {"errors", result.samples.errors}};
}

absl::Status Bench(const Session& session, BenchArguments& arguments) {
  LoadRun run{.server = session.server,
              .options = session.Options(60),
              .request = {},
              .concurrency = arguments.concurrency,
              .duration = absl::ToChronoNanoseconds(ParseTime(arguments.duration))};
  SCONCE_ASSIGN_OR_RETURN(const auto client, session.Connect());
  InferRequest& request = arguments.request;
  if (arguments.inputs.empty()) {
    SCONCE_ASSIGN_OR_RETURN(request.inputs, SyntheticInputs(*client, request));
  } else {
    SCONCE_ASSIGN_OR_RETURN(request.inputs, ReadInputs(arguments.inputs, *client, request));
  }
  SCONCE_ASSIGN_OR_RETURN(run.request, EncodeInfer(request));
  SCONCE_ASSIGN_OR_RETURN(const LoadResult result, RunLoad(run));
  const Latency latency = Summarize(result.samples.seconds);
  if (session.json) {
    session.PrintJson(ResultJson(arguments, result, latency));
  } else {
    session.Print(ResultText(result, latency));
  }
  if (result.samples.errors.empty()) return absl::OkStatus();
  return absl::UnknownError("some requests failed");
}

}  // namespace

void AddBench(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("bench", "Call a model from many callers at once and time it");
  auto arguments = std::make_shared<BenchArguments>();
  InferRequest& request = arguments->request;
  command->add_option("name", request.model, "Model")->required()->type_name("NAME");
  command->add_option("--concurrency", arguments->concurrency, "Callers at the same time")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command->add_option("--duration", arguments->duration, "How long: 5s, 500ms, 2m")
      ->capture_default_str()
      ->type_name("TIME")
      ->check(&CheckTime);
  command
      ->add_option("--input", arguments->inputs,
                   "As for infer; without it: random numbers in the shapes of the signature, any "
                   "size being 1")
      ->allow_extra_args(false)
      ->type_name("x=VALUE")
      ->check(&CheckInputArgument);
  command->add_option("--method", request.method, "Exported method (default forward)")
      ->type_name("M");
  command->add_option("--version", request.version, "Version; without it: the default one")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->callback([arguments, &session] {
    session.run = [arguments](Session& s) { return Bench(s, *arguments); };
  });
}

}  // namespace sconce::cli
