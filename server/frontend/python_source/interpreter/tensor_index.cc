#include "server/frontend/python_source/interpreter/tensor_index.h"

#include <limits>
#include <vector>

#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"

namespace sconce::python {
namespace {

// Applies the parts of an index from left to right. Parts after an ellipsis count dimensions from
// the end.
class Indexing {
 public:
  Indexing(Interpreter& interpreter, Value tensor)
      : interpreter_(interpreter), view_(std::move(tensor)) {}

  absl::Status Apply(const Value& index) {
    std::vector<Value> parts = {index};
    if (const Tuple* tuple = ObjectOf<Tuple>(index)) parts = tuple->items;
    size_t left = 0;  // parts that stand for a dimension of the tensor
    for (const Value& part : parts) left += Is<None>(part) || Is<EllipsisValue>(part) ? 0 : 1;
    for (const Value& part : parts) {
      if (Is<EllipsisValue>(part)) {
        from_end_ = true;
        continue;
      }
      SCONCE_RETURN_IF_ERROR(ApplyPart(part, static_cast<int64_t>(left)));
      left -= Is<None>(part) ? 0 : 1;
    }
    return absl::OkStatus();
  }

  const Value& view() const { return view_; }
  bool has_tensors() const { return !tensors_.empty(); }
  // What aten::index takes: None for the dimensions without a tensor.
  Value tensors() const { return ListOf(tensors_); }

 private:
  absl::Status ApplyPart(const Value& part, int64_t left) {
    const int64_t at = from_end_ ? -left : dimension_;
    if (Is<None>(part)) {
      SCONCE_RETURN_IF_ERROR(Call("aten::unsqueeze", {from_end_ ? at - 1 : at}));
      if (!from_end_) ++dimension_;
      return absl::OkStatus();
    }
    if (const SliceValue* slice = ObjectOf<SliceValue>(part)) {
      if (!from_end_) ++dimension_;
      const bool whole = Is<None>(slice->lower) && Is<None>(slice->upper) && Is<None>(slice->step);
      if (whole) return absl::OkStatus();
      const Value step = Is<None>(slice->step) ? Value(int64_t{1}) : slice->step;
      return Call("aten::slice", {at, slice->lower, slice->upper, step});
    }
    if (IsKind(part, c10::TypeKind::NumberType)) {  // n.item()
      SCONCE_ASSIGN_OR_RETURN(const Value whole,
                              interpreter_.CallOperator("aten::Int", {{part}, {}}));
      return ApplyPart(whole, left);
    }
    if (Is<int64_t>(part) || IsKind(part, c10::TypeKind::IntType)) {
      return Call("aten::select", {at, part});
    }
    return AddTensor(part);
  }

  absl::Status AddTensor(const Value& part) {
    if (from_end_) {
      return Unsupported("an index that is a tensor or list behind an ellipsis; write the ':' out");
    }
    Value tensor = part;
    if (!Is<TensorValue>(part) && !Is<Symbol>(part)) {
      SCONCE_ASSIGN_OR_RETURN(tensor, interpreter_.CallOperator("aten::tensor", {{part}, {}}));
    }
    tensors_.resize(dimension_, None());
    tensors_.push_back(tensor);
    ++dimension_;
    return absl::OkStatus();
  }

  static bool IsKind(const Value& part, c10::TypeKind kind) {
    const auto* symbol = std::get_if<Symbol>(&part);
    return symbol != nullptr && symbol->value->type()->kind() == kind;
  }

  absl::Status Call(const std::string& name, std::vector<Value> arguments) {
    arguments.insert(arguments.begin(), view_);
    SCONCE_ASSIGN_OR_RETURN(view_, interpreter_.CallOperator(name, {std::move(arguments), {}}));
    return absl::OkStatus();
  }

  Interpreter& interpreter_;
  Value view_;
  std::vector<Value> tensors_;
  int64_t dimension_ = 0;
  bool from_end_ = false;
};

}  // namespace

absl::StatusOr<Value> GetTensorItem(Interpreter& interpreter, const Value& tensor,
                                    const Value& index) {
  Indexing indexing(interpreter, tensor);
  SCONCE_RETURN_IF_ERROR(indexing.Apply(index));
  if (!indexing.has_tensors()) return indexing.view();
  return interpreter.CallOperator("aten::index", {{indexing.view(), indexing.tensors()}, {}});
}

absl::Status SetTensorItem(Interpreter& interpreter, const Value& tensor, const Value& index,
                           const Value& value) {
  Indexing indexing(interpreter, tensor);
  SCONCE_RETURN_IF_ERROR(indexing.Apply(index));
  const bool is_number = IsKnownNumber(value);
  if (!indexing.has_tensors()) {
    return interpreter
        .CallOperator(is_number ? "aten::fill_" : "aten::copy_", {{indexing.view(), value}, {}})
        .status();
  }
  Value written = value;
  if (is_number) {
    SCONCE_ASSIGN_OR_RETURN(
        written,
        interpreter.CallOperator("aten::new_full", {{indexing.view(), ListOf({}), value}, {}}));
  }
  return interpreter
      .CallOperator("aten::index_put_", {{indexing.view(), indexing.tensors(), written}, {}})
      .status();
}

}  // namespace sconce::python
