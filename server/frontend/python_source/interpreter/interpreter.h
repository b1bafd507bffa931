// Runs the Python of a model's class, as far as models use it. `__init__` runs with known values
// only and makes layers; `forward` runs once with symbols for its inputs while a Recorder is set,
// which turns what depends on them into a TorchScript graph ("partial evaluation"): attributes,
// flags, lists of layers and loops over them are worked out here and leave no trace in the graph.
// Nothing of the host is reachable: no files, no processes, no imports but of the library.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_INTERPRETER_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_INTERPRETER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/unset_tensors.h"
#include "server/frontend/python_source/interpreter/value.h"
#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

class Journal;
class Library;
class Recorder;
class SourceModule;

struct InterpreterLimits {
  uint64_t steps = 6'000'000;   // expressions and statements
  uint32_t depth = 120;         // calls within calls
  uint64_t items = 4'000'000;   // of one list, range or text
  uint64_t values = 8'000'000;  // of all lists and dicts that are ever made; see MadeValues
  // Of all that operators compute while a model is built; memory for parameters is not touched.
  uint64_t tensor_bytes = uint64_t{4} << 30;
};

// Confined to one thread.
class Interpreter {
 public:
  Interpreter(Library& library, const InterpreterLimits& limits);
  ~Interpreter();

  // Every error below has the place in the source where it arose.

  // Expressions and statements.
  absl::StatusOr<Value> Evaluate(const Expr& expr, Scope& scope);
  absl::Status Execute(const Stmt& stmt, Scope& scope);
  // From statement `first` on. How it ended (return, break) is in the scope: see flow.h.
  absl::Status ExecuteBlock(const Block& block, Scope& scope, size_t first = 0);

  // A statement of a module's top level, whoever asked for what it binds.
  absl::Status RunTopLevel(const Stmt& stmt, SourceModule& module);
  // Of `from x import a, b, c` only what binds `name`.
  absl::Status ImportOnly(const Stmt& stmt, const std::string& name, SourceModule& module);

  // Counts a step of work, or one that weighs as many, against the limits, of memory too.
  absl::Status Step(uint64_t weight = 1);

  // Evaluates the defaults of a function that is being defined in `scope`.
  absl::Status FillDefaults(Function& function, Scope& scope);

  // Calls.
  // By value: code may drop what is called while it runs.
  absl::StatusOr<Value> Call(Value callee, Arguments arguments);
  absl::StatusOr<Value> CallMethod(const Value& object, const std::string& name,
                                   Arguments arguments);

  // Attributes: object.name. Find is null-like (nullopt) where there is none.
  absl::StatusOr<Value> GetAttribute(const Value& object, const std::string& name);
  absl::StatusOr<std::optional<Value>> FindAttribute(const Value& object, const std::string& name);
  absl::StatusOr<Value> BindMethod(const Value& self, const Value& found, const Value& type);
  absl::Status SetAttribute(const Value& object, const std::string& name, Value value);
  // The same without the class's own __setattr__: what object.__setattr__ does.
  absl::Status SetPlainAttribute(const Value& object, const std::string& name, Value value);
  absl::Status DeleteAttribute(const Value& object, const std::string& name);

  // Items: object[index].
  absl::StatusOr<Value> GetItem(const Value& object, const Value& index);
  absl::Status SetItem(const Value& object, const Value& index, Value value);
  absl::Status DeleteItem(const Value& object, const Value& index);

  // Operators.
  absl::StatusOr<Value> Binary(BinaryOperator op, const Value& left, const Value& right);
  // left op= right: changes lists and the memory of tensors where Python would.
  absl::StatusOr<Value> BinaryInPlace(BinaryOperator op, const Value& left, const Value& right);
  absl::StatusOr<Value> Unary(UnaryOperator op, const Value& operand);
  absl::StatusOr<Value> Compare(CompareOperator op, const Value& left, const Value& right);
  // A bool, or a Symbol of a bool.
  absl::StatusOr<Value> Truth(const Value& value);
  // Where only a known answer helps.
  absl::StatusOr<bool> KnownTruth(const Value& value, std::string_view what);

  // Iteration. FAILED_PRECONDITION: only a request knows how many there are.
  absl::StatusOr<std::vector<Value>> Iterate(const Value& iterable);
  // A tuple of the items when their number is known; else a Sequence.
  absl::StatusOr<Value> IterableOf(const Value& iterable);
  // Exactly `count` items; where only a request knows their number it has to agree.
  absl::StatusOr<std::vector<Value>> Items(const Value& value, size_t count);
  // Of a list of the graph; none: only a request knows how many there are.
  absl::StatusOr<std::optional<std::vector<Value>>> AllItems(const Value& list);
  // The first and the last so many, and in between a list of the others: a, *rest, z = value.
  absl::StatusOr<std::vector<Value>> ItemsAround(const Value& value, size_t before, size_t after);
  absl::StatusOr<Value> Length(const Value& value);
  absl::Status Assign(const Expr& target, Value value, Scope& scope);

  // The scope whose code runs now, for super() and the like; null outside of any.
  Scope* current_scope() const { return current_scope_; }

  // Names of the scope, of the scopes around it, of the module, of Python.
  absl::StatusOr<Value> Lookup(const std::string& name, Scope& scope);
  absl::Status Bind(const std::string& name, Value value, Scope& scope);

