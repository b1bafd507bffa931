#include "server/telemetry/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <memory>

#include "server/telemetry/escape.h"

namespace sconce {
namespace {

// spdlog writes the time and the level; the event and its fields are ours.
constexpr char kTextPattern[] = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr char kJsonPattern[] = "{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",%v}";

struct Sink {
  Sink() : logger("sconce", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    Configure(LogFormat::kText, spdlog::level::info);
    logger.flush_on(spdlog::level::trace);
  }
  void Configure(LogFormat new_format, spdlog::level::level_enum level) {
    format = new_format;
    logger.set_pattern(new_format == LogFormat::kJson ? kJsonPattern : kTextPattern,
                       spdlog::pattern_time_type::utc);
    logger.set_level(level);
  }
  spdlog::logger logger;
  std::atomic<LogFormat> format;
};

// Never destroyed: threads may log while the process ends.
Sink& GetSink() {
  static Sink& sink = *new Sink;
  return sink;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  AppendEscaped(out, text);
  out += '"';
}

// The shortest text that reads back as the same number. JSON has no NaN and no infinity: those are
// strings.
std::string NumberText(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  const std::string text(buffer, end);
  return std::isfinite(value) ? text : "\"" + text + "\"";
}

bool NeedsQuotes(std::string_view text) {
  return text.empty() || std::any_of(text.begin(), text.end(), [](unsigned char c) {
           return c <= ' ' || c >= 0x7F || c == '"' || c == '\\' || c == '=';
         });
}

void AppendValue(std::string& out, const LogValue& value, LogFormat format) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (format == LogFormat::kText && !NeedsQuotes(*text)) {
      out += *text;
    } else {
      AppendQuoted(out, *text);
    }
  } else if (const auto* integer = std::get_if<int64_t>(&value)) {
    out += std::to_string(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    out += NumberText(*real);
  } else {
    out += std::get<bool>(value) ? "true" : "false";
  }
}

std::string TextLine(std::string_view event, std::initializer_list<LogField> fields) {
  std::string line;
  AppendEscaped(line, event);
  for (const LogField& field : fields) {
    line += ' ';
    AppendEscaped(line, field.key);
    line += '=';
    AppendValue(line, field.value, LogFormat::kText);
  }
  return line;
}

std::string JsonMembers(std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = "\"event\":";
  AppendQuoted(line, event);
  for (const LogField& field : fields) {
    line += ',';
    AppendQuoted(line, field.key);
    line += ':';
    AppendValue(line, field.value, LogFormat::kJson);
  }
  return line;
}

}  // namespace

void ConfigureLogs(LogFormat format, LogLevel level) {
  GetSink().Configure(format, ToSpdlog(level));
}

bool LogEnabled(LogLevel level) { return GetSink().logger.should_log(ToSpdlog(level)); }

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!LogEnabled(level)) return;
  Sink& sink = GetSink();
  const std::string line =
      sink.format.load() == LogFormat::kJson ? JsonMembers(event, fields) : TextLine(event, fields);
  sink.logger.log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace sconce
