// Code from strangers nests as deep as it likes, in calls and in values. Whatever follows it by
// recursion asks here before it goes deeper.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_STACK_GUARD_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_STACK_GUARD_H_

#include <cstddef>
#include <cstdint>

namespace sconce::python {

// While one lives, its thread may use so much of its stack beyond it. Threads have 8 MiB.
class StackGuard {
 public:
  static constexpr size_t kBytes = size_t{4} << 20;

  StackGuard() : outer_(lowest_) { lowest_ = Here() - kBytes; }
  ~StackGuard() { lowest_ = outer_; }
  StackGuard(const StackGuard&) = delete;
  StackGuard& operator=(const StackGuard&) = delete;

  // Nothing may recurse any further.
  static bool IsLow() { return Here() < lowest_; }

 private:
  static uintptr_t Here() { return reinterpret_cast<uintptr_t>(__builtin_frame_address(0)); }

  static inline thread_local uintptr_t lowest_ = 0;
  uintptr_t outer_;
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_STACK_GUARD_H_
