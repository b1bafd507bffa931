#include "client/cli/snippets.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/fill.h"
#include "client/cli/grpcurl_snippet.h"
#include "client/cli/shell_text.h"
#include "client/cli/signature.h"
#include "client/json_tensor.h"

namespace sconce::cli {
namespace {

// Above this a value is written as zeros[SHAPE].
constexpr uint64_t kMaxElements = 16;

std::string ValueText(const ExampleInput& input) {
  const auto count = CountElements(input.shape);
  if (count.ok() && *count <= kMaxElements) {
    const auto zeros = Fill(FillKind::kZeros, input.datatype, input.shape);
    // An empty list has lost its inner dimensions.
    if (zeros.ok() && *count > 0) return TensorToJson(*zeros).dump();
  }
  return "zeros" + ShapeText(input.shape);
}

std::string SconceSnippet(const std::string& model, const std::string& version,
                          const std::string& method, const std::vector<ExampleInput>& inputs,
                          const std::string& address) {
  std::string text = "sconce";
  if (address != "localhost:8001") text += " --server " + ShellWord(address);
  text += " infer " + ShellWord(model);
  if (!version.empty()) text += " --version " + version;
  if (!method.empty()) text += " --method " + ShellWord(method);
  for (const ExampleInput& input : inputs) {
    text += " --input " + ShellWord(input.name + ":" + input.datatype + "=" + ValueText(input));
  }
  return text + "\n";
}

std::string NumpyType(std::string_view datatype) {
  if (datatype == "BOOL") return "np.bool_";
  if (datatype == "BYTES") return "np.object_";
  if (datatype == "FP16") return "np.float16";
  // NumPy has no such type; tritonclient takes this package's.
  if (datatype == "BF16") return "ml_dtypes.bfloat16";
  if (datatype == "FP32") return "np.float32";
  if (datatype == "FP64") return "np.float64";
  std::string name(datatype);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return "np." + name;
}

std::string PythonArray(const ExampleInput& input) {
  if (input.datatype == "BYTES") {
    return absl::StrFormat("np.full(%s, b\"\", dtype=np.object_)", ShapeText(input.shape));
  }
  return absl::StrFormat("np.zeros(%s, dtype=%s)", ShapeText(input.shape),
                         NumpyType(input.datatype));
}

std::string PythonSnippet(const std::string& model, const std::string& version,
                          const std::string& method, const std::vector<ExampleInput>& inputs,
                          const std::string& address) {
  const bool has_bfloat16 =
      std::any_of(inputs.begin(), inputs.end(),
                  [](const ExampleInput& input) { return input.datatype == "BF16"; });
  std::string text = has_bfloat16 ? "import ml_dtypes  # pip install ml_dtypes\n" : "";
  text +=
      "import numpy as np\n"
      "import tritonclient.grpc as grpcclient\n\n"
      "def tensor(name, datatype, array):\n"
      "    result = grpcclient.InferInput(name, list(array.shape), datatype)\n"
      "    result.set_data_from_numpy(array)\n"
      "    return result\n\n";
  text += absl::StrFormat("client = grpcclient.InferenceServerClient(%s)\ninputs = [\n",
                          PythonString(address));
  for (const ExampleInput& input : inputs) {
    text += absl::StrFormat("    tensor(%s, \"%s\", %s),\n", PythonString(input.name),
                            input.datatype, PythonArray(input));
  }
  std::string arguments = PythonString(model) + ", inputs";
  if (!version.empty()) arguments += ", model_version=" + PythonString(version);
  if (!method.empty()) arguments += ", parameters={\"method\": " + PythonString(method) + "}";
  text += absl::StrFormat("]\nresult = client.infer(%s)\n", arguments);
  text +=
      "for output in result.get_response().outputs:\n"
      "    print(output.name, result.as_numpy(output.name))\n";
  return text;
}

}  // namespace

Snippets MakeSnippets(const v1::ModelVersion& model, const v1::MethodSignature& method,
                      const std::string& address) {
  const std::vector<ExampleInput> inputs = ExampleInputs(method);
  const std::string version = model.is_default() ? "" : std::to_string(model.version());
  const std::string method_name = method.name() == "forward" ? "" : method.name();
  Snippets snippets;
  snippets.sconce = SconceSnippet(model.name(), version, method_name, inputs, address);
  snippets.python = PythonSnippet(model.name(), version, method_name, inputs, address);
  snippets.grpcurl = GrpcurlSnippet(model.name(), version, method_name, inputs, address);
  snippets.guessed = std::any_of(inputs.begin(), inputs.end(),
                                 [](const ExampleInput& input) { return input.guessed; });
  return snippets;
}

}  // namespace sconce::cli
