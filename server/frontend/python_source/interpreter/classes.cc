#include "server/frontend/python_source/interpreter/classes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/comprehension.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/same_value.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

using Classes = std::vector<std::shared_ptr<Class>>;

constexpr size_t kMostAncestors = 200;

// C3, as Python orders bases. Empty: they contradict each other, or are too many.
Classes MethodOrder(const std::shared_ptr<Class>& type) {
  std::vector<Classes> lists;
  for (const auto& base : type->bases) lists.push_back(base->order);
  lists.push_back(type->bases);
  Classes order = {type};
  for (const auto& base : type->bases) {
    if (base->order.size() > kMostAncestors) return {};
  }
  for (;;) {
    lists.erase(std::remove_if(lists.begin(), lists.end(), [](auto& list) { return list.empty(); }),
                lists.end());
    if (lists.empty()) return order;
    const auto blocked = [&](const std::shared_ptr<Class>& candidate) {
      return std::any_of(lists.begin(), lists.end(), [&](const Classes& list) {
        return std::find(list.begin() + 1, list.end(), candidate) != list.end();
      });
    };
    const auto next = std::find_if(lists.begin(), lists.end(),
                                   [&](const Classes& list) { return !blocked(list.front()); });
    if (next == lists.end()) return {};
    const std::shared_ptr<Class> chosen = next->front();
    order.push_back(chosen);
    for (Classes& list : lists) {
      if (list.front() == chosen) list.erase(list.begin());
    }
  }
}

absl::Status AddBase(Interpreter& interpreter, const Value& base, Class& type) {
  if (const auto* known = std::get_if<std::shared_ptr<Class>>(&base)) {
    type.bases.push_back(*known);
    if ((*known)->kind != NativeKind::kObject) type.kind = (*known)->kind;
    if ((*known)->kind == NativeKind::kNamedTuple) {
      type.fields = (*known)->fields;
      type.defaults = (*known)->defaults;
    }
    return absl::OkStatus();
  }
  return Raised("TypeError", absl::StrFormat("%s is no base class", Describe(base)));
}

Value UnknownClass(const std::string& name, const Unknown& base) {
  return Own(Unknown{absl::StrFormat("class %s(…)", name),
                     absl::StrFormat("the base class %s of %s is not known: %s; give its "
                                     "source file with --source too",
                                     base.name, name, base.why)});
}

void NoteMixin(Interpreter& interpreter, const std::string& name, const Unknown& base) {
  interpreter.Note(absl::StrFormat("%s does without its base class %s, which is not known: %s",
                                   name, base.name, base.why));
}

// x: int = 3 in the body; of a named tuple its fields.
void CollectAnnotations(const ClassDef& node, Class& type) {
  for (const StmtPtr& stmt : node.body) {
    const auto* field = std::get_if<AnnotatedAssign>(&stmt->node);
    if (field == nullptr) continue;
    const auto* name = std::get_if<Name>(&field->target->node);
    if (name == nullptr) continue;
    type.annotations.emplace_back(name->id, field->annotation.get());
    if (type.kind != NativeKind::kNamedTuple) continue;
    type.fields.push_back(name->id);
    if (const Value* value = type.attributes.Get(name->id)) type.defaults.Put(name->id, *value);
  }
}

// Members of an Enum are instances of it; of several with one value there is one.
void MakeMembers(const std::shared_ptr<Class>& type) {
  for (Table::Entry& entry : type->attributes.entries) {
    const auto& name = std::get<std::string>(entry.key);
    if (name.substr(0, 1) == "_" || ObjectOf<Function>(entry.value) != nullptr ||
        ObjectOf<Descriptor>(entry.value) != nullptr) {
      continue;
    }
    const auto same =
        std::find_if(type->fields.begin(), type->fields.end(), [&](const std::string& known) {
          const Instance& member = *ObjectOf<Instance>(*type->attributes.Get(known));
          return IsSame(*member.attributes->Get("value"), entry.value);
        });
    if (same != type->fields.end()) {
      entry.value = *type->attributes.Get(*same);
      continue;
    }
    const Value member = NewInstance(type);
    for (const char* as : {"name", "_name_"}) ObjectOf<Instance>(member)->attributes->Put(as, name);
    for (const char* as : {"value", "_value_"}) {
      ObjectOf<Instance>(member)->attributes->Put(as, entry.value);
    }
    entry.value = member;
    type->fields.push_back(name);
  }
}

// class Net(Base, metaclass=Meta). What metaclasses do to classes is not done.
void NoteMetaclass(Interpreter& interpreter, const Class& type, const Value& metaclass) {
  const Class* known = ObjectOf<Class>(metaclass);
  if (known == nullptr) return;
  for (const char* method : {"__new__", "__init__", "__call__", "__prepare__"}) {
    const Value* found = FindInClass(*known, method);
    if (found == nullptr || ObjectOf<Function>(*found) == nullptr) continue;
    interpreter.Note(absl::StrFormat("%s.%s is not run: the metaclass of %s is left out",
                                     known->name, method, type.name));
  }
}

