#include "server/formats/pickle/pickle_machine.h"

#include <charconv>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/pickle/pickle_shape.h"

namespace sconce {

PickleMachine::PickleMachine(std::string bytes, const PickleLimits& limits)
    : limits_(limits), reader_(std::string_view()) {
  document_.bytes_ = std::make_unique<const std::string>(std::move(bytes));
  reader_ = ByteReader(*document_.bytes_);
}

absl::StatusOr<PickleDocument> PickleMachine::Run() {
  while (!stopped_) SCONCE_RETURN_IF_ERROR(Execute());
  SCONCE_RETURN_IF_ERROR(Finish());
  return std::move(document_);
}

absl::Status PickleMachine::Execute() {
  static const std::array<Handler, 256> kTable = MakeTable();
  opcode_at_ = reader_.position();
  const auto opcode = reader_.ReadU8();
  if (!opcode) return Error("ends without its STOP instruction");
  const Handler handler = kTable[*opcode];
  if (handler == nullptr) return Error(absl::StrFormat("unknown instruction 0x%02x", *opcode));
  return (this->*handler)();
}

absl::Status PickleMachine::Finish() {
  document_.consumed_ = reader_.position();
  const PickleShape shape = MeasurePickle(*document_.root_, document_.values_.size());
  if (shape.depth > limits_.max_depth) {
    return Error(absl::StrFormat("is nested %d levels deep; at most %d are read", shape.depth,
                                 limits_.max_depth));
  }
  if (shape.cyclic && !limits_.allow_cycles) return Error("holds a structure that contains itself");
  if (shape.expanded > limits_.max_expanded) {
    return Error(
        absl::StrFormat("repeats its parts into more than %d values", limits_.max_expanded));
  }
  return absl::OkStatus();
}

absl::Status PickleMachine::Error(std::string_view what) const {
  return absl::InvalidArgumentError(absl::StrFormat("pickle (at byte %d): %s", opcode_at_, what));
}

absl::StatusOr<PickleValue*> PickleMachine::New(PickleKind kind) {
  const size_t count = document_.values_.size();
  if (count >= limits_.max_values) {
    return Error(absl::StrFormat("holds more than %d values", limits_.max_values));
  }
  PickleValue& value = document_.values_.emplace_back();
  value.kind = kind;
  value.index = static_cast<uint32_t>(count);
  return &value;
}

absl::Status PickleMachine::Push(const PickleValue* value) {
  if (stack_.size() >= limits_.max_stack) {
    return Error(absl::StrFormat("piles up more than %d values", limits_.max_stack));
  }
  stack_.push_back(value);
  return absl::OkStatus();
}

absl::Status PickleMachine::PushNew(PickleKind kind, std::string_view text) {
  SCONCE_ASSIGN_OR_RETURN(PickleValue * value, New(kind));
  value->text = text;
  return Push(value);
}

absl::StatusOr<const PickleValue*> PickleMachine::Pop() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
    return Error("takes a value where there is none");
  }
  const PickleValue* top = stack_.back();
  stack_.pop_back();
  return top;
}

absl::StatusOr<PickleValue*> PickleMachine::Top() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
    return Error("changes a value where there is none");
  }
  return &document_.values_[stack_.back()->index];
}

absl::StatusOr<PickleMachine::Values> PickleMachine::PopToMark() {
  if (marks_.empty()) return Error("takes values back to a mark that was not set");
  const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  Values values(first, stack_.end());
  stack_.erase(first, stack_.end());
  marks_.pop_back();
  return values;
}

std::string_view PickleMachine::Keep(std::string text) {
  return document_.texts_.emplace_back(std::move(text));
}

absl::StatusOr<std::string_view> PickleMachine::Line(size_t longest) {
  const auto line = reader_.ReadLine(longest);
  if (!line) return Error("has a line without an end");
  return *line;
}

absl::StatusOr<uint64_t> PickleMachine::Length(int bytes) {
  const auto raw = reader_.ReadBytes(static_cast<uint64_t>(bytes));
  if (!raw) return Truncated();
  uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) value = value << 8 | static_cast<uint8_t>((*raw)[i]);
  return value;
}

absl::StatusOr<std::string_view> PickleMachine::Counted(int length_bytes) {
  SCONCE_ASSIGN_OR_RETURN(const uint64_t length, Length(length_bytes));
  const auto text = reader_.ReadBytes(length);
  if (text) return *text;
  return Error(
      absl::StrFormat("announces %d bytes of text, %d are left", length, reader_.remaining()));
}

