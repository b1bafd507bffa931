#include "server/formats/pickle/pickle_writer.h"

#include <cstring>
#include <utility>

#include "server/formats/text/utf8.h"

namespace sconce {

PickleWriter::PickleWriter() : out_("\x80\x02") {}

void PickleWriter::Global(std::string_view module, std::string_view name) {
  out_.push_back('c');
  out_.append(module).push_back('\n');
  out_.append(name).push_back('\n');
}

void PickleWriter::Int(int64_t value) {
  if (value >= 0 && value <= UINT8_MAX) {
    out_.push_back('K');
    LittleEndian(static_cast<uint64_t>(value), 1);
  } else if (value >= INT32_MIN && value <= INT32_MAX) {
    out_.push_back('J');
    LittleEndian(static_cast<uint64_t>(value), 4);
  } else {
    out_.append("\x8a\x08", 2);
    LittleEndian(static_cast<uint64_t>(value), 8);
  }
}

void PickleWriter::BigInt(std::string_view bytes) { Counted('\x8a', '\x8b', bytes); }

void PickleWriter::Bool(bool value) { out_.push_back(value ? '\x88' : '\x89'); }

void PickleWriter::Float(double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  out_.push_back('G');
  for (int i = 7; i >= 0; --i) out_.push_back(static_cast<char>(bits >> (8 * i)));  // big-endian
}

void PickleWriter::String(std::string_view text) {
  if (!IsUtf8(text, Surrogates::kAllowed)) return Counted('U', 'T', text);
  out_.push_back('X');
  LittleEndian(text.size(), 4);
  out_.append(text);
}

void PickleWriter::Bytes(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char byte : bytes) AppendUtf8(static_cast<uint8_t>(byte), text);
  Global("_codecs", "encode");
  String(text);
  String("latin1");
  Raw("\x86R");
}

std::string PickleWriter::Finish() && {
  out_.push_back('.');
  return std::move(out_);
}

void PickleWriter::LittleEndian(uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out_.push_back(static_cast<char>(value >> (8 * i)));
}

void PickleWriter::Counted(char narrow, char wide, std::string_view bytes) {
  const bool fits = bytes.size() <= UINT8_MAX;
  out_.push_back(fits ? narrow : wide);
  LittleEndian(bytes.size(), fits ? 1 : 4);
  out_.append(bytes);
}

void PickleWriter::Memo(char narrow, char wide, uint32_t index) {
  const bool fits = index <= UINT8_MAX;
  out_.push_back(fits ? narrow : wide);
  LittleEndian(index, fits ? 1 : 4);
}

}  // namespace sconce
