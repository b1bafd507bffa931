#include "server/telemetry/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace sconce {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { ConfigureLogs(LogFormat::kText, LogLevel::kInfo); }

  std::string Captured(LogFormat format, LogLevel level, const std::function<void()>& act) {
    ConfigureLogs(format, level);
    ::testing::internal::CaptureStderr();
    act();
    return ::testing::internal::GetCapturedStderr();
  }
};

constexpr char kEvent[] = "model loaded";
constexpr char kNasty[] = "a\nb\r\x1b[31m \"q\" \xFF";

TEST_F(LogTest, TextHasTimeLevelEventAndFields) {
  const std::string line = Captured(LogFormat::kText, LogLevel::kInfo, [] {
    LogInfo(kEvent, {{"model", "iris"}, {"version", 3}, {"seconds", 0.125}, {"ok", true}});
  });
  EXPECT_THAT(line,
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"
                           " info model loaded model=iris version=3 seconds=0.125 ok=true\n"));
}

TEST_F(LogTest, TextQuotesValuesThatAreMoreThanAWord) {
  const std::string line = Captured(LogFormat::kText, LogLevel::kInfo, [] {
    LogInfo(kEvent, {{"path", "a b"}, {"empty", ""}, {"pair", "x=y"}});
  });
  EXPECT_THAT(line, HasSubstr("path=\"a b\" empty=\"\" pair=\"x=y\"\n"));
}

TEST_F(LogTest, JsonHasTheSameFieldsWithTheirTypes) {
  const std::string line = Captured(LogFormat::kJson, LogLevel::kInfo, [] {
    LogWarning(kEvent, {{"model", "iris"}, {"version", 3}, {"seconds", 0.125}, {"ok", false}});
  });
  const auto json = nlohmann::json::parse(line);
  EXPECT_THAT(json["time"].get<std::string>(), ContainsRegex("T[0-9:]{8}\\.[0-9]{3}Z$"));
  EXPECT_EQ(json["level"], "warning");
  EXPECT_EQ(json["event"], kEvent);
  EXPECT_EQ(json["model"], "iris");
  EXPECT_EQ(json["version"], 3);
  EXPECT_EQ(json["seconds"], 0.125);
  EXPECT_EQ(json["ok"], false);
}

TEST_F(LogTest, NoValueStartsALineOfItsOwn) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    const std::string text = Captured(format, LogLevel::kInfo, [] {
      LogInfo(kNasty, {{"reason", kNasty}, {kNasty, 1}});
    });
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_EQ(text.back(), '\n');
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\xFF'), std::string::npos);
  }
}

TEST_F(LogTest, JsonStaysJsonWhateverTheValue) {
  const std::string line = Captured(LogFormat::kJson, LogLevel::kInfo, [] {
    LogInfo(kNasty, {{kNasty, kNasty},
                     {"nan", std::numeric_limits<double>::quiet_NaN()},
                     {"infinity", std::numeric_limits<double>::infinity()},
                     {"braces", "{} %v {0}"}});
  });
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["event"], "a\nb\r\x1b[31m \"q\" \xEF\xBF\xBD");
  EXPECT_EQ(json["nan"], "nan");
  EXPECT_EQ(json["braces"], "{} %v {0}");
}

TEST_F(LogTest, LowerLevelsAreLeftOut) {
  const std::string text = Captured(LogFormat::kText, LogLevel::kWarning, [] {
    EXPECT_FALSE(LogEnabled(LogLevel::kInfo));
    EXPECT_TRUE(LogEnabled(LogLevel::kError));
    LogDebug("one");
    LogInfo("two");
    LogWarning("three");
    LogError("four");
  });
  EXPECT_THAT(text, HasSubstr(" warning three\n"));
  EXPECT_THAT(text, HasSubstr(" error four\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST_F(LogTest, LinesOfThreadsDoNotMix) {
  constexpr int kThreads = 4, kLines = 100;
  const std::string text = Captured(LogFormat::kJson, LogLevel::kInfo, [] {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < kLines; ++i) LogInfo(kEvent, {{"i", i}});
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  std::istringstream lines(text);
  std::string line;
  int count = 0;
  for (; std::getline(lines, line); ++count) ASSERT_TRUE(nlohmann::json::accept(line)) << line;
  EXPECT_EQ(count, kThreads * kLines);
}

}  // namespace
}  // namespace sconce
