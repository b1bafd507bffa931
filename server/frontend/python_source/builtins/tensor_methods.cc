// Attributes and methods of tensors, and of whatever else is a value of the graph. What is not
// listed here is the operator of the same name.

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/builtins/torch_names.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/ivalue.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/same_value.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;
using Found = absl::StatusOr<std::optional<Value>>;

Found Operator(Interpreter& interpreter, const char* name, const Value& self) {
  SCONCE_ASSIGN_OR_RETURN(Value value, interpreter.CallOperator(name, {{self}, {}}));
  return std::optional<Value>(std::move(value));
}

Value SizesOf(const at::Tensor& tensor) {
  std::vector<Value> sizes;
  for (const int64_t size : tensor.sizes()) sizes.emplace_back(size);
  return TupleOf(std::move(sizes));
}

// Of a tensor that is known: what does not depend on where it lives.
Found FindKnown(const at::Tensor& tensor, const std::string& name) {
  if (name == "shape") return SizesOf(tensor);
  if (name == "ndim") return Value(tensor.dim());
  if (name == "dtype") return Value(Dtype{tensor.scalar_type()});
  if (name == "numel" || name == "nelement") {
    return Native(name, [tensor](Interpreter&, Arguments) -> Result { return tensor.numel(); });
  }
  if (name == "dim") {
    return Native(name, [tensor](Interpreter&, Arguments) -> Result { return tensor.dim(); });
  }
  if (name == "size") {
    return Native(name, [tensor](Interpreter& interpreter, Arguments arguments) -> Result {
      SCONCE_ASSIGN_OR_RETURN(auto taken, Take("size", std::move(arguments), {"dim"}, 0));
      const Value sizes = SizesOf(tensor);
      return taken[0].has_value() ? interpreter.GetItem(sizes, *taken[0]) : Result(sizes);
    });
  }
  if (name == "tolist") {
    return Native(name, [tensor](Interpreter& interpreter, Arguments) -> Result {
      if (tensor.dim() == 0)
        return interpreter.CallOperator("aten::item", {{TensorOf(tensor)}, {}});
      SCONCE_ASSIGN_OR_RETURN(const auto rows, interpreter.Iterate(TensorOf(tensor)));
      std::vector<Value> list;
      for (const Value& row : rows) {
        SCONCE_ASSIGN_OR_RETURN(Value item, interpreter.CallMethod(row, "tolist", {}));
        list.push_back(std::move(item));
      }
      return ListOf(std::move(list));
    });
  }
  return std::nullopt;
}

// Stands for the address of the data, which people compare: key.data_ptr() == value.data_ptr().
Value IdentityOf(const Value& tensor) {
  const auto* known = std::get_if<TensorValue>(&tensor);
  const void* address = known != nullptr
                            ? static_cast<const void*>(known->tensor.unsafeGetTensorImpl())
                            : static_cast<const void*>(std::get<Symbol>(tensor).value);
  return static_cast<int64_t>(reinterpret_cast<intptr_t>(address));
}

Found FindProperty(Interpreter& interpreter, const Value& self, const std::string& name) {
  static constexpr std::pair<const char*, const char*> kProperties[] = {
      {"shape", "aten::size"},    {"ndim", "aten::dim"},  {"dtype", "prim::dtype"},
      {"device", "prim::device"}, {"T", "aten::numpy_T"}, {"mT", "aten::mT"},
      {"H", "aten::matrix_H"},    {"mH", "aten::mH"},     {"is_cuda", "prim::is_cuda"},
      {"layout", "prim::layout"}, {"real", "aten::real"}, {"imag", "aten::imag"}};
  for (const auto& [property, op] : kProperties) {
    if (name == property) return Operator(interpreter, op, self);
  }
  if (name == "data") return self;
  if (name == "grad" || name == "grad_fn" || name == "names") return Value(None());
  if (name == "requires_grad") {  // asked by who counts or initialises parameters
    const auto* tensor = std::get_if<TensorValue>(&self);
    return Value(tensor != nullptr && tensor->is_parameter);
  }
  for (const auto& [alias, op] :
       {std::pair("nelement", "aten::numel"), std::pair("ndimension", "aten::dim")}) {
    if (name != alias) continue;
    return Native(name, [self, op = std::string(op)](Interpreter& running, Arguments) {
      return running.CallOperator(op, {{self}, {}});
    });
  }
  if (name == "__class__") {
    const Value* found = interpreter.library().builtins().Get("type");
    SCONCE_ASSIGN_OR_RETURN(Value type, interpreter.Call(*found, {{self}, {}}));
    return std::optional<Value>(std::move(type));
  }
  static constexpr const char* kNever[] = {"is_sparse", "is_quantized", "is_mkldnn", "is_xpu",
                                           "is_mps",    "is_meta",      "is_nested", "is_vulkan"};
  if (std::find(std::begin(kNever), std::end(kNever), name) != std::end(kNever)) {
    return Value(false);
  }
  return std::nullopt;
}

