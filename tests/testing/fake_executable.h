// An Executable without a model: runs a function of the test's choice and can be held at a gate, so
// that concurrency is tested without sleeping. Header-only, no TorchScript.
//
//   auto fake = std::make_shared<FakeExecutable>();       // forward(x: Tensor), echoes x as output
//   fake->CloseGate();                                    // runs stop inside Run from here on
//   ... submit two tasks ...
//   fake->WaitUntilRunning(2);                            // both are inside Run
//   fake->OpenGate();                                     // or LetPass(1) to let one of them go on

#ifndef SCONCE_TESTS_TESTING_FAKE_EXECUTABLE_H_
#define SCONCE_TESTS_TESTING_FAKE_EXECUTABLE_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "server/base/mutex.h"
#include "server/runtime/executable.h"

namespace sconce::testing {

// What FakeExecutable::Bind makes: the request, as it came.
struct FakeInvocation final : Invocation {
  std::string method;
  std::vector<NamedValue> inputs;
};

// forward(x: Tensor) -> (output: Tensor).
inline Signature EchoSignature() {
  Signature signature;
  Argument x;
  x.spec.name = "x";
  x.type = "Tensor";
  signature.inputs.push_back(std::move(x));
  signature.outputs.push_back({.name = "output", .datatype = Datatype::kUnknown, .shape = {}});
  return signature;
}

// Thread-safe. Answer, BindWith and the describing setters come before other threads use it.
class FakeExecutable final : public Executable {
 public:
  using Outputs = absl::StatusOr<std::vector<NamedValue>>;
  using RunFunction =
      std::function<Outputs(const std::string& method, const std::vector<NamedValue>& inputs)>;
  using CheckFunction =
      std::function<absl::Status(const std::string& method, const std::vector<NamedValue>& inputs)>;

  // Without a function it gives the first input back as "output".
  explicit FakeExecutable(Signature signature = EchoSignature(), RunFunction run = Echo)
      : signatures_({std::move(signature)}), run_(std::move(run)) {}

  void AddMethod(Signature signature) { signatures_.push_back(std::move(signature)); }
  void Answer(RunFunction run) { run_ = std::move(run); }
  // Replaces the check of Bind. The plain one refuses unknown names and missing inputs and lets
  // INPUT__N pass.
  void BindWith(CheckFunction check) { check_ = std::move(check); }
  void SetDevice(std::string device) { device_ = std::move(device); }
  void SetBytes(uint64_t bytes) { bytes_ = bytes; }
  void SetStateful(bool stateful) { stateful_ = stateful; }
  void AddNote(std::string note) { notes_.push_back(std::move(note)); }

  // From now on runs stop at the gate, inside Run, until it opens or LetPass admits them.
  void CloseGate() {
    MutexLock lock(mutex_);
    gate_open_ = false;
    passes_ = 0;
  }
  void OpenGate() {
    MutexLock lock(mutex_);
    gate_open_ = true;
    changed_.SignalAll();
  }
  // Lets `count` runs, waiting or still to come, through the closed gate.
  void LetPass(int count) {
    MutexLock lock(mutex_);
    passes_ += count;
    changed_.SignalAll();
  }

  // Returns once at least `count` runs are inside Run at the same time.
  void WaitUntilRunning(int count) const {
    MutexLock lock(mutex_);
    while (running_ < count) changed_.Wait(mutex_);
  }
  // Returns once at least `count` runs have ended.
  void WaitUntilFinished(int count) const {
    MutexLock lock(mutex_);
    while (finished_ < count) changed_.Wait(mutex_);
  }

  int running() const {
    MutexLock lock(mutex_);
    return running_;
  }
  int finished() const {
    MutexLock lock(mutex_);
    return finished_;
  }
  // The most runs that were ever inside Run at once.
  int most_running() const {
    MutexLock lock(mutex_);
    return most_running_;
  }

  const std::vector<Signature>& signatures() const override { return signatures_; }

  absl::StatusOr<std::unique_ptr<Invocation>> Bind(std::string_view method,
                                                   std::vector<NamedValue> inputs) const override {
    const std::string name(method.empty() ? "forward" : method);
    const auto signature =
        std::find_if(signatures_.begin(), signatures_.end(),
                     [&](const Signature& candidate) { return candidate.method == name; });
    if (signature == signatures_.end()) {
      return absl::NotFoundError(absl::StrFormat("no method %s", name));
    }
    if (absl::Status status = check_ ? check_(name, inputs) : CheckNames(*signature, inputs);
        !status.ok()) {
      return status;
    }
    auto invocation = std::make_unique<FakeInvocation>();
    invocation->method = name;
    invocation->inputs = std::move(inputs);
    return invocation;
  }

  Outputs Run(std::unique_ptr<Invocation> invocation) const override {
    const auto& request = static_cast<const FakeInvocation&>(*invocation);
    Enter();
    Outputs outputs = run_(request.method, request.inputs);
    Leave();
    return outputs;
  }

  std::string device() const override { return device_; }
  uint64_t bytes() const override { return bytes_; }
  bool stateful() const override { return stateful_; }
  const std::vector<std::string>& notes() const override { return notes_; }

  static Outputs Echo(const std::string& /*method*/, const std::vector<NamedValue>& inputs) {
    if (inputs.empty()) return absl::InternalError("nothing to echo");
    return std::vector<NamedValue>{{"output", inputs.front().value}};
  }

 private:
  static absl::Status CheckNames(const Signature& signature,
                                 const std::vector<NamedValue>& inputs) {
    for (const NamedValue& input : inputs) {
      if (input.name.rfind("INPUT__", 0) == 0) return absl::OkStatus();
      const bool known =
          std::any_of(signature.inputs.begin(), signature.inputs.end(),
                      [&](const Argument& argument) { return argument.spec.name == input.name; });
      if (!known) {
        return absl::InvalidArgumentError(
            absl::StrFormat("unknown input %s; %s", input.name, ToString(signature)));
      }
    }
    for (const Argument& argument : signature.inputs) {
      const bool given = std::any_of(inputs.begin(), inputs.end(), [&](const NamedValue& input) {
        return input.name == argument.spec.name;
      });
      if (!given && !argument.optional) {
        return absl::InvalidArgumentError(
            absl::StrFormat("missing input %s; %s", argument.spec.name, ToString(signature)));
      }
    }
    return absl::OkStatus();
  }

  void Enter() const {
    MutexLock lock(mutex_);
    ++running_;
    most_running_ = std::max(most_running_, running_);
    changed_.SignalAll();
    while (!gate_open_ && passes_ == 0) changed_.Wait(mutex_);
    if (!gate_open_) --passes_;
  }
  void Leave() const {
    MutexLock lock(mutex_);
    --running_;
    ++finished_;
    changed_.SignalAll();
  }

  std::vector<Signature> signatures_;
  RunFunction run_;
  CheckFunction check_;
  std::string device_ = "cpu";
  uint64_t bytes_ = 0;
  bool stateful_ = false;
  std::vector<std::string> notes_;

  mutable Mutex mutex_;
  mutable CondVar changed_;
  bool gate_open_ SCONCE_GUARDED_BY(mutex_) = true;
  mutable int passes_ SCONCE_GUARDED_BY(mutex_) = 0;
  mutable int running_ SCONCE_GUARDED_BY(mutex_) = 0;
  mutable int most_running_ SCONCE_GUARDED_BY(mutex_) = 0;
  mutable int finished_ SCONCE_GUARDED_BY(mutex_) = 0;
};

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_TESTING_FAKE_EXECUTABLE_H_
