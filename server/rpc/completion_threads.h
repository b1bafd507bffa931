// CompletionThreads: completion queues of our own, one thread each. A call lives on one queue, so
// all its events are handled one after the other, on one thread.

#ifndef SCONCE_SERVER_RPC_COMPLETION_THREADS_H_
#define SCONCE_SERVER_RPC_COMPLETION_THREADS_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <thread>
#include <vector>

namespace sconce {

// What comes out of a queue. `ok` as grpc::CompletionQueue::Next has it.
class CompletionEvent {
 public:
  virtual void Happened(bool ok) = 0;

 protected:
  ~CompletionEvent() = default;
};

// Confined to one thread, its own threads apart.
class CompletionThreads {
 public:
  // Call before the server is built.
  CompletionThreads(int count, grpc::ServerBuilder& builder);
  // Hands out what the queues still hold, then joins. The server must have shut down and every call
  // must be over.
  ~CompletionThreads();

  // Call once the server is built and the first calls are awaited.
  void Start();

  const std::vector<std::unique_ptr<grpc::ServerCompletionQueue>>& queues() const {
    return queues_;
  }

 private:
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::vector<std::thread> threads_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_COMPLETION_THREADS_H_
