#include "server/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/telemetry/prometheus_text.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::IsEmpty;
using testing::Labels;
using ::testing::Not;
using ::testing::Optional;
using testing::Page;
using ::testing::SizeIs;

Page Scrape(const Metrics& metrics) {
  auto page = testing::ParsePage(metrics.Scrape());
  EXPECT_THAT(page, testing::IsOk());
  return page.ok() ? *page : Page();
}

const Labels kIris = {{"model", "iris"}, {"version", "1"}};

Labels With(Labels labels, const std::string& key, const std::string& value) {
  labels[key] = value;
  return labels;
}

Phases AllPhases() {
  return {.total = milliseconds(10),
          .input = microseconds(60),
          .queue = milliseconds(1),
          .compute = milliseconds(8),
          .output = microseconds(40)};
}

TEST(Metrics, CountsRequestsByCode) {
  Metrics metrics;
  auto iris = metrics.ForVersion("iris", 1);
  iris->RecordRequest(absl::StatusCode::kOk, AllPhases());
  iris->RecordRequest(absl::StatusCode::kOk, AllPhases());
  iris->RecordRequest(absl::StatusCode::kInvalidArgument, {});
  const Page page = Scrape(metrics);
  EXPECT_THAT(page.Find("sconce_requests_total", With(kIris, "code", "OK")), Optional(2));
  EXPECT_THAT(page.Find("sconce_requests_total", With(kIris, "code", "INVALID_ARGUMENT")),
              Optional(1));
  EXPECT_EQ(page.types.at("sconce_requests_total"), "counter");
}

TEST(Metrics, ShowsTheOkCounterBeforeTheFirstRequest) {
  Metrics metrics;
  auto iris = metrics.ForVersion("iris", 1);
  EXPECT_THAT(Scrape(metrics).Find("sconce_requests_total", With(kIris, "code", "OK")),
              Optional(0));
}

TEST(Metrics, PutsEachPhaseInItsOwnHistogram) {
  Metrics metrics;
  auto iris = metrics.ForVersion("iris", 1);
  iris->RecordRequest(absl::StatusCode::kOk, AllPhases());
  const Page page = Scrape(metrics);
  const std::vector<std::pair<std::string, double>> sums = {
      {"sconce_request_duration_seconds", 0.01}, {"sconce_queue_duration_seconds", 0.001},
      {"sconce_input_duration_seconds", 6e-5},   {"sconce_compute_duration_seconds", 0.008},
      {"sconce_output_duration_seconds", 4e-5},  {"sconce_batch_size", 1}};
  for (const auto& [name, sum] : sums) {
    EXPECT_EQ(page.types.at(name), "histogram");
    EXPECT_THAT(page.Find(name + "_count", kIris), Optional(1)) << name;
    EXPECT_THAT(page.Find(name + "_sum", kIris), Optional(::testing::DoubleNear(sum, 1e-12)))
        << name;
  }
}

TEST(Metrics, LeavesOutPhasesThatWereNotReached) {
  Metrics metrics;
  auto iris = metrics.ForVersion("iris", 1);
  iris->RecordRequest(absl::StatusCode::kInvalidArgument, {.total = milliseconds(1)});
  const Page page = Scrape(metrics);
  EXPECT_THAT(page.Find("sconce_request_duration_seconds_count", kIris), Optional(1));
  for (const char* name : {"sconce_queue_duration_seconds_count", "sconce_batch_size_count",
                           "sconce_compute_duration_seconds_count"}) {
    EXPECT_THAT(page.Find(name, kIris), Optional(0)) << name;
  }
  EXPECT_EQ(iris->Statistics().executions, 0u);
  EXPECT_EQ(iris->Statistics().last_inference_unix_ms, 0u);
}

TEST(Metrics, LatencyBucketsReachFromFiftyMicrosecondsToAMinute) {
  Metrics metrics;
  auto iris = metrics.ForVersion("iris", 1);
  iris->RecordRequest(absl::StatusCode::kOk, {.total = microseconds(50)});
  iris->RecordRequest(absl::StatusCode::kOk, {.total = std::chrono::seconds(61)});
  const auto buckets = iris->Latency();
  ASSERT_THAT(buckets, Not(IsEmpty()));
  EXPECT_DOUBLE_EQ(buckets.front().upper_seconds, 50e-6);
  EXPECT_EQ(buckets.front().count, 1u);  // a bucket includes its upper bound
  EXPECT_DOUBLE_EQ(buckets[buckets.size() - 2].upper_seconds, 60);
  EXPECT_EQ(buckets[buckets.size() - 2].count, 1u);
  EXPECT_EQ(buckets.back().count, 2u);
}

