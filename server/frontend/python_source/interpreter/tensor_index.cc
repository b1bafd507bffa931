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
    if (IsGraphKind(part, c10::TypeKind::NumberType)) {  // n.item()
      SCONCE_ASSIGN_OR_RETURN(const Value whole,
                              interpreter_.CallOperator("aten::Int", {{part}, {}}));
      return ApplyPart(whole, left);
    }
    if (Is<int64_t>(part) || IsGraphKind(part, c10::TypeKind::IntType)) {
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
    for (size_t i = 1; i < parts.size(); ++i) SCONCE_RETURN_IF_ERROR(RequireRow(parts[i]));
    SCONCE_RETURN_IF_ERROR(
        Call("aten::movedim", {ListOf(std::move(last)), ListOf(std::move(first))}));
    parts.erase(parts.begin());
    is_moved_ = true;
    return absl::OkStatus();
  }

  // A list of places, or a tensor that may be one.
  static bool IsRow(const Value& part) {
    if (const auto* tensor = std::get_if<TensorValue>(&part)) {
      return tensor->tensor.dim() == 1 && tensor->tensor.scalar_type() != c10::kBool;
    }
    const Tuple* tuple = ObjectOf<Tuple>(part);
    const List* list = ObjectOf<List>(part);
    if (tuple == nullptr && list == nullptr) {
      return ObjectOf<Sequence>(part) != nullptr || IsGraphKind(part, c10::TypeKind::TensorType);
    }
    const auto& items = tuple != nullptr ? tuple->items : list->items;
    return std::all_of(items.begin(), items.end(), Is<int64_t>);
  }

  // Only a request knows whether a tensor is a row of places.
  absl::Status RequireRow(const Value& part) {
    if (!IsGraphKind(part, c10::TypeKind::TensorType)) return absl::OkStatus();
    SCONCE_ASSIGN_OR_RETURN(const Value rank, interpreter_.CallOperator("aten::dim", {{part}, {}}));
    SCONCE_ASSIGN_OR_RETURN(const Value is_row,
                            interpreter_.Compare(CompareOperator::kEqual, rank, int64_t{1}));
    SCONCE_ASSIGN_OR_RETURN(const Value dtype,
                            interpreter_.CallOperator("prim::dtype", {{part}, {}}));
    SCONCE_ASSIGN_OR_RETURN(
        const Value is_places,
        interpreter_.Compare(CompareOperator::kNotEqual, dtype, static_cast<int64_t>(c10::kBool)));
    SCONCE_ASSIGN_OR_RETURN(const Value fits,
                            interpreter_.Binary(BinaryOperator::kBitAnd, is_row, is_places));
    return interpreter_.Require(
        fits, "IndexError", "an index behind an ellipsis is a row of places; write the ':' out");
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

namespace {

// x[..., places] = value: the value has its last dimension where the places are.
absl::Status RequireRank(Interpreter& interpreter, const Value& value, const Value& tensor,
                         const Value& index) {
  const auto rows = static_cast<int64_t>(ObjectOf<Tuple>(index)->items.size()) - 1;
  SCONCE_ASSIGN_OR_RETURN(const Value rank, interpreter.CallOperator("aten::dim", {{value}, {}}));
  SCONCE_ASSIGN_OR_RETURN(const Value all, interpreter.CallOperator("aten::dim", {{tensor}, {}}));
  SCONCE_ASSIGN_OR_RETURN(const Value left,
                          interpreter.Binary(BinaryOperator::kSubtract, all, rows - 1));
  SCONCE_ASSIGN_OR_RETURN(const Value same,
                          interpreter.Compare(CompareOperator::kEqual, rank, left));
  return interpreter.Require(same, "IndexError",
                             "what is put behind an ellipsis needs all dimensions; write them out");
}

}  // namespace

absl::Status SetTensorItem(Interpreter& interpreter, const Value& tensor, const Value& index,
                           const Value& value) {
  Indexing indexing(interpreter, tensor);
  SCONCE_RETURN_IF_ERROR(indexing.Apply(index));
  const std::string type = TypeName(value);
  const bool is_number = IsKnownNumber(value) || type == "int" || type == "float" ||
                         IsGraphKind(value, c10::TypeKind::NumberType);  // y.item()
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
  if (interpreter.IsArray(tensor) && !is_number) {  // NumPy's take any type
    SCONCE_ASSIGN_OR_RETURN(written,
                            interpreter.CallOperator("aten::type_as", {{written, tensor}, {}}));
  }
  if (indexing.is_moved() && !is_number) {
    SCONCE_RETURN_IF_ERROR(RequireRank(interpreter, written, tensor, index));
    SCONCE_ASSIGN_OR_RETURN(
        written,
        interpreter.CallOperator("aten::movedim", {{written, int64_t{-1}, int64_t{0}}, {}}));
  }
  return interpreter
      .CallOperator("aten::index_put_", {{indexing.view(), indexing.tensors(), written}, {}})
      .status();
}

}  // namespace sconce::python
