// What lies in a pickled value under a name: the entries of a dict, the attributes of an object of
// a class, the items of a list or tuple ("0", "1").

#ifndef SCONCE_SERVER_FORMATS_TORCH_PICKLE_PARTS_H_
#define SCONCE_SERVER_FORMATS_TORCH_PICKLE_PARTS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/formats/pickle/pickle.h"

namespace sconce {

// Refers to the pickle.
struct PicklePart {
  bool HasText() const { return key != nullptr && key->Is(PickleKind::kString); }
  // False for keys that are neither texts nor whole numbers.
  bool IsCalled(std::string_view name) const;
  // A description where the key is neither.
  std::string name() const;

  const PickleValue* key = nullptr;  // null in lists
  size_t index = 0;
  const PickleValue* value = nullptr;
};

// The keys and values, in turn, of a dict, or of what an object of a class holds; null: neither.
const std::vector<const PickleValue*>* EntriesOf(const PickleValue& value);

// 0 for values without parts.
size_t CountParts(const PickleValue& value);
PicklePart PartAt(const PickleValue& value, size_t i);

// The value at names joined by dots; a name that has dots in it is found too. Null: none, or beyond
// all reason to search for.
const PickleValue* FollowKeys(const PickleValue& root, std::string_view path);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_PICKLE_PARTS_H_
