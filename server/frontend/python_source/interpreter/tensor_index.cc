#include "server/frontend/python_source/interpreter/tensor_index.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/sequences.h"
#include "server/frontend/python_source/interpreter/type_name.h"

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
    if (torch::jit::Value* list = ListInGraph(index);
        list != nullptr && *list->type() == *c10::ListType::ofTensors()) {
      list_ = index;  // torch.where(mask)
      return absl::OkStatus();
    }
    SCONCE_RETURN_IF_ERROR(MoveLastToFront(parts));
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
  bool has_tensors() const { return !tensors_.empty() || !Is<None>(list_); }
  // What aten::index takes: None for the dimensions without a tensor.
  Value tensors() const { return Is<None>(list_) ? ListOf(tensors_) : list_; }
  // Whether what was indexed is in front though it belongs at the end.
  bool is_moved() const { return is_moved_; }

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

  // x[..., rows, columns]: how many dimensions the dots stand for only a request knows, so the last
  // ones are indexed as the first. Whoever takes the result moves it back.
  absl::Status MoveLastToFront(std::vector<Value>& parts) {
    const bool dots = parts.size() > 1 && Is<EllipsisValue>(parts[0]);
    if (!dots || !std::all_of(parts.begin() + 1, parts.end(), IsRow)) return absl::OkStatus();
    std::vector<Value> last;
    std::vector<Value> first;
    const auto count = static_cast<int64_t>(parts.size()) - 1;
    for (int64_t i = 0; i < count; ++i) {
      last.emplace_back(i - count);
      first.emplace_back(i);
    }
    SCONCE_RETURN_IF_ERROR(
        Call("aten::movedim", {ListOf(std::move(last)), ListOf(std::move(first))}));
    parts.erase(parts.begin());
    is_moved_ = true;
    return absl::OkStatus();
  }

  // A list of places, or a tensor of them, which has to have one dimension.
  static bool IsRow(const Value& part) {
    if (const auto* tensor = std::get_if<TensorValue>(&part)) return tensor->tensor.dim() == 1;
    const bool several = ObjectOf<Tuple>(part) != nullptr || ObjectOf<List>(part) != nullptr ||
                         ObjectOf<Sequence>(part) != nullptr;
    return several || IsKind(part, c10::TypeKind::TensorType);
  }

  absl::Status AddTensor(const Value& part) {
    if (from_end_) {
      return Unsupported(
          "an index that is a tensor or list behind an ellipsis, before others; write the ':' out");
    }
    SCONCE_ASSIGN_OR_RETURN(Value tensor, AsTensor(part));
    tensors_.resize(dimension_, None());
    tensors_.push_back(std::move(tensor));
    ++dimension_;
    return absl::OkStatus();
  }

  absl::StatusOr<Value> AsTensor(const Value& part) {
    if (ObjectOf<Sequence>(part) != nullptr) {  // range(n)
      SCONCE_ASSIGN_OR_RETURN(const Value list, ListOfAll(interpreter_, part));
      return interpreter_.CallOperator("aten::tensor", {{list}, {}});
    }
    if ((Is<TensorValue>(part) || Is<Symbol>(part)) && ListInGraph(part) == nullptr) return part;
    return interpreter_.CallOperator("aten::tensor", {{part}, {}});
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
  bool is_moved_ = false;
  Value list_;  // of the graph, instead of `tensors_`
};

}  // namespace

absl::StatusOr<Value> GetTensorItem(Interpreter& interpreter, const Value& tensor,
                                    const Value& index) {
  Indexing indexing(interpreter, tensor);
  SCONCE_RETURN_IF_ERROR(indexing.Apply(index));
  if (!indexing.has_tensors()) return indexing.view();
  SCONCE_ASSIGN_OR_RETURN(
      const Value taken,
      interpreter.CallOperator("aten::index", {{indexing.view(), indexing.tensors()}, {}}));
  if (!indexing.is_moved()) return taken;
  return interpreter.CallOperator("aten::movedim", {{taken, int64_t{0}, int64_t{-1}}, {}});
}

namespace {

// row[0] = values of shape [1, 4]: dimensions of size 1 that are too many in front don't count.
Value WithoutOuterOnes(const Value& value, const Value& place) {
  const auto* given = std::get_if<TensorValue>(&value);
  const auto* known = std::get_if<TensorValue>(&place);
  if (given == nullptr || known == nullptr) return value;
  at::Tensor tensor = given->tensor;
  while (tensor.dim() > known->tensor.dim() && tensor.size(0) == 1) tensor = tensor.squeeze(0);
  return TensorOf(tensor);
}

}  // namespace

absl::Status SetTensorItem(Interpreter& interpreter, const Value& tensor, const Value& index,
                           const Value& value) {
  Indexing indexing(interpreter, tensor);
  SCONCE_RETURN_IF_ERROR(indexing.Apply(index));
  const std::string type = TypeName(value);
  const bool is_number = IsKnownNumber(value) || type == "int" || type == "float";
  if (!indexing.has_tensors()) {
    return interpreter
        .CallOperator(is_number ? "aten::fill_" : "aten::copy_",
                      {{indexing.view(), WithoutOuterOnes(value, indexing.view())}, {}})
        .status();
  }
  Value written = value;
  if (is_number) {
    SCONCE_ASSIGN_OR_RETURN(
        written,
        interpreter.CallOperator("aten::new_full", {{indexing.view(), ListOf({}), value}, {}}));
  }
  if (indexing.is_moved() && !is_number) {
    SCONCE_ASSIGN_OR_RETURN(
        written,
        interpreter.CallOperator("aten::movedim", {{written, int64_t{-1}, int64_t{0}}, {}}));
  }
  return interpreter
      .CallOperator("aten::index_put_", {{indexing.view(), indexing.tensors(), written}, {}})
      .status();
}

}  // namespace sconce::python
