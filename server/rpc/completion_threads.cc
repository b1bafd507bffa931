#include "server/rpc/completion_threads.h"

namespace sconce {
namespace {

void HandleEvents(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) static_cast<CompletionEvent*>(tag)->Happened(ok);
}

}  // namespace

CompletionThreads::CompletionThreads(int count, grpc::ServerBuilder& builder) {
  for (int i = 0; i < count; ++i) queues_.push_back(builder.AddCompletionQueue());
}

CompletionThreads::~CompletionThreads() {
  for (auto& queue : queues_) queue->Shutdown();
  if (threads_.empty()) {
    for (auto& queue : queues_) HandleEvents(*queue);
  }
  for (std::thread& thread : threads_) thread.join();
}

void CompletionThreads::Start() {
  for (auto& queue : queues_) {
    threads_.emplace_back([&queue] { HandleEvents(*queue); });
  }
}

}  // namespace sconce
