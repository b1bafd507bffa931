// Sequences whose length only a request knows: what Python does with a sequence as a whole.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_SEQUENCES_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_SEQUENCES_H_

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// `outer` is made of `inner`: few layers are enough for anybody.
absl::Status Layer(const Sequence& inner, Sequence& outer);

// `each` of every item, made when it is asked for.
using MapStep = std::function<absl::StatusOr<Value>(Interpreter&, const Value& item)>;
absl::StatusOr<Value> Mapped(const Sequence& inner, MapStep each);

// A new list of all items, of the graph where need be.
absl::StatusOr<Value> ListOfAll(Interpreter& interpreter, const Value& iterable);

// A new list of these items and those of a list of the graph between them, which are of its type.
absl::StatusOr<Value> Joined(Interpreter& interpreter, const std::vector<Value>& before,
                             const Value& list, const std::vector<Value>& after = {});

// A display whose items may be of any types.
absl::StatusOr<Value> StretchedSequence(Interpreter& interpreter, Stretch stretch);

// step(step(start, first item), second item) and so on: sum, reduce, min. Without `start` the first
// item is it. `function` is for errors.
using FoldStep = std::function<absl::StatusOr<Value>(const Value& so_far, const Value& item)>;
absl::StatusOr<Value> Fold(Interpreter& interpreter, std::string_view function,
                           const Value& iterable, const std::optional<Value>& start,
                           const FoldStep& step);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_SEQUENCES_H_
