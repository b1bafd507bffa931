// The object of a loaded torch file, to be written again with other weights in it.

#ifndef SCONCE_SERVER_FORMATS_CHECKPOINT_CHECKPOINT_LAYOUT_H_
#define SCONCE_SERVER_FORMATS_CHECKPOINT_CHECKPOINT_LAYOUT_H_

#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/checkpoint/checkpoint_values.h"
#include "server/formats/checkpoint/tensor_pickler.h"
#include "server/formats/pickle/pickle_builder.h"
#include "server/formats/weights/weights_file.h"

namespace sconce {

// Everything but the weights stays what it is: numbers, other tensors and what they share, inert
// objects, arrays of NumPy (as arrays; where they are weights, they become tensors). Tensors that
// lay in storages of their own files within a plain pickle now lie in the new file. Confined to
// one thread.
class CheckpointLayout {
 public:
  // Whether the weights are only a part of their file.
  static bool IsAround(const WeightsFile& weights);

  // All outlive the layout. `weights` is one that this layout is around.
  CheckpointLayout(const WeightsFile& weights, PickleBuilder& builder, TensorPickler& pickler)
      : file_(*weights.torch_file()), weights_(weights), builder_(builder), pickler_(pickler) {}

  // The pickle, with `tensors` under the weights' original names and `values` in the top level.
  // FAILED_PRECONDITION: there is no top level to set values in, or they would replace the weights.
  absl::StatusOr<std::string> Write(const std::vector<StoredTensor>& tensors,
                                    const CheckpointValues& values);

 private:
  absl::StatusOr<const PickleValue*> NewWeights(const std::vector<StoredTensor>& tensors);
  // A whole pickled model among other values keeps its structure.
  absl::Status ReplaceInModel(const std::vector<StoredTensor>& tensors);
  absl::StatusOr<const PickleValue*> NewRoot(const CheckpointValues& values);
  absl::StatusOr<const PickleValue*> Substitute(const PickleValue& value);
  absl::StatusOr<const PickleValue*> NewReference(const PickleValue& reference);
  const PickleValue* NewWeight(const PickleValue& original, const StoredTensor& tensor);
  bool IsOfFile(const PickleValue& value) const;

  TorchFile& file_;
  const WeightsFile& weights_;
  PickleBuilder& builder_;
  TensorPickler& pickler_;
  std::unordered_map<const PickleValue*, const PickleValue*> substitutes_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_CHECKPOINT_CHECKPOINT_LAYOUT_H_
