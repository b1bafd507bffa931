#include "server/frontend/emit_torchscript.h"

#include <torch/csrc/jit/serialization/python_print.h>

#include <exception>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/torchscript/exception_text.h"
#include "server/frontend/torchscript/load_module.h"

namespace sconce {
namespace {

std::string TextOf(const torch::jit::Module& module) {
  std::vector<c10::IValue> constants;
  torch::jit::PrintDepsTable used;
  const auto print = [&](const c10::NamedTypePtr& type) {
    torch::jit::PythonPrint printer(constants, used);
    printer.printNamedType(type);
    return printer.str() + "\n";
  };
  std::string text = print(module.type());
  // Printing a class adds those that it uses, itself among them.
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i] != module.type()) text += print(used[i]);
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> EmitTorchScript(const ModelSource& source) {
  SCONCE_ASSIGN_OR_RETURN(const LoadedModule loaded, LoadModule(source));
  try {
    return TextOf(loaded.module);
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrFormat("the model can't be printed: %s", ReasonOf(error)));
  }
}

}  // namespace sconce
