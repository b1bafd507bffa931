// A model from a few lines of Python, for one rule each.

#ifndef SCONCE_TESTS_FRONTEND_PYTHON_SOURCE_BUILT_SOURCE_H_
#define SCONCE_TESTS_FRONTEND_PYTHON_SOURCE_BUILT_SOURCE_H_

#include <torch/script.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/python_source.h"

namespace sconce::testing {

// model.py, behind the usual imports (three lines).
inline absl::StatusOr<BuiltModule> BuildSource(
    const std::string& text, const std::string& class_name = "Net",
    const std::string& arguments = "", std::map<std::string, std::string> definitions = {}) {
  PythonSource source;
  source.files.push_back(
      {"model.py",
       "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n" + text});
  source.class_name = class_name;
  source.arguments = arguments;
  source.definitions = std::move(definitions);
  return BuildModule(source, {});
}

// A class without layers whose forward(self, x) has this body, each line indented by four spaces.
inline std::string ForwardOnly(const std::string& body, const std::string& parameters = "x") {
  std::string text = "class Net(nn.Module):\n  def forward(self, " + parameters + "):\n";
  size_t begin = 0;
  while (begin < body.size()) {
    const size_t end = std::min(body.find('\n', begin), body.size());
    text += "    " + body.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return text;
}

inline at::Tensor RunModule(const BuiltModule& built, std::vector<c10::IValue> inputs) {
  const c10::InferenceMode mode;
  torch::jit::Module module = built.module;
  return module.forward(std::move(inputs)).toTensor();
}

// Of weights their names and shapes.
inline StoredTensor Stored(std::string name, std::vector<int64_t> shape) {
  StoredTensor tensor;
  tensor.name = std::move(name);
  tensor.shape = std::move(shape);
  return tensor;
}

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_FRONTEND_PYTHON_SOURCE_BUILT_SOURCE_H_
