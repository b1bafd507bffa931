#include "server/frontend/python_source/interpreter/recorder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/graph_types.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/interpreter/text.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::WithInsertPoint;
using GraphValue = torch::jit::Value;

absl::Status NotInGraph(const Value& value) {
  SCONCE_RETURN_IF_ERROR(CheckKnown(value));
  return Unsupported(absl::StrFormat(
      "%s would have to be computed for each request; only tensors, numbers, strings, None and "
      "tuples, lists and dicts of one type of them can",
      TypeName(value)));
}

// The common type of list elements, or null.
c10::TypePtr CommonType(const std::vector<GraphValue*>& values) {
  c10::TypePtr common = values.front()->type();
  for (GraphValue* value : values) {
    const auto joined = c10::unifyTypes(common, value->type());
    if (!joined.has_value()) return nullptr;
    common = *joined;
  }
  return common;
}

// Of numbers of different kinds the widest: [n, 0.5]. Null: they are not numbers.
c10::TypePtr JoinedType(const std::vector<GraphValue*>& values) {
  c10::TypePtr joined = values.front()->type();
  for (GraphValue* value : values) {
    if (joined != nullptr) joined = JoinTypes(joined, value->type());
  }
  return joined;
}

bool AreSizes(const std::vector<GraphValue*>& values) {
  return std::all_of(values.begin(), values.end(), [](GraphValue* value) {
    const c10::TypeKind kind = value->type()->kind();
    return kind == c10::TypeKind::IntType || kind == c10::TypeKind::TensorType;
  });
}

}  // namespace

Recorder::Recorder(const torch::jit::Module& root, const UnsetTensors& unset)
    : unset_(unset), graph_(std::make_shared<Graph>()) {
  graph_->addInput("self")->setType(root.type());
  std::vector<std::string> path;
  Collect(root, graph_->inputs()[0], path);
}

void Recorder::Collect(const torch::jit::Module& module, GraphValue* self,
                       std::vector<std::string>& path) {
  if (!collected_.insert(module._ivalue().get()).second) return;  // shared: one way is enough
  const auto& type = module.type();
  for (size_t slot = 0; slot < type->numAttributes(); ++slot) {
    path.push_back(type->getAttributeName(slot));
    const c10::IValue value = module._ivalue()->getSlot(slot);
    if (value.isTensor() && value.toTensor().defined()) {
      kept_.push_back(value.toTensor());
      paths_.emplace(value.toTensor().unsafeGetTensorImpl(), path);
    } else if (value.isModule()) {
      Collect(value.toModule(), self, path);
    }
    path.pop_back();
  }
}

// At the top of the graph, where it serves every branch.
absl::StatusOr<GraphValue*> Recorder::TensorSymbol(const at::Tensor& tensor) {
  const c10::TensorImpl* key = tensor.unsafeGetTensorImpl();
  const auto known = read_.find(key);
  if (known != read_.end()) return known->second;
  const WithInsertPoint at_top(*graph_->block()->nodes().begin());
  GraphValue* value;
  const auto path = paths_.find(key);
  if (path == paths_.end() && unset_.Has(tensor)) {
    return Unsupported(
        "forward reads weights that no file holds: of layers or parameters that are kept in a "
        "plain list or dict, or computed from weights or drawn at random in __init__; keep layers "
        "in nn.ModuleList or nn.ModuleDict and what is drawn in a buffer, and compute from weights "
        "in forward");
  }
  if (path == paths_.end()) {
    kept_.push_back(tensor);
    value = graph_->insertConstant(tensor.detach());
    value->setType(c10::TensorType::get());  // lists are of tensors of any shape
  } else {
    value = graph_->inputs()[0];
    for (const std::string& name : path->second) {
      Node* read = graph_->createGetAttr(value, name);
      graph_->insertNode(read);
      value = read->output();
    }
  }
  read_.emplace(key, value);
  return value;
}