// x.type(): where the tensor lives counts too, and which dtype it has only a request may know. An
// object that can be compared, and be given to y.type().
constexpr char kTypeOf[] = "<type of>";

Result HasTypeOf(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("__eq__", std::move(arguments), {"a", "b"}, 2));
  const Value& self = HeldBy(*taken[0], kTypeOf);
  Value same = true;
  const auto compare = [&](const std::string& attribute, const Value& expected) -> absl::Status {
    SCONCE_ASSIGN_OR_RETURN(const Value own, interpreter.GetAttribute(self, attribute));
    SCONCE_ASSIGN_OR_RETURN(const Value equal,
                            interpreter.Compare(CompareOperator::kEqual, own, expected));
    SCONCE_ASSIGN_OR_RETURN(same, interpreter.Binary(BinaryOperator::kBitAnd, same, equal));
    return absl::OkStatus();
  };
  if (const auto* name = std::get_if<std::string>(&*taken[1])) {
    SCONCE_ASSIGN_OR_RETURN(const Value torch, interpreter.library().Import(interpreter, "torch"));
    SCONCE_ASSIGN_OR_RETURN(const Value type,
                            interpreter.GetAttribute(torch, name->substr(name->rfind('.') + 1)));
    SCONCE_ASSIGN_OR_RETURN(const Value dtype, interpreter.GetAttribute(type, "dtype"));
    SCONCE_RETURN_IF_ERROR(compare("dtype", dtype));
    SCONCE_RETURN_IF_ERROR(compare("is_cuda", absl::StrContains(*name, ".cuda.")));
    return same;
  }
  const Value& other = HeldBy(*taken[1], kTypeOf);
  if (Is<None>(other)) return false;
  for (const char* attribute : {"dtype", "is_cuda"}) {
    SCONCE_ASSIGN_OR_RETURN(const Value expected, interpreter.GetAttribute(other, attribute));
    SCONCE_RETURN_IF_ERROR(compare(attribute, expected));
  }
  return same;
}

Value TypeOfTensor(Interpreter& interpreter, const Value& tensor) {
  const auto type =
      MakeClass("type of a tensor", {interpreter.library().object_class()}, NativeKind::kObject);
  AddMethod(type, "__eq__", HasTypeOf);
  const Value made = NewInstance(type);
  ObjectOf<Instance>(made)->attributes->Put(kTypeOf, tensor);
  return made;
}

// x.type(torch.LongTensor), x.type("torch.cuda.FloatTensor"), x.type(torch.float), x.type(y.type())
Result ToType(Interpreter& interpreter, const Value& self, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("type", std::move(arguments), {"dtype"}, 0));
  if (!taken[0].has_value()) return TypeOfTensor(interpreter, self);
  Value type = *taken[0];
  if (const Value& other = HeldBy(type, kTypeOf); !Is<None>(other)) {
    return interpreter.CallOperator("aten::to", {{self, other}, {}});
  }
  if (const auto* name = std::get_if<std::string>(&type)) {
    SCONCE_ASSIGN_OR_RETURN(const Value torch, interpreter.library().Import(interpreter, "torch"));
    SCONCE_ASSIGN_OR_RETURN(type,
                            interpreter.GetAttribute(torch, name->substr(name->rfind('.') + 1)));
  }
  if (const Class* named = ObjectOf<Class>(type)) {
    if (const Value* dtype = named->attributes.Get("dtype")) type = *dtype;
  }
  return interpreter.CallOperator("aten::to", {{self, type}, {}});
}

// x.float() and its likes.
std::optional<c10::ScalarType> CastNamed(const std::string& name) {
  static constexpr std::pair<const char*, c10::ScalarType> kCasts[] = {
      {"float", c10::kFloat}, {"double", c10::kDouble},     {"half", c10::kHalf},
      {"long", c10::kLong},   {"int", c10::kInt},           {"short", c10::kShort},
      {"bool", c10::kBool},   {"bfloat16", c10::kBFloat16}, {"byte", c10::kByte},
      {"char", c10::kChar}};
  for (const auto& [cast, type] : kCasts) {
    if (name == cast) return type;
  }
  return std::nullopt;
}

