#include "client/cli/snippets.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "client/cli/input_argument.h"
#include "client/cli/shell_text.h"
#include "proto/inference/grpc_service.pb.h"
#include "tests/client/cli/signatures.h"
#include "tests/client/fake_model_server.h"

namespace sconce::cli {
namespace {

using ::testing::HasSubstr;
using testing::IrisModel;
using testing::MakeArgument;
using testing::MakeMethod;
using ::testing::Not;
using ::testing::StartsWith;

Snippets Make(const v1::MethodSignature& method, const std::string& address = "localhost:8001") {
  v1::ModelVersion model = IrisModel();
  return MakeSnippets(model, method, address);
}

// The request between the quotes of a snippet without quotes of its own.
inference::ModelInferRequest Request(const std::string& grpcurl) {
  const size_t begin = grpcurl.find('\'') + 1;
  const std::string json = grpcurl.substr(begin, grpcurl.rfind('\'') - begin);
  inference::ModelInferRequest request;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &request).ok()) << json;
  return request;
}

TEST(Snippets, SconceSnippetIsShortForTheDefaultModel) {
  const Snippets snippets = Make(IrisModel().methods(0));
  EXPECT_EQ(snippets.sconce, "sconce infer iris --input 'x:FP32=[[0.0,0.0,0.0,0.0]]'\n");
  EXPECT_FALSE(snippets.guessed);
}

TEST(Snippets, NameWhatIsNotTheDefault) {
  v1::ModelVersion model = IrisModel();
  model.set_is_default(false);
  const auto method = MakeMethod("encode", {MakeArgument("x", "Tensor", "FP32", {{1}})});
  const Snippets snippets = MakeSnippets(model, method, "example:9");
  EXPECT_THAT(snippets.sconce,
              StartsWith("sconce --server example:9 infer iris --version 2 --method encode "));
  EXPECT_THAT(snippets.python, HasSubstr("InferenceServerClient(\"example:9\")"));
  EXPECT_THAT(snippets.python,
              HasSubstr("model_version=\"2\", parameters={\"method\": \"encode\"}"));
  const inference::ModelInferRequest request = Request(snippets.grpcurl);
  EXPECT_EQ(request.model_version(), "2");
  EXPECT_EQ(request.parameters().at("method").string_param(), "encode");
}

TEST(Snippets, GrpcurlRequestIsOneOfTheProtocol) {
  const auto method =
      MakeMethod("forward", {MakeArgument("x", "Tensor", "FP32", {{-1, 4}}),
                             MakeArgument("n", "int"), MakeArgument("b", "Tensor", "BOOL", {{2}}),
                             MakeArgument("s", "str"), MakeArgument("u", "Tensor", "UINT8", {{1}}),
                             MakeArgument("i", "Tensor", "INT16", {{1}})});
  const inference::ModelInferRequest request = Request(Make(method).grpcurl);
  EXPECT_EQ(request.model_name(), "iris");
  ASSERT_EQ(request.inputs_size(), 6);
  EXPECT_EQ(request.inputs(0).contents().fp32_contents_size(), 4);
  EXPECT_EQ(request.inputs(0).shape(1), 4);
  EXPECT_EQ(request.inputs(1).contents().int64_contents_size(), 1);
  EXPECT_EQ(request.inputs(2).contents().bool_contents_size(), 2);
  EXPECT_EQ(request.inputs(3).contents().bytes_contents_size(), 1);
  EXPECT_EQ(request.inputs(4).contents().uint_contents_size(), 1);
  EXPECT_EQ(request.inputs(5).contents().int_contents_size(), 1);
}

TEST(Snippets, HalfTravelsRawAndTakesTheOthersAlong) {
  const auto method = MakeMethod(
      "forward", {MakeArgument("x", "Tensor", "FP16", {{3}}), MakeArgument("s", "List[str]")});
  const inference::ModelInferRequest request = Request(Make(method).grpcurl);
  ASSERT_EQ(request.raw_input_contents_size(), 2);
  EXPECT_EQ(request.raw_input_contents(0), std::string(6, '\0'));
  EXPECT_EQ(request.raw_input_contents(1), std::string(4, '\0'));
  EXPECT_FALSE(request.inputs(0).has_contents());
}

TEST(Snippets, LargeInputsKeepTheTextShort) {
  const auto method =
      MakeMethod("forward", {MakeArgument("image", "Tensor", "FP32", {{-1, 3, 224, 224}})});
  const Snippets snippets = Make(method);
  EXPECT_EQ(snippets.sconce, "sconce infer iris --input 'image:FP32=zeros[1,3,224,224]'\n");
  EXPECT_THAT(snippets.grpcurl, StartsWith("python3 -c "));
  EXPECT_THAT(snippets.grpcurl, HasSubstr("[0] * 150528"));
  EXPECT_THAT(snippets.grpcurl, HasSubstr("| grpcurl -plaintext -d @ localhost:8001 "));
}

TEST(Snippets, EveryDatatypeHasANumpyName) {
  const std::pair<const char*, const char*> names[] = {
      {"BOOL", "np.bool_"},   {"UINT8", "np.uint8"},          {"INT64", "np.int64"},
      {"FP16", "np.float16"}, {"BF16", "ml_dtypes.bfloat16"}, {"FP32", "np.float32"},
      {"FP64", "np.float64"}, {"BYTES", "np.object_"}};
  for (const auto& [datatype, name] : names) {
    const auto method = MakeMethod("forward", {MakeArgument("x", "Tensor", datatype, {{1}})});
    EXPECT_THAT(Make(method).python, HasSubstr(std::string("dtype=") + name)) << datatype;
  }
}

TEST(Snippets, GuessesAreMarked) {
  EXPECT_TRUE(Make(MakeMethod("forward", {MakeArgument("x", "Tensor")})).guessed);
}

TEST(Snippets, HostileNamesStayInsideTheirQuotes) {
  const auto method =
      MakeMethod("forward", {MakeArgument("x'; rm -rf /; '", "Tensor", "FP32", {{1}})});
  const Snippets snippets = Make(method);
  EXPECT_THAT(snippets.sconce, HasSubstr("'x'\\''; rm -rf /; '\\'':FP32=[0.0]'"));
  EXPECT_THAT(snippets.sconce, Not(HasSubstr("'x';")));
}

TEST(Snippets, SconceSnippetIsReadByTheCommandItself) {
  const auto argument = ParseInputArgument("x:FP32=[[0.0,0.0,0.0,0.0]]");
  ASSERT_TRUE(argument.ok());
  const auto tensor = ReadInput(*argument, "");
  ASSERT_TRUE(tensor.ok());
  EXPECT_EQ(tensor->shape, (std::vector<int64_t>{1, 4}));
}

TEST(ShellWord, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(ShellWord("iris-2.pt"), "iris-2.pt");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("a b"), "'a b'");
  EXPECT_EQ(ShellWord("$(x)"), "'$(x)'");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
}

}  // namespace
}  // namespace sconce::cli
