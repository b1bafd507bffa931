#include "server/telemetry/http_page.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using testing::StatusIs;

int Connect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return fd;
}

// What the server sends until it closes the connection.
std::string Exchange(int port, const std::string& request) {
  const int fd = Connect(port);
  EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t n; (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) answer.append(buffer, n);
  close(fd);
  return answer;
}

std::string Get(int port, const std::string& path) {
  return Exchange(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

class HttpPageTest : public ::testing::Test {
 protected:
  HttpPage::Sources Sources() {
    return {.metrics = [] { return std::string("a_metric 1\n"); },
            .ready = [this] { return ready_.load(); },
            .status_json = [] { return std::string("{\"models\":[]}"); }};
  }
  void SetUp() override {
    SCONCE_ASSERT_OK_AND_ASSIGN(page_, HttpPage::Start("127.0.0.1:0", Sources()));
    port_ = page_->port();
    ASSERT_GT(port_, 0);
  }

  std::atomic<bool> ready_{false};
  std::unique_ptr<HttpPage> page_;
  int port_ = 0;
};

TEST_F(HttpPageTest, MetricsCarryThePrometheusContentType) {
  EXPECT_THAT(Get(port_, "/metrics"),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("\r\n\r\na_metric 1\n"),
                    HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n")));
}

TEST_F(HttpPageTest, IsHealthyBeforeItIsReady) {
  EXPECT_THAT(Get(port_, "/healthz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Get(port_, "/readyz"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("not ready\n")));
  ready_ = true;
  EXPECT_THAT(Get(port_, "/readyz"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("\r\nready\n")));
}

TEST_F(HttpPageTest, StatusIsTheSourcesJson) {
  EXPECT_THAT(Get(port_, "/status.json"), AllOf(HasSubstr("Content-Type: application/json\r\n"),
                                                HasSubstr("\r\n\r\n{\"models\":[]}")));
}

TEST_F(HttpPageTest, LivePageTakesNothingFromElsewhere) {
  const std::string page = Get(port_, "/");
  EXPECT_THAT(page, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Type: text/html"),
                          HasSubstr("Content-Security-Policy: default-src 'none'"),
                          HasSubstr("/status.json"), HasSubstr("</html>")));
  EXPECT_THAT(page, AllOf(Not(HasSubstr("src=")), Not(HasSubstr("@import")),
                          Not(HasSubstr("https://")), Not(HasSubstr("innerHTML"))));
}

TEST_F(HttpPageTest, UnknownPathsNameTheKnownOnes) {
  EXPECT_THAT(Get(port_, "/etc/passwd"), AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("/metrics")));
  EXPECT_THAT(Get(port_, "/../../etc/passwd"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(HttpPageTest, RefusesABodyOverTheLimitAndGoesOn) {
  const std::string answer =
      Exchange(port_, "POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n" +
                          std::string(100, 'x'));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Get(port_, "/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpPageTest, RefusesGarbageAndGoesOn) {
  EXPECT_THAT(Exchange(port_, std::string("\x16\x03\x01\x00\xff\r\n\r\n", 9)),
              Not(StartsWith("HTTP/1.1 200 ")));
  EXPECT_THAT(Exchange(port_, "GET /" + std::string(20000, 'a') + " HTTP/1.1\r\n\r\n"),
              Not(StartsWith("HTTP/1.1 200 ")));
  EXPECT_THAT(Get(port_, "/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpPageTest, AThrowingSourceIsAnInternalError) {
  auto sources = Sources();
  sources.metrics = []() -> std::string { throw std::runtime_error("secret"); };
  SCONCE_ASSERT_OK_AND_ASSIGN(auto page, HttpPage::Start("127.0.0.1:0", sources));
  EXPECT_THAT(Get(page->port(), "/metrics"),
              AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("secret"))));
}

TEST_F(HttpPageTest, ABusyPortIsRefusedWithItsName) {
  const std::string address = "127.0.0.1:" + std::to_string(port_);
  EXPECT_THAT(HttpPage::Start(address, Sources()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(address), HasSubstr("another program"))));
}

TEST_F(HttpPageTest, AHostOfAnotherMachineIsRefused) {
  EXPECT_THAT(HttpPage::Start("192.0.2.1:0", Sources()),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("192.0.2.1:0")));
}

TEST_F(HttpPageTest, ThePortIsFreeAgainAfterwards) {
  EXPECT_THAT(Get(port_, "/healthz"), StartsWith("HTTP/1.1 200 "));
  page_.reset();
  SCONCE_EXPECT_OK(HttpPage::Start("127.0.0.1:" + std::to_string(port_), Sources()));
}

TEST_F(HttpPageTest, AnswersWhileSomeConnectionsAreIdle) {
  const std::vector<int> idle = {Connect(port_), Connect(port_), Connect(port_)};
  EXPECT_THAT(Get(port_, "/healthz"), StartsWith("HTTP/1.1 200 "));
  for (const int fd : idle) close(fd);
}

TEST_F(HttpPageTest, AnswersMoreCallersThanItHasThreads) {
  std::atomic<int> answered{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 32; ++i) {
    callers.emplace_back([&] {
      if (Get(port_, "/metrics").find("a_metric 1") != std::string::npos) ++answered;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered, 32);
}

}  // namespace
}  // namespace sconce