// What only concerns training, or where a model lives while it is built.
bool ReturnsItself(const std::string& name, bool is_recording) {
  const bool training = name == "requires_grad_" || name == "retain_grad" ||
                        name == "register_hook" || name == "detach_" || name == "share_memory_";
  const bool place = name == "cpu" || name == "cuda" || name == "pin_memory";
  return training || (place && !is_recording);
}

// A parameter's first values come from the file; drawing random ones would be lost work.
bool Initialises(const std::string& name) {
  return name == "normal_" || name == "uniform_" || name == "random_" || name == "bernoulli_" ||
         name == "trunc_normal_" || name == "exponential_";
}

// Of a model that is being built, .to(device) does nothing: devices are chosen when it is loaded.
Result To(Interpreter& interpreter, const Value& self, Arguments arguments) {
  if (interpreter.recorder() == nullptr) {
    const auto is_place = [](const Value& value) {
      return Is<std::string>(value) || Is<c10::Device>(value) ||
             ObjectOf<Unknown>(value) != nullptr;
    };
    auto& positional = arguments.positional;
    if (!positional.empty() && is_place(positional.front())) positional.erase(positional.begin());
    auto& keywords = arguments.keywords;
    for (size_t i = keywords.size(); i-- > 0;) {
      if (keywords[i].first == "device") keywords.erase(keywords.begin() + i);
    }
    if (positional.empty() && keywords.empty()) return self;
  }
  arguments.positional.insert(arguments.positional.begin(), self);
  return interpreter.CallOperator("aten::to", arguments);
}

// x.norm(p="fro", dim=None, keepdim=False, dtype=None), whose defaults the operator has not.
Result Norm(Interpreter& interpreter, const Value& self, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken,
                          Take("norm", std::move(arguments), {"p", "dim", "keepdim", "dtype"}, 0));
  Value p = taken[0].value_or(None());
  if (Is<None>(p) || IsString(p, "fro")) p = int64_t{2};
  if (Is<std::string>(p)) return Unsupported("of norms by name only \"fro\" is run here");
  Arguments all{{self, p}, {}};
  if (taken[1].has_value() && !Is<None>(*taken[1])) {
    const bool single = Is<int64_t>(*taken[1]);
    all.positional.push_back(single ? ListOf({*taken[1]}) : *taken[1]);
    all.positional.push_back(taken[2].value_or(false));
  }
  if (taken[3].has_value()) all.keywords.emplace_back("dtype", *taken[3]);
  return interpreter.CallOperator("aten::norm", all);
}

// x.tolist() of what only a request knows: a row of whole numbers, as lengths and places are. Other
// requests fail: TorchScript has to know what a list holds.
Result ToList(Interpreter& interpreter, const Value& self) {
  SCONCE_ASSIGN_OR_RETURN(const Value is_float,
                          interpreter.CallOperator("aten::is_floating_point", {{self}, {}}));
  SCONCE_ASSIGN_OR_RETURN(const Value is_whole, interpreter.Unary(UnaryOperator::kNot, is_float));
  SCONCE_RETURN_IF_ERROR(interpreter.Require(
      is_whole, "TypeError", "tolist() is served for tensors of integers; return the tensor"));
  SCONCE_ASSIGN_OR_RETURN(const Value whole,
                          interpreter.CallOperator("aten::to", {{self, Dtype{c10::kLong}}, {}}));
  torch::jit::Graph& graph = interpreter.recorder()->graph();
  torch::jit::Value* dimensions = graph.insertConstant(int64_t{1});
  torch::jit::Value* of_integers = graph.insertConstant(int64_t{0});
  torch::jit::Node* list = graph.insertNode(graph.create(
      torch::jit::prim::tolist, {std::get<Symbol>(whole).value, dimensions, of_integers}));
  list->output()->setType(c10::ListType::ofInts());
  return Symbol{list->output()};
}

Value Method(const std::string& name, const Value& self) {
  Builtin builtin(name, [name, self](Interpreter& interpreter, Arguments arguments) {
    arguments.positional.insert(arguments.positional.begin(), self);
    return interpreter.CallOperator("aten::" + name, arguments);
  });
  builtin.takes_list = true;
  return Own(std::move(builtin));
}

