// Any bytes as Python source.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "server/formats/text/utf8.h"
#include "server/frontend/python_source/syntax/parse_python.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto file = sconce::python::ParsePython("fuzz.py", text);
  if (file.ok()) {
    // Nothing that is no text gets through.
    if ((*file)->text.size() > size || !sconce::IsUtf8((*file)->text)) __builtin_trap();
    return 0;
  }
  const absl::Status& status = file.status();
  if (status.code() != absl::StatusCode::kInvalidArgument) __builtin_trap();
  const std::string message(status.message());
  if (message.rfind("fuzz.py:", 0) != 0 || !sconce::IsUtf8(message)) __builtin_trap();
  return 0;
}
