// The stack machine behind ReadPickle. Each instruction is one small function in a table.

#ifndef SCONCE_SERVER_FORMATS_PICKLE_PICKLE_MACHINE_H_
#define SCONCE_SERVER_FORMATS_PICKLE_PICKLE_MACHINE_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/base/byte_reader.h"
#include "server/formats/pickle/pickle.h"

namespace sconce {

// Confined to one thread; runs once.
class PickleMachine {
 public:
  PickleMachine(std::string bytes, const PickleLimits& limits);

  absl::StatusOr<PickleDocument> Run();

 private:
  using Handler = absl::Status (PickleMachine::*)();
  using Values = std::vector<const PickleValue*>;

  static std::array<Handler, 256> MakeTable();
  static void AddScalars(std::array<Handler, 256>& table);
  static void AddContainers(std::array<Handler, 256>& table);
  static void AddObjects(std::array<Handler, 256>& table);

  // pickle_machine.cc: running, stack, memo.
  absl::Status Execute();
  absl::Status Finish();
  absl::Status Error(std::string_view what) const;
  absl::Status Truncated() const { return Error("ends in the middle of an instruction"); }
  absl::StatusOr<PickleValue*> New(PickleKind kind);
  absl::Status Push(const PickleValue* value);
  absl::Status PushNew(PickleKind kind, std::string_view text);
  absl::StatusOr<const PickleValue*> Pop();
  // The value on top, to be changed; it stays.
  absl::StatusOr<PickleValue*> Top();
  absl::StatusOr<Values> PopToMark();
  // See PickleValue::other_form.
  absl::Status MarkOtherForm();
  std::string_view Keep(std::string text);
  // Up to the end of the line. Text may be long: old protocols write whole storages so.
  absl::StatusOr<std::string_view> Line(size_t longest = kLongestLine);
  absl::StatusOr<uint64_t> Length(int bytes);
  absl::StatusOr<std::string_view> Counted(int length_bytes);
  absl::Status Memoize(uint64_t index);
  absl::Status Recall(uint64_t index);

  absl::Status Proto();
  absl::Status Frame();
  absl::Status Stop();
  absl::Status Mark();
  absl::Status PopOp();
  absl::Status PopMarkOp();
  absl::Status Dup();
  absl::Status PutLine();
  template <int kBytes>
  absl::Status Put();
  absl::Status GetLine();
  template <int kBytes>
  absl::Status Get();
  absl::Status MemoizeOp();

  // pickle_scalars.cc
  absl::Status PushInt(int64_t value);
  absl::Status PushLong(std::string_view little_endian);
  absl::Status None();
  template <bool kValue>
  absl::Status Bool();
  absl::Status IntLine();
  absl::Status LongLine();
  absl::Status BinInt();
  template <int kBytes>
  absl::Status UnsignedInt();
  template <int kLengthBytes>
  absl::Status Long();
  absl::Status FloatLine();
  absl::Status BinFloat();
  absl::Status StringLine();
  absl::Status UnicodeLine();
  template <int kLengthBytes>
  absl::Status String();
  template <int kLengthBytes>
  absl::Status Bytes();
  absl::Status ByteArray();

  // pickle_containers.cc
  absl::Status PushItems(PickleKind kind, Values items);
  template <PickleKind kKind>
  absl::Status Empty();
  template <PickleKind kKind>
  absl::Status FromMark();
  absl::Status FrozenSet();
  template <int kSize>
  absl::Status SmallTuple();
  absl::Status AddTo(PickleValue* target, const Values& items);
  absl::Status SetIn(PickleValue* target, const Values& entries);
  absl::Status Append();
  absl::Status Appends();
  absl::Status SetItem();
  absl::Status SetItems();
  absl::Status AddItems();

  // pickle_objects.cc
  absl::Status PushGlobal(std::string_view module, std::string_view name);
  absl::Status PushCall(const PickleValue* callable, const PickleValue* arguments);
  absl::Status PushOrderedDict(const PickleValue* callable, const Values& pairs);
  absl::Status Global();
  absl::Status StackGlobal();
  absl::Status Reduce();
  absl::Status NewObj();
  absl::Status PushInstance(const PickleValue* callable, const PickleValue* arguments);
  absl::Status NewObjEx();
  absl::Status Inst();
  absl::Status Obj();
  absl::Status Build();
  absl::Status PersistentLine();
  absl::Status Persistent();

  // Longer lines than any number, name or key that a pickler writes in text.
  static constexpr size_t kLongestLine = size_t{1} << 20;

  const PickleLimits limits_;
  PickleDocument document_;
  ByteReader reader_;
  size_t opcode_at_ = 0;
  bool stopped_ = false;
  Values stack_;
  std::vector<size_t> marks_;
  Values memo_;
  uint64_t memoized_ = 0;
  // One value each for what is repeated most; immutable.
  const PickleValue* none_ = nullptr;
  std::array<const PickleValue*, 2> bools_{};
  std::array<const PickleValue*, 256> small_ints_{};
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_PICKLE_PICKLE_MACHINE_H_
