#include "server/formats/pickle_writer.h"

#include <utility>

namespace sconce {

PickleWriter::PickleWriter() : out_("\x80\x02") {}

void PickleWriter::Global(std::string_view module, std::string_view name) {
  out_.push_back('c');
  out_.append(module).push_back('\n');
  out_.append(name).push_back('\n');
}

void PickleWriter::Int(int64_t value) {
  if (value >= INT32_MIN && value <= INT32_MAX) {
    out_.push_back('J');
    LittleEndian(static_cast<uint64_t>(value), 4);
  } else {
    out_.append("\x8a\x08", 2);
    LittleEndian(static_cast<uint64_t>(value), 8);
  }
}

void PickleWriter::Bool(bool value) { out_.push_back(value ? '\x88' : '\x89'); }

void PickleWriter::String(std::string_view text) {
  out_.push_back('X');
  LittleEndian(text.size(), 4);
  out_.append(text);
}

void PickleWriter::IntTuple(const std::vector<int64_t>& values) {
  Mark();
  for (const int64_t value : values) Int(value);
  Tuple();
}

std::string PickleWriter::Finish() && {
  out_.push_back('.');
  return std::move(out_);
}

void PickleWriter::LittleEndian(uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out_.push_back(static_cast<char>(value >> (8 * i)));
}

}  // namespace sconce
