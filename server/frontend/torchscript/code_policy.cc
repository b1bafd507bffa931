#include "server/frontend/torchscript/code_policy.h"

#include <torch/csrc/jit/frontend/lexer.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/status_macros.h"
#include "server/frontend/torchscript/exception_text.h"
#include "server/frontend/torchscript/nesting_meter.h"
#include "server/frontend/torchscript/operator_policy.h"

namespace sconce {
namespace {

using torch::jit::Lexer;
using torch::jit::Source;
using torch::jit::Token;

// LibTorch's parser overflows an 8 MiB stack between 5 000 and 8 000 parentheses; its compiler
// needs a little more stack for each. Code that PyTorch writes stays below 100.
constexpr int kMaxExpressionDepth = 500;
constexpr int kMaxBlockDepth = 200;
// LibTorch's lexer skips blank lines and comments by recursion.
constexpr int kMaxEmptyLines = 2000;
constexpr size_t kMaxFileBytes = size_t{64} << 20;
constexpr size_t kMaxTotalBytes = size_t{256} << 20;

bool IsEmptyLine(absl::string_view line) {
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(line);
  return text.empty() || text[0] == '#' || text[0] == '\\';
}

absl::Status CheckEmptyLines(const CodeFile& file) {
  int run = 0;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(file.text, '\n')) {
    ++number;
    run = IsEmptyLine(line) ? run + 1 : 0;
    if (run > kMaxEmptyLines) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s:%d: more than %d empty lines and comments in a row: refused, "
                          "LibTorch's parser could overflow the stack",
                          file.name, number, kMaxEmptyLines));
    }
  }
  return absl::OkStatus();
}

// Judges one file, a token at a time, with a few tokens of look-ahead for dotted names.
class FileJudge {
 public:
  explicit FileJudge(const CodeFile& file)
      : file_(file), lexer_(std::make_shared<Source>(std::string_view(file.text), file.name)) {}

  absl::Status Run() {
    while (Peek(0).kind != torch::jit::TK_EOF) {
      SCONCE_RETURN_IF_ERROR(CheckDepth());
      SCONCE_RETURN_IF_ERROR(CheckName());
      if (Peek(0).kind == torch::jit::TK_DEF && IsName(1)) function_ = Text(1);
      previous_ = Peek(0).kind;
      window_.pop_front();
    }
    return absl::OkStatus();
  }

 private:
  const Token& Peek(size_t ahead) {
    while (window_.size() <= ahead) window_.push_back(lexer_.next());
    return window_[ahead];
  }
  bool IsDot(size_t ahead) { return Peek(ahead).kind == '.'; }
  // Keywords can be names behind a dot: torch.max, ops.aten.global.
  bool IsName(size_t ahead) {
    const std::string_view text = Peek(ahead).text_view();
    return !text.empty() && (isalpha(text[0]) != 0 || text[0] == '_');
  }
  std::string Text(size_t ahead) { return Peek(ahead).text(); }

  std::string Place() {
    const size_t line = Peek(0).range.source()->lineno_for_offset(Peek(0).range.start()) +
                        Peek(0).range.source()->starting_line_no() + 1;
    const std::string function = function_.empty() ? "" : absl::StrFormat(" in %s", function_);
    return absl::StrFormat("%s:%d%s", file_.name, line, function);
  }

  absl::Status CheckDepth() {
    meter_.Add(Peek(0).kind);
    const bool expression = meter_.expression_depth() > kMaxExpressionDepth;
    if (!expression && meter_.block_depth() <= kMaxBlockDepth) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s: %s nested more than %d deep: refused, LibTorch's parser could overflow the stack",
        Place(), expression ? "an expression" : "a block",
        expression ? kMaxExpressionDepth : kMaxBlockDepth));
  }

  absl::Status CheckName() {
    if (Peek(0).kind != torch::jit::TK_IDENT || previous_ == '.') return absl::OkStatus();
    const std::string_view name = Peek(0).text_view();
    if (name == "torch") return CheckTorch();
    if (name == "ops") return CheckOps();
    if (name == "__torch__") return CheckClass();
    return absl::OkStatus();
  }

  // torch.NAME, torch.autograd.NAME: both are aten::NAME.
  absl::Status CheckTorch() {
    if (Peek(1).kind == '=') return absl::OkStatus();
    size_t dot = 1;
    while (IsDot(dot) && Peek(dot + 1).text_view() == "autograd") dot += 2;
    if (!IsDot(dot) || !IsName(dot + 1)) return RefuseAlias("torch");
    return Judge("aten", Text(dot + 1), "torch." + Text(dot + 1));
  }

  // ops.SPACE.NAME
  absl::Status CheckOps() {
    if (Peek(1).kind == '=') return absl::OkStatus();
    if (!IsDot(1) || !IsName(2) || !IsDot(3) || !IsName(4)) return RefuseAlias("ops");
    const std::string space = Text(2);
    return Judge(space, Text(4), absl::StrFormat("ops.%s.%s", space, Text(4)));
  }

  // __torch__.torch.classes.SPACE.NAME
  absl::Status CheckClass() {
    const bool native =
        IsDot(1) && Peek(2).text_view() == "torch" && IsDot(3) && Peek(4).text_view() == "classes";
    if (!native) return absl::OkStatus();
    if (!IsDot(5) || !IsName(6)) return RefuseAlias("__torch__.torch.classes");
    const std::string space = Text(6);
    const auto refusal = RefusalOfNativeClass(space);
    if (!refusal) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrFormat("%s: the model uses the native class torch.classes.%s, which is not "
                        "allowed: %s",
                        Place(), space, *refusal));
  }

  absl::Status Judge(const std::string& space, const std::string& name, const std::string& shown) {
    const auto refusal = RefusalOfOperator(space, name);
    if (!refusal) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s: the model calls %s, which is not allowed: %s", Place(), shown, *refusal));
  }

  absl::Status RefuseAlias(std::string_view name) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s: the model uses \"%s\" as a value, so its operators can't be checked by name: refused",
        Place(), std::string(name)));
  }

  const CodeFile& file_;
  Lexer lexer_;
  std::deque<Token> window_;
  NestingMeter meter_;
  std::string function_;
  int previous_ = 0;
};

absl::Status JudgeFile(const CodeFile& file) {
  SCONCE_RETURN_IF_ERROR(CheckEmptyLines(file));
  try {
    return FileJudge(file).Run();
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s is not TorchScript: %s", file.name, ReasonOf(error)));
  }
}

}  // namespace

absl::Status JudgeCode(const std::vector<CodeFile>& files) {
  size_t total = 0;
  for (const CodeFile& file : files) {
    total += file.text.size();
    if (file.text.size() > kMaxFileBytes || total > kMaxTotalBytes) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "%s: the code of the archive is larger than %d MiB", file.name, kMaxTotalBytes >> 20));
    }
    SCONCE_RETURN_IF_ERROR(JudgeFile(file));
  }
  return absl::OkStatus();
}

}  // namespace sconce