absl::Status PickleMachine::Memoize(uint64_t index) {
  if (index >= limits_.max_memo) {
    return Error(absl::StrFormat("remembers a value under number %d; at most %d are kept", index,
                                 limits_.max_memo));
  }
  SCONCE_ASSIGN_OR_RETURN(PickleValue * top, Top());
  if (memo_.size() <= index) memo_.resize(index + 1, nullptr);
  memo_[index] = top;
  ++memoized_;
  return absl::OkStatus();
}

absl::Status PickleMachine::Recall(uint64_t index) {
  if (index >= memo_.size() || memo_[index] == nullptr) {
    return Error(absl::StrFormat("recalls value number %d, which was never remembered", index));
  }
  return Push(memo_[index]);
}

absl::Status PickleMachine::Proto() {
  SCONCE_ASSIGN_OR_RETURN(const uint64_t version, Length(1));
  if (version <= 5) return absl::OkStatus();
  return Error(absl::StrFormat("uses protocol %d; 0 to 5 are read", version));
}

absl::Status PickleMachine::Frame() { return Length(8).status(); }

absl::Status PickleMachine::Stop() {
  if (stack_.size() != 1 || !marks_.empty()) {
    return Error(absl::StrFormat("stops with %d values instead of one", stack_.size()));
  }
  document_.root_ = stack_.back();
  stopped_ = true;
  return absl::OkStatus();
}

absl::Status PickleMachine::Mark() {
  if (marks_.size() >= limits_.max_stack) return Error("sets too many marks");
  marks_.push_back(stack_.size());
  return absl::OkStatus();
}

absl::Status PickleMachine::PopOp() {
  // Python lets POP remove a mark that nothing follows.
  if (!marks_.empty() && marks_.back() == stack_.size()) {
    marks_.pop_back();
    return absl::OkStatus();
  }
  return Pop().status();
}

absl::Status PickleMachine::PopMarkOp() { return PopToMark().status(); }

absl::Status PickleMachine::Dup() {
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* top, Top());
  return Push(top);
}

namespace {

absl::StatusOr<uint64_t> ParseMemoNumber(std::string_view line) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error == std::errc() && end == line.data() + line.size()) return number;
  return absl::InvalidArgumentError("pickle: a memo number is no number");
}

}  // namespace

absl::Status PickleMachine::PutLine() {
  SCONCE_ASSIGN_OR_RETURN(const std::string_view line, Line());
  SCONCE_ASSIGN_OR_RETURN(const uint64_t index, ParseMemoNumber(line));
  return Memoize(index);
}

template <int kBytes>
absl::Status PickleMachine::Put() {
  SCONCE_ASSIGN_OR_RETURN(const uint64_t index, Length(kBytes));
  return Memoize(index);
}

absl::Status PickleMachine::GetLine() {
  SCONCE_ASSIGN_OR_RETURN(const std::string_view line, Line());
  SCONCE_ASSIGN_OR_RETURN(const uint64_t index, ParseMemoNumber(line));
  return Recall(index);
}

template <int kBytes>
absl::Status PickleMachine::Get() {
  SCONCE_ASSIGN_OR_RETURN(const uint64_t index, Length(kBytes));
  return Recall(index);
}

absl::Status PickleMachine::MemoizeOp() { return Memoize(memoized_); }

std::array<PickleMachine::Handler, 256> PickleMachine::MakeTable() {
  std::array<Handler, 256> table{};
  table[0x80] = &PickleMachine::Proto;
  table[0x95] = &PickleMachine::Frame;
  table['.'] = &PickleMachine::Stop;
  table['('] = &PickleMachine::Mark;
  table['0'] = &PickleMachine::PopOp;
  table['1'] = &PickleMachine::PopMarkOp;
  table['2'] = &PickleMachine::Dup;
  table['p'] = &PickleMachine::PutLine;
  table['q'] = &PickleMachine::Put<1>;
  table['r'] = &PickleMachine::Put<4>;
  table['g'] = &PickleMachine::GetLine;
  table['h'] = &PickleMachine::Get<1>;
  table['j'] = &PickleMachine::Get<4>;
  table[0x94] = &PickleMachine::MemoizeOp;
  AddScalars(table);
  AddContainers(table);
  AddObjects(table);
  return table;
}

}  // namespace sconce
