// Short ways to write signatures in tests.

#ifndef SCONCE_TESTS_CLIENT_CLI_SIGNATURES_H_
#define SCONCE_TESTS_CLIENT_CLI_SIGNATURES_H_

#include <optional>
#include <string>
#include <vector>

#include "proto/sconce/v1/model_server.pb.h"

namespace sconce::testing {

inline v1::Argument MakeArgument(const std::string& name, const std::string& type,
                                 const std::string& datatype = "",
                                 std::optional<std::vector<int64_t>> shape = std::nullopt) {
  v1::Argument argument;
  argument.set_type(type);
  argument.mutable_tensor()->set_name(name);
  argument.mutable_tensor()->set_datatype(datatype);
  argument.mutable_tensor()->set_has_shape(shape.has_value());
  if (shape) argument.mutable_tensor()->mutable_shape()->Add(shape->begin(), shape->end());
  return argument;
}

inline v1::Argument MakeOptional(v1::Argument argument, const std::string& default_value) {
  argument.set_optional(true);
  argument.set_default_value(default_value);
  return argument;
}

inline v1::MethodSignature MakeMethod(const std::string& name,
                                      const std::vector<v1::Argument>& inputs) {
  v1::MethodSignature method;
  method.set_name(name);
  for (const v1::Argument& input : inputs) *method.add_inputs() = input;
  return method;
}

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_CLIENT_CLI_SIGNATURES_H_
