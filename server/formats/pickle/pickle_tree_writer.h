// Writes a tree of pickle values back as a pickle.

#ifndef SCONCE_SERVER_FORMATS_PICKLE_PICKLE_TREE_WRITER_H_
#define SCONCE_SERVER_FORMATS_PICKLE_PICKLE_TREE_WRITER_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"

namespace sconce {

// What stands in the place of a value: another one, or the value itself. Asked once whenever a
// value is met, and must give the same each time. Whatever it gives outlives the writing.
using PickleSubstitution =
    std::function<absl::StatusOr<const PickleValue*>(const PickleValue& value)>;

// Protocol 2, spelled as Python 3's pickler does: what torch.load(weights_only=True) accepted of
// the original, it accepts of this. Values referred to more than once are written once, cycles stay
// cycles, an object is made by the call that made it and changed by what changed it. A walk without
// recursion. FAILED_PRECONDITION: a name that protocol 2 can't say. RESOURCE_EXHAUSTED: larger than
// readers take.
absl::StatusOr<std::string> WritePickleTree(const PickleValue& root,
                                            const PickleSubstitution& substitute);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_PICKLE_PICKLE_TREE_WRITER_H_
