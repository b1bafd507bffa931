#include "server/frontend/torchscript/nesting_meter.h"

#include <torch/csrc/jit/frontend/lexer.h>

namespace sconce {

using namespace torch::jit;  // NOLINT: the token kinds are unscoped enumerators there

void NestingMeter::EndItem() {
  expression_depth_ -= chains_.back();
  chains_.back() = 0;
}

void NestingMeter::EndBlock() {
  if (elifs_.size() <= 1) return;
  block_depth_ -= elifs_.back() + 1;
  elifs_.pop_back();
}

void NestingMeter::Add(int kind) {
  switch (kind) {
    case '(':
    case '[':
    case '{':
      ++chains_.back();
      chains_.push_back(0);
      ++expression_depth_;
      break;
    case ')':
    case ']':
    case '}':
      EndItem();
      if (chains_.size() > 1) chains_.pop_back();
      break;
    case ',':
      EndItem();
      break;
    case TK_NEWLINE:
      // Brackets that never close leave their depth behind; LibTorch refuses such a file anyway.
      EndItem();
      break;
    case TK_INDENT:
      EndItem();
      elifs_.push_back(0);
      ++block_depth_;
      break;
    case TK_DEDENT:
      EndItem();
      EndBlock();
      break;
    case TK_IDENT:
    case TK_NUMBER:
    case TK_STRINGLITERAL:
      break;
    case TK_ELIF:
      ++elifs_.back();
      ++block_depth_;
      break;
    default:
      if (kind == TK_IF && chains_.size() == 1 && chains_.back() == 0) {
        // A statement, or the head of an expression's tail; either way a chain of elifs ends.
        block_depth_ -= elifs_.back();
        elifs_.back() = 0;
      }
      // Operators, dots and keywords all may nest the tree by one.
      ++chains_.back();
      ++expression_depth_;
  }
}

}  // namespace sconce