// __init_subclass__ of the bases hears of the new class, with its keywords.
absl::Status TellBases(Interpreter& interpreter, const ClassDef& node,
                       const std::shared_ptr<Class>& type, Scope& scope) {
  Arguments arguments{{type}, {}};
  for (const Keyword& keyword : node.keywords) {
    SCONCE_ASSIGN_OR_RETURN(Value value, interpreter.Evaluate(*keyword.value, scope));
    if (keyword.name.empty()) {
      return Unsupported(
          absl::StrFormat("class %s(**…) is not read; name the keywords", node.name));
    }
    if (keyword.name == "metaclass") {
      NoteMetaclass(interpreter, *type, value);
    } else {
      arguments.keywords.emplace_back(keyword.name, std::move(value));
    }
  }
  const Value* hook = FindInClass(*type, "__init_subclass__", type.get());
  if (hook == nullptr) return absl::OkStatus();
  const Descriptor* descriptor = ObjectOf<Descriptor>(*hook);
  return interpreter
      .Call(descriptor == nullptr ? *hook : descriptor->function, std::move(arguments))
      .status();
}

}  // namespace

Value DocumentationOf(const sconce::python::Block& body) {
  const auto* first = body.empty() ? nullptr : std::get_if<ExprStmt>(&body.front()->node);
  const auto* text = first == nullptr ? nullptr : std::get_if<StringLiteral>(&first->value->node);
  return text == nullptr ? Value(None()) : Value(text->value);
}

absl::StatusOr<Value> DefineClass(Interpreter& interpreter, const ClassDef& node, Scope& scope) {
  auto type = std::make_shared<Class>();
  type->name = node.name;
  type->module = scope.module->name();
  std::vector<Value> unknown;
  for (const ExprPtr& base : node.bases) {
    SCONCE_ASSIGN_OR_RETURN(const Value value, interpreter.Evaluate(*base, scope));
    if (ObjectOf<Unknown>(value) != nullptr) {
      unknown.push_back(value);
    } else {
      SCONCE_RETURN_IF_ERROR(AddBase(interpreter, value, *type));
    }
  }
  // A module does without what a package mixes in; any other class is as unknown as its base.
  if (!unknown.empty() && type->kind != NativeKind::kModule) {
    return UnknownClass(node.name, *ObjectOf<Unknown>(unknown[0]));
  }
  for (const Value& base : unknown) NoteMixin(interpreter, node.name, *ObjectOf<Unknown>(base));
  if (type->bases.empty()) type->bases.push_back(interpreter.library().object_class());
  type->order = MethodOrder(type);
  if (type->order.empty()) {
    return Raised("TypeError", absl::StrFormat("the bases of %s can't be ordered", node.name));
  }
  auto body = std::make_shared<Scope>();
  body->names = std::make_shared<Table>();
  body->outer = ClosureOf(scope);
  body->module = scope.module;
  body->is_class_body = true;
  body->names->Put("__doc__", DocumentationOf(node.body));
  SCONCE_RETURN_IF_ERROR(interpreter.ExecuteBlock(node.body, *body));
  type->attributes = *body->names;
  for (const auto& method : body->methods) method->owner = type;
  CollectAnnotations(node, *type);
  if (type->kind == NativeKind::kEnum) MakeMembers(type);
  // Keywords may be for a base that is not known.
  if (unknown.empty()) SCONCE_RETURN_IF_ERROR(TellBases(interpreter, node, type, scope));
  return Value(type);
}

std::shared_ptr<Class> MakeClass(std::string name, std::vector<std::shared_ptr<Class>> bases,
                                 NativeKind kind) {
  auto type = std::make_shared<Class>();
  type->name = std::move(name);
  type->module = "builtins";
  type->bases = std::move(bases);
  type->kind = kind;
  type->order = MethodOrder(type);
  return type;
}

absl::Status SetBases(const std::shared_ptr<Class>& type, const Value& bases) {
  const Tuple* tuple = ObjectOf<Tuple>(bases);
  if (tuple == nullptr || tuple->items.empty()) {
    return Raised("TypeError", "__bases__ is a tuple of classes");
  }
  Classes changed;
  for (const Value& base : tuple->items) {
    const auto* known = std::get_if<std::shared_ptr<Class>>(&base);
    const bool fits = known != nullptr && !IsSubclass(**known, *type) &&
                      ((*known)->kind == type->kind || (*known)->kind == NativeKind::kObject);
    if (!fits) return Raised("TypeError", absl::StrFormat("%s is no base class", Describe(base)));
    changed.push_back(*known);
  }
  // What was made of the old ones stays what it is.
  const bool keeps_kind = type->kind == NativeKind::kObject ||
                          std::any_of(changed.begin(), changed.end(),
                                      [&](const auto& base) { return base->kind == type->kind; });
  std::swap(type->bases, changed);
  Classes order = keeps_kind ? MethodOrder(type) : Classes();
  if (order.empty()) {
    std::swap(type->bases, changed);
    return Raised("TypeError", absl::StrFormat("the bases of %s can't be these", type->name));
  }
  type->order = std::move(order);
  return absl::OkStatus();
}

