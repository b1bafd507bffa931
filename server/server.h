// Server: the composition root. Builds the modules in order, stops and destroys them in reverse.

#ifndef SCONCE_SERVER_SERVER_H_
#define SCONCE_SERVER_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/options.h"

namespace sconce {

class Server {
 public:
  // Listens (health NOT_SERVING) and loads the folder on a thread of its own; then it is ready and
  // health says SERVING. A model that can't be loaded is FAILED with its reason in the log, the
  // list and the metrics, and keeps no traffic from the others.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options);
  virtual ~Server() = default;

  virtual int grpc_port() const = 0;
  virtual int http_port() const = 0;

  // Blocks until the folder is loaded (true) or Drain was called before it was (false).
  virtual bool WaitUntilReady() = 0;

  // Stops taking requests, finishes those in flight (at most options.drain_seconds), frees
  // everything. False: no request is left, but a load is under way, which nothing can interrupt;
  // the destructor would wait for it.
  virtual bool Drain() = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_SERVER_H_