absl::StatusOr<GraphValue*> Recorder::MaterialiseList(const std::vector<Value>& items,
                                                      const c10::TypePtr& type) {
  std::vector<GraphValue*> values;
  for (const Value& item : items) {
    SCONCE_ASSIGN_OR_RETURN(GraphValue * value, Materialise(item));
    values.push_back(value);
  }
  c10::TypePtr element = c10::TensorType::get();
  if (type != nullptr && type->kind() == c10::TypeKind::ListType) {
    element = type->expectRef<c10::ListType>().getElementType();
  }
  if (!values.empty()) element = CommonType(values);
  if (element == nullptr && AreSizes(values)) {
    // Sizes that are computed with tensors: whole numbers, or the request fails.
    for (GraphValue*& value : values) {
      if (value->type()->kind() != c10::TypeKind::TensorType) continue;
      value = graph_->insert(c10::Symbol::fromQualString("aten::IntImplicit"), {value});
    }
    element = c10::IntType::get();
  }
  if (element == nullptr) {
    element = JoinedType(values);
    for (GraphValue*& value : values) {
      if (element != nullptr) value = WidenTo(element, value);
    }
  }
  if (element == nullptr) {
    return Unsupported("a list of values of different types can't be made in each request");
  }
  return graph_->insertNode(graph_->createList(element, values))->output();
}

absl::StatusOr<GraphValue*> Recorder::MaterialiseTuple(const Tuple& tuple) {
  std::vector<GraphValue*> values;
  for (const Value& item : tuple.items) {
    SCONCE_ASSIGN_OR_RETURN(GraphValue * value, Materialise(item));
    values.push_back(value);
  }
  c10::TupleTypePtr named;
  if (tuple.type != nullptr && !values.empty()) {
    std::vector<c10::TypePtr> types;
    for (GraphValue* value : values) types.push_back(value->type());
    named = c10::TupleType::createNamed(c10::QualifiedName("__torch__." + tuple.type->name),
                                        tuple.type->fields, types);
  }
  return graph_->insertNode(graph_->createTuple(values, named))->output();
}

absl::StatusOr<GraphValue*> Recorder::MaterialiseDict(const Table& table) {
  std::vector<GraphValue*> keys;
  std::vector<GraphValue*> values;
  for (const Table::Entry& entry : table.entries) {
    SCONCE_ASSIGN_OR_RETURN(GraphValue * key, Materialise(entry.key));
    SCONCE_ASSIGN_OR_RETURN(GraphValue * value, Materialise(entry.value));
    keys.push_back(key);
    values.push_back(value);
  }
  c10::TypePtr key_type = keys.empty() ? c10::TypePtr(c10::StringType::get()) : CommonType(keys);
  c10::TypePtr value_type =
      values.empty() ? c10::TypePtr(c10::TensorType::get()) : CommonType(values);
  if (key_type == nullptr || value_type == nullptr) {
    return Unsupported(
        "a dict with values of different types can't be an output or cross a data-dependent "
        "branch; give each value the same type, or return a tuple");
  }
  return graph_->insertNode(graph_->createDict(key_type, value_type, keys, values))->output();
}

absl::StatusOr<GraphValue*> Recorder::Materialise(const Value& value, const c10::TypePtr& type) {
  Graph& g = *graph_;
  if (StackGuard::IsLow()) return Raised("RecursionError", "a value that nests too deeply");
  if (Is<None>(value)) return g.insertConstant(c10::IValue());
  if (const auto* v = std::get_if<bool>(&value)) return g.insertConstant(*v);
  if (const auto* v = std::get_if<int64_t>(&value)) return g.insertConstant(*v);
  if (const auto* v = std::get_if<double>(&value)) return g.insertConstant(*v);
  if (const auto* v = std::get_if<std::complex<double>>(&value)) {
    return g.insertConstant(c10::IValue(c10::complex<double>(v->real(), v->imag())));
  }
  SCONCE_RETURN_IF_ERROR(CheckTextKnown(value));
  if (const auto* v = std::get_if<std::string>(&value)) return g.insertConstant(*v);
  if (const auto* v = std::get_if<Dtype>(&value)) {
    return g.insertConstant(static_cast<int64_t>(v->type));
  }
  if (const auto* v = std::get_if<c10::Device>(&value)) return g.insertConstant(*v);
  if (const auto* v = std::get_if<TensorValue>(&value)) return TensorSymbol(v->tensor);
  if (Is<Symbol>(value)) {
    const Value narrowed = Narrowed(value);
    if (!Is<Symbol>(narrowed)) return Materialise(narrowed, type);
    return std::get<Symbol>(narrowed).value;
  }
  if (const Tuple* tuple = ObjectOf<Tuple>(value)) {
    const bool as_list = type != nullptr && type->kind() == c10::TypeKind::ListType;
    return as_list ? MaterialiseList(tuple->items, type) : MaterialiseTuple(*tuple);
  }
  if (const List* list = ObjectOf<List>(value)) {
    if (list->symbol != nullptr) return list->symbol;
    return MaterialiseList(list->items, type);
  }
  if (const auto* dict = std::get_if<Dict>(&value)) return MaterialiseDict(*dict->table);
  return NotInGraph(value);
}

