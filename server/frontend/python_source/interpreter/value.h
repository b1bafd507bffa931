// What a Python expression of a model evaluates to. Known values are held as they are; what only a
// request can tell (an input, its sizes, all that is computed from them) is a Symbol: a value of
// the TorchScript graph that is being recorded.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_VALUE_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_VALUE_H_

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/ir.h>

#include <any>
#include <complex>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

class Interpreter;
class SourceModule;
struct Builtin;
struct BoundMethod;
struct Class;
struct Descriptor;
struct Function;
struct Instance;
struct List;
struct Namespace;
struct Sequence;
struct SliceValue;
struct Table;
struct Tuple;
struct Unknown;

struct None {};
struct EllipsisValue {};
struct Dtype {
  c10::ScalarType type;
};
struct TensorValue {
  at::Tensor tensor;
  bool is_parameter = false;
  bool is_buffer = false;  // made by nn.Buffer
  bool is_array = false;   // NumPy's: some of its methods differ
};
// Owned by the graph that is being recorded.
struct Symbol {
  torch::jit::Value* value;
  bool is_array = false;  // see TensorValue
};
// A dict or a set: a table seen from Python.
struct Dict {
  std::shared_ptr<Table> table;
};
struct Set {
  std::shared_ptr<Table> table;
};

using Value =
    std::variant<None, bool, int64_t, double, std::complex<double>, std::string, EllipsisValue,
                 Dtype, c10::Device, TensorValue, Symbol, std::shared_ptr<Tuple>,
                 std::shared_ptr<List>, Dict, Set, std::shared_ptr<SliceValue>,
                 std::shared_ptr<Sequence>, std::shared_ptr<Function>, std::shared_ptr<BoundMethod>,
                 std::shared_ptr<Builtin>, std::shared_ptr<Class>, std::shared_ptr<Instance>,
                 std::shared_ptr<Namespace>, std::shared_ptr<Descriptor>, std::shared_ptr<Unknown>>;

template <typename T>
bool Is(const Value& value) {
  return std::holds_alternative<T>(value);
}
// The object of a kind, or null.
template <typename T>
T* ObjectOf(const Value& value) {
  const auto* held = std::get_if<std::shared_ptr<T>>(&value);
  return held == nullptr ? nullptr : held->get();
}

// Counts the memory of what this thread makes, freed or not, in values: items of lists and tuples,
// entries of dicts. Read by whoever bounds it.
uint64_t& MadeValues();
// What a value counts there: 1, and a text as many as fit into its memory.
uint64_t WeightOf(const Value& value);
uint64_t WeightOf(const std::vector<Value>& values);

// Frees values without recursion: they may nest a million deep.
void Release(std::vector<Value> values);
// The same for what a native function has captured.
void ReleaseCaptured(std::any captured);

// What can hold itself through others, as Python's objects do: a module that knows its parent, a
// class in its own method order, functions that wrap each other. Nobody collects garbage here, so
// all that are left of a model are emptied when it has been built.
class Cyclic {
 public:
  Cyclic();
  Cyclic(const Cyclic&) : Cyclic() {}
  Cyclic& operator=(const Cyclic&) { return *this; }
  virtual ~Cyclic();

  // All of this thread.
  static void EmptyAll();

 protected:
  virtual void MoveTo(std::vector<Value>& garbage) = 0;

 private:
  static Cyclic*& First();

  Cyclic* previous_ = nullptr;
  Cyclic* next_ = nullptr;
};

struct Tuple {
  Tuple(std::vector<Value> held, std::shared_ptr<Class> named)
      : items(std::move(held)), type(std::move(named)) {
    MadeValues() += WeightOf(items);
  }
  Tuple(const Tuple&) = default;
  Tuple(Tuple&&) = default;
  ~Tuple() { Release(std::move(items)); }

  std::vector<Value> items;
  std::shared_ptr<Class> type;  // of a named tuple; else null
  // How an operator calls its results (values, indices); null: it does not.
  std::shared_ptr<const std::vector<std::string>> result_names;
};

// When an object was made: what is younger than a branch needs no care when the branch ends. Copies
// are objects of their own.
class Birth {
 public:
  Birth() : at_(IsEarly() ? 0 : Next()) {}
  Birth(const Birth&) : Birth() {}
  Birth& operator=(const Birth&) { return *this; }
  uint64_t at() const { return at_; }
  static uint64_t Next() {
    thread_local uint64_t count = 0;
    return ++count;
  }
  // What is made while one lives counts as older than everything: a module's top level, which runs
  // when its names are asked for.
  class Early {
   public:
    Early() : outer_(std::exchange(IsEarly(), true)) {}
    ~Early() { IsEarly() = outer_; }
    Early(const Early&) = delete;
    Early& operator=(const Early&) = delete;

