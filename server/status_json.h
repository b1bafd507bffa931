// What the live page shows, as JSON; the script in telemetry/live_page.cc reads it.

#ifndef SCONCE_SERVER_STATUS_JSON_H_
#define SCONCE_SERVER_STATUS_JSON_H_

#include <string>

#include "server/repository/repository.h"

namespace sconce {

// `grpc` is the address that clients call.
std::string StatusJson(const Repository& repository, const std::string& grpc, bool ready);

}  // namespace sconce

#endif  // SCONCE_SERVER_STATUS_JSON_H_
