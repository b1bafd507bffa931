#include "server/frontend/python_source/python_source.h"

#include <exception>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/json_value.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/model/class_choice.h"
#include "server/frontend/python_source/model/module_tree.h"
#include "server/frontend/python_source/model/record_forward.h"
#include "server/frontend/python_source/model/stored_model.h"
#include "server/frontend/torchscript/exception_text.h"

namespace sconce {
namespace {

// A library with the user's files, and an interpreter of it.
class Workshop {
 public:
  static absl::StatusOr<std::unique_ptr<Workshop>> Open(const PythonSource& source) {
    std::map<std::string, python::Value> definitions;
    for (const auto& [name, text] : source.definitions) {
      definitions.emplace(name, python::ValueFromDefinition(text));
    }
    std::unique_ptr<Workshop> workshop(new Workshop(std::move(definitions)));
    for (const PythonSource::File& file : source.files) {
      const absl::Status added = workshop->library_.AddSource(file.path, file.text);
      if (!added.ok() && !file.may_be_broken) return added;
    }
    return workshop;
  }
  ~Workshop() { python::Cyclic::EmptyAll(); }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  python::Interpreter& interpreter() { return interpreter_; }

  absl::StatusOr<BuiltModule> Finish(const python::Value& made, std::string name) {
    auto unit = std::make_shared<torch::jit::CompilationUnit>();
    SCONCE_ASSIGN_OR_RETURN(torch::jit::Module module, python::MakeModuleTree(made, unit));
    SCONCE_RETURN_IF_ERROR(python::RecordForward(interpreter_, made, module));
    return BuiltModule{std::move(module), std::move(name), "", interpreter_.notes()};
  }

 private:
  explicit Workshop(std::map<std::string, python::Value> definitions)
      : library_(std::move(definitions)), interpreter_(library_, python::InterpreterLimits()) {}

  python::Library library_;
  python::Interpreter interpreter_;
};

absl::StatusOr<BuiltModule> Build(const PythonSource& source,
                                  const std::vector<StoredTensor>& weights, TorchFile* checkpoint) {
  SCONCE_ASSIGN_OR_RETURN(const auto workshop, Workshop::Open(source));
  python::Interpreter& interpreter = workshop->interpreter();
  SCONCE_ASSIGN_OR_RETURN(const auto arguments, python::ArgumentsFromJson(source.arguments));
  SCONCE_ASSIGN_OR_RETURN(
      const python::ChosenModule chosen,
      python::ChooseModule(interpreter, source.class_name, arguments, weights, checkpoint));
  SCONCE_ASSIGN_OR_RETURN(BuiltModule built, workshop->Finish(chosen.module, chosen.class_name));
  built.weights_part = chosen.weights_part;
  return built;
}

absl::StatusOr<BuiltModule> BuildStored(const PythonSource& source, TorchFile& file,
                                        const PickleValue& module) {
  SCONCE_ASSIGN_OR_RETURN(const auto workshop, Workshop::Open(source));
  python::Interpreter& interpreter = workshop->interpreter();
  SCONCE_ASSIGN_OR_RETURN(const python::Value stored,
                          python::ReadStoredModel(interpreter, file, module));
  const std::string& name = python::ObjectOf<python::Instance>(stored)->type->name;
  SCONCE_ASSIGN_OR_RETURN(BuiltModule built, workshop->Finish(stored, name));
  std::string difference = python::DescribeDifference(interpreter, stored);
  if (!difference.empty()) built.notes.push_back(std::move(difference));
  return built;
}

// What LibTorch throws ends here.
template <typename Builder>
absl::StatusOr<BuiltModule> Guarded(const Builder& build) {
  try {
    const at::NoGradGuard no_grad;
    const python::StackGuard stack;
    return build();
  } catch (const std::exception& error) {
    return absl::FailedPreconditionError(
        absl::StrFormat("the source can't be made into a model: %s", ReasonOf(error)));
  }
}

}  // namespace

absl::StatusOr<BuiltModule> BuildModule(const PythonSource& source,
                                        const std::vector<StoredTensor>& weights,
                                        TorchFile* checkpoint) {
  return Guarded([&] { return Build(source, weights, checkpoint); });
}

absl::StatusOr<BuiltModule> BuildStoredModule(const PythonSource& source, TorchFile& file,
                                              const PickleValue& module) {
  return Guarded([&] { return BuildStored(source, file, module); });
}

}  // namespace sconce
