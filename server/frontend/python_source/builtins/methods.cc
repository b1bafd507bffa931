#include "server/frontend/python_source/builtins/methods.h"

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

using Found = absl::StatusOr<std::optional<Value>>;
using Result = absl::StatusOr<Value>;

Found FindFunctionAttribute(const std::string& function, const std::string& name) {
  if (name == "__name__" || name == "__qualname__") return Value(function);
  return std::nullopt;
}

Found FindDeviceAttribute(const c10::Device& device, const std::string& name) {
  if (name == "type") return Value(std::string(c10::DeviceTypeName(device.type(), true)));
  if (name == "index") return device.has_index() ? Value(int64_t{device.index()}) : Value(None());
  return std::nullopt;
}

Found FindDtypeAttribute(const Dtype& dtype, const std::string& name) {
  if (name == "is_floating_point") return Value(c10::isFloatingType(dtype.type));
  if (name == "is_complex") return Value(c10::isComplexType(dtype.type));
  if (name == "itemsize") return Value(static_cast<int64_t>(c10::elementSize(dtype.type)));
  return std::nullopt;
}

// Of NumPy's numbers, which are Python's here: x.astype(int), x.astype("int").
Result CastNumber(Interpreter& interpreter, const Value& number, const Arguments& arguments) {
  const Value& type = arguments.positional.at(0);
  std::string name;
  if (const auto* text = std::get_if<std::string>(&type)) name = *text;
  if (const Class* known = ObjectOf<Class>(type)) name = known->name;
  if (const auto* dtype = std::get_if<Dtype>(&type)) {
    name = c10::isFloatingType(dtype->type) ? "float" : "int";
  }
  for (const char* target : {"int", "float", "bool"}) {
    if (!absl::StartsWith(name, target)) continue;
    return interpreter.Call(Value(interpreter.library().NativeClass(target)), {{number}, {}});
  }
  return Raised("TypeError", "astype() of a number to what is no number");
}

}  // namespace

// Nullopt: numbers have no such method.
Found FindNumberMethod(const Value& number, const std::string& name) {
  if (name == "is_integer" && IsKnownNumber(number)) {
    return Native(name, [number](Interpreter&, Arguments) -> absl::StatusOr<Value> {
      const double held = NumberOf(number);
      return held == static_cast<double>(static_cast<int64_t>(held));
    });
  }
  if (name == "item") {
    return Native(name, [number](Interpreter&, Arguments) -> Result { return number; });
  }
  if (name == "astype") {
    return Native(name, [number](Interpreter& interpreter, Arguments arguments) {
      return CastNumber(interpreter, number, arguments);
    });
  }
  return std::nullopt;
}

namespace {

// Methods of texts that are written in Python.
Found FindWritten(Interpreter& interpreter, const Value& text, const std::string& name) {
  SCONCE_ASSIGN_OR_RETURN(const auto function,
                          interpreter.library().OwnFunction(interpreter, "_text", name));
  if (!function.has_value()) return std::nullopt;
  return Value(Own(BoundMethod(text, *function)));
}

// x[1:].start and the like.
Found FindSliceAttribute(const SliceValue& slice, const std::string& name) {
  if (name == "start") return slice.lower;
  if (name == "stop") return slice.upper;
  if (name == "step") return slice.step;
  return std::nullopt;
}

}  // namespace

void AddMethod(const std::shared_ptr<Class>& type, const std::string& name, Builtin::Call call) {
  // Weakly: the class owns the method.
  const auto check = [name, owner = std::weak_ptr<Class>(type), call = std::move(call)](
                         Interpreter& interpreter, Arguments arguments) -> Result {
    const auto& given = arguments.positional;
    const Instance* self = given.empty() ? nullptr : ObjectOf<Instance>(given.front());
    const auto expected = owner.lock();
    if (self == nullptr || expected == nullptr || !IsSubclass(*self->type, *expected)) {
      return Raised("TypeError",
                    absl::StrFormat("%s.%s() needs such an object, not %s",
                                    expected == nullptr ? "" : expected->name, name,
                                    given.empty() ? "nothing" : Describe(given.front())));
    }
    return call(interpreter, std::move(arguments));
  };
  type->attributes.Put(name, Native(name, check));
}

