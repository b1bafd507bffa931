// Writes the pickle that torch.save writes for an OrderedDict of tensors.

#ifndef SCONCE_SERVER_FORMATS_PICKLE_WRITER_H_
#define SCONCE_SERVER_FORMATS_PICKLE_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sconce {

// Protocol 2, without a memo: files grow a little, nothing else. Confined to one thread.
class PickleWriter {
 public:
  PickleWriter();

  void Global(std::string_view module, std::string_view name);
  void Int(int64_t value);
  void Bool(bool value);
  void String(std::string_view text);
  void Mark() { out_.push_back('('); }
  void Tuple() { out_.push_back('t'); }
  void EmptyTuple() { out_.push_back(')'); }
  void Reduce() { out_.push_back('R'); }
  void PersistentId() { out_.push_back('Q'); }
  void SetItems() { out_.push_back('u'); }
  void IntTuple(const std::vector<int64_t>& values);

  // Ends the pickle.
  std::string Finish() &&;

 private:
  void LittleEndian(uint64_t value, int bytes);

  std::string out_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_PICKLE_WRITER_H_
