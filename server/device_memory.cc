#include "server/device_memory.h"

#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/Device.h>

#include <exception>
#include <optional>
#include <set>

namespace sconce {
namespace {

std::optional<DeviceMemory> ReadOne(const std::string& name) {
  try {
    const c10::Device device(name);
    if (device.is_cpu()) return std::nullopt;
    auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()));
    if (allocator == nullptr || !allocator->initialized()) return std::nullopt;
    const auto [free, total] = allocator->getMemoryInfo(device.index());
    return DeviceMemory{.device = name, .used_bytes = total - free, .total_bytes = total};
  } catch (const std::exception&) {
    return std::nullopt;  // the driver's reason is in the error of whatever the device fails next
  }
}

}  // namespace

std::vector<DeviceMemory> ReadDeviceMemory(const std::vector<std::string>& devices) {
  std::vector<DeviceMemory> memory;
  for (const std::string& name : std::set<std::string>(devices.begin(), devices.end())) {
    if (auto one = ReadOne(name)) memory.push_back(*std::move(one));
  }
  return memory;
}

}  // namespace sconce
