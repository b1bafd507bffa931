// How deep LibTorch's parser and compiler, both recursive, would go on a token stream. They have no
// limit of their own and overflow the stack.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_NESTING_METER_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_NESTING_METER_H_

#include <vector>

namespace sconce {

// Feed it every token of a file in order. Confined to one thread.
class NestingMeter {
 public:
  // `kind` as in LibTorch's lexer.
  void Add(int kind);

  // An upper bound of the depth of the expression being read. Brackets count, and chains that nest
  // without any: a.b.c, a + b + c, not not a, f(x)(y), a if b else c if d else e.
  int expression_depth() const { return expression_depth_; }

  // Of blocks; each elif of a chain counts as one.
  int block_depth() const { return block_depth_; }

 private:
  void EndItem();
  void EndBlock();

  int expression_depth_ = 0;
  int block_depth_ = 0;
  // The length of the current chain, for the statement and for each open bracket.
  std::vector<int> chains_ = {0};
  // The elifs of the current chain, for the file and for each open block.
  std::vector<int> elifs_ = {0};
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_NESTING_METER_H_
