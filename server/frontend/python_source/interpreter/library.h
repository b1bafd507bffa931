// Everything that code can import: the user's source files, Sconce's own torch.nn, and what is
// native here (torch, math, typing, …). What is none of these is Unknown until somebody needs it.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_LIBRARY_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_LIBRARY_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// Confined to the thread of its interpreter.
class Library {
 public:
  // `definitions`: what --define gave, by dotted name ("args.hidden").
  explicit Library(std::map<std::string, Value> definitions);

  // A file of the user. `path` is as given; imports are matched against its end, and of several
  // files the one nearest to the importing file is meant. INVALID_ARGUMENT: not Python; the module
  // is then Unknown for that reason.
  absl::Status AddSource(const std::string& path, std::string text);
  const std::vector<std::unique_ptr<SourceModule>>& sources() const { return sources_; }
  // An expression of the user's that stands in no file; `name` is for messages. INVALID_ARGUMENT:
  // no expression.
  absl::StatusOr<const Expr*> AddExpression(const std::string& name, const std::string& text);

  // import a.b.c → the module a.b.c. `from`: the file that imports, for relative names.
  absl::StatusOr<Value> Import(Interpreter& interpreter, const std::string& name);
  absl::StatusOr<Value> ImportRelative(Interpreter& interpreter, const SourceModule& from,
                                       size_t level, const std::string& name);
  // from module import name
  absl::StatusOr<Value> ImportName(Interpreter& interpreter, const Value& module,
                                   const std::string& name);
  // from module import *
  absl::Status ImportAll(Interpreter& interpreter, const Value& module, Scope& scope);

  // A function of one of Sconce's own modules, whatever the user's files are called; nullopt: it
  // has none of that name.
  absl::StatusOr<std::optional<Value>> OwnFunction(Interpreter& interpreter,
                                                   const std::string& module,
                                                   const std::string& name);

  // A file as a module of Python.
  Value NamespaceOf(SourceModule& source);
  // Runs the definitions of other files that register themselves in what `name` of `module` holds.
  void RunRegistrations(Interpreter& interpreter, const SourceModule& module,
                        const std::string& name);

  // A name of a module's top level, or one that --define gave.
  absl::StatusOr<std::optional<Value>> LookupGlobal(Interpreter& interpreter, SourceModule& module,
                                                    const std::string& name);
  const Value* Definition(const std::string& dotted_name) const;

  Table& builtins() { return builtins_; }
  const std::shared_ptr<Class>& object_class() const { return object_class_; }
  // A builtin class by name: "int", "ValueError", "Module". Null: there is none.
  std::shared_ptr<Class> NativeClass(const std::string& name) const;
  void AddNativeClass(const std::shared_ptr<Class>& type);
  // Exceptions are told by the name of their class while they travel; one the user defined is
  // remembered when it is raised.
  void RememberException(const std::shared_ptr<Class>& type);
  std::shared_ptr<Class> ExceptionClass(const std::string& name) const;
  // Native modules, by dotted name.
  std::shared_ptr<Namespace> AddNative(const std::string& name);

 private:
  std::optional<Value> SourceNamed(const std::string& dotted_name);
  // Whether a folder of that name with an __init__.py is given.
  bool IsGivenPackage(const std::string& name) const;
  std::optional<Value> FindSource(Interpreter& interpreter, const std::string& dotted_name);
  absl::StatusOr<std::shared_ptr<Namespace>> FindOwn(const std::string& dotted_name);

  std::map<std::string, Value> definitions_;
  std::vector<std::unique_ptr<SourceModule>> sources_;
  std::set<std::pair<const SourceModule*, std::string>> registered_;  // see RunRegistrations
  std::vector<std::unique_ptr<SourceFile>> expressions_;
  std::map<std::string, std::string> broken_;  // dotted name to what is wrong with the file
  std::vector<std::unique_ptr<SourceModule>> own_;
  std::unordered_map<std::string, std::shared_ptr<Namespace>> namespaces_;
  Table builtins_;
  std::shared_ptr<Class> object_class_;
  std::unordered_map<std::string, std::shared_ptr<Class>> classes_;
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_LIBRARY_H_
