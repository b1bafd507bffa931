// Executable: a model made ready to run, whatever file it came from. Tensors in, tensors out.

#ifndef SCONCE_SERVER_RUNTIME_EXECUTABLE_H_
#define SCONCE_SERVER_RUNTIME_EXECUTABLE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/runtime/signature.h"
#include "server/runtime/value.h"

namespace sconce {

// A request that was checked against the signature and is ready to run, once, on the Executable
// that made it.
class Invocation {
 public:
  virtual ~Invocation() = default;
};

// Thread-safe: Bind and Run may be called from any number of threads at once. Always in eval mode
// and without gradients.
class Executable {
 public:
  virtual ~Executable() = default;

  // The signature of each method that can be called; "forward" first. Fixed once the Executable is
  // made.
  virtual const std::vector<Signature>& signatures() const = 0;

  // Checks `inputs` against the signature of `method` ("" is "forward") and turns them into
  // arguments. Cheap enough for the thread that received them. Names may be the arguments' own or
  // positions (INPUT__0, INPUT__1, ...). NOT_FOUND: no such method. INVALID_ARGUMENT: a missing,
  // unknown, doubled or unfit input; the message quotes the signature.
  virtual absl::StatusOr<std::unique_ptr<Invocation>> Bind(
      std::string_view method, std::vector<NamedValue> inputs) const = 0;

  // Runs on the calling thread. Outputs are in the method's order, named as design says: dict keys,
  // named-tuple fields, "output" or "output_0"...; nested ones by dotted paths. The caller owns
  // them: none shares memory with the inputs, the model or another output. INTERNAL: forward threw;
  // the message has the first line of the reason and the model's source line.
  virtual absl::StatusOr<std::vector<NamedValue>> Run(
      std::unique_ptr<Invocation> invocation) const = 0;

  // "cpu", "cuda:0".
  virtual std::string device() const = 0;

  // Bytes of parameters and buffers on the device.
  virtual uint64_t bytes() const = 0;

  // Each request gets fresh copies of the state that the model writes.
  virtual bool stateful() const = 0;

  // Remarks for the operator, one sentence each ("forward writes self._state: every request starts
  // from the saved value").
  virtual const std::vector<std::string>& notes() const = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_EXECUTABLE_H_
