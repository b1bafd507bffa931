// What a checkpoint says of how its model was made: "hyper_parameters" of PyTorch Lightning
// (core/saving.py), and what people put beside the weights themselves: "config", "args",
// "model_args", a plain "hidden_size".

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_HYPER_PARAMETERS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_HYPER_PARAMETERS_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"
#include "server/formats/torch/torch_file.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"
#include "server/frontend/python_source/model/stored_objects.h"

namespace sconce::python {

// Confined to the interpreter's thread.
class HyperParameters {
 public:
  struct Found {
    Value value;
    std::string place;  // "config.model"; empty: the checkpoint's top level
    bool more;          // there are further guesses
  };

  // `file`: of the weights; must outlive this. Null, or no dict: there are none.
  HyperParameters(Interpreter& interpreter, TorchFile* file);

  // Nothing is said.
  bool empty() const { return groups_.empty(); }

  // The value called `name`. There may be several: guess 0 is from where most is said of a model.
  // An error: it can't be read.
  absl::StatusOr<std::optional<Found>> Find(const std::string& name, size_t guess);

  // All that is called `name` ("config"), for a model that takes its configuration as one object;
  // with `any_name`, further guesses have other names.
  absl::StatusOr<std::optional<Found>> FindWhole(const std::string& name, bool any_name,
                                                 size_t guess);

 private:
  using Entries = std::vector<const PickleValue*>;

  // A dict or an object of named values.
  struct Group {
    std::string name;
    const PickleValue* value = nullptr;
    const Entries* entries = nullptr;
  };

  void AddGroups(const PickleValue& value, const std::string& prefix, int levels);

  absl::StatusOr<std::optional<Found>> Guess(
      const std::vector<std::pair<const PickleValue*, std::string>>& candidates, size_t guess);

  std::optional<StoredObjects> objects_;  // set where there are groups
  std::vector<Group> groups_;             // those that say most of a model first
  std::string lightning_name_;  // of the argument that was all of them; empty: it is not said
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_HYPER_PARAMETERS_H_
