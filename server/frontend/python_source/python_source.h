// The front end for weights that come with the Python source of their class: `__init__` is
// interpreted, `forward` recorded into TorchScript; and for whole pickled models, which need source
// only for classes of their own. Python never runs.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_PYTHON_SOURCE_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_PYTHON_SOURCE_H_

#include <torch/csrc/jit/api/module.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"
#include "server/formats/tensors/stored_tensor.h"
#include "server/formats/torch/torch_file.h"

namespace sconce {

struct PythonSource {
  struct File {
    std::string path;  // how imports find it: "models/blocks.py" is `from models.blocks import …`
    std::string text;
    bool may_be_broken = false;  // of a folder: one that is no Python matters only where it is used
  };
  std::vector<File> files;
  // A class, or a function that returns a module. Empty: the class whose weights these are.
  std::string class_name;
  // Arguments of the class: a JSON object of keywords, or an array; empty: none.
  std::string arguments;
  // What the source does not say, by dotted name ("args.hidden"), as JSON or plain text.
  std::map<std::string, std::string> definitions;
};

struct BuiltModule {
  torch::jit::Module module;  // in eval mode, not frozen; the weights are still to be read into it
  std::string class_name;
  // "model": the weights are those whose names begin with "model.", without it. Empty: all.
  std::string weights_part = {};
  // Names of buffers that no file of weights holds (persistent=False) are attributes, not buffers.
  std::vector<std::string> notes;  // what was left out, for the operator
};

// `weights`: names and shapes decide which class it is. `checkpoint`: the file around them, whose
// hyper-parameters are the arguments that `source` does not give; null: there is none.
// INVALID_ARGUMENT: the source is not Python. FAILED_PRECONDITION: it can't be run or has no
// fitting class; the message points at the line and says what would work.
absl::StatusOr<BuiltModule> BuildModule(const PythonSource& source,
                                        const std::vector<StoredTensor>& weights,
                                        TorchFile* checkpoint = nullptr);

// A whole pickled model: structure, hyper-parameters and types are the file's; code is Sconce's own
// torch.nn, and for other classes the user's. Where the source would have made something else, the
// file is followed and the difference noted. `source`: its class_name and arguments are not used.
// `module`: a pickled torch.nn.Module of `file`; the weights are still to be read into the result.
absl::StatusOr<BuiltModule> BuildStoredModule(const PythonSource& source, TorchFile& file,
                                              const PickleValue& module);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_PYTHON_SOURCE_H_
