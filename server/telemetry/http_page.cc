#include "server/telemetry/http_page.h"

#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <deque>
#include <exception>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/telemetry/listen_address.h"
#include "server/telemetry/live_page.h"

namespace sconce {
namespace {

constexpr size_t kThreads = 4;
// Connections that were accepted and wait for a thread; more wait in the kernel.
constexpr size_t kMaxWaiting = 64;
constexpr size_t kMaxRequestBody = 4096;
constexpr time_t kPatienceSeconds = 2;

constexpr char kPlainText[] = "text/plain; charset=utf-8";
constexpr char kPrometheusText[] = "text/plain; version=0.0.4; charset=utf-8";
// The page needs its own script and style and its own origin's data; nothing else may load.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'";

// A pool of fixed size with a bounded queue: who accepts connections waits while it is full. The
// library's own pool queues without bound.
class BoundedTasks final : public httplib::TaskQueue {
 public:
  BoundedTasks() {
    for (size_t i = 0; i < kThreads; ++i) {
      threads_.emplace_back([this] { Work(); });
    }
  }

  void enqueue(std::function<void()> task) override {
    MutexLock lock(mutex_);
    while (tasks_.size() >= kMaxWaiting) changed_.Wait(mutex_);
    tasks_.push_back(std::move(task));
    changed_.SignalAll();
  }

  void shutdown() override {
    {
      MutexLock lock(mutex_);
      closed_ = true;
      changed_.SignalAll();
    }
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void Work() {
    while (std::function<void()> task = Next()) task();
  }

  // Nothing once the pool is closed and empty.
  std::function<void()> Next() {
    MutexLock lock(mutex_);
    while (tasks_.empty() && !closed_) changed_.Wait(mutex_);
    if (tasks_.empty()) return nullptr;
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    changed_.SignalAll();
    return task;
  }

  std::vector<std::thread> threads_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> tasks_ SCONCE_GUARDED_BY(mutex_);
  bool closed_ SCONCE_GUARDED_BY(mutex_) = false;
};

class HttplibPage final : public HttpPage {
 public:
  explicit HttplibPage(Sources sources) : sources_(std::move(sources)) {
    Limit();
    Route();
  }

  ~HttplibPage() override {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Listen(const ListenAddress& address) {
    errno = 0;
    if (address.port == 0) {
      port_ = server_.bind_to_any_port(address.host);
    } else if (server_.bind_to_port(address.host, address.port)) {
      port_ = address.port;
    }
    if (port_ < 0) return CannotListen(address, errno == EADDRINUSE);
    thread_ = std::thread([this] { Serve(); });
    // stop() before the loop has begun would be lost.
    while (!server_.is_running() && !ended_) std::this_thread::yield();
    return ended_ ? absl::ResourceExhaustedError("cannot start the threads of the HTTP page")
                  : absl::OkStatus();
  }

  int port() const override { return port_; }

 private:
  void Serve() {
    try {
      server_.listen_after_bind();
    } catch (const std::exception&) {  // no thread to be had
    }
    ended_ = true;
  }

  static absl::Status CannotListen(const ListenAddress& address, bool busy) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "cannot serve HTTP on %s: %s; stop the other program or name another address with --http",
        ToString(address),
        busy ? "another program listens there"
             : "the port is busy or not allowed, or the host is none of this machine's"));
  }

  void Limit() {
    server_.new_task_queue = [] { return new BoundedTasks; };
    server_.set_payload_max_length(kMaxRequestBody);
    server_.set_read_timeout(kPatienceSeconds);
    server_.set_write_timeout(kPatienceSeconds);
    server_.set_keep_alive_timeout(kPatienceSeconds);
    // One answer a connection: an idle browser must not hold one of the few threads.
    server_.set_keep_alive_max_count(1);
    // The library's default adds SO_REUSEPORT, with which two daemons share a port in silence.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    server_.set_default_headers({{"X-Content-Type-Options", "nosniff"},
                                 {"Cache-Control", "no-store"},
                                 {"Content-Security-Policy", kPolicy}});
    server_.set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
          response.status = 500;
          response.set_content("internal error\n", kPlainText);
        });
  }

  void Route() {
    using httplib::Request;
    using httplib::Response;
    server_.Get("/metrics", [this](const Request&, Response& response) {
      response.set_content(sources_.metrics(), kPrometheusText);
    });
    server_.Get("/healthz", [](const Request&, Response& response) {
      response.set_content("ok\n", kPlainText);
    });
    server_.Get("/readyz", [this](const Request&, Response& response) {
      const bool ready = sources_.ready();
      response.status = ready ? 200 : 503;
      response.set_content(ready ? "ready\n" : "not ready\n", kPlainText);
    });
    server_.Get("/status.json", [this](const Request&, Response& response) {
      response.set_content(sources_.status_json(), "application/json");
    });
    server_.Get("/", [](const Request&, Response& response) {
      response.set_content(kLivePage, "text/html; charset=utf-8");
    });
    server_.set_error_handler([](const Request& request, Response& response) {
      if (!response.body.empty()) return;
      response.set_content("there are /metrics, /healthz, /readyz, /status.json and /\n",
                           kPlainText);
    });
  }

  const Sources sources_;
  httplib::Server server_;
  std::thread thread_;
  std::atomic<bool> ended_{false};
  int port_ = -1;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpPage>> HttpPage::Start(const std::string& address,
                                                          Sources sources) {
  SCONCE_ASSIGN_OR_RETURN(const ListenAddress parsed, ParseListenAddress(address));
  auto page = std::make_unique<HttplibPage>(std::move(sources));
  try {
    SCONCE_RETURN_IF_ERROR(page->Listen(parsed));
  } catch (const std::exception& error) {  // no thread to be had
    return absl::ResourceExhaustedError(
        absl::StrFormat("cannot serve HTTP on %s: %s", address, error.what()));
  }
  return std::unique_ptr<HttpPage>(std::move(page));
}

}  // namespace sconce