Value Recorder::FromGraph(GraphValue* value) {
  const c10::TypePtr& type = value->type();
  if (type->kind() == c10::TypeKind::NoneType) return None();
  if (type->kind() != c10::TypeKind::TupleType) return Symbol{value};
  Node* unpack = graph_->insertNode(graph_->createTupleUnpack(value));
  std::vector<Value> items;
  for (GraphValue* item : unpack->outputs()) items.push_back(FromGraph(item));
  return TupleOf(std::move(items));
}

Value Recorder::Narrowed(const Value& value) const {
  const auto* symbol = std::get_if<Symbol>(&value);
  if (symbol == nullptr) return value;
  for (auto level = journals_.rbegin(); level != journals_.rend(); ++level) {
    const auto found = level->narrowed.find(symbol->value);
    if (found != level->narrowed.end()) return found->second;
  }
  return value;
}

// The name of the tensor of a request; empty: it is none.
std::string Recorder::InputName(const Value& value) const {
  const auto* symbol = std::get_if<Symbol>(&value);
  if (symbol == nullptr || symbol->value->node() != graph_->param_node()) return "";
  const bool is_tensor = symbol->value->type()->kind() == c10::TypeKind::TensorType;
  return is_tensor ? symbol->value->debugName() : "";
}

void Recorder::AskedForNone(const Value& value) {
  if (std::string name = InputName(value); !name.empty()) asked_for_none_.insert(std::move(name));
}

void Recorder::AskedForName(const Value& value) {
  if (std::string name = InputName(value); !name.empty()) asked_for_names_.insert(std::move(name));
}

void Recorder::Narrow(GraphValue* value, const Value& held) {
  journals_.back().narrowed.insert_or_assign(value, held);
}

void Recorder::Touch(const std::shared_ptr<Table>& table) {
  if (in_branch() && table->born.at() < journals_.back().began) {
    journals_.back().journal.Save(table);
  }
}

void Recorder::Touch(const std::shared_ptr<List>& list) {
  if (in_branch() && list->born.at() < journals_.back().began) {
    journals_.back().journal.Save(list);
  }
}

void Recorder::Enter(torch::jit::Block* block, const std::vector<GraphValue*>& present,
                     const std::vector<GraphValue*>& absent) {
  Level level;
  level.began = Birth::Next();
  level.insert_point = graph_->insertPoint();
  graph_->setInsertPoint(block);
  for (GraphValue* value : absent) level.narrowed.emplace(value, None());
  for (GraphValue* value : present) {
    const auto* optional = value->type()->castRaw<c10::OptionalType>();
    if (optional == nullptr) continue;
    Node* unwrap = graph_->create(torch::jit::prim::unchecked_unwrap_optional, {value});
    unwrap->output()->setType(optional->getElementType());
    graph_->insertNode(unwrap);
    level.narrowed.emplace(value, FromGraph(unwrap->output()));
  }
  journals_.push_back(std::move(level));
}

Recorder::Recorded Recorder::Leave() {
  Recorded recorded{journals_.back().journal.RollBack(), std::move(journals_.back().narrowed)};
  graph_->setInsertPoint(journals_.back().insert_point);
  journals_.pop_back();
  return recorded;
}

}  // namespace sconce::python
