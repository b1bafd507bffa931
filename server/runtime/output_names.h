// The names of a result's parts, one rule for the signature (from the type) and the answer (from
// the value): "output", "output_0", "boxes", "boxes.0".

#ifndef SCONCE_SERVER_RUNTIME_OUTPUT_NAMES_H_
#define SCONCE_SERVER_RUNTIME_OUTPUT_NAMES_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace sconce {

// A path is empty for the whole result.

// The tensor at `path`: "output" when it is the whole result.
std::string OutputName(std::string_view path);

// The path of an element of a list or tuple, and of a named tuple's field or a dict's value.
std::string ElementPath(std::string_view path, size_t index);
std::string FieldPath(std::string_view path, std::string_view field);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_OUTPUT_NAMES_H_
