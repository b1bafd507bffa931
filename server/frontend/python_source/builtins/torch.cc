// The module torch: its operators by name, and what is no operator.

#include <torch/csrc/jit/frontend/builtin_functions.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/inert.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/builtins/torch_names.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/ivalue.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/sequences.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;
using NativeCall = Result (*)(Interpreter&, Arguments);

Value OperatorNamed(const std::string& name) {
  Builtin builtin(name, [name](Interpreter& interpreter, Arguments arguments) {
    // Factories take it; no gradients are computed here.
    std::erase_if(arguments.keywords,
                  [](const auto& each) { return each.first == "requires_grad"; });
    return interpreter.CallOperator("aten::" + name, arguments);
  });
  builtin.takes_list = true;
  return Own(std::move(builtin));
}

// torch.x and torch.ops.aten.x. What reaches files, processes or the allocator is no operator here.
Result FindOperator(Interpreter&, const std::string& name) {
  if (name == "from_file" || name == "save" || name == "load" || !IsTorchOperator(name)) {
    return absl::NotFoundError(name);
  }
  return OperatorNamed(name);
}

// Of torch itself: what Python's torch does before the operator, then the operator.
Result FindFunction(Interpreter& interpreter, const std::string& name) {
  SCONCE_ASSIGN_OR_RETURN(const auto own,
                          interpreter.library().OwnFunction(interpreter, "torch.functional", name));
  return own.has_value() ? *own : FindOperator(interpreter, name);
}

Result ReturnFalse(Interpreter&, Arguments) { return false; }
Result ReturnTrue(Interpreter&, Arguments) { return true; }

Result FromNumPy(Interpreter& interpreter, Arguments arguments) {
  return interpreter.AsArray(arguments.positional.at(0), false);
}

// torch.tensor(x) of a tensor: a copy, of another dtype if it is given.
Result CopyTensor(Interpreter& interpreter, const Arguments& arguments) {
  const Value* dtype = Keyword(arguments, "dtype");
  if (dtype == nullptr && arguments.positional.size() > 1) dtype = &arguments.positional[1];
  SCONCE_ASSIGN_OR_RETURN(const Value copy,
                          interpreter.CallOperator("aten::clone", {{arguments.positional[0]}, {}}));
  if (dtype == nullptr || !Is<Dtype>(*dtype)) return interpreter.AsArray(copy, false);
  SCONCE_ASSIGN_OR_RETURN(const Value cast,
                          interpreter.CallOperator("aten::to", {{copy, *dtype}, {}}));
  return interpreter.AsArray(cast, false);
}

// What torch.tensor() is given, seen as a whole. Lists may hold themselves, or one thing often.
class Data {
 public:
  static absl::StatusOr<Data> Of(Interpreter& interpreter, const Value& value) {
    Data data;
    SCONCE_RETURN_IF_ERROR(data.Look(interpreter, value, 0));
    return data;
  }

  bool is_empty() const { return items_ == 0; }
  bool has_floats() const { return has_floats_; }

 private:
  static constexpr int kDeepest = 64;  // dimensions of a tensor

  absl::Status Look(Interpreter& interpreter, const Value& value, int depth) {
    const auto* items = KnownItems(value);
    if (items == nullptr) {
      has_floats_ |= Is<double>(value);
      ++items_;
      return absl::OkStatus();
    }
    SCONCE_RETURN_IF_ERROR(interpreter.Step());
    if (depth > kDeepest) return Raised("ValueError", "too many dimensions");
    if (items_ + items->size() > interpreter.limits().items) {
      return Raised("MemoryError", "a tensor of more numbers than Sconce reads from lists");
    }
    for (const Value& item : *items) {
      SCONCE_RETURN_IF_ERROR(Look(interpreter, item, depth + 1));
    }
    return absl::OkStatus();
  }

  uint64_t items_ = 0;
  bool has_floats_ = false;
};

// [tensor(1.), tensor(2.)], as well of arrays.
bool HoldsTensors(const Value& data) {
  const auto* items = KnownItems(data);
  return items != nullptr && !items->empty() &&
         std::all_of(items->begin(), items->end(),
                     [](const Value& item) { return TypeName(item) == "Tensor"; });
}