TEST(Metrics, SumsAreThoseOfTheRequests) {
  Metrics metrics;
  auto iris = metrics.ForVersion("iris", 1);
  iris->RecordRequest(absl::StatusCode::kOk, AllPhases());
  iris->RecordRequest(absl::StatusCode::kInternal, {.total = milliseconds(3)});
  const StatisticsSnapshot sums = iris->Statistics();
  EXPECT_EQ(sums.success.count, 1u);
  EXPECT_EQ(sums.success.nanoseconds, 10'000'000u);
  EXPECT_EQ(sums.failure.count, 1u);
  EXPECT_EQ(sums.failure.nanoseconds, 3'000'000u);
  EXPECT_EQ(sums.queue.nanoseconds, 1'000'000u);
  EXPECT_EQ(sums.input.nanoseconds, 60'000u);
  EXPECT_EQ(sums.compute.nanoseconds, 8'000'000u);
  EXPECT_EQ(sums.output.nanoseconds, 40'000u);
  EXPECT_EQ(sums.executions, 1u);
  EXPECT_GT(sums.last_inference_unix_ms, 1'600'000'000'000u);
}

TEST(Metrics, ExactlyOneStateIsOne) {
  Metrics metrics;
  auto iris = metrics.ForVersion("iris", 1);
  iris->SetState("loading");
  iris->SetState("ready");
  const Page page = Scrape(metrics);
  EXPECT_THAT(page.All("sconce_model_state", kIris), SizeIs(5));
  for (const auto& sample : page.All("sconce_model_state", kIris)) {
    EXPECT_EQ(sample.value, sample.labels.at("state") == "ready" ? 1 : 0);
  }
}

TEST(Metrics, GaugesShowWhatWasSetLast) {
  Metrics metrics;
  auto iris = metrics.ForVersion("iris", 1);
  iris->SetBytes(123456789);
  iris->SetQueueDepth(7);
  iris->SetQueueDepth(3);
  const Page page = Scrape(metrics);
  EXPECT_THAT(page.Find("sconce_model_bytes", kIris), Optional(123456789));
  EXPECT_THAT(page.Find("sconce_queue_depth", kIris), Optional(3));
  EXPECT_EQ(iris->queue_depth(), 3u);
}

TEST(Metrics, GivesTheSameObjectWhileItIsHeld) {
  Metrics metrics;
  auto iris = metrics.ForVersion("iris", 1);
  EXPECT_EQ(metrics.ForVersion("iris", 1), iris);
  EXPECT_NE(metrics.ForVersion("iris", 2), iris);
  EXPECT_NE(metrics.ForVersion("digits", 1), iris);
}

TEST(Metrics, SeriesVanishWithTheLastHolder) {
  Metrics metrics;
  auto iris = metrics.ForVersion("iris", 1);
  auto other = metrics.ForVersion("iris", 2);
  auto second_holder = iris;
  iris->RecordRequest(absl::StatusCode::kInternal, AllPhases());
  iris.reset();
  EXPECT_THAT(metrics.Scrape(), ::testing::HasSubstr("version=\"1\""));
  second_holder.reset();
  const std::string page = metrics.Scrape();
  EXPECT_THAT(page, Not(::testing::HasSubstr("version=\"1\"")));
  EXPECT_THAT(page, ::testing::HasSubstr("version=\"2\""));
}

TEST(Metrics, AReloadedVersionStartsAtZero) {
  Metrics metrics;
  metrics.ForVersion("iris", 1)->RecordRequest(absl::StatusCode::kOk, AllPhases());
  auto again = metrics.ForVersion("iris", 1);
  EXPECT_EQ(again->Statistics().success.count, 0u);
  EXPECT_THAT(Scrape(metrics).Find("sconce_requests_total", With(kIris, "code", "OK")),
              Optional(0));
}

TEST(Metrics, AVersionMayOutliveTheRegistrysOwner) {
  auto metrics = std::make_unique<Metrics>();
  auto iris = metrics->ForVersion("iris", 1);
  metrics.reset();
  iris->RecordRequest(absl::StatusCode::kOk, AllPhases());
  EXPECT_EQ(iris->Statistics().success.count, 1u);
}

TEST(Metrics, EscapesWhatANameMayHold) {
  Metrics metrics;
  const std::string name = "a\"b\\c\nd";
  auto odd = metrics.ForVersion(name, 1);
  auto invalid = metrics.ForVersion("x\xFFy", 1);
  const Page page = Scrape(metrics);
  EXPECT_THAT(page.Find("sconce_model_bytes", {{"model", name}, {"version", "1"}}), Optional(0));
  EXPECT_THAT(page.Find("sconce_model_bytes", {{"model", "x\xEF\xBF\xBDy"}, {"version", "1"}}),
              Optional(0));
}

TEST(Metrics, UnroutableRequestsAreCountedWithoutAName) {
  Metrics metrics;
  metrics.RecordUnroutable(absl::StatusCode::kNotFound);
  EXPECT_THAT(Scrape(metrics).Find("sconce_unroutable_requests_total", {{"code", "NOT_FOUND"}}),
              Optional(1));
}

TEST(Metrics, CountsLoadsAndSwapsByResult) {
  Metrics metrics;
  metrics.RecordLoad("iris", true, milliseconds(20));
  metrics.RecordLoad("iris", false, milliseconds(1));
  metrics.RecordSwap("iris", "swapped");
  const Page page = Scrape(metrics);
  for (const char* result : {"ok", "failed"}) {
    EXPECT_THAT(
        page.Find("sconce_load_duration_seconds_count", {{"model", "iris"}, {"result", result}}),
        Optional(1));
  }
  EXPECT_THAT(page.Find("sconce_swap_total", {{"model", "iris"}, {"result", "swapped"}}),
              Optional(1));
}

TEST(Metrics, MadeUpNamesDoNotGrowThePageWithoutEnd) {
  Metrics metrics;
  for (int i = 0; i < 1500; ++i) {
    metrics.RecordSwap("name" + std::to_string(i), "failed");
  }
  metrics.RecordSwap("name0", "failed");  // among the first: keeps its own
  const Page page = Scrape(metrics);
  EXPECT_THAT(page.All("sconce_swap_total", {}), SizeIs(1001));
  EXPECT_THAT(page.Find("sconce_swap_total", {{"model", "(other)"}, {"result", "failed"}}),
              Optional(500));
  EXPECT_THAT(page.Find("sconce_swap_total", {{"model", "name0"}, {"result", "failed"}}),
              Optional(2));
}

TEST(Metrics, ShowsTheProcess) {
  Metrics metrics;
  const Page page = Scrape(metrics);
  EXPECT_THAT(page.Find("sconce_process_resident_memory_bytes", {}), Optional(::testing::Gt(1e6)));
  EXPECT_THAT(page.Find("process_open_fds", {}), Optional(::testing::Gt(2)));
  EXPECT_THAT(page.Find("process_start_time_seconds", {}), Optional(::testing::Gt(1.6e9)));
  EXPECT_EQ(page.types.at("process_cpu_seconds_total"), "counter");
}

TEST(Metrics, ShowsDeviceMemoryOnlyWhereThereIsADevice) {
  Metrics metrics;
  EXPECT_THAT(Scrape(metrics).All("sconce_device_memory_used_bytes", {}), IsEmpty());
  metrics.SetDeviceMemorySource([] {
    return std::vector<DeviceMemory>{{.device = "cuda:0", .used_bytes = 5, .total_bytes = 9}};
  });
  const Page page = Scrape(metrics);
  EXPECT_THAT(page.Find("sconce_device_memory_used_bytes", {{"device", "cuda:0"}}), Optional(5));
  EXPECT_THAT(page.Find("sconce_device_memory_total_bytes", {{"device", "cuda:0"}}), Optional(9));
}

TEST(Metrics, EveryFamilyHasAHelpAndNoPageAnEmptyFamily) {
  Metrics metrics;
  auto iris = metrics.ForVersion("iris", 1);
  const Page page = Scrape(metrics);
  for (const auto& [name, type] : page.types) EXPECT_EQ(page.helps.count(name), 1u) << name;
  EXPECT_EQ(page.types.size(), page.helps.size());
}

TEST(Metrics, VersionsComeAndGoWhileOthersRecordAndScrape) {
  constexpr int kRounds = 300;
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        auto held = metrics.ForVersion("iris", 1);
        held->RecordRequest(static_cast<absl::StatusCode>(i % 17), AllPhases());
        held->SetState(i % 2 == 0 ? "ready" : "loading");
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < 30; ++i) EXPECT_THAT(metrics.Scrape(), Not(IsEmpty()));
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Scrape(metrics).All("sconce_model_bytes", {}), IsEmpty());
}

}  // namespace
}  // namespace sconce
