// How deep, how large when expanded, and whether cyclic a pickle's structure is: what must be known
// before anything walks it.

#ifndef SCONCE_SERVER_FORMATS_PICKLE_PICKLE_SHAPE_H_
#define SCONCE_SERVER_FORMATS_PICKLE_PICKLE_SHAPE_H_

#include <cstdint>

#include "server/formats/pickle/pickle.h"

namespace sconce {

struct PickleShape {
  uint64_t depth = 0;     // the longest way down, not following a value into itself
  uint64_t expanded = 0;  // values met when every reference is followed; saturates
  bool cyclic = false;
};

// Takes time linear in the structure and no stack.
PickleShape MeasurePickle(const PickleValue& root, size_t values);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_PICKLE_PICKLE_SHAPE_H_
