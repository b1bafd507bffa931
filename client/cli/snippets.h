// Ready calls of a model, made from its real signature: what `sconce show` prints for people to
// copy. They run as they are when the signature is complete; where the model does not tell a shape
// or datatype they say so.

#ifndef SCONCE_CLIENT_CLI_SNIPPETS_H_
#define SCONCE_CLIENT_CLI_SNIPPETS_H_

#include <string>

#include "proto/sconce/v1/model_server.pb.h"

namespace sconce::cli {

struct Snippets {
  std::string sconce;   // a shell command
  std::string python;   // a program over tritonclient
  std::string grpcurl;  // a shell command
  bool guessed = false;
};

// `address` as the caller reaches the daemon. Versions are named only when the model is not the
// default one, methods only when it is not "forward".
Snippets MakeSnippets(const v1::ModelVersion& model, const v1::MethodSignature& method,
                      const std::string& address);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_SNIPPETS_H_
