// Classes and their instances.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_CLASSES_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_CLASSES_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// Runs the body of a class definition.
absl::StatusOr<Value> DefineClass(Interpreter& interpreter, const ClassDef& node, Scope& scope);

// The text that a class or function begins with; None: there is none.
Value DocumentationOf(const sconce::python::Block& body);

// A class of the interpreter's own.
std::shared_ptr<Class> MakeClass(std::string name, std::vector<std::shared_ptr<Class>> bases,
                                 NativeKind kind);

// Without __init__. Modules get their empty tables of parameters, buffers and children.
Value NewInstance(const std::shared_ptr<Class>& type);

// type.__bases__ = bases
absl::Status SetBases(const std::shared_ptr<Class>& type, const Value& bases);

bool IsSubclass(const Class& type, const Class& base);
// Of a member of an enum that is a str or a number as well, what it is: class Kind(str, Enum). Any
// other value is itself.
const Value& Plain(const Value& value);
bool IsModule(const Value& value);
bool IsModuleClass(const Value& value);

// An attribute of the class or of its bases; null: there is none. `after`: only of the bases that
// come after that one, as super() looks.
const Value* FindInClass(const Class& type, const std::string& name, const Class* after = nullptr);

// What an object's own attribute holds; None: it has none of that name, or the value is no object.
// For what native classes keep in their objects: code may have removed or replaced it.
const Value& HeldBy(const Value& value, std::string_view name);

// Of an enum, in order; without those that code put something else in the place of.
std::vector<Value> MembersOf(const Class& type);

// What a dict holds, also an object of a class that derives from dict; null: it is neither.
const Table* DataOf(const Value& value);

// What NewInstance gives modules and others rely on, and what is no attribute in Python
// ("<forward_hooks>"): nothing out of a file replaces it.
bool IsModuleTable(std::string_view name);

// One of a module's tables: "_parameters", "_buffers", "_modules"; an empty one when code replaced
// it by something else.
std::shared_ptr<Table> TableOf(const Instance& module, std::string_view name);

// Exceptions as values. An exception's class is known by its name.
absl::Status RaisedBy(Interpreter& interpreter, const Value& exception);
absl::StatusOr<Value> ExceptionOf(Interpreter& interpreter, const absl::Status& raised);
bool IsExceptionOf(Interpreter& interpreter, const std::string& raised, const Class& wanted);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_CLASSES_H_
