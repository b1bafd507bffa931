// Tensors made up on the spot: "zeros[1,3,224,224]".

#ifndef SCONCE_CLIENT_CLI_FILL_H_
#define SCONCE_CLIENT_CLI_FILL_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/tensor.h"

namespace sconce::cli {

enum class FillKind {
  kZeros,   // BYTES: empty strings
  kOnes,    // BYTES: "1"
  kRandom,  // floats in [0,1), the same at every call; all others as kZeros, which no embedding
            // table refuses
};

struct FillText {
  FillKind kind;
  std::vector<int64_t> shape;
};

// "zeros[1,4]", "ones[]", "random[2,3]"; nothing when the text is none of these.
std::optional<FillText> ParseFill(std::string_view text);

// The tensor has no name. INVALID_ARGUMENT: no such datatype, or more than a message can carry.
absl::StatusOr<Tensor> Fill(FillKind kind, const std::string& datatype,
                            const std::vector<int64_t>& shape);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_FILL_H_
