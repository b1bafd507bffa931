#include "server/frontend/torchscript/operator_policy.h"

#include <torch/csrc/jit/runtime/operator.h>

#include <array>
#include <set>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

constexpr std::string_view kTouchesFiles = "it reads or writes files";
constexpr std::string_view kTouchesProcesses = "it talks to other processes or machines";

constexpr std::array<std::string_view, 15> kComputingSpaces = {"aten",
                                                               "prim",
                                                               "prims",
                                                               "quantized",
                                                               "_quantized",
                                                               "quantization",
                                                               "quantized_decomposed",
                                                               "sparse",
                                                               "mkldnn",
                                                               "mkldnn_prepacked",
                                                               "mkl",
                                                               "onednn",
                                                               "prepacked",
                                                               "profiler",
                                                               "onnx"};

constexpr std::array<std::string_view, 9> kDistributedSpaces = {"c10d",
                                                                "_c10d_functional",
                                                                "_c10d_functional_autograd",
                                                                "c10d_functional",
                                                                "_dtensor",
                                                                "symm_mem",
                                                                "fsdp",
                                                                "dist_autograd",
                                                                "rpc"};

// prim::rpc_... reach other machines; data_ptr gives addresses away.
constexpr std::array<std::string_view, 4> kRemoteCalls = {"rpc_async", "rpc_sync", "rpc_remote",
                                                          "rpc_fetch"};

constexpr std::array<std::string_view, 5> kNativeClassSpaces = {"quantized", "rnn", "sparse",
                                                                "xnnpack", "mkldnn"};

template <typename Range>
bool Contains(const Range& range, std::string_view name) {
  for (std::string_view item : range) {
    if (item == name) return true;
  }
  return false;
}

bool NamesFile(const c10::Argument& argument) {
  if (argument.type()->str().find("str") == std::string::npos) return false;
  const std::string& name = argument.name();
  return name.find("file") != std::string::npos || name.find("path") != std::string::npos ||
         name.find("url") != std::string::npos;
}

// Known by name, and besides every operator of the registry that takes a file's name: a later
// LibTorch may bring new ones.
const std::set<std::string, std::less<>>& FileOperators() {
  static const auto* const names = [] {
    auto* set = new std::set<std::string, std::less<>>{"aten::save", "aten::from_file",
                                                       "aten::load", "aten::_save", "aten::_load"};
    for (const auto& op : torch::jit::getAllOperators()) {
      for (const c10::Argument& argument : op->schema().arguments()) {
        if (NamesFile(argument)) set->insert(op->schema().name());
      }
    }
    return set;
  }();
  return *names;
}

}  // namespace

std::optional<std::string> RefusalOfOperator(std::string_view space, std::string_view name) {
  if (Contains(kDistributedSpaces, space)) return std::string(kTouchesProcesses);
  if (!Contains(kComputingSpaces, space)) {
    return absl::StrFormat(
        "operators of the library \"%s\" are not part of LibTorch's computing "
        "operators, and no other library is loaded",
        std::string(space));
  }
  if (space == "prim" && Contains(kRemoteCalls, name)) return std::string(kTouchesProcesses);
  if (space == "prim" && name == "PythonOp") return "it calls Python";
  if (name == "data_ptr") return "it gives away memory addresses";
  const std::string qualified = absl::StrFormat("%s::%s", std::string(space), std::string(name));
  if (FileOperators().count(qualified) > 0) return std::string(kTouchesFiles);
  return std::nullopt;
}

std::optional<std::string> RefusalOfNativeClass(std::string_view space) {
  if (Contains(kNativeClassSpaces, space)) return std::nullopt;
  if (Contains(kDistributedSpaces, space) || space == "dist_rpc") {
    return std::string(kTouchesProcesses);
  }
  return "only the classes of quantized and prepacked weights are allowed";
}

}  // namespace sconce
