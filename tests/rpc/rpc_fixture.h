// A real RpcServer on a free port over a FakeRepository, and stubs that call it.

#ifndef SCONCE_TESTS_RPC_RPC_FIXTURE_H_
#define SCONCE_TESTS_RPC_RPC_FIXTURE_H_

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "proto/inference/grpc_service.grpc.pb.h"
#include "proto/sconce/v1/model_server.grpc.pb.h"
#include "server/rpc/rpc_server.h"
#include "tests/rpc/fake_repository.h"
#include "tests/rpc/infer_messages.h"

namespace sconce::testing {

class RpcTest : public ::testing::Test {
 protected:
  static constexpr int64_t kMaxMessage = 1 << 20;

  explicit RpcTest(int completion_threads = 2) : repository(metrics) {
    server = *RpcServer::Start({.address = "127.0.0.1:0",
                                .max_message_bytes = kMaxMessage,
                                .completion_threads = completion_threads,
                                .server_version = "1.2.3"},
                               repository, metrics, Clock::Real());
    channel = NewChannel();
    oip = inference::GRPCInferenceService::NewStub(channel);
    control = v1::ModelServer::NewStub(channel);
  }

  std::shared_ptr<grpc::Channel> NewChannel() const {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server->port()),
                                     grpc::InsecureChannelCredentials(), arguments);
  }

  static inference::ModelInferRequest Request(const std::string& model, std::vector<float> x) {
    inference::ModelInferRequest request;
    request.set_model_name(model);
    AddRaw(request, "x", "FP32", {static_cast<int64_t>(x.size())}, RawOf(x));
    return request;
  }

  grpc::Status Infer(const inference::ModelInferRequest& request,
                     inference::ModelInferResponse* response = nullptr) {
    grpc::ClientContext context;
    inference::ModelInferResponse ignored;
    return oip->ModelInfer(&context, request, response != nullptr ? response : &ignored);
  }

  // Any bytes to any method.
  grpc::Status CallRaw(const std::string& method, const grpc::ByteBuffer& request,
                       grpc::ByteBuffer* response) const {
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
    call->StartCall();
    grpc::Status status;
    call->Finish(response, &status, &status);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  Metrics metrics;
  FakeRepository repository;
  std::unique_ptr<RpcServer> server;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<inference::GRPCInferenceService::Stub> oip;
  std::unique_ptr<v1::ModelServer::Stub> control;
};

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_RPC_RPC_FIXTURE_H_
