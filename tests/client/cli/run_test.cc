#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/file_bytes.h"
#include "tests/client/cli/run_fixture.h"
#include "tests/testing/status_matchers.h"

namespace sconce::cli {
namespace {

using ::testing::AllOf;
using testing::FakeModelServer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RunTest : public testing::RunFixture {};

TEST_F(RunTest, WrongUsageIsTwoAndHelpIsZero) {
  EXPECT_EQ(Sconce({}), 2);
  EXPECT_EQ(Sconce({"fly"}), 2);
  EXPECT_THAT(err_, StartsWith("sconce: "));
  EXPECT_EQ(Sconce({"load"}), 2);
  EXPECT_EQ(Sconce({"infer", "iris", "--version", "0"}), 2);
  EXPECT_EQ(Sconce({"save", "iris", "--format", "onnx", "--path", "x"}), 2);
  EXPECT_EQ(Sconce({"infer", "iris", "--input", "x"}), 2);
  EXPECT_THAT(err_, HasSubstr("NAME[:DATATYPE]=VALUE"));
  EXPECT_EQ(Sconce({"bench", "iris", "--duration", "soon"}), 2);
  EXPECT_THAT(err_, HasSubstr("'soon' is no time"));
  EXPECT_EQ(Sconce({"--help"}), 0);
  EXPECT_THAT(out_, AllOf(HasSubstr("infer"), HasSubstr("bench"), HasSubstr("inspect")));
  EXPECT_EQ(Sconce({"infer", "--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("--input"));
}

TEST_F(RunTest, NoDaemonIsAClearMessage) {
  std::string gone;
  {
    FakeModelServer server;
    gone = server.address();
  }
  EXPECT_EQ(Sconce({"list", "--server", gone}), 1);
  EXPECT_EQ(err_, "sconce: no daemon at " + gone + "; start one with sconced --models DIR\n");
}

TEST_F(RunTest, RefusalIsOneAndJsonSaysItToPrograms) {
  EXPECT_EQ(Sconce({"--json", "show", "nobody"}), 1);
  EXPECT_EQ(err_, "sconce: no model 'nobody'\n");
  EXPECT_EQ(Json()["error"]["code"], "NOT_FOUND");
}

TEST_F(RunTest, ListIsATable) {
  EXPECT_EQ(Sconce({"list"}), 0);
  EXPECT_EQ(out_,
            "NAME  VERSION  STATE  DEFAULT  FORMAT       BYTES    DEVICE\n"
            "iris  2        READY  yes      torchscript  2.0 KiB  cpu\n");
  EXPECT_EQ(Sconce({"list", "--json"}), 0);
  EXPECT_EQ(Json()["models"][0]["name"], "iris");
}

TEST_F(RunTest, ListSaysWhyAModelFailed) {
  server_.models["iris"].set_state(v1::MODEL_STATE_FAILED);
  server_.models["iris"].set_reason("iris.pt is cut off");
  EXPECT_EQ(Sconce({"list"}), 0);
  EXPECT_THAT(out_, HasSubstr("\niris version 2: iris.pt is cut off\n"));
}

TEST_F(RunTest, ShowHasFactsAndSnippets) {
  EXPECT_EQ(Sconce({"show", "iris"}), 0);
  EXPECT_THAT(out_, AllOf(HasSubstr("state      READY"), HasSubstr("note       Saved in training"),
                          HasSubstr("forward(x: FP32[-1,4])"), HasSubstr("grpcurl -plaintext"),
                          HasSubstr("tritonclient"), HasSubstr("infer iris --input")));
  EXPECT_EQ(Sconce({"show", "iris", "--json"}), 0);
  EXPECT_FALSE(Json()["snippets"]["guessed"].get<bool>());
}

TEST_F(RunTest, ShowHasNoSnippetsForWhatDoesNotServe) {
  server_.models["iris"].set_state(v1::MODEL_STATE_UNLOADED);
  EXPECT_EQ(Sconce({"show", "iris", "--json"}), 0);
  EXPECT_FALSE(Json().contains("snippets"));
}

TEST_F(RunTest, LoadSendsEveryFlag) {
  EXPECT_EQ(Sconce({"load", "net", "net.pt", "--version", "3", "--skeleton", "shape.pt", "--device",
                    "cuda:1", "--weights-key", "ema", "--allow-missing"}),
            0);
  const v1::LoadModelRequest sent = server_.last_load();
  EXPECT_EQ(sent.name(), "net");
  EXPECT_EQ(sent.path(), "net.pt");
  EXPECT_EQ(sent.version(), 3);
  EXPECT_EQ(sent.skeleton(), "shape.pt");
  EXPECT_EQ(sent.device(), "cuda:1");
  EXPECT_EQ(sent.weights_key(), "ema");
  EXPECT_TRUE(sent.allow_missing());
  EXPECT_FALSE(sent.allow_unexpected());
  EXPECT_THAT(out_, StartsWith("net version 2 serves on cpu"));
  EXPECT_EQ(Sconce({"load", "net", "broken.pt"}), 1);
  EXPECT_EQ(err_, "sconce: broken.pt is not a model\n");
}

TEST_F(RunTest, UnloadNamesTheVersion) {
  EXPECT_EQ(Sconce({"unload", "iris", "--version", "2"}), 0);
  EXPECT_EQ(server_.last_unload().version(), 2);
  EXPECT_EQ(out_, "iris version 2 is unloaded\n");
}

TEST_F(RunTest, InferTakesTheDatatypeFromTheSignature) {
  EXPECT_EQ(Sconce({"infer", "iris", "--input", "x=[[1,2,3,4]]"}), 0);
  EXPECT_EQ(server_.last_infer().inputs(0).datatype(), "FP32");
  EXPECT_EQ(out_, "x FP32[1,4]\n[[1, 2, 3, 4]]\n");
}

TEST_F(RunTest, InferTakesEachFlagOnce) {
  EXPECT_EQ(Sconce({"infer", "--input", "x:INT8=[1]", "iris", "--input", "y:INT8=[2]", "--output",
                    "a", "--output", "b", "--method", "encode", "--version", "2"}),
            0);
  EXPECT_EQ(server_.last_infer().inputs_size(), 2);
  EXPECT_EQ(server_.last_infer().outputs(1).name(), "b");
  EXPECT_EQ(server_.last_infer().parameters().at("method").string_param(), "encode");
}

TEST_F(RunTest, InferAsJsonIsComplete) {
  EXPECT_EQ(Sconce({"--json", "infer", "iris", "--input", "x:INT32=zeros[1200]"}), 0);
  EXPECT_EQ(Json()["outputs"][0]["data"].size(), 1200);
  EXPECT_EQ(Json()["version"], "2");
}

TEST_F(RunTest, InferWritesFiles) {
  const std::string path = ::testing::TempDir() + "/run_test.npy";
  EXPECT_EQ(Sconce({"infer", "iris", "--input", "x=[[1,2,3,4]]", "--out", path}), 0);
  EXPECT_EQ(out_, "wrote " + path + "\n");
  SCONCE_EXPECT_OK(ReadFileBytes(path));
}

TEST_F(RunTest, TimeoutEndsACall) {
  EXPECT_EQ(Sconce({"--timeout", "0.05", "infer", "slow", "--input", "x:INT8=1"}), 1);
  EXPECT_EQ(err_, "sconce: no answer within 0.05 s\n");
}

TEST_F(RunTest, BenchCountsCalls) {
  EXPECT_EQ(Sconce({"bench", "iris", "--concurrency", "2", "--duration", "50ms", "--json"}), 0);
  EXPECT_GT(Json()["requests"], 0);
  EXPECT_TRUE(Json()["errors"].empty());
  EXPECT_LE(Json()["latency_ms"]["p50"], Json()["latency_ms"]["max"]);
  EXPECT_EQ(server_.last_infer().inputs(0).shape(1), 4);
}

TEST_F(RunTest, BenchAsksForInputsItCannotGuess) {
  server_.models["iris"].mutable_methods(0)->mutable_inputs(0)->mutable_tensor()->clear_datatype();
  EXPECT_EQ(Sconce({"bench", "iris"}), 1);
  EXPECT_THAT(err_, HasSubstr("does not say the whole shape and datatype of its input x"));
}

TEST_F(RunTest, BenchRefusesABadRequestBeforeItStarts) {
  EXPECT_EQ(Sconce({"bench", "nobody", "--input", "x:INT8=1"}), 1);
  EXPECT_THAT(err_, HasSubstr("no model 'nobody'"));
}

TEST_F(RunTest, InspectNeedsNoDaemon) {
  const std::string path = ::testing::TempDir() + "/plain.txt";
  SCONCE_ASSERT_OK(WriteFileBytes(path, "just text\n"));
  EXPECT_EQ(Sconce({"--server", "localhost:1", "inspect", path}), 0);
  EXPECT_THAT(out_, HasSubstr("not a model"));
  EXPECT_EQ(Sconce({"inspect", "/nowhere.pt"}), 1);
  EXPECT_THAT(err_, HasSubstr("/nowhere.pt"));
}

}  // namespace
}  // namespace sconce::cli
