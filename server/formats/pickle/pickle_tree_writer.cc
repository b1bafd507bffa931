#include "server/formats/pickle/pickle_tree_writer.h"

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/pickle/pickle_writer.h"

namespace sconce {
namespace {

using Values = std::vector<const PickleValue*>;

// Of the instructions that make a value: the children, and what stands around them. A value has at
// most four parts; the first one makes it, the others change it.
struct Part {
  std::string_view before;
  const Values* children = nullptr;
  std::string_view after_each = {};
  std::string_view after = {};
};

constexpr size_t kMostParts = 4;

Part FilledPart(const Values& items, std::string_view after) {
  return items.empty() ? Part{} : Part{"(", &items, {}, after};
}

Part PartOfTuple(const PickleValue& tuple) {
  constexpr std::string_view kMakers[] = {")", "\x85", "\x86", "\x87"};
  const size_t size = tuple.items.size();
  return size < 4 ? Part{{}, &tuple.items, {}, kMakers[size]} : Part{"(", &tuple.items, {}, "t"};
}

// Protocol 2 has no instructions for sets: set([items]).
Part PartOfSet(const PickleValue& set) {
  constexpr std::string_view kBefore[2][2] = {
      {"c__builtin__\nset\n](", "c__builtin__\nset\n]"},
      {"c__builtin__\nfrozenset\n](", "c__builtin__\nfrozenset\n]"}};
  const bool empty = set.items.empty();
  return {kBefore[set.other_form][empty], &set.items, {}, empty ? "\x85R" : "e\x85R"};
}

Part PartOfObject(const PickleValue& object, size_t part) {
  if (part == 0) {
    // With keyword arguments, protocol 2 makes it by way of copyreg.
    if (object.items.size() > 2) return {"ccopyreg\n__newobj_ex__\n", &object.items, {}, "\x87R"};
    return {{}, &object.items, {}, object.other_form ? "\x81" : "R"};
  }
  if (object.changes == nullptr) return {};
  if (part == 1) return FilledPart(object.changes->items, "e");
  if (part == 2) return FilledPart(object.changes->entries, "u");
  return {{}, &object.changes->states, "b"};
}

Part PartOf(const PickleValue& value, size_t part) {
  switch (value.kind) {
    case PickleKind::kList:
      return part == 0 ? Part{"]"} : part == 1 ? FilledPart(value.items, "e") : Part{};
    case PickleKind::kDict:
      return part == 0 ? Part{"}"} : part == 1 ? FilledPart(value.items, "u") : Part{};
    case PickleKind::kTuple:
      return part == 0 ? PartOfTuple(value) : Part{};
    case PickleKind::kSet:
      return part == 0 ? PartOfSet(value) : Part{};
    case PickleKind::kPersistentId:
      return part == 0 ? Part{{}, &value.items, {}, "Q"} : Part{};
    case PickleKind::kObject:
      return PartOfObject(value, part);
    default:
      return {};
  }
}

bool HasChildren(const PickleValue& value) {
  switch (value.kind) {
    case PickleKind::kTuple:
    case PickleKind::kList:
    case PickleKind::kDict:
    case PickleKind::kSet:
    case PickleKind::kPersistentId:
    case PickleKind::kObject:
      return true;
    default:
      return false;
  }
}

// As Python's pickler has it: numbers are written again, and so are references to storages.
bool IsRemembered(const PickleValue& value) {
  switch (value.kind) {
    case PickleKind::kNone:
    case PickleKind::kBool:
    case PickleKind::kInt:
    case PickleKind::kBigInt:
    case PickleKind::kFloat:
    case PickleKind::kPersistentId:
      return false;
    case PickleKind::kTuple:
      return !value.items.empty();
    default:
      return true;
  }
}

// A class within a class has a dotted name, which protocol 2 looks up attribute by attribute.
absl::Status WriteGlobal(const PickleValue& global, PickleWriter& out) {
  const std::string_view module = global.text.substr(0, static_cast<size_t>(global.integer));
  std::string_view name = global.text.substr(static_cast<size_t>(global.integer) + 1);
  if (global.text.find('\n') != std::string_view::npos) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "pickle: the name %s has a line break in it and can't be written",  // NOLINT
        DescribePickleValue(global)));
  }
  std::vector<std::string_view> attributes;
  for (size_t dot; (dot = name.rfind('.')) != std::string_view::npos && dot > 0;) {
    attributes.push_back(name.substr(dot + 1));
    name = name.substr(0, dot);
    out.Global("__builtin__", "getattr");
  }
  out.Global(module, name);
  for (; !attributes.empty(); attributes.pop_back()) {
    out.String(attributes.back());
    out.Raw("\x86R");
  }
  return absl::OkStatus();
}

