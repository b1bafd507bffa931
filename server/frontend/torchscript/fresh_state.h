// Promise 6: each request of a model that writes its own attributes starts from the state as it was
// saved. What is written is copied for the request; the weights are shared.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_FRESH_STATE_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_FRESH_STATE_H_

#include <ATen/core/ivalue.h>

#include <cstdint>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "server/frontend/torchscript/written_state.h"

namespace sconce {

// Thread-safe: nothing changes once it is made.
class FreshState {
 public:
  // `self` is the module; `written` what one of its methods writes.
  FreshState(c10::IValue self, const WrittenState& written);

  // The module itself if nothing of it is written, else one with fresh state. LibTorch's exceptions
  // (out of memory) come through.
  c10::IValue Self() const;

  // Bytes of tensors that Self copies.
  uint64_t copied_bytes() const { return copied_bytes_; }

  // A constant of the code shares memory with something that is written: freezing has torn an alias
  // apart, and only the module as it was before has it whole.
  bool SharesWrittenMemory(const at::Tensor& constant) const;

 private:
  using Slot = std::pair<const c10::ivalue::Object*, size_t>;
  struct SlotHash {
    size_t operator()(const Slot& slot) const {
      return std::hash<const void*>()(slot.first) * 31 + slot.second;
    }
  };
  class Planner;
  class Copier;

  c10::IValue self_;
  std::unordered_set<const c10::ivalue::Object*> renewed_;  // objects that get a new instance
  std::unordered_set<Slot, SlotHash> copied_;               // slots whose value is copied
  std::unordered_set<const void*> written_storages_;
  uint64_t copied_bytes_ = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_FRESH_STATE_H_
