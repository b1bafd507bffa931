// state_dict files: named tensors, read from and written to the zip container of torch.save.

#ifndef SCONCE_SERVER_FORMATS_STATE_DICT_H_
#define SCONCE_SERVER_FORMATS_STATE_DICT_H_

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sconce {

// In the file's order. Tensors are in CPU memory; those that shared a storage still do.
using StateDict = std::vector<std::pair<std::string, at::Tensor>>;

// From the bytes of a zip file. INVALID_ARGUMENT: damaged or hostile. FAILED_PRECONDITION:
// something else than a state_dict; the message says what, and what to do.
absl::StatusOr<StateDict> ReadStateDict(std::string_view bytes);

// Writes what torch.save(OrderedDict) writes, so that torch.load(path, weights_only=True) opens it;
// shared storages stay shared. `path` is created. RESOURCE_EXHAUSTED: the disk is full.
absl::Status WriteStateDict(const StateDict& tensors, const std::string& path);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_STATE_DICT_H_
