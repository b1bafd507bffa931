// Any bytes as the source of a model: its last class is made and its forward recorded.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "server/formats/text/utf8.h"
#include "server/frontend/python_source/python_source.h"

namespace {

// "Net" of the last line `class Net(...)`.
std::string LastClass(const std::string& text) {
  const size_t at = text.rfind("class ");
  if (at == std::string::npos) return "";
  const size_t begin = at + 6;
  return text.substr(begin, text.find_first_of("(: \n", begin) - begin);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sconce::PythonSource source;
  source.files.push_back({"fuzz.py", std::string(reinterpret_cast<const char*>(data), size)});
  source.class_name = LastClass(source.files[0].text);
  const absl::Status status = sconce::BuildModule(source, {}).status();
  if (status.ok()) return 0;
  const bool expected = absl::IsInvalidArgument(status) || absl::IsFailedPrecondition(status);
  if (!expected || !sconce::IsUtf8(std::string(status.message()))) __builtin_trap();
  return 0;
}
