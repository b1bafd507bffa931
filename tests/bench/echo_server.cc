// The limit of the transport: a gRPC server that sends back the bytes it got, by an asynchronous
// generic service on its own completion-queue threads, built with the flags sconced has. What
// sconced is compared with.
//
//   echo_server ADDRESS THREADS

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace {

constexpr int kCallsAtOnce = 64;

// One call: waits for itself to begin, reads, writes, and goes.
class EchoCall {
 public:
  EchoCall(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue)
      : service_(service), queue_(queue) {
    service_.RequestCall(&context_, &stream_, &queue_, &queue_, this);
  }

  void Proceed(bool ok) {
    if (state_ == State::kWaiting && ok) {
      new EchoCall(service_, queue_);
      state_ = State::kReading;
      stream_.Read(&bytes_, this);
    } else if (state_ == State::kReading) {
      state_ = State::kEnding;
      if (ok) {
        stream_.WriteAndFinish(bytes_, grpc::WriteOptions(), grpc::Status::OK, this);
      } else {
        stream_.Finish(grpc::Status::CANCELLED, this);
      }
    } else {
      delete this;
    }
  }

 private:
  enum class State { kWaiting, kReading, kEnding };

  grpc::AsyncGenericService& service_;
  grpc::ServerCompletionQueue& queue_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  grpc::ByteBuffer bytes_;
  State state_ = State::kWaiting;
};

void Serve(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue) {
  for (int i = 0; i < kCallsAtOnce; ++i) new EchoCall(service, queue);
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) static_cast<EchoCall*>(tag)->Proceed(ok);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: echo_server ADDRESS THREADS\n");
    return 2;
  }
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(argv[1], grpc::InsecureServerCredentials());
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterAsyncGenericService(&service);
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues;
  for (int i = 0; i < std::atoi(argv[2]); ++i) queues.push_back(builder.AddCompletionQueue());
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || queues.empty()) return 1;
  std::puts("serving");
  std::fflush(stdout);
  std::vector<std::jthread> threads;
  for (auto& queue : queues) {
    threads.emplace_back([&service, &queue] { Serve(service, *queue); });
  }
  return 0;  // joins, that is: until it is killed
}
