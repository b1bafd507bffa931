#include "server/runtime/torch_call.h"

#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "absl/strings/match.h"

namespace sconce {
namespace {

std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

absl::Status StatusOfTorchException() {
  try {
    throw;
  } catch (const c10::OutOfMemoryError& error) {
    return absl::ResourceExhaustedError(FirstLine(error.what_without_backtrace()));
  } catch (const c10::Error& error) {
    const std::string reason = FirstLine(error.what_without_backtrace());
    // The CPU's allocator has no exception of its own.
    if (absl::StrContains(reason, "allocate memory")) return absl::ResourceExhaustedError(reason);
    return absl::InternalError(reason);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::exception& error) {
    return absl::InternalError(FirstLine(error.what()));
  } catch (...) {
    return absl::InternalError("an exception that is no std::exception");
  }
}

}  // namespace sconce
