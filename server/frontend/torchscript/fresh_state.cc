#include "server/frontend/torchscript/fresh_state.h"

#include <ATen/core/jit_type.h>
#include <c10/core/Storage.h>

#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/frontend/torchscript/deep_copy.h"

namespace sconce {
namespace {

using c10::ivalue::Object;

bool IsModule(const c10::IValue& value) {
  return value.isObject() && !value.isCustomClass() && value.toObjectRef().type()->is_module();
}

const void* StorageOf(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.has_storage()) return nullptr;
  return tensor.storage().unsafeGetStorageImpl();
}

// Every tensor within `value`, modules not entered.
void CollectTensors(const c10::IValue& value, std::vector<at::Tensor>& tensors) {
  value.visit([&tensors](const c10::IValue& part) {
    if (part.isTensor() && part.toTensor().defined()) tensors.push_back(part.toTensor());
    return IsModule(part);
  });
}

bool IsMutable(const c10::IValue& value) {
  return value.isTensor() || value.isList() || value.isGenericDict() || value.isTuple() ||
         (value.isObject() && !value.isCustomClass());
}

}  // namespace

// Walks the module once and decides.
class FreshState::Planner {
 public:
  Planner(FreshState& plan, const WrittenState& written) : plan_(plan), written_(written) {}

  void Run() {
    Visit(plan_.self_.toObject().get(), "");
    for (const Slot& slot : slots_) {
      if (IsWritten(slot)) AddWritten(slot);
    }
    while (FollowAliases()) {
    }
    while (RenewOwners()) {
    }
    CountBytes();
  }

 private:
  // Script-class objects below a module are entered too: SetAttr may name their attributes.
  void Visit(const Object* object, const std::string& path) {
    if (!paths_.emplace(object, path).second) return;
    for (size_t i = 0; i < object->slots().size(); ++i) {
      const c10::IValue& value = object->slots()[i];
      slots_.push_back({object, i});
      if (value.isObject() && !value.isCustomClass()) {
        Visit(value.toObject().get(), PathOf({object, i}));
      }
    }
  }

  std::string PathOf(const Slot& slot) const {
    const std::string& path = paths_.at(slot.first);
    const std::string& name = slot.first->type()->getAttributeName(slot.second);
    return path.empty() ? name : absl::StrFormat("%s.%s", path, name);
  }

  const c10::IValue& ValueOf(const Slot& slot) const { return slot.first->slots()[slot.second]; }

  bool IsWritten(const Slot& slot) const {
    const std::string path = PathOf(slot);
    if (written_.assigned.count(path) > 0) plan_.renewed_.insert(slot.first);
    if (written_.anything) return IsMutable(ValueOf(slot)) && !IsModule(ValueOf(slot));
    return written_.modified.count(path) > 0;
  }

  void AddWritten(const Slot& slot) {
    plan_.copied_.insert(slot);
    plan_.renewed_.insert(slot.first);
    std::vector<at::Tensor> tensors;
    CollectTensors(ValueOf(slot), tensors);
    for (const at::Tensor& tensor : tensors) plan_.written_storages_.insert(StorageOf(tensor));
  }

  // What shares memory with something written is written too.
  bool FollowAliases() {
    bool found = false;
    for (const Slot& slot : slots_) {
      if (plan_.copied_.count(slot) > 0 || IsModule(ValueOf(slot))) continue;
      std::vector<at::Tensor> tensors;
      CollectTensors(ValueOf(slot), tensors);
      for (const at::Tensor& tensor : tensors) {
        if (plan_.written_storages_.count(StorageOf(tensor)) == 0) continue;
        AddWritten(slot);
        found = true;
        break;
      }
    }
    return found;
  }

  // Who holds a renewed object holds the new one, so is new itself.
  bool RenewOwners() {
    bool found = false;
    for (const Slot& slot : slots_) {
      const c10::IValue& value = ValueOf(slot);
      if (!value.isObject() || value.isCustomClass()) continue;
      if (plan_.renewed_.count(value.toObject().get()) == 0) continue;
      found |= plan_.renewed_.insert(slot.first).second;
    }
    return found;
  }

  void CountBytes() {
    std::unordered_set<const void*> counted;
    for (const Slot& slot : plan_.copied_) {
      std::vector<at::Tensor> tensors;
      CollectTensors(ValueOf(slot), tensors);
      for (const at::Tensor& tensor : tensors) {
        if (!tensor.has_storage() || !counted.insert(StorageOf(tensor)).second) continue;
        plan_.copied_bytes_ += tensor.storage().nbytes();
      }
    }
  }

  FreshState& plan_;
  const WrittenState& written_;
  std::unordered_map<const Object*, std::string> paths_;
  std::vector<Slot> slots_;
};

// One request's copy.
class FreshState::Copier {
 public:
  explicit Copier(const FreshState& plan) : plan_(plan) {}

  c10::IValue Renew(const c10::IValue& value) {
    const auto object = value.toObject();
    const auto found = done_.find(object.get());
    if (found != done_.end()) return found->second;
    const auto copy = Object::create(c10::StrongTypePtr(object->compilation_unit(), object->type()),
                                     object->slots().size());
    done_.emplace(object.get(), copy);
    for (size_t i = 0; i < object->slots().size(); ++i) {
      copy->setSlot(i, RenewSlot({object.get(), i}));
    }
    return copy;
  }

 private:
  c10::IValue RenewSlot(const Slot& slot) {
    const c10::IValue& value = slot.first->slots()[slot.second];
    const bool object = value.isObject() && !value.isCustomClass();
    if (object && plan_.renewed_.count(value.toObject().get()) > 0) return Renew(value);
    return plan_.copied_.count(slot) > 0 ? copy_.Copy(value) : value;
  }

  const FreshState& plan_;
  DeepCopy copy_;
  std::unordered_map<const Object*, c10::IValue> done_;
};

FreshState::FreshState(c10::IValue self, const WrittenState& written) : self_(std::move(self)) {
  Planner(*this, written).Run();
}

c10::IValue FreshState::Self() const {
  return renewed_.empty() ? self_ : Copier(*this).Renew(self_);
}

bool FreshState::SharesWrittenMemory(const at::Tensor& constant) const {
  return written_storages_.count(StorageOf(constant)) > 0;
}

}  // namespace sconce
