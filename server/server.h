// Server: the composition root. Builds the modules in order, stops and destroys them in reverse.

#ifndef SCONCE_SERVER_SERVER_H_
#define SCONCE_SERVER_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/options.h"

namespace sconce {

class Server {
 public:
  // Listens first (health NOT_SERVING), loads the folder, then serves. `options` are validated.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options);
  virtual ~Server() = default;

  virtual int grpc_port() const = 0;
  virtual int http_port() const = 0;

  // Stops taking requests, finishes those in flight (at most options.drain_seconds), frees
  // everything.
  virtual void Drain() = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_SERVER_H_
