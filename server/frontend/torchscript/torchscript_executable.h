// Executable of a TorchScript module.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_TORCHSCRIPT_EXECUTABLE_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_TORCHSCRIPT_EXECUTABLE_H_

#include <torch/csrc/jit/api/module.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/frontend/torchscript/served_method.h"
#include "server/runtime/executable.h"

namespace sconce {

class TorchScriptExecutable : public Executable {
 public:
  struct Parts {
    torch::jit::Module module;
    std::vector<ServedMethod> methods;
    std::vector<Signature> signatures;  // of the methods, in their order
    // Names of forward's outputs as the operator wants them; empty: the model's own.
    std::vector<TensorSpec> declared_outputs;
    c10::Device device = c10::kCPU;
    uint64_t bytes = 0;
    std::vector<std::string> notes;
  };

  explicit TorchScriptExecutable(Parts parts) : parts_(std::move(parts)) {}

  // What the warm-up found; before the Executable is given to anyone.
  void SetOutputs(size_t method, std::vector<TensorSpec> outputs);
  void AddNote(std::string note) { parts_.notes.push_back(std::move(note)); }

  const std::vector<Signature>& signatures() const override { return parts_.signatures; }
  absl::StatusOr<std::unique_ptr<Invocation>> Bind(std::string_view method,
                                                   std::vector<NamedValue> inputs) const override;
  absl::StatusOr<std::vector<NamedValue>> Run(
      std::unique_ptr<Invocation> invocation) const override;
  std::string device() const override { return parts_.device.str(); }
  uint64_t bytes() const override { return parts_.bytes; }
  bool stateful() const override;
  const std::vector<std::string>& notes() const override { return parts_.notes; }

 private:
  absl::StatusOr<size_t> FindMethod(std::string_view name) const;
  absl::StatusOr<std::vector<NamedValue>> Call(size_t method,
                                               std::vector<c10::IValue> arguments) const;

  Parts parts_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_TORCHSCRIPT_EXECUTABLE_H_
