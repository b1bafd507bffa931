// Any bytes as a file of torch.save(model), with the source of a class that it may name; or as a
// checkpoint that says what such a class was made with.

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/formats/io/byte_source.h"
#include "server/formats/torch/module_tree.h"
#include "server/formats/torch/torch_file.h"
#include "server/frontend/python_source/python_source.h"

namespace {

constexpr char kSource[] = R"(
import torch.nn as nn

class Net(nn.Module):
    def __init__(self, width=2, depth=1, config=None, **more):
        super().__init__()
        self.fc = nn.Sequential(*(nn.Linear(width, width) for _ in range(depth)))
        self.more = dict(more, **(config or {}))
        self.renewed = 0

    def __setstate__(self, state):
        super().__setstate__(state)
        self.renewed = len(state)

    def forward(self, x):
        return self.fc(x) + self.renewed
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto file = sconce::TorchFile::Open(sconce::ByteSource::OverBytes(bytes));
  if (!file.ok()) return 0;
  sconce::PythonSource source;
  source.files.push_back({"net.py", kSource});
  source.class_name = "Net";
  const sconce::PickleValue& root = (*file)->root();
  const absl::Status status = sconce::IsModule(root)
                                  ? sconce::BuildStoredModule(source, **file, root).status()
                                  : sconce::BuildModule(source, {}, file->get()).status();
  const bool expected = status.ok() || absl::IsInvalidArgument(status) ||
                        absl::IsFailedPrecondition(status) || absl::IsResourceExhausted(status);
  if (!expected) __builtin_trap();
  return 0;
}