Value NewInstance(const std::shared_ptr<Class>& type) {
  auto attributes = std::make_shared<Table>();
  if (type->kind == NativeKind::kModule) {
    attributes->Put("training", true);  // until forward runs
    for (const char* name : {"_parameters", "_buffers", "_modules"}) {
      attributes->Put(name, Dict{std::make_shared<Table>()});
    }
    attributes->Put("_non_persistent_buffers_set", Set{std::make_shared<Table>()});
  }
  if (type->kind == NativeKind::kDict) attributes->Put("<data>", Dict{std::make_shared<Table>()});
  return Own(Instance{type, std::move(attributes)});
}

bool IsSubclass(const Class& type, const Class& base) {
  return std::any_of(type.order.begin(), type.order.end(),
                     [&](const auto& each) { return each.get() == &base; });
}

const Value& Plain(const Value& value) {
  const Instance* instance = ObjectOf<Instance>(value);
  if (instance == nullptr || instance->type->kind != NativeKind::kEnum) return value;
  const bool has_data = std::any_of(
      instance->type->order.begin(), instance->type->order.end(),
      [](const auto& each) { return each->make != nullptr && each->kind == NativeKind::kObject; });
  const Value* held = has_data ? instance->attributes->Get("value") : nullptr;
  return held == nullptr ? value : *held;
}

bool IsModule(const Value& value) {
  const Instance* instance = ObjectOf<Instance>(value);
  return instance != nullptr && instance->type->kind == NativeKind::kModule;
}

bool IsModuleClass(const Value& value) {
  const Class* type = ObjectOf<Class>(value);
  return type != nullptr && type->kind == NativeKind::kModule;
}

const Value* FindInClass(const Class& type, const std::string& name, const Class* after) {
  bool looks = after == nullptr;
  for (const auto& each : type.order) {
    if (looks) {
      if (const Value* value = each->attributes.Get(name)) return value;
    }
    looks |= each.get() == after;
  }
  return nullptr;
}

const Value& HeldBy(const Value& value, std::string_view name) {
  static const Value none = None();
  const Instance* instance = ObjectOf<Instance>(value);
  const Value* held = instance == nullptr ? nullptr : instance->attributes->Get(name);
  return held == nullptr ? none : *held;
}

std::vector<Value> MembersOf(const Class& type) {
  std::vector<Value> members;
  for (const std::string& name : type.fields) {
    const Value* member = type.attributes.Get(name);
    if (member != nullptr && ObjectOf<Instance>(*member) != nullptr) members.push_back(*member);
  }
  return members;
}

const Table* DataOf(const Value& value) {
  const Value* data = &value;
  if (const Instance* instance = ObjectOf<Instance>(value)) {
    data = instance->attributes->Get("<data>");
  }
  const auto* dict = data == nullptr ? nullptr : std::get_if<Dict>(data);
  return dict == nullptr ? nullptr : dict->table.get();
}

bool IsModuleTable(std::string_view name) {
  return name == "_parameters" || name == "_buffers" || name == "_modules" ||
         name == "_non_persistent_buffers_set" || name == "training" || name.substr(0, 1) == "<";
}

std::shared_ptr<Table> TableOf(const Instance& module, std::string_view name) {
  const Value* held = module.attributes->Get(name);
  const auto* dict = held == nullptr ? nullptr : std::get_if<Dict>(held);
  return dict == nullptr ? std::make_shared<Table>() : dict->table;
}

absl::Status RaisedBy(Interpreter& interpreter, const Value& exception) {
  const Instance* instance = ObjectOf<Instance>(exception);
  if (instance == nullptr || instance->type->kind != NativeKind::kException) {
    return Raised("TypeError", absl::StrFormat("%s is no exception", Describe(exception)));
  }
  SCONCE_ASSIGN_OR_RETURN(const std::string text, interpreter.ToText(exception, false));
  interpreter.library().RememberException(instance->type);
  return AsMeant(Raised(instance->type->name, text));
}

absl::StatusOr<Value> ExceptionOf(Interpreter& interpreter, const absl::Status& raised) {
  const auto type = interpreter.library().ExceptionClass(RaisedClass(raised));
  const Value exception = NewInstance(type);
  ObjectOf<Instance>(exception)->attributes->Put("args", TupleOf({RaisedText(raised)}));
  return exception;
}

bool IsExceptionOf(Interpreter& interpreter, const std::string& raised, const Class& wanted) {
  return IsSubclass(*interpreter.library().ExceptionClass(raised), wanted);
}

}  // namespace sconce::python
