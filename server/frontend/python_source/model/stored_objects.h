// The objects of a torch.save file as the interpreter's: what unpickling would make of them, but
// for classes that are neither Sconce's own nor the user's.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_OBJECTS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_OBJECTS_H_

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/libtorch/tensor_memory.h"
#include "server/formats/pickle/pickle.h"
#include "server/formats/torch/torch_file.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// Objects that are one in the file are one here. Confined to the interpreter's thread.
class StoredObjects {
 public:
  StoredObjects(Interpreter& interpreter, TorchFile& file)
      : interpreter_(interpreter), file_(file) {}

  // A pickled nn.Module and what it holds. Its class's __init__ does not run. Parameters and
  // persistent buffers get their shapes and types, their values are left to whoever reads weights;
  // other tensors have theirs. What can't be known is Unknown until somebody needs it.
  // FAILED_PRECONDITION: its class, or that of a module below it, is not known or is no module.
  absl::StatusOr<Value> ReadModule(const PickleValue& module);

  // Anything else: containers, texts, numbers, objects.
  absl::StatusOr<Value> Read(const PickleValue& value);

 private:
  using Entries = std::vector<const PickleValue*>;

  Value ReadOrUnknown(const PickleValue& value, const std::string& name);
  absl::StatusOr<Value> ReadOnce(const PickleValue& value);
  absl::StatusOr<Value> ReadContainer(const PickleValue& value);
  absl::StatusOr<std::vector<Value>> ReadAll(const Entries& items);
  absl::StatusOr<Value> ReadDict(const PickleValue& value, const Entries& entries);
  absl::StatusOr<Value> ReadText(const PickleValue& value);

  // Objects.
  absl::StatusOr<Value> ReadObject(const PickleValue& value);
  absl::StatusOr<Value> Construct(const PickleValue& value);
  absl::StatusOr<Value> CallStored(const PickleValue& value, const Value& callee);
  absl::Status SetState(const PickleValue& value, const Value& object);
  absl::Status AddItems(const PickleValue& value, const Value& object);

  // Modules.
  absl::StatusOr<std::shared_ptr<Class>> ModuleClassOf(const PickleValue& module);
  absl::Status FillModule(const Entries& entries, const Value& module);
  absl::Status FillTensors(const Entries& entries, bool are_parameters, const Value& module);
  absl::Status FillChildren(const Entries& entries, const Value& module);
  absl::Status AdoptHooks(const Entries& entries, const Value& module);
  absl::Status Renew(const Value& object, const std::function<absl::StatusOr<Value>()>& state);

  absl::StatusOr<Value> ReadTensor(const PickleValue& value, bool is_parameter);
  absl::StatusOr<Value> MakeTensor(const PickleValue& value, bool is_parameter);

  Interpreter& interpreter_;
  TorchFile& file_;
  TensorReader tensors_;
  std::unordered_map<const PickleValue*, Value> made_;
  std::unordered_map<const PickleValue*, absl::Status> failed_;
  int depth_ = 0;
  size_t text_bytes_ = 0;
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_OBJECTS_H_
