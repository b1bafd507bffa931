#include "server/frontend/python_source/model/module_maker.h"

#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/model/constructor_arguments.h"

namespace sconce::python {
namespace {

constexpr size_t kMostGuesses = 8;

}  // namespace

bool Fits(const absl::StatusOr<ModuleMaker::Made>& made) { return made.ok() && made->fits(); }

ModuleMaker::ModuleMaker(Interpreter& interpreter, const Arguments& given, Shapes weights,
                         TorchFile* checkpoint)
    : interpreter_(interpreter),
      given_(given),
      weights_(std::move(weights)),
      stored_(interpreter, checkpoint) {}

absl::StatusOr<ModuleMaker::Made> ModuleMaker::Make(const Value& type) {
  if (IsModule(type)) return Made{type, CountDifferences(type, weights_)};
  if (stored_.empty()) return MakeAsGiven(type);
  bool more = true;
  auto first = MakeAsStored(type, 0, more);
  if (Fits(first)) return first;
  for (size_t guess = 1; more && guess < kMostGuesses; ++guess) {
    auto other = MakeAsStored(type, guess, more);
    if (Fits(other)) return other;
  }
  auto without = MakeAsGiven(type);
  return Fits(without) ? without : first;
}

// `more`: whether another guess would take other values.
absl::StatusOr<ModuleMaker::Made> ModuleMaker::MakeAsStored(const Value& type, size_t guess,
                                                            bool& more) {
  SCONCE_ASSIGN_OR_RETURN(ConstructorArguments all,
                          CompleteArguments(interpreter_, type, given_, stored_, guess));
  more = all.more;
  SCONCE_ASSIGN_OR_RETURN(Made made, Call(type, std::move(all.arguments)));
  made.as_stored = !all.stored.empty();
  if (made.as_stored && made.fits()) {
    interpreter_.Note(absl::StrFormat("%s was made with what the checkpoint says: %s",
                                      ObjectOf<Instance>(made.module)->type->name,
                                      absl::StrJoin(all.stored, ", ")));
  }
  return made;
}

absl::StatusOr<ModuleMaker::Made> ModuleMaker::MakeAsGiven(const Value& type) {
  SCONCE_ASSIGN_OR_RETURN(Arguments fitted, FitArguments(interpreter_, type, given_));
  return Call(type, std::move(fitted));
}

absl::StatusOr<ModuleMaker::Made> ModuleMaker::Call(const Value& type, Arguments arguments) {
  const auto module = interpreter_.Call(type, std::move(arguments));
  // Of the call itself, not of a line of the source.
  if (!module.ok() && !HasPlace(module.status())) {
    return absl::Status(
        module.status().code(),
        absl::StrFormat(
            "%s. Arguments of the class are given with --init '{\"name\": value}'; or name "
            "what makes the model with --class: 'Net(3, 64)'",
            std::string(module.status().message())));
  }
  SCONCE_RETURN_IF_ERROR(module.status());
  if (IsModule(*module)) return Made{*module, CountDifferences(*module, weights_)};
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s is no class of a model, and gives none when it is called", Describe(type)));
}

}  // namespace sconce::python
