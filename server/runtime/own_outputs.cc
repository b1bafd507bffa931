#include "server/runtime/own_outputs.h"

#include <ATen/core/Tensor.h>
#include <c10/core/Storage.h>

#include <utility>
#include <variant>

#include "server/base/status_macros.h"
#include "server/runtime/torch_call.h"

namespace sconce {
namespace {

// A storage may be this many times as large as the tensor, and a page more, before the tensor moves
// out: allocators and padded kernels waste that much without anyone noticing.
constexpr size_t kSpareFactor = 2;
constexpr size_t kSpareBytes = 4096;

bool Pins(const at::Tensor& tensor, const c10::Storage& storage) {
  return storage.nbytes() > kSpareFactor * tensor.nbytes() + kSpareBytes;
}

// from_blob and its like: LibTorch got the memory from someone else.
bool Foreign(const c10::Storage& storage) {
  return !storage.resizable() || storage.allocator() == nullptr;
}

bool MustCopy(const at::Tensor& tensor) {
  // Our own reference is the one that may be there. storage() is a reference into the tensor, so it
  // adds none.
  if (tensor.use_count() > 1) return true;
  const c10::Storage& storage = tensor.storage();
  return storage.use_count() > 1 || Foreign(storage) || Pins(tensor, storage);
}

}  // namespace

absl::Status OwnOutputs(std::vector<NamedValue>& outputs) {
  for (NamedValue& output : outputs) {
    auto* tensor = std::get_if<at::Tensor>(&output.value);
    if (tensor == nullptr || !MustCopy(*tensor)) continue;
    SCONCE_ASSIGN_OR_RETURN(at::Tensor copy,
                            CallTorch([&] { return tensor->clone(at::MemoryFormat::Contiguous); }));
    *tensor = std::move(copy);
  }
  return absl::OkStatus();
}

}  // namespace sconce
