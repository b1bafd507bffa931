// The HTTP port: /metrics, /healthz (the process answers), /readyz (it serves what it was told to),
// / (a live page).

#ifndef SCONCE_SERVER_TELEMETRY_HTTP_PAGE_H_
#define SCONCE_SERVER_TELEMETRY_HTTP_PAGE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace sconce {

// Thread-safe. Serves from its own threads until destroyed.
class HttpPage {
 public:
  struct Sources {
    std::function<std::string()> metrics;  // Prometheus text
    std::function<bool()> ready;
    std::function<std::string()> status_json;  // what the live page shows; see its script
  };

  // `address` is "HOST:PORT"; port 0 takes a free one. FAILED_PRECONDITION: the port is busy or the
  // host is not ours.
  static absl::StatusOr<std::unique_ptr<HttpPage>> Start(const std::string& address,
                                                         Sources sources);
  virtual ~HttpPage() = default;
  virtual int port() const = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_TELEMETRY_HTTP_PAGE_H_
