#include "server/frontend/python_source/builtins/instance_of.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "server/frontend/python_source/interpreter/classes.h"

namespace sconce::python {
namespace {

using Names = std::initializer_list<std::string_view>;

bool IsAny(const Class& type, Names names) {
  return type.name == "object" || std::find(names.begin(), names.end(), type.name) != names.end();
}

// A class of a file may be called Sequence too: what is of it its bases say alone.
bool IsNative(const Class& type) {
  return type.module == "builtins" || type.module == "torch" || type.module == "torch.nn.parameter";
}

const Class* ClassOf(const Value& value) {
  if (const Instance* instance = ObjectOf<Instance>(value)) return instance->type.get();
  const Tuple* tuple = ObjectOf<Tuple>(value);
  return tuple == nullptr ? nullptr : tuple->type.get();
}

bool IsCollection(const Class& type, Names names) {
  return IsAny(type, {"Iterable", "Collection", "Sized", "Container"}) || IsAny(type, names);
}

// Abstract classes that ask for a method: class Layers: def __iter__(self): …
bool HasMethodsOf(const Class& type, const Class& abstract) {
  const auto has = [&](const char* name) { return FindInClass(type, name) != nullptr; };
  const bool all = has("__iter__") && has("__len__") && has("__contains__");
  return (abstract.name == "Iterable" && has("__iter__")) ||
         (abstract.name == "Iterator" && has("__next__")) ||
         (abstract.name == "Sized" && has("__len__")) ||
         (abstract.name == "Container" && has("__contains__")) ||
         (abstract.name == "Collection" && all) || (abstract.name == "Callable" && has("__call__"));
}

bool IsHashable(const Value& value) {
  return ObjectOf<List>(value) == nullptr && !Is<Dict>(value) && !Is<Set>(value);
}

bool SymbolIs(const c10::Type& type, const Class& wanted) {
  switch (type.kind()) {
    case c10::TypeKind::TensorType:
      return IsAny(wanted, {"Tensor", "Variable"});
    case c10::TypeKind::IntType:
      return IsAny(wanted, {"int", "Number", "Complex", "Real", "Rational", "Integral"});
    case c10::TypeKind::FloatType:
      return IsAny(wanted, {"float", "Number", "Complex", "Real"});
    case c10::TypeKind::BoolType:
      return IsAny(wanted, {"bool", "int"});
    case c10::TypeKind::StringType:
      return IsAny(wanted, {"str"});
    case c10::TypeKind::ListType: {
      const bool sizes =
          type.expectRef<c10::ListType>().getElementType()->kind() == c10::TypeKind::IntType;
      return IsCollection(wanted, {"list", "Sequence"}) ||
             (sizes && IsAny(wanted, {"tuple", "Size"}));
    }
    case c10::TypeKind::DictType:
      return IsCollection(wanted, {"dict", "Mapping"});
    case c10::TypeKind::OptionalType:
      return SymbolIs(*type.expectRef<c10::OptionalType>().getElementType(), wanted);
    default:
      return false;
  }
}

struct Checker {
  const Class& type;

  bool operator()(const None&) { return IsAny(type, {"NoneType"}); }
  bool operator()(const bool&) {
    return IsAny(type, {"bool", "int", "Number", "Complex", "Real", "Rational", "Integral"});
  }
  bool operator()(const int64_t&) {
    return IsAny(type, {"int", "Number", "Complex", "Real", "Rational", "Integral"});
  }
  bool operator()(const double&) { return IsAny(type, {"float", "Number", "Real"}); }
  bool operator()(const std::complex<double>&) {
    return IsAny(type, {"complex", "Number", "Complex"});
  }
  bool operator()(const std::string&) { return IsCollection(type, {"str", "Sequence"}); }
  bool operator()(const EllipsisValue&) { return IsAny(type, {}); }
  bool operator()(const Dtype&) { return IsAny(type, {"dtype"}); }
  bool operator()(const c10::Device&) { return IsAny(type, {"device"}); }
  bool operator()(const TensorValue& tensor) {
    return IsAny(type, {"Tensor", "Variable"}) ||
           (tensor.is_parameter && IsAny(type, {"Parameter"}));
  }
  bool operator()(const Symbol& symbol) { return SymbolIs(*symbol.value->type(), type); }
  bool operator()(const std::shared_ptr<Tuple>& tuple) {
    if (tuple->type != nullptr && IsSubclass(*tuple->type, type)) return true;
    return IsCollection(type, {"tuple", "Sequence", "Size"});
  }
  bool operator()(const std::shared_ptr<List>& list) {
    if (list->passes_for_tuple && IsAny(type, {"tuple"})) return true;
    return IsCollection(type, {"list", "Sequence", "MutableSequence"});
  }
  bool operator()(const Dict&) {
    return IsCollection(type, {"dict", "OrderedDict", "Mapping", "MutableMapping"});
  }
  bool operator()(const Set&) {
    return IsCollection(type, {"set", "frozenset", "Set", "MutableSet"});
  }
  bool operator()(const std::shared_ptr<SliceValue>&) { return IsAny(type, {"slice"}); }
  bool operator()(const std::shared_ptr<Sequence>&) { return IsAny(type, {"range", "Iterable"}); }
  bool operator()(const std::shared_ptr<Function>&) {
    return IsAny(type, {"function", "FunctionType", "LambdaType", "Callable"});
  }
  bool operator()(const std::shared_ptr<BoundMethod>&) {
    return IsAny(type, {"MethodType", "Callable"});
  }
  bool operator()(const std::shared_ptr<Builtin>&) {
    return IsAny(type, {"BuiltinFunctionType", "Callable"});
  }
  bool operator()(const std::shared_ptr<Class>& value) {
    if (value->kind == NativeKind::kEnum && IsAny(type, {"EnumMeta", "EnumType"})) return true;
    return IsAny(type, {"type", "Callable"});
  }
  bool operator()(const std::shared_ptr<Instance>& instance) {
    switch (instance->type->kind) {
      case NativeKind::kModule:
        if (IsAny(type, {"Callable"})) return true;
        break;
      case NativeKind::kDict:
        if (IsCollection(type, {"Mapping", "MutableMapping"})) return true;
        break;
      default:
        break;
    }
    return IsSubclass(*instance->type, type) || HasMethodsOf(*instance->type, type);
  }
  bool operator()(const std::shared_ptr<Namespace>&) { return IsAny(type, {"ModuleType"}); }
  bool operator()(const std::shared_ptr<Descriptor>&) { return IsAny(type, {"property"}); }
  bool operator()(const std::shared_ptr<Unknown>&) { return false; }
};

}  // namespace

bool IsInstanceOf(const Value& value, const Class& type) {
  if (!IsNative(type)) {
    const Class* of = ClassOf(value);
    return of != nullptr && IsSubclass(*of, type);
  }
  if (type.name == "Hashable") return IsHashable(value);
  return std::visit(Checker{type}, value);
}

}  // namespace sconce::python