// [[1, 2.5], [3, 4]]: all floats where one is. As deep as Data has looked.
Value AsFloats(const Value& data) {
  if (IsKnownNumber(data)) return NumberOf(data);
  const auto* known = KnownItems(data);
  if (known == nullptr) return data;
  std::vector<Value> items = *known;
  for (Value& item : items) item = AsFloats(item);
  return SequenceLike(data, std::move(items));
}

Result MakeTensor(Interpreter& interpreter, Arguments arguments) {
  if (arguments.positional.empty()) return Raised("TypeError", "torch.tensor() needs data");
  for (auto& [name, value] : arguments.keywords) SCONCE_RETURN_IF_ERROR(CheckKnown(value));
  if (ObjectOf<Unknown>(arguments.positional[0]) != nullptr) return arguments.positional[0];
  if (TypeName(arguments.positional[0]) == "Tensor" ||
      TypeName(arguments.positional[0]) == "Parameter") {
    return CopyTensor(interpreter, arguments);
  }
  if (HoldsTensors(arguments.positional[0])) {
    SCONCE_ASSIGN_OR_RETURN(
        arguments.positional[0],
        interpreter.CallOperator("aten::stack", {{arguments.positional[0]}, {}}));
    return CopyTensor(interpreter, arguments);
  }
  SCONCE_ASSIGN_OR_RETURN(const Data data, Data::Of(interpreter, arguments.positional[0]));
  if (data.has_floats()) arguments.positional[0] = AsFloats(arguments.positional[0]);
  const bool typed = Keyword(arguments, "dtype") != nullptr || arguments.positional.size() > 1;
  if (!typed && data.is_empty()) {
    arguments.keywords.emplace_back("dtype", Dtype{c10::kFloat});
  }
  return interpreter.CallOperator("aten::tensor", arguments);
}

// x.size() of what only a request knows.
bool IsSizes(const Value& value) {
  const auto* symbol = std::get_if<Symbol>(&value);
  return symbol != nullptr && *symbol->value->type() == *c10::ListType::ofInts();
}

// torch.Tensor(3, 4), torch.Tensor(x.size()), torch.LongTensor([1, 2]).
Result MakeTyped(Interpreter& interpreter, Arguments arguments, c10::ScalarType type) {
  auto& given = arguments.positional;
  if (given.size() == 1 && ObjectOf<Sequence>(given[0]) != nullptr) {  // range(n)
    SCONCE_ASSIGN_OR_RETURN(given[0], ListOfAll(interpreter, given[0]));
    return interpreter.CallOperator("aten::tensor", {{given[0]}, {{"dtype", Dtype{type}}}});
  }
  if (!given.empty() && ObjectOf<Unknown>(given[0]) != nullptr) return given[0];
  const bool single = given.size() == 1 && IsSizes(given[0]);
  if (given.empty() || TypeName(given[0]) == "int" || single) {
    const Value size = given.empty() ? ListOf({int64_t{0}}) : single ? given[0] : ListOf(given);
    return interpreter.CallOperator("aten::empty", {{size}, {{"dtype", Dtype{type}}}});
  }
  if (TypeName(given[0]) == "Tensor") {
    SCONCE_ASSIGN_OR_RETURN(const Value cast,
                            interpreter.CallOperator("aten::to", {{given[0], Dtype{type}}, {}}));
    return interpreter.AsArray(cast, false);
  }
  SCONCE_ASSIGN_OR_RETURN(const Data data, Data::Of(interpreter, given[0]));
  if (data.has_floats()) given[0] = AsFloats(given[0]);
  return interpreter.CallOperator("aten::tensor", {{given[0]}, {{"dtype", Dtype{type}}}});
}

Result MakeDevice(Interpreter&, Arguments arguments) {
  if (arguments.positional.size() > 1) arguments.positional.erase(arguments.positional.begin());
  const Value& name = arguments.positional.at(0);
  if (Is<c10::Device>(name) || IsGraphKind(name, c10::TypeKind::DeviceObjType)) return name;
  const auto* text = std::get_if<std::string>(&name);
  if (text == nullptr) return Raised("TypeError", "torch.device() takes a str");
  try {
    return c10::Device(*text);
  } catch (const std::exception&) {
    return Raised("RuntimeError", absl::StrFormat("no such device: %s", *text));
  }
}

