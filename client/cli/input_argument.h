// The value of --input: NAME[:DATATYPE]=VALUE, where VALUE is
//
//   FILE.npy             an array of NumPy
//   @FILE                JSON in a file, or a .npy file whatever its name
//   zeros[1,4]           made up: zeros, ones, random
//   anything else        JSON: [[5.1, 3.5]], 3, true, "text"
//
// Without DATATYPE, JSON takes the one of the model's signature; where that says nothing it is
// deduced: FP32 when a number has a point or exponent, else INT64, BOOL or BYTES.

#ifndef SCONCE_CLIENT_CLI_INPUT_ARGUMENT_H_
#define SCONCE_CLIENT_CLI_INPUT_ARGUMENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/tensor.h"

namespace sconce::cli {

struct InputArgument {
  std::string name;
  std::string datatype;  // empty: not given
  std::string value;
};

absl::StatusOr<InputArgument> ParseInputArgument(std::string_view text);

// For CLI11: empty when ParseInputArgument takes the text, else what is wrong with it.
std::string CheckInputArgument(const std::string& text);

// Reads the file or the JSON. `signature_datatype` empty: not known.
absl::StatusOr<Tensor> ReadInput(const InputArgument& argument,
                                 const std::string& signature_datatype);

// All --input values of a call. Asks the daemon for the signature only when a value needs it.
absl::StatusOr<std::vector<Tensor>> ReadInputs(const std::vector<std::string>& texts,
                                               const Client& client, const InferRequest& request);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_INPUT_ARGUMENT_H_
