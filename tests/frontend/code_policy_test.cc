#include "server/frontend/torchscript/code_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::sconce::testing::IsOk;
using ::sconce::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

absl::Status Judge(const std::string& body) {
  return JudgeCode({{"code/net.py", absl::StrFormat("def forward(self, x):\n  %s\n", body)}});
}

TEST(CodePolicy, NamesOperatorFileLineAndReason) {
  EXPECT_THAT(Judge("torch.save(x, 'a')"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("torch.save"), HasSubstr("code/net.py:2"),
                             HasSubstr("in forward"), HasSubstr("files"))));
}

struct Refused {
  std::string body;
  std::string named;
};

class RefusedCode : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedCode, IsRefusedByName) {
  EXPECT_THAT(Judge(GetParam().body),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(GetParam().named)));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedCode,
    ::testing::Values(
        Refused{"torch.from_file('a', False, 1)", "torch.from_file"},
        Refused{"torch  .  save(x, 'a')", "torch.save"},
        Refused{"torch.\\\n  save(x, 'a')", "torch.save"},
        Refused{"(torch\n # comment\n .save)(x, 'a')", "torch.save"},
        Refused{"torch.autograd.save(x, 'a')", "torch.save"},
        Refused{"torch.autograd.autograd.from_file('a')", "torch.from_file"},
        Refused{"f = torch.save", "torch.save"}, Refused{"f = torch", "\"torch\" as a value"},
        Refused{"getattr(torch, 'save')(x, 'a')", "\"torch\" as a value"},
        Refused{"ops.aten.save(x, 'a')", "ops.aten.save"}, Refused{"o = ops", "\"ops\" as a value"},
        Refused{"o = ops.aten", "\"ops\" as a value"},
        Refused{"ops.c10d.send([x], 1, 2)", "other processes"},
        Refused{"ops.torchvision.nms(x, x, 0.5)", "torchvision"},
        Refused{"ops.prim.rpc_async('a')", "rpc_async"},
        Refused{"ops.mkldnn.data_ptr(x)", "data_ptr"},
        Refused{"y = __torch__.torch.classes.dist_rpc.WorkerInfo('a', 1)", "dist_rpc"},
        Refused{"y = [torch.add(x, x), torch.save(x, 'a')]", "torch.save"}));

TEST(CodePolicy, AllowsWhatModelsCompute) {
  EXPECT_THAT(Judge("return torch.add(torch.linear(x, self.w, None), 1)"), IsOk());
  EXPECT_THAT(Judge("return ops.quantized.linear(x, self.p, 1., 0)"), IsOk());
  EXPECT_THAT(Judge("return ops.prim.NumToTensor(1)"), IsOk());
  EXPECT_THAT(Judge("_0 = __torch__.torch.nn.functional.relu"), IsOk());
  EXPECT_THAT(Judge("p : __torch__.torch.classes.quantized.LinearPackedParamsBase = self.p"),
              IsOk());
  EXPECT_THAT(Judge("print(\"torch.save(x, 'a')\")  # torch.save"), IsOk());
  EXPECT_THAT(Judge("return self.torch.save(x)"), IsOk());
}

TEST(CodePolicy, CodeThatIsNoCodeIsInvalid) {
  EXPECT_THAT(JudgeCode({{"code/net.py", "def f(x):\n  y = 'open\n"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("code/net.py")));
}

}  // namespace
}  // namespace sconce
