#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/formats/describe/describe_parts.h"

namespace sconce {
namespace {

void DescribeText(const std::string& head, FileDescription& description) {
  description.kind = "not a model";
  if (absl::StartsWith(head, "version https://git-lfs.github.com/spec")) {
    description.kind = "Git LFS pointer";
    description.advice = "The real file was not downloaded: git lfs pull";
  } else if (absl::StrContains(head, "<html") || absl::StrContains(head, "<!DOCTYPE html")) {
    description.kind = "HTML page";
    description.advice = "A web page, perhaps of a failed download. Download the file again.";
  } else if (absl::StrContains(head, "import torch") || absl::StrContains(head, "from torch")) {
    description.kind = "Python source";
    description.advice =
        "Python source is not run. In Python: "
        "torch.jit.script(model.eval()).save(\"model.pt\"), then: sconce load NAME model.pt";
  } else {
    description.advice = "A text file.";
  }
}

}  // namespace

void DescribeOther(Container container, const std::string& head, FileDescription& description) {
  description.kind = "not a model";
  switch (container) {
    case Container::kEmpty:
      description.advice = "The file is empty. Was it copied whole?";
      return;
    case Container::kOnnx:
      description.kind = "ONNX model";
      description.advice =
          "ONNX is not served. Export the PyTorch model instead: "
          "torch.jit.script(model.eval()).save(\"model.pt\")";
      return;
    case Container::kHdf5:
      description.kind = "HDF5 file";
      description.advice = "Keras and others write these; Sconce serves PyTorch models.";
      return;
    case Container::kNumpy:
      description.kind = "numpy array";
      description.advice =
          "An array, not a model. It can be an input: sconce infer NAME --input "
          "x=FILE.npy";
      return;
    case Container::kGzip:
    case Container::kTar:
      description.advice = "Packed. Unpack it and inspect what is inside.";
      return;
    case Container::kText:
      DescribeText(head, description);
      return;
    default:
      description.advice =
          "No format known here. If it should be a PyTorch file, it is damaged or incomplete; "
          "compare its size and checksum with the original.";
      return;
  }
}

}  // namespace sconce