// x.new(sizes…), an empty tensor, and x.new([…]), one of these numbers: both of x's type.
Result NewLike(Interpreter& interpreter, const Value& self, Arguments arguments) {
  const bool single = arguments.positional.size() == 1;
  const Value first = single ? arguments.positional[0] : Value(None());
  const bool data =
      single && ((ObjectOf<List>(first) != nullptr && ListInGraph(first) == nullptr) ||
                 TypeName(first) == "Tensor");
  if (!data) {
    const bool sizes = ObjectOf<Tuple>(first) != nullptr || ListInGraph(first) != nullptr;
    const Value size = sizes ? first : ListOf(arguments.positional);
    return interpreter.CallOperator("aten::new_zeros", {{self, size}, {}});
  }
  Value made = arguments.positional[0];
  if (ObjectOf<List>(made) != nullptr) {
    SCONCE_ASSIGN_OR_RETURN(made, interpreter.CallOperator("aten::tensor", {{made}, {}}));
  }
  return interpreter.CallOperator("aten::type_as", {{made, self}, {}});
}

Value Returning(const std::string& name, const Value& value) {
  return Native(name, [value](Interpreter&, Arguments) -> Result { return value; });
}

// A method that is a function of torch.functional.
Found FindFunctionOf(Interpreter& interpreter, const Value& self, const std::string& name) {
  static constexpr const char* kShared[] = {"stft", "unique", "unique_consecutive",
                                            "qr",   "split",  "new_tensor"};
  if (std::find(std::begin(kShared), std::end(kShared), name) == std::end(kShared)) {
    return std::nullopt;
  }
  SCONCE_ASSIGN_OR_RETURN(const auto function,
                          interpreter.library().OwnFunction(interpreter, "torch.functional", name));
  if (!function.has_value()) return std::nullopt;
  return Value(Own(BoundMethod(self, *function)));
}

// Of an array what NumPy does otherwise than torch, in code that is not NumPy's own.
Found FindArrayMethod(Interpreter& interpreter, const Value& self, const std::string& name) {
  const SourceModule* running = interpreter.current_module();
  if (running != nullptr && running->is_numpy()) return std::nullopt;
  if (name == "size") {
    SCONCE_ASSIGN_OR_RETURN(Value size, interpreter.CallOperator("aten::numel", {{self}, {}}));
    return std::optional<Value>(std::move(size));
  }
  SCONCE_ASSIGN_OR_RETURN(const auto function, interpreter.library().OwnFunction(
                                                   interpreter, "numpy", "_array_" + name));
  if (!function.has_value()) return std::nullopt;
  return Value(Own(BoundMethod(self, *function)));
}

}  // namespace

