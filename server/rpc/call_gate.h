// CallGate: counts the calls in flight and, once closed, lets no more in.

#ifndef SCONCE_SERVER_RPC_CALL_GATE_H_
#define SCONCE_SERVER_RPC_CALL_GATE_H_

#include "server/base/clock.h"
#include "server/base/mutex.h"

namespace sconce {

// Thread-safe.
class CallGate {
 public:
  // False once the gate is closed; otherwise Leave is due.
  bool Enter();
  void Leave();

  void Close();

  // Returns once nobody is inside.
  void WaitUntilEmpty();
  // True once nobody is inside; false after `timeout`.
  bool WaitUntilEmpty(Duration timeout);

 private:
  Mutex mutex_;
  CondVar empty_;
  int inside_ SCONCE_GUARDED_BY(mutex_) = 0;
  bool closed_ SCONCE_GUARDED_BY(mutex_) = false;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_CALL_GATE_H_
