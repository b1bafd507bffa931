#include "server/frontend/python_source/python_source.h"

#include <exception>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/model/class_choice.h"
#include "server/frontend/python_source/model/json_value.h"
#include "server/frontend/python_source/model/module_tree.h"
#include "server/frontend/python_source/model/record_forward.h"
#include "server/frontend/torchscript/exception_text.h"

namespace sconce {
namespace {

absl::StatusOr<BuiltModule> Build(const PythonSource& source,
                                  const std::vector<StoredTensor>& weights) {
  std::map<std::string, python::Value> definitions;
  for (const auto& [name, text] : source.definitions) {
    definitions.emplace(name, python::ValueFromDefinition(text));
  }
  python::Library library(std::move(definitions));
  for (const PythonSource::File& file : source.files) {
    SCONCE_RETURN_IF_ERROR(library.AddSource(file.path, file.text));
  }
  python::Interpreter interpreter(library, python::InterpreterLimits());
  SCONCE_ASSIGN_OR_RETURN(const auto arguments, python::ArgumentsFromJson(source.arguments));
  SCONCE_ASSIGN_OR_RETURN(const python::ChosenModule chosen,
                          python::ChooseModule(interpreter, source.class_name, arguments, weights));
  auto unit = std::make_shared<torch::jit::CompilationUnit>();
  SCONCE_ASSIGN_OR_RETURN(torch::jit::Module module, python::MakeModuleTree(chosen.module, unit));
  SCONCE_RETURN_IF_ERROR(python::RecordForward(interpreter, chosen.module, module));
  return BuiltModule{std::move(module), chosen.class_name, interpreter.notes()};
}

}  // namespace

absl::StatusOr<BuiltModule> BuildModule(const PythonSource& source,
                                        const std::vector<StoredTensor>& weights) {
  try {
    const at::NoGradGuard no_grad;
    const python::StackGuard stack;
    return Build(source, weights);
  } catch (const std::exception& error) {
    return absl::FailedPreconditionError(
        absl::StrFormat("the source can't be made into a model: %s", ReasonOf(error)));
  }
}

}  // namespace sconce
