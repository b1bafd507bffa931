// Makes modules of a model's class with all that is known of its arguments.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_MODULE_MAKER_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_MODULE_MAKER_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/formats/torch/torch_file.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"
#include "server/frontend/python_source/model/hyper_parameters.h"
#include "server/frontend/python_source/model/state_shapes.h"

namespace sconce::python {

struct ChosenModule {
  std::string class_name;
  Value module;                   // as its __init__ left it
  std::string weights_part = {};  // see WeightsPart; empty: all weights are the model's
};

// Confined to the interpreter's thread.
class ModuleMaker {
 public:
  struct Made {
    Value module;
    size_t differences;      // from the weights: see CountDifferences
    bool as_stored = false;  // the checkpoint gave arguments

    bool fits() const { return differences == 0; }
  };

  // `given`: the user's arguments. `checkpoint` (null: none) says what others are. Both must
  // outlive this.
  ModuleMaker(Interpreter& interpreter, const Arguments& given, Shapes weights,
              TorchFile* checkpoint);

  const Shapes& weights() const { return weights_; }
  HyperParameters& stored() { return stored_; }
  bool has_given() const { return !given_.positional.empty() || !given_.keywords.empty(); }

  // `type`: a class, a function that returns a module, or a module, which is as it is. Whatever the
  // weights fit is preferred. FAILED_PRECONDITION: it can't be made.
  absl::StatusOr<Made> Make(const Value& type);

 private:
  absl::StatusOr<Made> MakeAsStored(const Value& type, size_t guess, bool& more);
  absl::StatusOr<Made> MakeAsGiven(const Value& type);
  absl::StatusOr<Made> Call(const Value& type, Arguments arguments);

  Interpreter& interpreter_;
  const Arguments& given_;
  Shapes weights_;
  HyperParameters stored_;
};

// It could be made, and has the weights' names and shapes.
bool Fits(const absl::StatusOr<ModuleMaker::Made>& made);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_MODULE_MAKER_H_