Result MakeSize(Interpreter& interpreter, Arguments arguments) {
  arguments.positional.erase(arguments.positional.begin());
  if (arguments.positional.empty()) return TupleOf({});
  return interpreter.Call(*interpreter.library().builtins().Get("tuple"), std::move(arguments));
}

// torch.autograd.Variable(x): x.
Result MakeVariable(Interpreter&, Arguments arguments) {
  arguments.positional.erase(arguments.positional.begin());
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("Variable", std::move(arguments),
                                                 {"data", "requires_grad", "volatile"}, 1));
  return *taken[0];
}

constexpr char kNorm[] = "norm";
constexpr char kNonzero[] = "nonzero";

// torch.norm(x, …): the method knows more than the operator.
template <const char* kName>
Result CallAsMethod(Interpreter& interpreter, Arguments arguments) {
  for (size_t i = 0; i < arguments.keywords.size(); ++i) {
    if (arguments.keywords[i].first != "input") continue;
    arguments.positional.insert(arguments.positional.begin(), arguments.keywords[i].second);
    arguments.keywords.erase(arguments.keywords.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  if (arguments.positional.empty()) {
    return Raised("TypeError", absl::StrCat(kName, "() needs a tensor"));
  }
  const Value self = arguments.positional.front();
  arguments.positional.erase(arguments.positional.begin());
  return interpreter.CallMethod(self, kName, std::move(arguments));
}

Result IsTensor(Interpreter&, Arguments arguments) {
  const std::string type = TypeName(arguments.positional.at(0));
  return type == "Tensor" || type == "Parameter";
}

Result AssertThat(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("_assert", std::move(arguments), {"x", "message"}, 2));
  SCONCE_ASSIGN_OR_RETURN(const Value truth, interpreter.Truth(*taken[0]));
  SCONCE_ASSIGN_OR_RETURN(const std::string message, interpreter.ToText(*taken[1], false));
  SCONCE_RETURN_IF_ERROR(interpreter.Require(truth, "AssertionError", message));
  return None();
}

Result FloatInfo(Interpreter&, Arguments arguments) {
  auto info = std::make_shared<Namespace>();
  info->name = "finfo";
  c10::ScalarType type = c10::kFloat;
  if (!arguments.positional.empty()) {
    if (const auto* dtype = std::get_if<Dtype>(&arguments.positional[0])) type = dtype->type;
  }
  const auto fill = [&](auto limits) {
    using Limits = decltype(limits);
    info->names.Put("min", static_cast<double>(Limits::lowest()));
    info->names.Put("max", static_cast<double>(Limits::max()));
    info->names.Put("eps", static_cast<double>(Limits::epsilon()));
    info->names.Put("tiny", static_cast<double>(Limits::min()));
  };
  if (type == c10::kDouble) {
    fill(std::numeric_limits<double>());
  } else if (type == c10::kHalf) {
    fill(std::numeric_limits<c10::Half>());
  } else if (type == c10::kBFloat16) {
    fill(std::numeric_limits<c10::BFloat16>());
  } else {
    fill(std::numeric_limits<float>());
  }
  return Value(info);
}

// checkpoint(f, *args, use_reentrant=…): saves memory in training; here it is the call.
Result CallFirst(Interpreter& interpreter, Arguments arguments) {
  const Value function = arguments.positional.at(0);
  arguments.positional.erase(arguments.positional.begin());
  auto& keywords = arguments.keywords;
  for (size_t i = keywords.size(); i-- > 0;) {
    const std::string& name = keywords[i].first;
    if (name == "use_reentrant" || name == "preserve_rng_state")
      keywords.erase(keywords.begin() + i);
  }
  return interpreter.Call(function, std::move(arguments));
}

// checkpoint_sequential(layers, segments, x): the layers one after another.
Result CallInTurn(Interpreter& interpreter, Arguments arguments) {
  std::erase_if(arguments.keywords, [](const auto& each) {
    return each.first == "use_reentrant" || each.first == "preserve_rng_state";
  });
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("checkpoint_sequential", std::move(arguments),
                                                 {"functions", "segments", "input"}, 3));
  SCONCE_ASSIGN_OR_RETURN(const auto layers, interpreter.Iterate(*taken[0]));
  Value x = *taken[2];
  for (const Value& layer : layers) {
    SCONCE_ASSIGN_OR_RETURN(x, interpreter.Call(layer, {{x}, {}}));
  }
  return x;
}

