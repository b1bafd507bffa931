// The smallest C++ caller: one row to the model "iris" of the demo, its answer on the terminal.
//
//   sconce_example_infer localhost:8001

#include <cstdio>
#include <iostream>

#include "client/client.h"
#include "server/base/status_macros.h"

namespace {

absl::Status Classify(const std::string& address) {
  SCONCE_ASSIGN_OR_RETURN(const auto client, sconce::Client::Connect(address));
  const auto flower = sconce::MakeTensor<float>("x", {1, 4}, {5.1f, 3.5f, 1.4f, 0.2f});
  SCONCE_ASSIGN_OR_RETURN(const sconce::InferResult result,
                          client->Infer({.model = "iris", .inputs = {flower}}));
  for (const sconce::Tensor& output : result.outputs) {
    SCONCE_ASSIGN_OR_RETURN(const std::vector<float> values, sconce::ValuesOf<float>(output));
    std::printf("%s:", output.name.c_str());
    for (const float value : values) std::printf(" %g", value);
    std::printf("\n");
  }
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  const absl::Status status = Classify(argc > 1 ? argv[1] : "localhost:8001");
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
