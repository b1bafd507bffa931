// The grpcurl call of snippets.h: a ModelInfer request as JSON.

#ifndef SCONCE_CLIENT_CLI_GRPCURL_SNIPPET_H_
#define SCONCE_CLIENT_CLI_GRPCURL_SNIPPET_H_

#include <string>
#include <vector>

#include "client/cli/signature.h"
#include "proto/sconce/v1/model_server.pb.h"

namespace sconce::cli {

// `version` empty: not named. `method` empty: not named. Inputs of many elements come from a line
// of Python, so that the text stays short.
std::string GrpcurlSnippet(const std::string& model, const std::string& version,
                           const std::string& method, const std::vector<ExampleInput>& inputs,
                           const std::string& address);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_GRPCURL_SNIPPET_H_