// no_grad(): a decorator and a context.
Value GradMode(Library& library, const char* name) {
  auto type = MakeClass(name, {library.object_class()}, NativeKind::kObject);
  type->make = std::make_shared<Builtin>(Builtin{
      name, [type = std::weak_ptr<Class>(type)](Interpreter&, Arguments arguments) -> Result {
        const bool decorates = arguments.positional.size() == 2 &&
                               ObjectOf<Function>(arguments.positional[1]) != nullptr;
        return decorates ? arguments.positional[1] : NewInstance(type.lock());
      }});
  type->attributes.Put("__call__",
                       Native("__call__", [](Interpreter&, Arguments arguments) -> Result {
                         return arguments.positional.at(1);
                       }));
  return Value(type);
}

void AddDtypes(Namespace& torch) {
  const std::pair<const char*, c10::ScalarType> dtypes[] = {{"float32", c10::kFloat},
                                                            {"float", c10::kFloat},
                                                            {"float64", c10::kDouble},
                                                            {"double", c10::kDouble},
                                                            {"float16", c10::kHalf},
                                                            {"half", c10::kHalf},
                                                            {"bfloat16", c10::kBFloat16},
                                                            {"int64", c10::kLong},
                                                            {"long", c10::kLong},
                                                            {"int32", c10::kInt},
                                                            {"int", c10::kInt},
                                                            {"int16", c10::kShort},
                                                            {"short", c10::kShort},
                                                            {"int8", c10::kChar},
                                                            {"uint8", c10::kByte},
                                                            {"bool", c10::kBool},
                                                            {"complex64", c10::kComplexFloat},
                                                            {"complex128", c10::kComplexDouble},
                                                            {"cfloat", c10::kComplexFloat},
                                                            {"cdouble", c10::kComplexDouble}};
  for (const auto& [name, type] : dtypes) torch.names.Put(name, Dtype{type});
  torch.names.Put("contiguous_format", int64_t{0});
  torch.names.Put("preserve_format", int64_t{1});
  torch.names.Put("channels_last", int64_t{2});
  torch.names.Put("channels_last_3d", int64_t{3});
  torch.names.Put("strided", int64_t{0});
  torch.names.Put("pi", 3.141592653589793);
  torch.names.Put("e", 2.718281828459045);
  torch.names.Put("inf", std::numeric_limits<double>::infinity());
  torch.names.Put("nan", std::numeric_limits<double>::quiet_NaN());
  torch.names.Put("__version__", std::string("2.15.0"));
}

void AddClass(Library& library, Namespace& torch, const char* name, NativeCall make) {
  auto type = MakeClass(name, {library.object_class()}, NativeKind::kObject);
  type->module = "torch";
  if (make != nullptr) type->make = std::make_shared<Builtin>(Builtin{name, make});
  library.AddNativeClass(type);
  torch.names.Put(name, Value(type));
}