void WriteByteArray(std::string_view bytes, PickleWriter& out) {
  out.Global("__builtin__", "bytearray");
  out.Bytes(bytes);
  out.Raw("\x85R");
}

void WriteDigits(std::string_view digits, PickleWriter& out) {
  out.Raw("L");
  out.Raw(digits);
  out.Raw("L\n");
}

absl::Status WriteLeaf(const PickleValue& value, PickleWriter& out) {
  switch (value.kind) {
    case PickleKind::kBool:
      out.Bool(value.integer != 0);
      break;
    case PickleKind::kInt:
      out.Int(value.integer);
      break;
    case PickleKind::kBigInt:
      value.other_form ? WriteDigits(value.text, out) : out.BigInt(value.text);
      break;
    case PickleKind::kFloat:
      out.Float(value.real);
      break;
    case PickleKind::kString:
      out.String(value.text);
      break;
    case PickleKind::kBytes:
      value.other_form ? WriteByteArray(value.text, out) : out.Bytes(value.text);
      break;
    case PickleKind::kGlobal:
      return WriteGlobal(value, out);
    default:
      out.None();
  }
  return absl::OkStatus();
}

class TreeWriter {
 public:
  explicit TreeWriter(const PickleSubstitution& substitute) : substitute_(substitute) {}

  absl::StatusOr<std::string> Run(const PickleValue& root) {
    SCONCE_RETURN_IF_ERROR(Visit(root));
    while (!open_.empty()) {
      if (out_.size() > kMaxPickleBytes) {
        return absl::ResourceExhaustedError(absl::StrFormat(
            "pickle: takes more than %d bytes to write, and no larger ones are read",
            kMaxPickleBytes));
      }
      SCONCE_RETURN_IF_ERROR(Continue());
    }
    return std::move(out_).Finish();
  }

 private:
  struct Open {
    const PickleValue* value;
    size_t part = 0;
    size_t next = 0;  // child of the part
  };

  absl::Status Visit(const PickleValue& original) {
    SCONCE_ASSIGN_OR_RETURN(const PickleValue* value, substitute_(original));
    const auto known = memo_.find(value);
    if (known != memo_.end()) {
      out_.Get(known->second);
      return absl::OkStatus();
    }
    if (HasChildren(*value)) {
      open_.push_back({value});
      return absl::OkStatus();
    }
    SCONCE_RETURN_IF_ERROR(WriteLeaf(*value, out_));
    Remember(*value);
    return absl::OkStatus();
  }

  // One child further, or to the next part.
  absl::Status Continue() {
    Open& open = open_.back();
    const Part part = PartOf(*open.value, open.part);
    if (open.next == 0) out_.Raw(part.before);
    if (open.next > 0) out_.Raw(part.after_each);
    if (part.children != nullptr && open.next < part.children->size()) {
      return Visit(*(*part.children)[open.next++]);
    }
    out_.Raw(part.after);
    const bool made = open.part == 0;
    ++open.part;
    open.next = 0;
    // A tuple in a cycle was written completely while its own items were.
    const auto known = made ? memo_.find(open.value) : memo_.end();
    if (known != memo_.end()) {
      out_.Raw("0");
      out_.Get(known->second);
      open.part = kMostParts;
    } else if (made) {
      Remember(*open.value);
    }
    if (open.part == kMostParts) open_.pop_back();
    return absl::OkStatus();
  }

  void Remember(const PickleValue& value) {
    if (!IsRemembered(value)) return;
    const auto index = static_cast<uint32_t>(memo_.size());
    memo_.emplace(&value, index);
    out_.Put(index);
  }

  const PickleSubstitution& substitute_;
  PickleWriter out_;
  std::unordered_map<const PickleValue*, uint32_t> memo_;
  std::vector<Open> open_;
};

}  // namespace

absl::StatusOr<std::string> WritePickleTree(const PickleValue& root,
                                            const PickleSubstitution& substitute) {
  return TreeWriter(substitute).Run(root);
}

}  // namespace sconce
