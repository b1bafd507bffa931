// The boundary behind which nothing throws: what a library lets escape becomes a Status. gRPC
// swallows exceptions and forgets the call; here none gets that far.

#ifndef SCONCE_SERVER_RPC_NO_THROW_H_
#define SCONCE_SERVER_RPC_NO_THROW_H_

#include <exception>
#include <new>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace sconce {

// What `work()` returns: an absl::Status, or an absl::StatusOr.
template <typename Work>
auto NoThrow(Work work) noexcept -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrFormat("unexpected exception: %s", error.what()));
  } catch (...) {
    return absl::InternalError("unexpected exception of an unknown type");
  }
}

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_NO_THROW_H_
