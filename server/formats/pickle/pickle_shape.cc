#include "server/formats/pickle/pickle_shape.h"

#include <algorithm>
#include <vector>

namespace sconce {
namespace {

size_t ChildCount(const PickleValue& value) {
  size_t count = value.items.size();
  if (value.changes != nullptr) {
    count +=
        value.changes->states.size() + value.changes->items.size() + value.changes->entries.size();
  }
  return count;
}

const PickleValue* Child(const PickleValue& value, size_t i) {
  if (i < value.items.size()) return value.items[i];
  i -= value.items.size();
  const PickleValue::Changes& changes = *value.changes;
  for (const auto* list : {&changes.states, &changes.items}) {
    if (i < list->size()) return (*list)[i];
    i -= list->size();
  }
  return changes.entries[i];
}

// A walk in depth-first order that keeps its own stack.
class Walk {
 public:
  explicit Walk(size_t values) : depth_(values, kUnseen), expanded_(values, 0) {}

  PickleShape Measure(const PickleValue& root) {
    Enter(root);
    while (!stack_.empty()) {
      Frame& top = stack_.back();
      if (top.next < top.children) {
        Visit(*Child(*top.value, top.next++));
      } else {
        Leave();
      }
    }
    return {depth_[root.index], expanded_[root.index], cyclic_};
  }

 private:
  static constexpr uint32_t kUnseen = 0;
  static constexpr uint32_t kOpen = UINT32_MAX;

  struct Frame {
    const PickleValue* value;
    size_t next, children;
    uint32_t depth = 0;
    uint64_t expanded = 1;
  };

  void Enter(const PickleValue& value) {
    depth_[value.index] = kOpen;
    stack_.push_back({&value, 0, ChildCount(value)});
  }

  void Visit(const PickleValue& child) {
    if (depth_[child.index] == kUnseen) {
      Enter(child);
    } else if (depth_[child.index] == kOpen) {
      cyclic_ = true;
    } else {
      Count(stack_.back(), child.index);
    }
  }

  void Leave() {
    const Frame done = stack_.back();
    stack_.pop_back();
    depth_[done.value->index] = done.depth + 1;
    expanded_[done.value->index] = done.expanded;
    if (!stack_.empty()) Count(stack_.back(), done.value->index);
  }

  void Count(Frame& parent, uint32_t child) {
    parent.depth = std::max(parent.depth, depth_[child]);
    if (__builtin_add_overflow(parent.expanded, expanded_[child], &parent.expanded)) {
      parent.expanded = UINT64_MAX;
    }
  }

  std::vector<uint32_t> depth_;
  std::vector<uint64_t> expanded_;
  std::vector<Frame> stack_;
  bool cyclic_ = false;
};

}  // namespace

PickleShape MeasurePickle(const PickleValue& root, size_t values) {
  return Walk(values).Measure(root);
}

}  // namespace sconce