Found FindMethod(Interpreter& interpreter, const Value& object, const std::string& name) {
  if (Is<TensorValue>(object)) return FindTensorMethod(interpreter, object, name);
  if (torch::jit::Value* list = ListInGraph(object)) {
    // These take any iterable, and any value; the others are operators of torch.
    const bool grows = name == "append" || name == "extend";
    if (name == "numel" && *list->type() == *c10::ListType::ofInts()) {  // torch.Size
      return Native(name, [list](Interpreter& running, Arguments) -> Result {
        SCONCE_ASSIGN_OR_RETURN(const Value sizes,
                                running.CallOperator("aten::tensor", {{Symbol{list}}, {}}));
        SCONCE_ASSIGN_OR_RETURN(const Value product,
                                running.CallOperator("aten::prod", {{sizes}, {}}));
        return running.CallOperator("aten::Int", {{product}, {}});
      });
    }
    if (!grows) return FindTensorMethod(interpreter, Symbol{list}, name);
    if (const auto* known = std::get_if<std::shared_ptr<List>>(&object)) {
      return FindListMethod(*known, name);
    }
    auto as_object = std::make_shared<List>();
    as_object->symbol = list;
    return FindListMethod(as_object, name);
  }
  if (Is<Symbol>(object)) return FindTensorMethod(interpreter, object, name);
  if (const auto* text = std::get_if<std::string>(&object)) {
    SCONCE_ASSIGN_OR_RETURN(auto method, FindTextMethod(*text, name));
    return method.has_value() ? Found(std::move(method)) : FindWritten(interpreter, object, name);
  }
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&object)) {
    return FindListMethod(*list, name);
  }
  if (const auto* tuple = std::get_if<std::shared_ptr<Tuple>>(&object)) {
    return FindTupleMethod(interpreter, *tuple, name);
  }
  if (Is<Dict>(object) || Is<Set>(object)) return FindDictMethod(object, name);
  if (const Function* function = ObjectOf<Function>(object)) {
    if (name == "__module__") return Value(function->module->name());
    if (name == "__doc__") {
      return function->body == nullptr ? Value(None()) : DocumentationOf(*function->body);
    }
    if (name == "__wrapped__" && !Is<None>(function->wrapped)) return function->wrapped;
    return FindFunctionAttribute(function->name, name);
  }
  if (const Builtin* function = ObjectOf<Builtin>(object)) {
    return FindFunctionAttribute(function->name, name);
  }
  if (const BoundMethod* method = ObjectOf<BoundMethod>(object)) {
    if (name == "__self__") return method->self;
    if (name == "__func__") return method->function;
    return FindMethod(interpreter, method->function, name);
  }
  if (const SliceValue* slice = ObjectOf<SliceValue>(object)) {
    return FindSliceAttribute(*slice, name);
  }
  if (const auto* device = std::get_if<c10::Device>(&object)) {
    return FindDeviceAttribute(*device, name);
  }
  if (const auto* dtype = std::get_if<Dtype>(&object)) return FindDtypeAttribute(*dtype, name);
  if (IsKnownNumber(object)) return FindNumberMethod(object, name);
  if (Descriptor* const descriptor = ObjectOf<Descriptor>(object)) {
    // @x.setter: the same property with a setter.
    if (name == "setter") {
      return Native(
          name,
          [getter = descriptor->function](Interpreter&,
                                          Arguments arguments) -> absl::StatusOr<Value> {
            return Own(Descriptor{Descriptor::Kind::kProperty, getter, arguments.positional.at(0)});
          });
    }
  }
  return std::nullopt;
}

}  // namespace sconce::python
