// Named tensors as the OrderedDict that a module's state_dict() gives.

#ifndef SCONCE_SERVER_FORMATS_CHECKPOINT_STATE_DICT_PICKLE_H_
#define SCONCE_SERVER_FORMATS_CHECKPOINT_STATE_DICT_PICKLE_H_

#include <string_view>
#include <vector>

#include "server/formats/checkpoint/tensor_pickler.h"
#include "server/formats/pickle/pickle_builder.h"
#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

// With its _metadata, the versions of the modules by path: those of `original`, the dict the
// tensors came from, where it has them (without `stripped_prefix`, which was taken off the names
// too); else of every module that the names tell of. Null: there is none.
const PickleValue* PickleStateDict(const std::vector<StoredTensor>& tensors,
                                   const PickleValue* original, std::string_view stripped_prefix,
                                   PickleBuilder& builder, TensorPickler& pickler);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_CHECKPOINT_STATE_DICT_PICKLE_H_