// torch.FloatTensor and its kin, also those of torch.cuda: devices are chosen when a model is
// loaded.
void AddTensorClasses(Library& library, Namespace& module) {
  const std::pair<const char*, c10::ScalarType> types[] = {{"Tensor", c10::kFloat},
                                                           {"FloatTensor", c10::kFloat},
                                                           {"DoubleTensor", c10::kDouble},
                                                           {"HalfTensor", c10::kHalf},
                                                           {"BFloat16Tensor", c10::kBFloat16},
                                                           {"LongTensor", c10::kLong},
                                                           {"IntTensor", c10::kInt},
                                                           {"ShortTensor", c10::kShort},
                                                           {"ByteTensor", c10::kByte},
                                                           {"CharTensor", c10::kChar},
                                                           {"BoolTensor", c10::kBool}};
  for (const auto& [name, dtype] : types) {
    auto type = MakeClass(name, {library.object_class()}, NativeKind::kObject);
    type->module = "torch";
    type->attributes.Put("dtype", Dtype{dtype});
    type->make = std::make_shared<Builtin>(
        Builtin{name, [dtype = dtype](Interpreter& interpreter, Arguments arguments) -> Result {
                  arguments.positional.erase(arguments.positional.begin());
                  return MakeTyped(interpreter, std::move(arguments), dtype);
                }});
    if (module.name == "torch") library.AddNativeClass(type);
    module.names.Put(name, Value(type));
  }
}

void AddClasses(Library& library, Namespace& torch) {
  AddTensorClasses(library, torch);
  AddClass(library, torch, "Size", MakeSize);
  AddClass(library, torch, "device", MakeDevice);
  AddClass(library, torch, "dtype", nullptr);
  AddClass(library, torch, "Variable", MakeVariable);
  for (const char* name : {"no_grad", "enable_grad", "inference_mode", "set_grad_enabled"}) {
    torch.names.Put(name, GradMode(library, name));
  }
}

void AddFunctionsTo(Namespace& module,
                    std::initializer_list<std::pair<const char*, NativeCall>> functions) {
  for (const auto& [name, function] : functions) module.names.Put(name, Native(name, function));
}

// A model is built as for the CPU, whatever it is loaded onto afterwards.
void AddDevices(Library& library, Namespace& torch) {
  for (const char* name : {"cuda", "xpu", "mps", "accelerator"}) {
    const auto module = library.AddNative(absl::StrCat("torch.", name));
    AddFunctionsTo(*module,
                   {{"is_available", ReturnFalse},
                    {"device_count", [](Interpreter&, Arguments) { return Result(int64_t{0}); }}});
    torch.names.Put(name, Value(module));  // there are operators of these names too
    AddTensorClasses(library, *module);
  }
  for (const char* name : {"mps", "cuda", "mkldnn", "openmp", "cudnn"}) {
    const auto backend = library.AddNative(absl::StrCat("torch.backends.", name));
    AddFunctionsTo(*backend, {{"is_available", ReturnFalse}, {"is_built", ReturnFalse}});
    for (const char* flag : {"benchmark", "deterministic", "allow_tf32"}) {
      backend->names.Put(flag, false);
    }
    backend->names.Put("enabled", true);  // unless a script says otherwise
  }
  library.AddNative("torch.backends");
}

// What reads a file: models do it for weights, which come from the model's own file here.
void AddReaders(Library& library, Namespace& torch) {
  const auto reader = [](const std::string& name) {
    return Native(name, [name](Interpreter&, Arguments) -> Result {
      return Own(Unknown{name + "()", "Sconce reads no other files while it builds a model",
                         nullptr, /*is_file=*/true});
    });
  };
  torch.names.Put("load", reader("torch.load"));
  library.AddNative("torch.hub")
      ->names.Put("load_state_dict_from_url", reader("torch.hub.load_state_dict_from_url"));
  library.AddNative("torch.utils.model_zoo")
      ->names.Put("load_url", reader("torch.utils.model_zoo.load_url"));
  library.AddNative("safetensors.torch")
      ->names.Put("load_file", reader("safetensors.torch.load_file"));
}

