#include "server/device_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sconce {
namespace {

// Nothing in this process uses a GPU, so that this holds where there is one, too.
TEST(DeviceMemory, SaysNothingOfDevicesThatNobodyUses) {
  EXPECT_THAT(ReadDeviceMemory({"cpu", "cuda:0", "cuda:0", "", "no device"}), ::testing::IsEmpty());
}

}  // namespace
}  // namespace sconce