Found FindTensorMethod(Interpreter& interpreter, const Value& self, const std::string& name) {
  const auto* known = std::get_if<TensorValue>(&self);
  if (known == nullptr &&
      std::get<Symbol>(self).value->type()->kind() == c10::TypeKind::OptionalType) {
    SCONCE_ASSIGN_OR_RETURN(const Value present, interpreter.Present(self));
    return interpreter.FindAttribute(present, name);
  }
  if (known != nullptr && !(known->is_array && name == "size")) {
    SCONCE_ASSIGN_OR_RETURN(auto value, FindKnown(known->tensor, name));
    if (value.has_value()) return value;
  }
  const bool is_tensor = known != nullptr || TypeName(self) == "Tensor";
  if (is_tensor && interpreter.IsArray(self)) {
    SCONCE_ASSIGN_OR_RETURN(auto value, FindArrayMethod(interpreter, self, name));
    if (value.has_value()) return value;
  }
  if (is_tensor) {
    SCONCE_ASSIGN_OR_RETURN(auto value, FindProperty(interpreter, self, name));
    if (value.has_value()) return value;
    if (const auto type = CastNamed(name)) {
      return Native(name, [self, type = *type](Interpreter& running, Arguments) {
        return running.CallOperator("aten::to", {{self, Dtype{type}}, {}});
      });
    }
    if (ReturnsItself(name, interpreter.recorder() != nullptr)) return Returning(name, self);
    if (known != nullptr && known->is_parameter && Initialises(name)) return Returning(name, self);
    if (name == "type") {
      return Native(name, [self](Interpreter& running, Arguments arguments) {
        return ToType(running, self, std::move(arguments));
      });
    }
    if (name == "to") {
      return Native(name, [self](Interpreter& running, Arguments arguments) {
        return To(running, self, std::move(arguments));
      });
    }
    if (name == "astype") {  // of NumPy, whose arrays are tensors here
      return Native(name, [self](Interpreter& running, Arguments arguments) -> Result {
        SCONCE_ASSIGN_OR_RETURN(const Value numpy, running.library().Import(running, "numpy"));
        return running.CallMethod(numpy, "array", {{self, arguments.positional.at(0)}, {}});
      });
    }
    if (name == "new") {
      Builtin builtin(name, [self](Interpreter& running, Arguments arguments) {
        return NewLike(running, self, std::move(arguments));
      });
      builtin.takes_list = true;
      return Value(Own(std::move(builtin)));
    }
    if (name == "tolist") {
      return Native(name,
                    [self](Interpreter& running, Arguments) { return ToList(running, self); });
    }
    if (name == "where") {  // torch.where has the condition first
      return Native(name, [self](Interpreter& running, Arguments arguments) -> Result {
        SCONCE_ASSIGN_OR_RETURN(auto taken,
                                Take("where", std::move(arguments), {"condition", "y"}, 2));
        return running.CallOperator("aten::where", {{*taken[0], self, *taken[1]}, {}});
      });
    }
    if (name == "numpy") return Returning(name, interpreter.AsArray(self, true));
    if (name == "data_ptr") return Returning(name, IdentityOf(self));
    if (name == "get_device") {  // for whoever takes a device or its number
      SCONCE_ASSIGN_OR_RETURN(const Value device, interpreter.GetAttribute(self, "device"));
      return Returning(name, device);
    }
    if (name == "nonzero") {
      return Native(name, [self](Interpreter& running, Arguments arguments) -> Result {
        SCONCE_ASSIGN_OR_RETURN(auto taken, Take("nonzero", std::move(arguments), {"as_tuple"}, 0));
        const bool as_tuple = taken[0].has_value() && IsSame(*taken[0], Value(true));
        return running.CallOperator(as_tuple ? "aten::nonzero_numpy" : "aten::nonzero",
                                    {{self}, {}});
      });
    }
    if (name == "norm") {
      return Native(name, [self](Interpreter& running, Arguments arguments) {
        return Norm(running, self, std::move(arguments));
      });
    }
  } else if (TypeName(self) == "Device" && (name == "type" || name == "index")) {
    return Operator(interpreter, name == "type" ? "prim::type" : "prim::index", self);
  }
  if (!is_tensor && (TypeName(self) == "int" || TypeName(self) == "float")) {
    SCONCE_ASSIGN_OR_RETURN(auto method, FindNumberMethod(self, name));
    if (method.has_value()) return method;
  }
  if (is_tensor) {
    SCONCE_ASSIGN_OR_RETURN(const auto function, FindFunctionOf(interpreter, self, name));
    if (function.has_value()) return function;
  }
  if (known != nullptr) {
    if (const Value* mark = interpreter.FindMark(known->tensor, name)) return *mark;
  }
  if (IsTorchOperator(name)) return Method(name, self);
  return std::nullopt;
}

absl::Status SetTensorAttribute(Interpreter& interpreter, const Value& tensor,
                                const std::string& name, const Value& value) {
  if (name == "requires_grad" || name == "grad") return absl::OkStatus();
  if (name == "data") {
    // Of what torch.load would read: the model's own file has it.
    const Unknown* unknown = ObjectOf<Unknown>(value);
    if (unknown != nullptr && unknown->is_file) return absl::OkStatus();
    SCONCE_RETURN_IF_ERROR(CheckKnown(value));
    const auto* known = std::get_if<TensorValue>(&tensor);
    const auto* data = std::get_if<TensorValue>(&value);
    if (known != nullptr && data != nullptr && interpreter.recorder() == nullptr) {
      const bool unset = interpreter.unset_tensors().Has(data->tensor);
      // Holders of the tensor see the new data, as in PyTorch.
      known->tensor.unsafeGetTensorImpl()->set_allow_tensor_metadata_change(true);
      known->tensor.set_data(unset ? at::empty_like(data->tensor) : data->tensor.clone());
      if (unset) interpreter.unset_tensors().Add(known->tensor);
      return absl::OkStatus();
    }
    return interpreter.CallOperator("aten::copy_", {{tensor, value}, {}}).status();
  }
  if (const auto* known = std::get_if<TensorValue>(&tensor)) {
    interpreter.Mark(known->tensor, name, value);
    return absl::OkStatus();
  }
  return Raised("AttributeError", absl::StrFormat("attribute '%s' of a tensor can't be set", name));
}

}  // namespace sconce::python
