// The header of a .npy file: a Python dict literal with three keys, and nothing more.

#ifndef SCONCE_CLIENT_NPY_HEADER_H_
#define SCONCE_CLIENT_NPY_HEADER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace sconce {

struct NpyHeader {
  std::string descr;  // "<f4"
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

// "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }". Only such literals: no
// expressions, no other keys, none twice.
absl::StatusOr<NpyHeader> ParseNpyHeader(std::string_view text);

std::string FormatNpyHeader(const NpyHeader& header);

}  // namespace sconce

#endif  // SCONCE_CLIENT_NPY_HEADER_H_