void AddSubmodules(Library& library) {
  const auto jit = library.AddNative("torch.jit");
  AddFunctionsTo(
      *jit, {{"is_scripting", ReturnFalse},
             {"is_tracing", ReturnFalse},
             {"script", Decorate},
             {"script_method", Decorate},
             {"script_if_tracing", Decorate},
             {"ignore", Decorate},
             {"unused", Decorate},
             {"export", Decorate},
             {"interface", Decorate},
             {"_overload_method", Decorate},
             {"annotate", [](Interpreter&, Arguments a) -> Result { return a.positional.at(1); }}});
  jit->names.Put("isinstance", *library.builtins().Get("isinstance"));
  AddFunctionsTo(*library.AddNative("torch.onnx"), {{"is_in_onnx_export", ReturnFalse}});
  jit->names.Put("ScriptModule", Value(MakeClass("ScriptModule", {library.NativeClass("Module")},
                                                 NativeKind::kModule)));
  jit->names.Put("Final", Own(Unknown{"torch.jit.Final", "a type"}));
  AddFunctionsTo(*library.AddNative("torch.fx"), {{"wrap", ReturnNone}});
  AddFunctionsTo(*library.AddNative("torch.compiler"),
                 {{"disable", Decorate}, {"is_compiling", ReturnFalse}});
  for (const char* name : {"torch.overrides", "torch._overrides"}) {  // the latter until 1.6
    AddFunctionsTo(*library.AddNative(name), {{"has_torch_function", ReturnFalse},
                                              {"has_torch_function_unary", ReturnFalse},
                                              {"has_torch_function_variadic", ReturnFalse}});
  }
  AddFunctionsTo(*library.AddNative("torch.utils.checkpoint"),
                 {{"checkpoint", CallFirst}, {"checkpoint_sequential", CallInTurn}});
  library.AddNative("torch.utils");
  const auto aten = library.AddNative("torch.ops.aten");
  aten->find = FindOperator;
  library.AddNative("torch.ops")->names.Put("aten", Value(aten));
  for (const char* name : {"torch.special", "torch._VF"}) {
    library.AddNative(name)->find = FindOperator;
  }
  // Where pickles find operators: torch._C._nn.gelu.
  const auto inner = library.AddNative("torch._C");
  AddFunctionsTo(*inner, {{"_log_api_usage_once", ReturnNone},
                          {"_is_tracing", ReturnFalse},
                          {"_get_tracing_state", ReturnNone}});
  for (const char* name : {"_nn", "_VariableFunctions", "_VariableFunctionsClass"}) {
    const auto operators = library.AddNative(absl::StrCat("torch._C.", name));
    operators->find = FindOperator;
    inner->names.Put(name, Value(operators));
  }
  library.AddNative("torch.linalg")->find = [](Interpreter& interpreter, const std::string& name) {
    return FindOperator(interpreter, "linalg_" + name);
  };
  library.AddNative("torch.fft")->find = [](Interpreter& interpreter, const std::string& name) {
    return FindOperator(interpreter, "fft_" + name);
  };
}

}  // namespace

bool IsTorchOperator(const std::string& name) {
  const auto symbol = c10::Symbol::fromQualString("aten::" + name);
  return !torch::jit::getAllOperatorsFor(symbol).empty() ||
         !torch::jit::getAllBuiltinFunctionsFor(symbol).empty();
}

void AddTorch(Library& library) {
  const auto torch = library.AddNative("torch");
  torch->find = FindFunction;
  torch->names.Put("spmm", OperatorNamed("mm"));
  AddDtypes(*torch);
  AddClasses(library, *torch);
  AddFunctionsTo(*torch, {{"tensor", MakeTensor},
                          {"from_numpy", FromNumPy},
                          {"as_tensor", MakeTensor},
                          {"is_tensor", IsTensor},
                          {"norm", CallAsMethod<kNorm>},
                          {"nonzero", CallAsMethod<kNonzero>},
                          {"_assert", AssertThat},
                          {"finfo", FloatInfo},
                          {"compile", Decorate},
                          {"manual_seed", ReturnNone},
                          {"set_num_threads", ReturnNone},
                          {"is_grad_enabled", ReturnFalse},
                          {"is_inference_mode_enabled", ReturnTrue},
                          {"is_autocast_enabled", ReturnFalse},
                          {"get_autocast_gpu_dtype",
                           [](Interpreter&, Arguments) { return Result(Dtype{c10::kHalf}); }},
                          {"_log_api_usage_once", ReturnNone},
                          {"get_default_dtype",
                           [](Interpreter&, Arguments) { return Result(Dtype{c10::kFloat}); }}});
  AddDevices(library, *torch);
  AddReaders(library, *torch);
  AddSubmodules(library);
}

}  // namespace sconce::python