   private:
    bool outer_;
  };

 private:
  static bool& IsEarly() {
    thread_local bool early = false;
    return early;
  }

  uint64_t at_;
};

struct List : Cyclic {
  List() = default;
  explicit List(std::vector<Value> held) : items(std::move(held)) {
    MadeValues() += WeightOf(items);
  }
  List(const List&) = default;
  List(List&&) = default;
  List& operator=(const List&) = default;
  List& operator=(List&&) = default;
  ~List() override { Release(std::move(items)); }
  void MoveTo(std::vector<Value>& garbage) override;

  std::vector<Value> items;
  // Set once the list has grown in a loop whose count only a request knows: a list of the graph,
  // and `items` is empty.
  torch::jit::Value* symbol = nullptr;
  // An array of JSON, which can't tell them apart, is a tuple as well.
  bool passes_for_tuple = false;
  Birth born = {};
};

// An ordered dict. Keys are found by their identity text (see KeyOf), so 1 and 1.0 are one key.
struct Table : Cyclic {
  struct Entry {
    std::string id;
    Value key;
    Value value;
  };

  Table() = default;
  Table(const Table&) = default;
  Table(Table&&) = default;
  Table& operator=(const Table&) = default;
  Table& operator=(Table&&) = default;
  ~Table() override;
  void MoveTo(std::vector<Value>& garbage) override;

  const Value* Find(const std::string& id) const;
  void Set(const std::string& id, Value key, Value value);
  // With a name as key.
  const Value* Get(std::string_view name) const;
  void Put(std::string_view name, Value value);
  bool Erase(const std::string& id);

  std::vector<Entry> entries;
  Birth born;

 private:
  std::unordered_map<std::string, size_t> places_;
};

// The identity of a name as a key.
std::string NameKey(std::string_view name);

struct SliceValue {
  SliceValue() = default;
  SliceValue(SliceValue&&) = default;
  ~SliceValue() { Release({std::move(lower), std::move(upper), std::move(step)}); }

  Value lower;
  Value upper;
  Value step;
};

// (a, *list, z), where only a request knows how long the list is.
struct Stretch {
  Stretch() = default;
  Stretch(Stretch&&) = default;
  ~Stretch() {
    Release(std::move(before));
    Release({std::move(list)});
    Release(std::move(after));
  }

  std::vector<Value> before;
  Value list;
  std::vector<Value> after;
};

// What can be iterated and whose length only a request knows.
struct Sequence {
  Value length;
  std::function<absl::StatusOr<Value>(Interpreter&, const Value& index)> at;
  int depth = 0;  // sequences of sequences of …
  // Of a display whose items are too different to be a list of the graph; else null.
  std::shared_ptr<const Stretch> stretch;
};

// Names of a function's call, or of a class body while it runs.
struct Scope : std::enable_shared_from_this<Scope> {
  std::shared_ptr<Table> names;
  std::shared_ptr<Scope> outer;  // of closures; null: the module's names come next
  SourceModule* module = nullptr;
  std::vector<std::string> globals;  // declared so
  std::vector<std::string> nonlocals;
  bool is_class_body = false;  // whose names functions in it do not see
  // Of a class body: what it defines by `def`, decorated or not. Their class is set when it is
  // made.
  std::vector<std::shared_ptr<Function>> methods;
  // How many `try` around what runs now catch that a module, or a name of one, is not there.
  int catches_imports = 0;
  int catches_attributes = 0;
  // For super() without arguments: the first argument, and the class of the function.
  Value self;
  std::shared_ptr<Class> owner;
};

struct Function : Cyclic {
  Function() = default;
  Function(const Function&) = default;
  Function(Function&&) = default;
  ~Function() override {
    Release(std::move(defaults));
    Release({std::move(wrapped)});
  }
  void MoveTo(std::vector<Value>& garbage) override;

  std::string name;
  const std::vector<Parameter>* parameters = nullptr;
  const Block* body = nullptr;       // null: a lambda
  const Expr* expression = nullptr;  // of a lambda
  std::vector<Value> defaults;       // one for each parameter; unset: index not in has_default
  std::vector<bool> has_default;
  std::shared_ptr<Scope> closure;  // null at the top of a module
  SourceModule* module = nullptr;
  std::weak_ptr<Class> owner;
  bool is_generator = false;
  Value wrapped;  // by functools.wraps; None: nothing
};

