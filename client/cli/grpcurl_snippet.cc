#include "client/cli/grpcurl_snippet.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/shell_text.h"
#include "client/tensor.h"

namespace sconce::cli {
namespace {

// Above this the elements are written by a line of Python.
constexpr uint64_t kMaxElementsInLine = 64;

uint64_t Elements(const ExampleInput& input) { return CountElements(input.shape).value_or(0); }

bool IsLarge(const ExampleInput& input) { return Elements(input) > kMaxElementsInLine; }

// FP16 and BF16 have no field of their own; raw contents are for every input or for none.
bool NeedsRaw(const std::vector<ExampleInput>& inputs) {
  return std::any_of(inputs.begin(), inputs.end(), [](const ExampleInput& input) {
    return input.datatype == "FP16" || input.datatype == "BF16";
  });
}

std::string ContentsField(std::string_view datatype) {
  if (datatype == "BOOL") return "bool_contents";
  if (datatype == "BYTES") return "bytes_contents";
  if (datatype == "INT64") return "int64_contents";
  if (datatype == "UINT64") return "uint64_contents";
  if (datatype == "FP32") return "fp32_contents";
  if (datatype == "FP64") return "fp64_contents";
  return datatype.front() == 'U' ? "uint_contents" : "int_contents";
}

std::string Zero(std::string_view datatype, bool python) {
  if (datatype == "BOOL") return python ? "False" : "false";
  if (datatype == "BYTES") return "\"\"";
  return "0";
}

std::string Elements(const ExampleInput& input, bool python) {
  const std::string zero = Zero(input.datatype, python);
  if (python) return absl::StrFormat("[%s] * %d", zero, Elements(input));
  return absl::StrFormat("[%s]",
                         absl::StrJoin(std::vector<std::string>(Elements(input), zero), ","));
}

// Zeros; for BYTES they are the lengths of empty strings.
std::string RawBytes(const ExampleInput& input, bool python) {
  const uint64_t size = Elements(input) * std::max<size_t>(ElementSize(input.datatype),
                                                           input.datatype == "BYTES" ? 4 : 0);
  if (python) return absl::StrFormat("base64.b64encode(bytes(%d)).decode()", size);
  return absl::StrFormat("\"%s\"", absl::Base64Escape(std::string(size, '\0')));
}

// JSON, or with `python` an expression of Python that json.dumps turns into it.
std::string RequestText(const std::string& model, const std::string& version,
                        const std::string& method, const std::vector<ExampleInput>& inputs,
                        bool python) {
  const bool raw = NeedsRaw(inputs);
  std::string text = absl::StrFormat("{\"model_name\":%s", PythonString(model));
  if (!version.empty()) text += absl::StrFormat(",\"model_version\":%s", PythonString(version));
  if (!method.empty()) {
    text +=
        absl::StrFormat(",\"parameters\":{\"method\":{\"string_param\":%s}}", PythonString(method));
  }
  std::vector<std::string> tensors;
  std::vector<std::string> contents;
  for (const ExampleInput& input : inputs) {
    std::string tensor =
        absl::StrFormat("{\"name\":%s,\"datatype\":\"%s\",\"shape\":%s", PythonString(input.name),
                        input.datatype, ShapeText(input.shape));
    if (raw) {
      contents.push_back(RawBytes(input, python));
    } else {
      tensor += absl::StrFormat(",\"contents\":{\"%s\":%s}", ContentsField(input.datatype),
                                Elements(input, python));
    }
    tensors.push_back(tensor + "}");
  }
  text += absl::StrFormat(",\"inputs\":[%s]", absl::StrJoin(tensors, ","));
  if (raw) text += absl::StrFormat(",\"raw_input_contents\":[%s]", absl::StrJoin(contents, ","));
  return text + "}";
}

}  // namespace

std::string GrpcurlSnippet(const std::string& model, const std::string& version,
                           const std::string& method, const std::vector<ExampleInput>& inputs,
                           const std::string& address) {
  const bool python = std::any_of(inputs.begin(), inputs.end(), IsLarge);
  const std::string request = RequestText(model, version, method, inputs, python);
  const std::string target = ShellWord(address) + " inference.GRPCInferenceService/ModelInfer\n";
  if (!python) return "grpcurl -plaintext -d " + ShellWord(request) + " " + target;
  const std::string program = "import base64, json; print(json.dumps(" + request + "))";
  return "python3 -c " + ShellWord(program) + " | grpcurl -plaintext -d @ " + target;
}

}  // namespace sconce::cli
