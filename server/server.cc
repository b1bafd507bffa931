#include "server/server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/device_memory.h"
#include "server/frontend/load_model.h"
#include "server/repository/repository.h"
#include "server/rpc/rpc_server.h"
#include "server/runtime/device.h"
#include "server/runtime/thread_budget.h"
#include "server/status_json.h"
#include "server/telemetry/http_page.h"
#include "server/telemetry/listen_address.h"
#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"
#include "server/telemetry/process_status.h"

namespace sconce {
namespace {

// A load that ends this soon after the last request is waited for.
constexpr auto kLoadPatience = std::chrono::milliseconds(200);

// `address` with the port that was taken where it asked for any.
std::string BoundAddress(const std::string& address, int port) {
  auto parsed = ParseListenAddress(address);
  if (!parsed.ok()) return address;
  parsed->port = port;
  return ToString(*parsed);
}

// To the hundredth that the system counts in.
double SecondsSinceExec() {
  return std::round(ReadProcessStatus().seconds_since_start * 100) / 100;
}

class Daemon final : public Server {
 public:
  explicit Daemon(Options options) : options_(std::move(options)) {}

  ~Daemon() override {
    StopRequests();
    if (loading_.joinable()) loading_.join();
    StopModels();
  }

  absl::Status Build();

  int grpc_port() const override { return rpc_->port(); }
  int http_port() const override { return http_port_; }
  bool WaitUntilReady() override;
  bool Drain() override;

 private:
  enum class Phase { kLoading, kReady, kDraining };

  absl::Status OpenRepository();
  absl::Status OpenPage();
  absl::Status OpenRpc();
  absl::Status BeginLoading();

  void LoadModels();
  bool BecomeReady();
  void LogServing() const;
  void StopRequests();
  bool WaitForLoads();
  void StopModels();

  std::vector<DeviceMemory> ReadDevices() const;
  std::string grpc_address() const { return BoundAddress(options_.grpc_address, grpc_port_); }

  const Options options_;
  Metrics metrics_;
  std::unique_ptr<Repository> repository_;
  std::unique_ptr<HttpPage> page_;
  std::unique_ptr<RpcServer> rpc_;
  std::thread loading_;
  std::atomic<int> grpc_port_{0};  // the page is there before it
  int http_port_ = 0;
  std::atomic<bool> ready_{false};

  Mutex mutex_;
  CondVar changed_;
  Phase phase_ SCONCE_GUARDED_BY(mutex_) = Phase::kLoading;
  bool loaded_ SCONCE_GUARDED_BY(mutex_) = false;
};

absl::Status Daemon::Build() {
  SCONCE_RETURN_IF_ERROR(OpenRepository());
  SCONCE_RETURN_IF_ERROR(OpenPage());
  SCONCE_RETURN_IF_ERROR(OpenRpc());
  return BeginLoading();
}

absl::Status Daemon::OpenRepository() {
  Repository::Options options;
  options.models_dir = options_.models_dir;
  options.checkpoints_dir = options_.checkpoints_dir;
  options.device = options_.device;
  options.max_queue = static_cast<size_t>(options_.max_queue);
  options.cpus = AvailableCpus();
  options.loader = LoadModel;
  options.check_written = CheckWritten;
  // Asked for by name and not there: better said now than once per model.
  SCONCE_RETURN_IF_ERROR(ResolveDevice(options_.device).status());
  SCONCE_ASSIGN_OR_RETURN(repository_,
                          Repository::Open(std::move(options), metrics_, Clock::Real()));
  metrics_.SetDeviceMemorySource([this] { return ReadDevices(); });
  return absl::OkStatus();
}

absl::Status Daemon::OpenPage() {
  HttpPage::Sources sources;
  sources.metrics = [this] { return metrics_.Scrape(); };
  sources.ready = [this] { return ready_.load(); };
  sources.status_json = [this] { return StatusJson(*repository_, grpc_address(), ready_); };
  SCONCE_ASSIGN_OR_RETURN(page_, HttpPage::Start(options_.http_address, std::move(sources)));
  http_port_ = page_->port();
  return absl::OkStatus();
}

absl::Status Daemon::OpenRpc() {
  RpcServer::Options options;
  options.address = options_.grpc_address;
  options.max_message_bytes = options_.max_message_bytes;
  options.server_version = SCONCE_VERSION;
  SCONCE_ASSIGN_OR_RETURN(
      rpc_, RpcServer::Start(std::move(options), *repository_, metrics_, Clock::Real()));
  grpc_port_ = rpc_->port();
  return absl::OkStatus();
}

absl::Status Daemon::BeginLoading() {
  try {
    loading_ = std::thread([this] { LoadModels(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("cannot start a thread to load models: %s", error.what()));
  }
  return absl::OkStatus();
}

void Daemon::LoadModels() {
  repository_->LoadAll();
  if (BecomeReady()) LogServing();
}

// False when the drain came first.
bool Daemon::BecomeReady() {
  MutexLock lock(mutex_);
  loaded_ = true;
  changed_.SignalAll();
  if (phase_ != Phase::kLoading) return false;
  phase_ = Phase::kReady;
  ready_ = true;
  // Under the lock: the drain's NOT_SERVING must come after it.
  rpc_->SetServing(true);
  return true;
}

void Daemon::LogServing() const {
  const std::vector<ModelInfo> models = repository_->List();
  const auto ready = std::count_if(models.begin(), models.end(), [](const ModelInfo& model) {
    return model.state == ModelState::kReady;
  });
  const auto failed = std::count_if(models.begin(), models.end(), [](const ModelInfo& model) {
    return model.state == ModelState::kFailed;
  });
  LogInfo("serving", {{"grpc", grpc_address()},
                      {"http", BoundAddress(options_.http_address, http_port_)},
                      {"models_ready", int64_t{ready}},
                      {"models_failed", int64_t{failed}},
                      {"devices", DescribeDevices()},
                      {"seconds_since_exec", SecondsSinceExec()}});
}

bool Daemon::WaitUntilReady() {
  MutexLock lock(mutex_);
  while (phase_ == Phase::kLoading) changed_.Wait(mutex_);
  return phase_ == Phase::kReady;
}

bool Daemon::WaitForLoads() {
  MutexLock lock(mutex_);
  const TimePoint end = Clock::Real().Now() + kLoadPatience;
  while (!loaded_ && Clock::Real().Now() < end) changed_.WaitFor(mutex_, end - Clock::Real().Now());
  return loaded_;
}

bool Daemon::Drain() {
  StopRequests();
  if (!WaitForLoads()) return false;
  StopModels();
  return true;
}

// Does nothing the second time.
void Daemon::StopRequests() {
  {
    MutexLock lock(mutex_);
    if (phase_ == Phase::kDraining) return;
    phase_ = Phase::kDraining;
    ready_ = false;
    changed_.SignalAll();
  }
  if (rpc_ != nullptr) rpc_->Shutdown(std::chrono::seconds(options_.drain_seconds));
}

// Nothing loads any more. The page goes last: it shows the drain.
void Daemon::StopModels() {
  if (page_ == nullptr) return;
  repository_->Drain();
  page_.reset();
}

std::vector<DeviceMemory> Daemon::ReadDevices() const {
  std::vector<std::string> devices;
  for (const ModelInfo& model : repository_->List()) devices.push_back(model.device);
  return ReadDeviceMemory(devices);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  SCONCE_RETURN_IF_ERROR(Validate(options));
  auto daemon = std::make_unique<Daemon>(options);
  SCONCE_RETURN_IF_ERROR(daemon->Build());
  return std::unique_ptr<Server>(std::move(daemon));
}

}  // namespace sconce