  // Data-dependent control flow (a Recorder must be set). Evaluates both and joins what they
  // changed and their results.
  struct Narrowing {  // which optional inputs are there, or are not, on one side of a test
    std::vector<torch::jit::Value*> present;
    std::vector<torch::jit::Value*> absent;
  };
  struct Test {
    Test() = default;
    explicit Test(Value holds) : truth(std::move(holds)) {}

    Value truth;  // a bool, or a Symbol of a bool
    Narrowing if_true;
    Narrowing if_false;
    std::optional<Value> value;  // what was tested
  };
  absl::StatusOr<Test> EvaluateTest(const Expr& expr, Scope& scope);
  using Branch = std::function<absl::StatusOr<Value>()>;
  absl::StatusOr<Value> Choose(const Test& test, const Branch& then, const Branch& otherwise);

  // Raises unless `truth`, which may be a Symbol: then in the requests where it does not hold.
  absl::Status Require(const Value& truth, std::string_view exception, std::string_view message);

  // An optional input as the value that it holds, in requests that have it; in others this raises
  // TypeError, as None does wherever Python needs more. Anything else as it is.
  absl::StatusOr<Value> Present(const Value& value);

  // A torch operator: eager when nothing is recorded, else a node of the graph. `name` as in
  // "aten::relu".
  absl::StatusOr<Value> CallOperator(const std::string& name, const Arguments& arguments);

  // NumPy's arrays are tensors whose methods are NumPy's. An operator's result is an array when all
  // tensors it read are.
  bool IsArray(const Value& value) const;
  Value AsArray(const Value& value, bool is_array);

  // list.append(item), list.extend(items)
  absl::Status Append(const std::shared_ptr<List>& list, const Value& item);
  absl::Status Extend(const std::shared_ptr<List>& list, const Value& items);

  // Text as str() and repr() give it.
  absl::StatusOr<std::string> ToText(const Value& value, bool repr);

  // Before a change to what may outlive a branch.
  void Touch(const std::shared_ptr<Table>& table);
  void Touch(const std::shared_ptr<List>& list);

  Library& library() { return library_; }
  Recorder* recorder() { return recorder_; }
  void set_recorder(Recorder* recorder) { recorder_ = recorder; }
  UnsetTensors& unset_tensors() { return unset_tensors_; }
  // What a script hangs on a tensor while a model is built: parameter.lr_scale = 0.1.
  const Value* FindMark(const at::Tensor& tensor, const std::string& name) const;
  void Mark(const at::Tensor& tensor, const std::string& name, Value value);
  const InterpreterLimits& limits() const { return limits_; }
  // The file whose code runs now; null: none.
  const SourceModule* current_module() const { return place_.module; }
  // The source line that runs now, for the graph's nodes.
  torch::jit::SourceRange CurrentRange() const;
  absl::Status AtCurrentPlace(const absl::Status& status) const;
  // Of something that may come to nothing: while one lives, work counts towards the limits; then it
  // is given back, and what was remarked forgotten.
  class Attempt {
   public:
    explicit Attempt(Interpreter& interpreter);
    ~Attempt();
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    uint64_t steps() const { return interpreter_.steps_ - steps_; }

   private:
    Interpreter& interpreter_;
    const uint64_t steps_;
    const uint64_t tensor_bytes_;
    const uint64_t made_values_;
    const size_t notes_;
  };
  // Remarks for the user, each once: what was skipped.
  void Note(std::string note);
  const std::vector<std::string>& notes() const { return notes_; }
  std::vector<std::string> TakeNotes() { return std::exchange(notes_, {}); }
  void set_notes(std::vector<std::string> notes) { notes_ = std::move(notes); }

 private:
  struct Place {
    const SourceModule* module = nullptr;
    Position at;
  };

  absl::Status CheckSizes(const std::string& operator_name, const Arguments& arguments) const;
  absl::Status CountBytes(const std::string& operator_name, const Value& result);
  absl::StatusOr<Value> CallAnyWay(const std::string& name, const Arguments& arguments);
  absl::StatusOr<Value> CallAsGiven(const std::string& name, const Arguments& arguments);
  absl::Status Unpack(const std::vector<ExprPtr>& targets, const Value& value, Scope& scope);
  absl::StatusOr<Value> CallFunction(const std::shared_ptr<Function>& function,
                                     Arguments arguments);
  absl::StatusOr<Value> MakeInstance(const std::shared_ptr<Class>& type, Arguments arguments);
  absl::StatusOr<Value> MakeByNew(const Value& maker, const std::shared_ptr<Class>& type,
                                  Arguments arguments);
  absl::Status BindParameters(const Function& function, Arguments arguments, Scope& scope);
  absl::StatusOr<Test> EvaluateAll(const BoolOperation& operation, size_t i, Scope& scope);
  absl::StatusOr<Value> EvaluateNode(const Expr& expr, Scope& scope);
  absl::Status ExecuteNode(const Stmt& stmt, Scope& scope);

  Library& library_;
  InterpreterLimits limits_;
  Recorder* recorder_ = nullptr;
  uint64_t steps_ = 0;
  const uint64_t made_before_ = MadeValues();
  uint64_t tensor_bytes_ = 0;
  UnsetTensors unset_tensors_;
  // With the tensor, which keeps its address from being another's.
  std::unordered_map<const c10::TensorImpl*, std::pair<at::Tensor, Table>> marks_;
  Scope* current_scope_ = nullptr;
  Place place_;
  std::vector<Place> callers_;
  std::vector<std::string> notes_;
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_INTERPRETER_H_
