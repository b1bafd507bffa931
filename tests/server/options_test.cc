#include "server/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::StatusIs;

std::variant<Options, EmitOptions, CommandLineExit> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "sconced");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

Options Parsed(const std::vector<const char*>& arguments) {
  const auto result = Parse(arguments);
  const auto* exit = std::get_if<CommandLineExit>(&result);
  EXPECT_EQ(exit, nullptr) << exit->text;
  return exit == nullptr ? std::get<Options>(result) : Options();
}

CommandLineExit Refused(const std::vector<const char*>& arguments) {
  const auto result = Parse(arguments);
  const auto* exit = std::get_if<CommandLineExit>(&result);
  EXPECT_NE(exit, nullptr) << "it parsed";
  return exit != nullptr ? *exit : CommandLineExit{};
}

Options Valid() {
  Options options;
  options.models_dir = "/models";
  return options;
}

TEST(Options, EmitNeedsNoFolderOfModels) {
  const auto result = Parse({"emit", "w.pth", "--source", "a.py", "--source", "b.py", "--class",
                             "Net", "--define", "x=1"});
  const auto* emit = std::get_if<EmitOptions>(&result);
  ASSERT_NE(emit, nullptr);
  EXPECT_EQ(emit->path, "w.pth");
  EXPECT_THAT(emit->sources, ::testing::ElementsAre("a.py", "b.py"));
  EXPECT_EQ(emit->class_name, "Net");
  EXPECT_THAT(Refused({"emit"}).text, HasSubstr("file"));
}

TEST(Options, ToldNothingOnlyThisMachineCanReachIt) {
  const Options options = Parsed({"--models", "/models"});
  EXPECT_EQ(options.models_dir, "/models");
  EXPECT_EQ(options.checkpoints_dir, "");
  EXPECT_EQ(options.grpc_address, "127.0.0.1:8001");
  EXPECT_EQ(options.http_address, "127.0.0.1:8002");
  EXPECT_EQ(options.device, "auto");
  EXPECT_EQ(options.max_message_bytes, 256 << 20);
  EXPECT_EQ(options.log_format, LogFormat::kText);
}

TEST(Options, EveryFlagSetsItsField) {
  const Options options =
      Parsed({"--models=m", "--checkpoints=c", "--grpc=0.0.0.0:1", "--http=[::1]:2",
              "--device=cuda:3", "--max-message-mib=7", "--max-queue=8", "--drain-seconds=9",
              "--log-format=json", "--log-level=error"});
  EXPECT_EQ(options.models_dir, "m");
  EXPECT_EQ(options.checkpoints_dir, "c");
  EXPECT_EQ(options.grpc_address, "0.0.0.0:1");
  EXPECT_EQ(options.http_address, "[::1]:2");
  EXPECT_EQ(options.device, "cuda:3");
  EXPECT_EQ(options.max_message_bytes, 7 << 20);
  EXPECT_EQ(options.max_queue, 8);
  EXPECT_EQ(options.drain_seconds, 9);
  EXPECT_EQ(options.log_format, LogFormat::kJson);
  EXPECT_EQ(options.log_level, LogLevel::kError);
}

TEST(Options, HelpAndVersionExitWithZero) {
  const CommandLineExit help = Refused({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* flag :
       {"--models", "--grpc", "--http", "--checkpoints", "--device", "--max-message-mib",
        "--max-queue", "--drain-seconds", "--log-format", "--log-level", "Examples:"}) {
    EXPECT_THAT(help.text, HasSubstr(flag));
  }
  const CommandLineExit version = Refused({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.text, ::testing::MatchesRegex("sconced [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Options, UsageErrorsExitWithTwoAndNameTheFlag) {
  const std::pair<std::vector<const char*>, const char*> cases[] = {
      {{}, "--models"},
      {{"--models"}, "--models"},
      {{"--models", "m", "--nonsense"}, "--nonsense"},
      {{"--models", "m", "stray"}, "stray"},
      {{"--models", "m", "--models", "n"}, "--models"},
      {{"--models", "m", "--log-format", "xml"}, "\"xml\" is none of text|json"},
      {{"--models", "m", "--log-level", "loud"}, "--log-level"},
      {{"--models", "m", "--max-queue", "many"}, "--max-queue"},
      {{"--models", "m", "--max-queue", "0"}, "--max-queue: 0"},
      {{"--models", "m", "--max-message-mib", "9223372036854775807"}, "--max-message-mib"},
      {{"--models", "m", "--max-message-mib", "0"}, "--max-message-mib"},
      {{"--models", "m", "--drain-seconds", "-1"}, "--drain-seconds"},
      {{"--models", "m", "--grpc", "localhost"}, "--grpc: \"localhost\""},
      {{"--models", "m", "--http", "a:99999"}, "--http: \"a:99999\""},
      {{"--models", "m", "--http", "127.0.0.1:8001"}, "--http: 127.0.0.1:8001 is --grpc's"},
      {{"--models", "m", "--device", "tpu"}, "--device: \"tpu\""},
      {{"--models", "m", "--device", "cuda:"}, "--device"},
  };
  for (const auto& [arguments, what] : cases) {
    const CommandLineExit exit = Refused(arguments);
    EXPECT_EQ(exit.code, 2) << what;
    EXPECT_THAT(exit.text, AllOf(StartsWith("sconced: "), HasSubstr(what), HasSubstr("--help")));
  }
}

TEST(Options, BothMayTakeAnyFreePort) {
  Options options = Valid();
  options.grpc_address = options.http_address = "127.0.0.1:0";
  SCONCE_EXPECT_OK(Validate(options));
}

TEST(Options, ValidationNamesTheField) {
  Options options = Valid();
  SCONCE_EXPECT_OK(Validate(options));
  options.max_message_bytes = int64_t{1} << 40;
  EXPECT_THAT(Validate(options),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("--max-message-mib: ")));
  EXPECT_THAT(Validate(Options()),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("--models: ")));
}

}  // namespace
}  // namespace sconce
