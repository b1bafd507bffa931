#include "server/repository/build_version.h"

#include <exception>
#include <new>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

// config.pbtxt may say "optional" of what the model takes as optional anyway, and only of that.
absl::Status CheckOptionalInputs(const ModelSettings& settings, const Executable& executable) {
  if (settings.optional_inputs.empty()) return absl::OkStatus();
  const Signature& forward = executable.signatures().front();
  for (const std::string& name : settings.optional_inputs) {
    bool agrees = false;
    for (size_t i = 0; i < forward.inputs.size(); ++i) {
      const Argument& argument = forward.inputs[i];
      const bool meant = argument.spec.name == name || name == absl::StrFormat("INPUT__%d", i);
      agrees |= meant && argument.optional;
    }
    if (!agrees) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "the configuration calls input \"%s\" optional, but the model needs it: %s", name,
          ToString(forward)));
    }
  }
  return absl::OkStatus();
}

ThreadBudget BudgetFor(const ModelSettings& settings, int cpus) {
  ThreadBudget budget = DivideCpus(cpus, settings.instances);
  if (settings.intra_op > 0) budget.intra_op = settings.intra_op;
  return budget;
}

absl::StatusOr<BuiltVersion> Build(ModelInfo info, const ModelSource& source,
                                   const ModelSettings& settings,
                                   const Repository::Options& options,
                                   std::shared_ptr<ModelMetrics> metrics, const Clock& clock) {
  const TimePoint started = clock.Now();
  SCONCE_ASSIGN_OR_RETURN(LoadedModel loaded, options.loader(source));
  SCONCE_RETURN_IF_ERROR(CheckOptionalInputs(settings, *loaded.executable));
  auto serving = std::make_unique<ServingVersion>();
  serving->name = info.name;
  serving->version = info.version;
  serving->executable = loaded.executable;
  serving->savable = std::move(loaded.savable);
  serving->metrics = std::move(metrics);
  serving->batcher =
      std::make_shared<Batcher>(loaded.executable,
                                Batcher::Options{.threads = BudgetFor(settings, options.cpus),
                                                 .max_queue = options.max_queue},
                                clock);

  info.state = ModelState::kReady;
  info.format = std::move(loaded.format);
  info.device = loaded.executable->device();
  info.bytes = loaded.executable->bytes();
  info.signatures = loaded.executable->signatures();
  info.stateful = loaded.executable->stateful();
  for (const auto* notes : {&loaded.executable->notes(), &std::as_const(loaded.notes)}) {
    info.notes.insert(info.notes.begin(), notes->begin(), notes->end());
  }
  info.loaded_at = std::chrono::system_clock::now();
  info.load_seconds = Seconds(clock.Now() - started);
  return BuiltVersion{std::move(serving), std::move(info)};
}

}  // namespace

ModelInfo DescribeSource(const std::string& name, int64_t version, const ModelSource& source,
                         const ModelSettings& settings) {
  ModelInfo info;
  info.name = name;
  info.version = version;
  info.path = source.path;
  info.skeleton = source.skeleton;
  info.device = source.device;
  info.notes = settings.notes;
  info.config = settings.config;
  return info;
}

absl::StatusOr<BuiltVersion> BuildVersion(ModelInfo described, const ModelSource& source,
                                          const ModelSettings& settings,
                                          const Repository::Options& options,
                                          std::shared_ptr<ModelMetrics> metrics,
                                          const Clock& clock) {
  try {
    return Build(std::move(described), source, settings, options, std::move(metrics), clock);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("out of memory while %s was loaded", source.path));
  } catch (const std::exception& e) {  // the system grants no more threads
    return absl::InternalError(absl::StrFormat("loading %s: %s", source.path, e.what()));
  }
}

}  // namespace sconce
