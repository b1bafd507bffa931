// Records a TorchScript graph while the interpreter runs `forward`.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_RECORDER_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_RECORDER_H_

#include <torch/csrc/jit/api/module.h>

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/journal.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

class Recorder {
 public:
  // Tensors of `root` and its children are read from it by name; any other tensor becomes a
  // constant of the graph, unless it is `unset`. Adds the graph's first input, `self`.
  Recorder(const torch::jit::Module& root, const UnsetTensors& unset);

  torch::jit::Graph& graph() { return *graph_; }
  std::shared_ptr<torch::jit::Graph> shared_graph() { return graph_; }

  // A value of the graph for any value that can be one. `type` decides what an empty list holds and
  // may be null. FAILED_PRECONDITION: functions, objects, lists of mixed types.
  absl::StatusOr<torch::jit::Value*> Materialise(const Value& value,
                                                 const c10::TypePtr& type = nullptr);
  // Tuples come apart, None is known; everything else is a Symbol.
  Value FromGraph(torch::jit::Value* value);

  // What the tests around the current place say of optional inputs.
  Value Narrowed(const Value& value) const;
  // From here on, as far as the branch or body goes that is being recorded.
  void Narrow(torch::jit::Value* value, const Value& held);

  // Whether `value` is None was asked. Inputs of which it was, though they are no optional ones.
  void AskedForNone(const Value& value);
  // A tensor in a loop that is a number in its first turn: += makes a new one of it.
  void BeganAsNumber(const torch::jit::Value* value) { began_as_number_.insert(value); }
  bool HasBegunAsNumber(const torch::jit::Value* value) const {
    return began_as_number_.count(value) != 0;
  }
  // A branch that requests can't take, because of what is known of their inputs' types.
  void NoteFailure(std::string_view message) {
    ++failures_;
    takes_no_tuple_ |= message.find("tuple") != std::string_view::npos;
  }
  // Something was done to a tuple that tuples do not have.
  bool takes_no_tuple() const { return takes_no_tuple_; }
  size_t failures() const { return failures_; }
  const std::set<std::string>& asked_for_none() const { return asked_for_none_; }
  // Inputs that were asked for an item by its name, though they are no dicts.
  void AskedForName(const Value& value);
  const std::set<std::string>& asked_for_names() const { return asked_for_names_; }

  // Branches and bodies that are being recorded, innermost last.
  bool in_branch() const { return !journals_.empty(); }
  // What every request runs.
  bool is_at_top() const { return journals_.size() <= 1; }
  void Touch(const std::shared_ptr<Table>& table);
  void Touch(const std::shared_ptr<List>& list);

  // One branch: what runs between Enter and Leave is recorded into `block`.
  struct Recorded {
    Journal::Changes changes;
    std::unordered_map<torch::jit::Value*, Value> narrowed;
  };
  void Enter(torch::jit::Block* block, const std::vector<torch::jit::Value*>& present,
             const std::vector<torch::jit::Value*>& absent);
  Recorded Leave();

 private:
  struct Level {
    Journal journal;
    std::unordered_map<torch::jit::Value*, Value> narrowed;
    torch::jit::Node* insert_point;
    uint64_t began;
  };

  std::string InputName(const Value& value) const;
  void Collect(const torch::jit::Module& module, torch::jit::Value* self,
               std::vector<std::string>& path);
  absl::StatusOr<torch::jit::Value*> TensorSymbol(const at::Tensor& tensor);
  absl::StatusOr<torch::jit::Value*> MaterialiseList(const std::vector<Value>& items,
                                                     const c10::TypePtr& type);
  absl::StatusOr<torch::jit::Value*> MaterialiseTuple(const Tuple& tuple);
  absl::StatusOr<torch::jit::Value*> MaterialiseDict(const Table& table);

  const UnsetTensors& unset_;
  std::shared_ptr<torch::jit::Graph> graph_;
  std::unordered_map<const c10::TensorImpl*, std::vector<std::string>> paths_;
  std::unordered_map<const c10::TensorImpl*, torch::jit::Value*> read_;
  std::unordered_set<const c10::ivalue::Object*> collected_;
  std::vector<at::Tensor> kept_;  // so that addresses stay theirs
  std::vector<Level> journals_;
  std::set<std::string> asked_for_none_;
  std::set<std::string> asked_for_names_;
  size_t failures_ = 0;
  bool takes_no_tuple_ = false;
  std::set<const torch::jit::Value*> began_as_number_;
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_RECORDER_H_
