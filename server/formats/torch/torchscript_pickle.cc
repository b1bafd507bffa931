#include "server/formats/torch/torchscript_pickle.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/pickle/pickle.h"
#include "server/formats/torch/tensor_record.h"
#include "server/formats/torch/torch_zip.h"

namespace sconce {
namespace {

// Structures are nested as deep as the model's modules; LibTorch frees them by recursion.
PickleLimits TorchScriptLimits() {
  PickleLimits limits;
  limits.max_depth = 500;
  limits.max_expanded = uint64_t{64} << 20;
  limits.allow_cycles = false;
  return limits;
}

absl::Status Refuse(std::string_view what) { return absl::InvalidArgumentError(std::string(what)); }

bool HasArguments(const PickleValue& call, std::initializer_list<PickleKind> kinds) {
  const auto& arguments = call.items[1]->items;
  if (arguments.size() != kinds.size()) return false;
  size_t i = 0;
  for (const PickleKind kind : kinds) {
    if (!arguments[i++]->Is(kind)) return false;
  }
  return true;
}

// Lists are made as lists of anything and then told their element type, which LibTorch believes.
absl::Status CheckTypedList(const PickleValue& call, std::string_view name) {
  if (!HasArguments(call, {PickleKind::kList})) {
    return Refuse(absl::StrFormat("%s is called with something else than a list", name));
  }
  for (const PickleValue* item : call.items[1]->items[0]->items) {
    const bool fits = name == "build_intlist"      ? item->Is(PickleKind::kInt)
                      : name == "build_doublelist" ? item->Is(PickleKind::kFloat)
                      : name == "build_boollist"   ? item->Is(PickleKind::kBool)
                                                   : IsTensor(*item);
    if (!fits) {
      return Refuse(absl::StrFormat("%s is called with a list that holds %s", name,
                                    DescribePickleValue(*item)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRestoreTypeTag(const PickleValue& call) {
  const bool list = HasArguments(call, {PickleKind::kList, PickleKind::kString});
  const bool dict = HasArguments(call, {PickleKind::kDict, PickleKind::kString});
  if (!list && !dict) return Refuse("restore_type_tag is called with the wrong arguments");
  const std::string type(call.items[1]->items[1]->text);
  const bool agrees = absl::StartsWith(type, list ? "List[" : "Dict[");
  if (agrees) return absl::OkStatus();
  return Refuse(absl::StrFormat("restore_type_tag calls %s a \"%s\"",
                                DescribePickleValue(*call.items[1]->items[0]), type));
}

absl::Status CheckPickleHelper(const PickleValue& call, std::string_view name) {
  if (name == "restore_type_tag") return CheckRestoreTypeTag(call);
  if (name == "build_intlist" || name == "build_doublelist" || name == "build_boollist" ||
      name == "build_tensorlist") {
    return CheckTypedList(call, name);
  }
  return Refuse(absl::StrFormat("it calls torch.jit._pickle.%s, which files do not use", name));
}

// Applies the rules to one archive's pickle.
class PickleCheck {
 public:
  PickleCheck(const ZipArchive& archive, std::string_view folder)
      : archive_(archive), folder_(folder) {}

  absl::Status CheckValue(const PickleValue& value) {
    if (value.Is(PickleKind::kPersistentId)) return CheckReference(value);
    if (value.Is(PickleKind::kObject)) return CheckCall(value);
    return absl::OkStatus();
  }

 private:
  absl::Status CheckReference(const PickleValue& value) {
    const TorchDtype* dtype = nullptr;
    SCONCE_ASSIGN_OR_RETURN(const StorageRecord storage, ReadStorageRecord(value, &dtype));
    return FindStorage(archive_, folder_, storage).status();
  }

  // Scales and zero points of a quantized tensor, one for each slice along its axis.
  absl::Status CheckQuantization(const PickleValue& call, const TensorRecord& tensor) {
    const auto& arguments = call.items[1]->items;
    if (!tensor.dtype->quantized || arguments.size() < 5 || !arguments[4]->Is(PickleKind::kTuple) ||
        arguments[4]->items.empty()) {
      return Refuse("a quantized tensor has no quantization");
    }
    const auto& parameters = arguments[4]->items;
    if (parameters[0]->IsGlobal("torch.per_tensor_affine")) {
      const bool numbers = parameters.size() == 3 && parameters[1]->Is(PickleKind::kFloat) &&
                           parameters[2]->Is(PickleKind::kInt);
      return numbers ? absl::OkStatus() : Refuse("a quantized tensor has no scale");
    }
    const bool per_channel = parameters[0]->IsGlobal("torch.per_channel_affine") ||
                             parameters[0]->IsGlobal("torch.per_channel_affine_float_qparams");
    if (!per_channel || parameters.size() != 4 || !parameters[3]->Is(PickleKind::kInt)) {
      return Refuse("a tensor is quantized in an unknown way");
    }
    const int64_t axis = parameters[3]->integer;
    if (axis < 0 || static_cast<size_t>(axis) >= tensor.shape.size()) {
      return Refuse("a quantized tensor's axis is not one of its own");
    }
    for (const PickleValue* slices : {parameters[1], parameters[2]}) {
      SCONCE_ASSIGN_OR_RETURN(const TensorRecord record, ReadTensorRecord(*slices));
      if (record.elements != static_cast<uint64_t>(tensor.shape[axis])) {
        return Refuse("a quantized tensor has another number of scales than of slices");
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckTensor(const PickleValue& call) {
    const bool quantized = call.IsCallOf("torch._utils._rebuild_qtensor");
    if (!quantized && !call.IsCallOf("torch._utils._rebuild_tensor_v2")) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "a tensor is stored as %s; only dense tensors are read", DescribePickleValue(call)));
    }
    SCONCE_ASSIGN_OR_RETURN(const TensorRecord tensor, ReadTensorRecord(call));
    return quantized ? CheckQuantization(call, tensor) : absl::OkStatus();
  }

  absl::Status CheckCall(const PickleValue& call) {
    if (!call.items[0]->Is(PickleKind::kGlobal)) return Refuse("it calls the result of a call");
    const std::string name(call.items[0]->text);
    if (call.changes != nullptr &&
        (!call.changes->items.empty() || !call.changes->entries.empty() ||
         call.changes->states.size() > 1)) {
      return Refuse(absl::StrFormat("it changes a %s after making it", name));
    }
    if (absl::StartsWith(name, "__torch__.")) return absl::OkStatus();
    if (call.changes != nullptr) return Refuse(absl::StrFormat("it gives state to a %s", name));
    if (IsTensor(call)) return CheckTensor(call);
    if (absl::StartsWith(name, "torch.jit._pickle.")) {
      return CheckPickleHelper(call, std::string_view(name).substr(18));
    }
    if (name == "collections.OrderedDict" && HasArguments(call, {})) return absl::OkStatus();
    if (name == "torch.device" && HasArguments(call, {PickleKind::kString})) {
      return absl::OkStatus();
    }
    if (name == "builtins.complex" &&
        HasArguments(call, {PickleKind::kFloat, PickleKind::kFloat})) {
      return absl::OkStatus();
    }
    return Refuse(absl::StrFormat("it calls %s, which TorchScript does not write",
                                  DescribePickleValue(*call.items[0])));
  }

  const ZipArchive& archive_;
  const std::string_view folder_;
};

// What torch::jit::load reads. bytecode.pkl is for PyTorch's mobile reader, traced_inputs.pkl for
// its shape restoring, which is never asked for; the latter's storages are empty on purpose.
bool IsReadByLibTorch(std::string_view name) {
  return name == "data.pkl" || name == "constants.pkl" || name == "attributes.pkl" ||
         absl::EndsWith(std::string(name), ".debug_pkl");
}

}  // namespace

absl::Status CheckTorchScriptPickle(ZipArchive& archive, std::string_view name) {
  SCONCE_ASSIGN_OR_RETURN(const PickleDocument document,
                          ReadPickleEntry(archive, name, TorchScriptLimits()));
  if (!IsReadByLibTorch(name)) return absl::OkStatus();
  PickleCheck check(archive, name.substr(0, name.rfind('.')));
  for (const PickleValue& value : document.values()) {
    if (absl::Status status = check.CheckValue(value); !status.ok()) {
      return absl::Status(status.code(), absl::StrFormat("%s: %s", InRoot(archive, name),
                                                         std::string(status.message())));
    }
  }
  return absl::OkStatus();
}

}  // namespace sconce
