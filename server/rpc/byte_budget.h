// ByteBudget: how many bytes of requests and answers the process holds at one time. A queue that is
// bounded in calls is not bounded in memory.

#ifndef SCONCE_SERVER_RPC_BYTE_BUDGET_H_
#define SCONCE_SERVER_RPC_BYTE_BUDGET_H_

#include <atomic>
#include <cstdint>

namespace sconce {

// Thread-safe.
class ByteBudget {
 public:
  explicit ByteBudget(int64_t limit) : limit_(limit) {}

  int64_t limit() const { return limit_; }
  int64_t held() const { return held_.load(std::memory_order_relaxed); }

 private:
  friend class ByteCharge;
  const int64_t limit_;
  std::atomic<int64_t> held_{0};
};

// What one call holds of the budget, until it is destroyed. Confined to one thread at a time.
class ByteCharge {
 public:
  explicit ByteCharge(ByteBudget& budget) : budget_(budget) {}
  ~ByteCharge() { budget_.held_ -= bytes_; }
  ByteCharge(const ByteCharge&) = delete;
  ByteCharge& operator=(const ByteCharge&) = delete;

  // Adds bytes that are there already; false when that goes over the limit.
  bool Add(int64_t bytes) {
    bytes_ += bytes;
    return (budget_.held_ += bytes) <= budget_.limit_;
  }

 private:
  ByteBudget& budget_;
  int64_t bytes_ = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_BYTE_BUDGET_H_
