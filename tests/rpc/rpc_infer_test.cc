// Inference over a real connection: answers, errors, cancellation, deadlines, limits.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "tests/rpc/rpc_fixture.h"

namespace sconce::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(RpcTest, ModelInferAnswers) {
  repository.Add("echo", 3, std::make_shared<FakeExecutable>());
  inference::ModelInferRequest request = Request("echo", {1, 2, 3});
  request.set_id("r-7");
  inference::ModelInferResponse response;
  const grpc::Status status = Infer(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.model_name(), "echo");
  EXPECT_EQ(response.model_version(), "3");
  EXPECT_EQ(response.id(), "r-7");
  ASSERT_EQ(response.outputs_size(), 1);
  EXPECT_EQ(response.outputs(0).name(), "output");
  EXPECT_EQ(response.outputs(0).datatype(), "FP32");
  EXPECT_EQ(response.raw_output_contents(0), RawOf<float>({1, 2, 3}));
}

TEST_F(RpcTest, InferIsTheSameMethodUnderItsOtherName) {
  repository.Add("echo", 1, std::make_shared<FakeExecutable>());
  grpc::ClientContext context;
  inference::ModelInferResponse response;
  ASSERT_TRUE(control->Infer(&context, Request("echo", {5}), &response).ok());
  EXPECT_EQ(response.raw_output_contents(0), RawOf<float>({5}));
}

TEST_F(RpcTest, LargeTensorsComeBackWhole) {
  repository.Add("echo", 1, std::make_shared<FakeExecutable>());
  std::vector<float> x(200'000);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  inference::ModelInferResponse response;
  ASSERT_TRUE(Infer(Request("echo", x), &response).ok());
  EXPECT_EQ(response.raw_output_contents(0), RawOf(x));
}

TEST_F(RpcTest, MethodParameterChoosesTheMethod) {
  auto fake = std::make_shared<FakeExecutable>();
  Signature encode = EchoSignature();
  encode.method = "encode";
  fake->AddMethod(encode);
  std::string called;
  fake->Answer([&called](const std::string& method, const std::vector<NamedValue>& inputs) {
    called = method;
    return FakeExecutable::Echo(method, inputs);
  });
  repository.Add("m", 1, fake);
  inference::ModelInferRequest request = Request("m", {1});
  (*request.mutable_parameters())["method"].set_string_param("encode");
  ASSERT_TRUE(Infer(request).ok());
  EXPECT_EQ(called, "encode");
  (*request.mutable_parameters())["method"].set_string_param("none");
  EXPECT_EQ(Infer(request).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(RpcTest, ErrorsKeepTheirCodes) {
  auto fake = std::make_shared<FakeExecutable>();
  fake->Answer([](const std::string&, const std::vector<NamedValue>&) -> FakeExecutable::Outputs {
    return absl::InternalError("forward threw: no");
  });
  repository.Add("broken", 1, fake);
  EXPECT_EQ(Infer(Request("nobody", {1})).error_code(), grpc::StatusCode::NOT_FOUND);
  grpc::Status status = Infer(Request("broken", {1}));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message(), "forward threw: no");
  inference::ModelInferRequest request = Request("broken", {1});
  request.set_model_version("two");
  status = Infer(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("'two'"));
  request.set_model_version("9");
  EXPECT_EQ(Infer(request).error_code(), grpc::StatusCode::NOT_FOUND);
  request.set_model_version("1");
  request.mutable_inputs(0)->set_shape(0, 2);
  status = Infer(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), AllOf(HasSubstr("'x'"), HasSubstr("FP32[2]")));
}

TEST_F(RpcTest, UnparsableMessageIsAnInvalidArgument) {
  grpc::ByteBuffer response;
  const grpc::Status status =
      CallRaw("/inference.GRPCInferenceService/ModelInfer", BufferOf("\xFF\xFF\xFF"), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("not a ModelInferRequest"));
}

TEST_F(RpcTest, ExceptionsBecomeAnswers) {
  auto fake = std::make_shared<FakeExecutable>();
  fake->BindWith([](const std::string&, const std::vector<NamedValue>&) -> absl::Status {
    throw std::runtime_error("unforeseen");
  });
  repository.Add("m", 1, fake);
  const grpc::Status status = Infer(Request("m", {1}));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message(), HasSubstr("unforeseen"));
}

TEST_F(RpcTest, RequestedOutputThatIsNotThereIsRefused) {
  repository.Add("echo", 1, std::make_shared<FakeExecutable>());
  inference::ModelInferRequest request = Request("echo", {1});
  request.add_outputs()->set_name("other");
  const grpc::Status status = Infer(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), AllOf(HasSubstr("'other'"), HasSubstr("'output'")));
}

TEST_F(RpcTest, MessagesOverTheLimitAreRefusedAndTheConnectionLives) {
  repository.Add("echo", 1, std::make_shared<FakeExecutable>());
  const std::vector<float> x(kMaxMessage / 4 + 1);
  EXPECT_EQ(Infer(Request("echo", x)).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Infer(Request("echo", {1})).ok());
}

