// What the command line needs to know of a method's signature: which datatype an input has, and
// inputs that a call could be tried with.

#ifndef SCONCE_CLIENT_CLI_SIGNATURE_H_
#define SCONCE_CLIENT_CLI_SIGNATURE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/sconce/v1/model_server.pb.h"

namespace sconce::cli {

// Empty name: "forward", else the first. NOT_FOUND names the methods there are.
absl::StatusOr<v1::MethodSignature> FindMethod(const v1::ModelVersion& model,
                                               const std::string& name);

// Datatype of the input a request calls `name`, which may be an element ("x.0", "x.key") of a list
// or dict argument. Empty: the model does not say, or has no such input.
std::string InputDatatype(const v1::MethodSignature& method, std::string_view name);

struct ExampleInput {
  std::string name;
  std::string datatype;
  std::vector<int64_t> shape;
  // The model does not tell datatype or shape; what stands here is a guess. So is 1 for a dimension
  // of any size, except the first: a batch of one.
  bool guessed = false;
};

// One for every tensor that a request needs: arguments that may be left out are; a dimension of
// any size is 1; a list has one element.
std::vector<ExampleInput> ExampleInputs(const v1::MethodSignature& method);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_SIGNATURE_H_