struct BoundMethod {
  BoundMethod(Value object, Value method) : self(std::move(object)), function(std::move(method)) {}
  BoundMethod(BoundMethod&&) = default;
  ~BoundMethod() { Release({std::move(self), std::move(function)}); }

  Value self;
  Value function;
};

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> keywords;
};

struct Builtin {
  using Call = std::function<absl::StatusOr<Value>(Interpreter&, Arguments)>;

  Builtin(std::string known_as, Call does) : name(std::move(known_as)), call(std::move(does)) {}
  Builtin(Builtin&&) = default;
  ~Builtin() { ReleaseCaptured(std::any(std::move(call))); }

  std::string name;
  Call call;
  // f(a, b) may as well be f([a, b]): x.reshape(3, 4), max(a, b).
  bool takes_list = false;
};

// What the interpreter itself knows of a class; inherited.
enum class NativeKind : uint8_t { kObject, kModule, kException, kNamedTuple, kEnum, kDict, kList };

struct Class : Cyclic {
  void MoveTo(std::vector<Value>& garbage) override;

  std::string name;
  std::string module;  // "torch.nn.modules.linear"
  std::vector<std::shared_ptr<Class>> bases;
  std::vector<std::shared_ptr<Class>> order;  // method resolution order, itself first
  Table attributes;
  NativeKind kind = NativeKind::kObject;
  // Of its body, in order: x: int = 3.
  std::vector<std::pair<std::string, const Expr*>> annotations;
  // What its instances are made of, in order: of named tuples (`defaults` holds those that have
  // one), dataclasses and enums.
  std::vector<std::string> fields;
  Table defaults;
  bool is_dataclass = false;
  // Makes instances of native types ("int", "torch.device"); null: instances are made from
  // __init__.
  std::shared_ptr<Builtin> make;
};

struct Instance {
  std::shared_ptr<Class> type;
  std::shared_ptr<Table> attributes;
};

// A module of Python as a value: of a source file, or native.
struct Namespace {
  std::string name;
  SourceModule* source = nullptr;  // null: native
  Table names;
  // Of what `names` lacks; null or a NotFound status: there is none.
  std::function<absl::StatusOr<Value>(Interpreter&, const std::string& name)> find;
};

// Of a class body: property, staticmethod, classmethod.
struct Descriptor {
  enum class Kind : uint8_t { kProperty, kStatic, kClass };

  Descriptor(Kind what, Value getter, Value writer)
      : kind(what), function(std::move(getter)), setter(std::move(writer)) {}
  Descriptor(Descriptor&&) = default;
  ~Descriptor() { Release({std::move(function), std::move(setter)}); }

  Kind kind;
  Value function;
  Value setter;
};

// What can't be known without running Python: an import of a package that is not given, a parsed
// command line. Harmless until somebody needs it.
struct Unknown {
  std::string name;  // as --define takes it: "args.hidden"
  std::string why;   // "argparse is not run"
  // Attributes that it is taken to have until --define says otherwise; null: none.
  std::shared_ptr<Table> assumed = nullptr;
  // What torch.load and the like would read. The model's weights come from its own file: going
  // through these does nothing.
  bool is_file = false;

  // What a part of it is, or a call of it gives: as unknown.
  Unknown Part(std::string of_name) const { return {std::move(of_name), why, nullptr, is_file}; }
};

template <typename T>
Value Own(T object) {
  return Value(std::make_shared<T>(std::move(object)));
}
// The list of the graph that a value is, or null: how many items it has only a request knows.
torch::jit::Value* ListInGraph(const Value& value);

// Whether only a request knows the value, and it is of this kind.
bool IsGraphKind(const Value& value, c10::TypeKind kind);
// The items of a tuple or of a list that is known; null: it is neither.
const std::vector<Value>* KnownItems(const Value& value);

Value TupleOf(std::vector<Value> items);
Value ListOf(std::vector<Value> items);
// A list or tuple as `like` is one.
Value SequenceLike(const Value& like, std::vector<Value> items);
Value TensorOf(at::Tensor tensor);

bool IsString(const Value& value, std::string_view text);
// A number that is known: bool, int or float.
bool IsKnownNumber(const Value& value);
double NumberOf(const Value& value);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_VALUE_H_
