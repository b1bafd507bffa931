// Makes pickle values that no file held, for PickleTreeWriter to write.

#ifndef SCONCE_SERVER_FORMATS_PICKLE_PICKLE_BUILDER_H_
#define SCONCE_SERVER_FORMATS_PICKLE_PICKLE_BUILDER_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/formats/pickle/pickle.h"

namespace sconce {

// Owns what it makes. Values may hold others, which outlive it. Confined to one thread.
class PickleBuilder {
 public:
  using Values = std::vector<const PickleValue*>;

  const PickleValue* None() { return New(PickleKind::kNone); }
  const PickleValue* Bool(bool value);
  const PickleValue* Int(int64_t value);
  const PickleValue* Unsigned(uint64_t value);
  const PickleValue* Float(double value);
  const PickleValue* String(std::string_view text);
  const PickleValue* Bytes(std::string bytes);
  // The same one for the same name.
  const PickleValue* Global(std::string_view module, std::string_view name);

  const PickleValue* Tuple(Values items) { return New(PickleKind::kTuple, std::move(items)); }
  const PickleValue* IntTuple(const std::vector<int64_t>& items);
  const PickleValue* List(Values items) { return New(PickleKind::kList, std::move(items)); }
  // Keys and values in turn.
  const PickleValue* Dict(Values entries) { return New(PickleKind::kDict, std::move(entries)); }
  // `states` are what BUILD gives it.
  const PickleValue* OrderedDict(Values entries, Values states = {});
  const PickleValue* Call(const PickleValue* callable, Values arguments);
  const PickleValue* PersistentId(const PickleValue* id) {
    return New(PickleKind::kPersistentId, {id});
  }
  // A dict or OrderedDict like `original` with other entries.
  const PickleValue* WithEntries(const PickleValue& original, Values entries);

 private:
  PickleValue* New(PickleKind kind, Values items = {});
  PickleValue* NewText(PickleKind kind, std::string text);

  std::deque<PickleValue> values_;
  std::deque<std::string> texts_;
  std::map<std::string, const PickleValue*, std::less<>> globals_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_PICKLE_PICKLE_BUILDER_H_
