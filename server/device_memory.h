// How full the accelerators are, for the metrics.

#ifndef SCONCE_SERVER_DEVICE_MEMORY_H_
#define SCONCE_SERVER_DEVICE_MEMORY_H_

#include <string>
#include <vector>

#include "server/telemetry/metrics.h"

namespace sconce {

// Of those among `devices` ("cpu", "cuda:0") that are accelerators and answer. Wakes no device that
// nothing has used yet.
std::vector<DeviceMemory> ReadDeviceMemory(const std::vector<std::string>& devices);

}  // namespace sconce

#endif  // SCONCE_SERVER_DEVICE_MEMORY_H_
