// Logs: one line an event, as text or JSON, to standard error. An event has a name and fields; a
// line of JSON has the same fields as the line of text.
//
//   LogInfo("model loaded", {{"model", name}, {"version", version}, {"seconds", 0.12}});

#ifndef SCONCE_SERVER_TELEMETRY_LOG_H_
#define SCONCE_SERVER_TELEMETRY_LOG_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace sconce {

enum class LogFormat { kText, kJson };
enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogValue = std::variant<std::string, int64_t, double, bool>;

struct LogField {
  std::string_view key;
  LogValue value;

  LogField(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  LogField(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  LogField(std::string_view k, int v) : key(k), value(int64_t{v}) {}
  LogField(std::string_view k, int64_t v) : key(k), value(v) {}
  LogField(std::string_view k, uint64_t v) : key(k), value(static_cast<int64_t>(v)) {}
};

// Once, at the start of main. Until then: text, kInfo.
void ConfigureLogs(LogFormat format, LogLevel level);

// Thread-safe. Control characters in values are escaped: a value never starts a line of its own.
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});
bool LogEnabled(LogLevel level);

inline void LogDebug(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kDebug, event, fields);
}
inline void LogInfo(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, event, fields);
}
inline void LogWarning(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, event, fields);
}
inline void LogError(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, event, fields);
}

}  // namespace sconce

#endif  // SCONCE_SERVER_TELEMETRY_LOG_H_
