// The time, as a thing that tests can hold: product code asks a Clock, tests pass
// testing/fake_clock.h and move it.

#ifndef SCONCE_SERVER_BASE_CLOCK_H_
#define SCONCE_SERVER_BASE_CLOCK_H_

#include <chrono>

namespace sconce {

// Monotonic: for durations, deadlines and timers. Never goes back, says nothing about the calendar.
using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;
inline constexpr TimePoint kNoDeadline = TimePoint::max();

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint Now() const = 0;

  // The machine's clock; lives as long as the process.
  static const Clock& Real();
};

// `duration` in seconds, as metrics and answers report it.
inline double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace sconce

#endif  // SCONCE_SERVER_BASE_CLOCK_H_
