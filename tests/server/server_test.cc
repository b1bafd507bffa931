#include "server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/server/http_get.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using testing::HttpGet;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::StatusIs;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    std::string pattern = ::testing::TempDir() + "sconce_server_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    options_.models_dir = folder_;
    options_.grpc_address = options_.http_address = "127.0.0.1:0";
    options_.device = "cpu";
    options_.drain_seconds = 1;
  }
  ~ServerTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Server> StartReady() {
    auto server = Server::Start(options_);
    EXPECT_THAT(server, testing::IsOk());
    if (!server.ok()) return nullptr;
    EXPECT_TRUE((*server)->WaitUntilReady());
    return *std::move(server);
  }

  std::string folder_;
  Options options_;
};

nlohmann::json StatusOf(const Server& server) {
  const std::string answer = HttpGet(server.http_port(), "/status.json");
  return nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
}

TEST_F(ServerTest, AnEmptyFolderIsServed) {
  auto server = StartReady();
  ASSERT_NE(server, nullptr);
  EXPECT_GT(server->grpc_port(), 0);
  EXPECT_THAT(HttpGet(server->http_port(), "/readyz"), StartsWith("HTTP/1.1 200 "));
  const auto status = StatusOf(*server);
  EXPECT_EQ(status["ready"], true);
  EXPECT_EQ(status["grpc"], "127.0.0.1:" + std::to_string(server->grpc_port()));
  EXPECT_THAT(status["models"], SizeIs(0));
}

TEST_F(ServerTest, ABrokenModelIsShownAndKeepsNobodyFromServing) {
  std::ofstream(folder_ + "/broken.pt") << "not a model";
  auto server = StartReady();
  ASSERT_NE(server, nullptr);
  EXPECT_THAT(HttpGet(server->http_port(), "/readyz"), StartsWith("HTTP/1.1 200 "));
  const auto status = StatusOf(*server);
  ASSERT_THAT(status["models"], SizeIs(1));
  EXPECT_EQ(status["models"][0]["name"], "broken");
  EXPECT_EQ(status["models"][0]["state"], "failed");
  EXPECT_NE(status["models"][0]["reason"], "");
  EXPECT_THAT(HttpGet(server->http_port(), "/metrics"),
              HasSubstr("sconce_model_state{model=\"broken\",state=\"failed\",version=\"1\"} 1\n"));
}

TEST_F(ServerTest, DrainingTwiceIsDrainingOnce) {
  auto server = StartReady();
  ASSERT_NE(server, nullptr);
  const int port = server->http_port();
  EXPECT_TRUE(server->Drain());
  EXPECT_TRUE(server->Drain());
  EXPECT_FALSE(server->WaitUntilReady());
  EXPECT_EQ(HttpGet(port, "/healthz"), "");
}

TEST_F(ServerTest, BusyPortsAreNamed) {
  auto first = StartReady();
  ASSERT_NE(first, nullptr);
  const std::string grpc = "127.0.0.1:" + std::to_string(first->grpc_port());
  const std::string http = "127.0.0.1:" + std::to_string(first->http_port());
  options_.grpc_address = grpc;
  EXPECT_THAT(Server::Start(options_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(grpc)));
  options_.grpc_address = "127.0.0.1:0";
  options_.http_address = http;
  EXPECT_THAT(Server::Start(options_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(http)));
}

TEST_F(ServerTest, AMissingFolderIsNamed) {
  options_.models_dir = folder_ + "/nothing";
  EXPECT_THAT(Server::Start(options_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(options_.models_dir)));
}

TEST_F(ServerTest, AGpuThatIsNotThereIsRefusedAtOnce) {
  options_.device = "cuda:77";
  EXPECT_THAT(Server::Start(options_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("cuda:77")));
}

TEST_F(ServerTest, OptionsAreValidated) {
  options_.max_queue = 0;
  EXPECT_THAT(Server::Start(options_),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("--max-queue")));
}

}  // namespace
}  // namespace sconce