TEST_F(RpcTest, AnswersOverTheLimitAreRefused) {
  auto fake = std::make_shared<FakeExecutable>();
  fake->Answer([](const std::string&, const std::vector<NamedValue>&) -> FakeExecutable::Outputs {
    return std::vector<NamedValue>{{"y", StringTensor{{1}, {std::string(kMaxMessage, 'a')}}}};
  });
  repository.Add("m", 1, fake);
  const grpc::Status status = Infer(Request("m", {1}));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr(std::to_string(kMaxMessage)));
}

TEST_F(RpcTest, ManyCallersGetTheirOwnAnswers) {
  repository.Add("echo", 1, std::make_shared<FakeExecutable>());
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([this, caller, &wrong] {
      for (int i = 0; i < 100; ++i) {
        const std::vector<float> x(1 + i * 37, static_cast<float>(caller * 1000 + i));
        inference::ModelInferResponse response;
        const grpc::Status status = Infer(Request("echo", x), &response);
        if (!status.ok() || response.raw_output_contents(0) != RawOf(x)) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(RpcTest, DeadlineEndsACallThatWaits) {
  auto fake = std::make_shared<FakeExecutable>();
  fake->CloseGate();
  auto serving = repository.Add("slow", 1, fake);
  std::vector<std::thread> fillers;
  for (int i = 0; i < 2; ++i) fillers.emplace_back([this] { Infer(Request("slow", {1})); });
  fake->WaitUntilRunning(2);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  inference::ModelInferResponse response;
  EXPECT_EQ(oip->ModelInfer(&context, Request("slow", {1}), &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  // The server's deadline is later by the time that the request travelled.
  while (serving->batcher->queue_depth() != 0) std::this_thread::yield();
  fake->OpenGate();
  for (std::thread& filler : fillers) filler.join();
  EXPECT_TRUE(Infer(Request("slow", {1})).ok());
  EXPECT_EQ(fake->finished(), 3);  // the expired one never ran
}

// One connection and one thread: what the server hears later it handles later.
class OneThreadRpcTest : public RpcTest {
 protected:
  OneThreadRpcTest() : RpcTest(/*completion_threads=*/1) {}
};

TEST_F(OneThreadRpcTest, CancelledCallNeverRuns) {
  auto fake = std::make_shared<FakeExecutable>();
  fake->CloseGate();
  auto serving = repository.Add("slow", 1, fake);
  std::vector<std::thread> fillers;
  for (int i = 0; i < 2; ++i) fillers.emplace_back([this] { Infer(Request("slow", {1})); });
  fake->WaitUntilRunning(2);
  grpc::ClientContext context;
  std::thread caller([this, &context] {
    inference::ModelInferResponse response;
    EXPECT_EQ(oip->ModelInfer(&context, Request("slow", {1}), &response).error_code(),
              grpc::StatusCode::CANCELLED);
  });
  while (serving->batcher->queue_depth() == 0) std::this_thread::yield();
  context.TryCancel();
  caller.join();
  for (int i = 0; i < 10; ++i) Infer(Request("nobody", {1}));  // by now it has heard of it
  fake->OpenGate();
  for (std::thread& filler : fillers) filler.join();
  EXPECT_EQ(fake->finished(), 2);
}

TEST_F(RpcTest, FullQueueIsRefused) {
  auto fake = std::make_shared<FakeExecutable>();
  fake->CloseGate();
  auto serving = repository.Add("slow", 1, fake, /*max_queue=*/1);
  std::vector<std::thread> callers;
  for (int i = 1; i <= 2; ++i) {
    callers.emplace_back([this] { Infer(Request("slow", {1})); });
    fake->WaitUntilRunning(i);
  }
  callers.emplace_back([this] { Infer(Request("slow", {1})); });
  while (serving->batcher->queue_depth() == 0) std::this_thread::yield();
  EXPECT_EQ(Infer(Request("slow", {1})).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  fake->OpenGate();
  for (std::thread& caller : callers) caller.join();
}

TEST_F(RpcTest, VersionThatWentAwayInBetweenIsReplacedByItsSuccessor) {
  FakeRepository elsewhere(metrics);
  auto old = elsewhere.Add("m", 1, std::make_shared<FakeExecutable>());
  old->batcher->Drain();
  repository.Add("m", 2, std::make_shared<FakeExecutable>());
  repository.on_find = [old](int attempt) { return attempt == 0 ? old : nullptr; };
  inference::ModelInferResponse response;
  const grpc::Status status = Infer(Request("m", {1}), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.model_version(), "2");
}

TEST_F(RpcTest, RequestsAreCounted) {
  auto serving = repository.Add("echo", 1, std::make_shared<FakeExecutable>());
  ASSERT_TRUE(Infer(Request("echo", {1})).ok());
  inference::ModelInferRequest bad = Request("echo", {1});
  bad.mutable_inputs(0)->set_datatype("NONE");
  EXPECT_FALSE(Infer(bad).ok());
  const StatisticsSnapshot sums = serving->metrics->Statistics();
  EXPECT_EQ(sums.success.count, 1U);
  EXPECT_EQ(sums.failure.count, 1U);
  EXPECT_EQ(sums.executions, 1U);
  EXPECT_GT(sums.success.nanoseconds, sums.input.nanoseconds);
}

}  // namespace
}  // namespace sconce::testing
