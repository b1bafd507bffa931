// The one load generator for sconced and for the echo server: sends a request that was serialised
// beforehand and takes answers as bytes, so that the client costs the same for both. One thread,
// one completion queue, as many calls in flight as told.
//
//   load_generator ADDRESS METHOD BODY_FILE CONCURRENCY SECONDS        throughput and percentiles
//   load_generator ADDRESS METHOD BODY_FILE gap SECONDS_BETWEEN CALLS  one call after each silence
//
// Prints one line of JSON.

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Call {
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
  grpc::ByteBuffer answer;
  grpc::Status status;
  Clock::time_point began;
};

class Generator {
 public:
  Generator(const std::string& address, std::string method, const std::string& body)
      : stub_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())),
        method_(std::move(method)) {
    const grpc::Slice slice(body);
    request_ = grpc::ByteBuffer(&slice, 1);
  }

  void Start(Call& call) {
    call.context = std::make_unique<grpc::ClientContext>();
    call.answer.Clear();
    call.began = Clock::now();
    call.reader = stub_.PrepareUnaryCall(call.context.get(), method_, request_, &queue_);
    call.reader->StartCall();
    call.reader->Finish(&call.answer, &call.status, &call);
  }

  Call& Next() {
    void* tag = nullptr;
    bool ok = false;
    if (!queue_.Next(&tag, &ok)) std::abort();
    Call& call = *static_cast<Call*>(tag);
    if (!call.status.ok()) {
      std::fprintf(stderr, "load_generator: %d %s\n", call.status.error_code(),
                   call.status.error_message().c_str());
      std::exit(1);
    }
    return call;
  }

 private:
  grpc::GenericStub stub_;
  std::string method_;
  grpc::ByteBuffer request_;
  grpc::CompletionQueue queue_;
};

double Milliseconds(Clock::duration duration) { return Seconds(duration).count() * 1e3; }

void PrintReport(std::vector<double> took, double seconds) {
  std::sort(took.begin(), took.end());
  const auto at = [&](double q) {
    return took[std::min(took.size() - 1,
                         static_cast<size_t>(q * static_cast<double>(took.size())))];
  };
  std::printf(
      "{\"calls\": %zu, \"per_second\": %.1f, \"p50_ms\": %.4f, \"p90_ms\": %.4f, \"p99_ms\": "
      "%.4f, "
      "\"max_ms\": %.4f}\n",
      took.size(), static_cast<double>(took.size()) / seconds, at(0.5), at(0.9), at(0.99),
      took.back());
}

// Measures `seconds` after as many calls to warm up as a fifth of that time takes.
void MeasureThroughput(Generator& generator, int concurrency, double seconds) {
  std::vector<Call> calls(static_cast<size_t>(concurrency));
  for (Call& call : calls) generator.Start(call);
  const auto begin =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(Seconds(seconds / 5));
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
  std::vector<double> took;
  for (int in_flight = concurrency; in_flight > 0;) {
    Call& call = generator.Next();
    const auto now = Clock::now();
    if (now >= begin && now < end) took.push_back(Milliseconds(now - call.began));
    if (now < end) {
      generator.Start(call);
    } else {
      --in_flight;
    }
  }
  if (took.empty()) std::exit(1);
  PrintReport(std::move(took), seconds);
}

void MeasureAfterSilence(Generator& generator, double gap, int count) {
  Call call;
  for (int i = 0; i < 20; ++i) {
    generator.Start(call);
    generator.Next();
  }
  std::vector<double> took;
  for (int i = 0; i < count; ++i) {
    std::this_thread::sleep_for(Seconds(gap));
    generator.Start(call);
    generator.Next();
    took.push_back(Milliseconds(Clock::now() - call.began));
  }
  PrintReport(std::move(took), gap * count);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "usage: load_generator ADDRESS METHOD BODY_FILE CONCURRENCY SECONDS\n");
    return 2;
  }
  std::ifstream file(argv[3], std::ios::binary);
  const std::string body{std::istreambuf_iterator<char>(file), {}};
  if (body.empty()) {
    std::fprintf(stderr, "load_generator: %s is empty or cannot be read\n", argv[3]);
    return 1;
  }
  Generator generator(argv[1], argv[2], body);
  if (std::strcmp(argv[4], "gap") == 0 && argc == 7) {
    MeasureAfterSilence(generator, std::atof(argv[5]), std::atoi(argv[6]));
  } else {
    MeasureThroughput(generator, std::atoi(argv[4]), std::atof(argv[5]));
  }
  return 0;
}
