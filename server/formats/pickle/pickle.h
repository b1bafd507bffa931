// Sconce's own pickle reader. It runs a pickle's instructions but never what they name: a class or
// function becomes a value that holds its name, calling it becomes a value that holds the call. The
// layers above decide which names they know.

#ifndef SCONCE_SERVER_FORMATS_PICKLE_PICKLE_H_
#define SCONCE_SERVER_FORMATS_PICKLE_PICKLE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace sconce {

enum class PickleKind : uint8_t {
  kNone,
  kBool,
  kInt,
  kBigInt,  // beyond 64 bits; `text` has its bytes, little-endian, or its decimal digits
  kFloat,
  kString,
  kBytes,
  kTuple,
  kList,
  kDict,  // `items` alternates keys and values, in the file's order, repeated keys included
  kSet,
  kGlobal,        // a name: `text` is "module.name"
  kPersistentId,  // items[0] is the id
  kObject,        // a call that was not made: items[0] is the callable, items[1] the arguments
};

struct PickleValue {
  // What was done to an object after it was made.
  struct Changes {
    std::vector<const PickleValue*> states;   // BUILD
    std::vector<const PickleValue*> items;    // APPEND
    std::vector<const PickleValue*> entries;  // SETITEM: keys and values in turn
  };

  bool Is(PickleKind other) const { return kind == other; }
  bool IsGlobal(std::string_view name) const { return Is(PickleKind::kGlobal) && text == name; }
  // An object made by calling `name`.
  bool IsCallOf(std::string_view name) const {
    return Is(PickleKind::kObject) && items[0]->IsGlobal(name);
  }

  PickleKind kind = PickleKind::kNone;
  // Where one kind stands for two things, whether it is the other one: a bytearray (kBytes), a
  // frozenset (kSet), digits instead of bytes (kBigInt), made by __new__ alone (kObject).
  bool other_form = false;
  uint32_t index = 0;  // its place in PickleDocument::values()
  union {
    int64_t integer = 0;  // also kBool; of a kGlobal, how much of `text` names the module
    double real;
  };
  std::string_view text;
  std::vector<const PickleValue*> items;
  std::unique_ptr<Changes> changes;
};

// Larger pickles are refused before they are read, and not written.
inline constexpr uint64_t kMaxPickleBytes = uint64_t{256} << 20;

struct PickleLimits {
  uint64_t max_values = uint64_t{4} << 20;
  uint64_t max_stack = uint64_t{1} << 22;
  uint64_t max_memo = uint64_t{4} << 20;
  uint64_t max_depth = 1000;
  // What a reader that follows every reference would meet; shared parts count once for each.
  uint64_t max_expanded = UINT64_MAX;
  bool allow_cycles = true;
};

// Owns everything it holds in one place, so that cyclic and very deep structures are freed like
// any other. Values may refer to each other in cycles: follow them with a bound.
class PickleDocument {
 public:
  const PickleValue& root() const { return *root_; }
  // Every value that was made, reachable or not.
  const std::deque<PickleValue>& values() const { return values_; }
  // Bytes read, up to and with the STOP instruction.
  size_t consumed() const { return consumed_; }

 private:
  friend class PickleMachine;

  std::unique_ptr<const std::string> bytes_;
  std::deque<PickleValue> values_;
  std::deque<std::string> texts_;
  const PickleValue* root_ = nullptr;
  size_t consumed_ = 0;
};

// Protocols 0 to 5. INVALID_ARGUMENT: damaged, or beyond the limits; the message has the offset.
absl::StatusOr<PickleDocument> ReadPickle(std::string bytes, const PickleLimits& limits = {});

// "collections.OrderedDict", "a list": for messages.
std::string DescribePickleValue(const PickleValue& value);

// The entries of a dict or of an OrderedDict, keys and values in turn; null for anything else.
const std::vector<const PickleValue*>* DictEntries(const PickleValue& value);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_PICKLE_PICKLE_H_
