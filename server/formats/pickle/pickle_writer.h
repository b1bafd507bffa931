// Pickle instructions, one by one, in protocol 2: the one that torch.save writes and that
// torch.load(weights_only=True) reads.

#ifndef SCONCE_SERVER_FORMATS_PICKLE_PICKLE_WRITER_H_
#define SCONCE_SERVER_FORMATS_PICKLE_PICKLE_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace sconce {

// Confined to one thread.
class PickleWriter {
 public:
  PickleWriter();

  void None() { out_.push_back('N'); }
  void Bool(bool value);
  void Int(int64_t value);
  // Two's complement, little-endian.
  void BigInt(std::string_view bytes);
  void Float(double value);
  // Text that is no UTF-8 becomes a Python 2 string, which it must have been.
  void String(std::string_view text);
  // As Python 3 writes them in protocol 2: a call that makes them of text.
  void Bytes(std::string_view bytes);
  void Global(std::string_view module, std::string_view name);

  // Instructions without operands.
  void Raw(std::string_view instructions) { out_.append(instructions); }

  // The value on top, from and to the memo.
  void Put(uint32_t index) { Memo('q', 'r', index); }
  void Get(uint32_t index) { Memo('h', 'j', index); }

  size_t size() const { return out_.size(); }
  // Ends the pickle.
  std::string Finish() &&;

 private:
  void LittleEndian(uint64_t value, int bytes);
  void Counted(char narrow, char wide, std::string_view bytes);
  void Memo(char narrow, char wide, uint32_t index);

  std::string out_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_PICKLE_PICKLE_WRITER_H_
