// Judges the code texts of an archive before LibTorch parses them. It must catch everything by
// itself: a __setstate__ runs while LibTorch is still loading.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_CODE_POLICY_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_CODE_POLICY_H_

#include <vector>

#include "absl/status/status.h"
#include "server/formats/torch/archive_check.h"

namespace sconce {

// Reads the texts with LibTorch's own lexer, so that both see the same tokens. FAILED_PRECONDITION:
// an operator that a model may not call; the message has its name, file, line and the reason.
// INVALID_ARGUMENT: nested or sized so as to break the parser, or not TorchScript at all.
absl::Status JudgeCode(const std::vector<CodeFile>& files);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_CODE_POLICY_H_
