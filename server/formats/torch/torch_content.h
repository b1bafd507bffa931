// What the one object in a torch.save file is: a state_dict, a checkpoint around one, a whole
// model.

#ifndef SCONCE_SERVER_FORMATS_TORCH_TORCH_CONTENT_H_
#define SCONCE_SERVER_FORMATS_TORCH_TORCH_CONTENT_H_

#include <string>
#include <utility>
#include <vector>

#include "server/formats/pickle/pickle.h"

namespace sconce {

enum class TorchContentKind {
  kStateDict,   // a dict of names to tensors, nothing else
  kCheckpoint,  // a dict with tensors and other content, perhaps state_dicts in it
  kModel,       // an object of a Python class
  kTensor,
  kOther,
};

struct TorchContent {
  TorchContentKind kind = TorchContentKind::kOther;
  // Tensors by name; those in nested dicts, lists and modules with dotted names. The values belong
  // to the pickle.
  std::vector<std::pair<std::string, const PickleValue*>> tensors;
  // Of a dict that is no state_dict: its keys with what they hold, "epoch: 12".
  std::vector<std::string> keys;
  // Of a checkpoint: keys whose value is a state_dict.
  std::vector<std::string> state_dict_keys;
  // Of a model: "__main__.Net".
  std::string class_name;
};

TorchContent ClassifyPickle(const PickleValue& root);

// Globals other than those of tensors and containers, sorted, each once.
std::vector<std::string> ForeignGlobals(const PickleDocument& document);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_TORCH_CONTENT_H_
