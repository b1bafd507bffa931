#include "tests/attacks/pickle_builder.h"

namespace sconce::testing {

std::string LittleEndian(uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

std::string Text(const std::string& text) { return "X" + LittleEndian(text.size(), 4) + text; }

std::string Number(int64_t value) {
  std::string out = "\x8a\x08";
  return out.append(LittleEndian(static_cast<uint64_t>(value), 8));
}

std::string Global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}

std::string Tuple(std::initializer_list<std::string> items) {
  std::string out = "(";
  for (const std::string& item : items) out += item;
  return out + "t";
}

std::string Numbers(const std::vector<int64_t>& values) {
  std::string out = "(";
  for (const int64_t value : values) out += Number(value);
  return out + "t";
}

std::string Call(const std::string& callable, std::initializer_list<std::string> arguments) {
  return callable + Tuple(arguments) + "R";
}

std::string Storage(const TensorText& tensor) {
  return Tuple({Text("storage"), Global("torch", tensor.storage_class), Text(tensor.key),
                Text(tensor.location), Number(tensor.storage_elements)}) +
         "Q";
}

std::string Tensor(const TensorText& tensor) {
  return Call(Global("torch._utils", "_rebuild_tensor_v2"),
              {Storage(tensor), Number(tensor.offset), Numbers(tensor.shape),
               Numbers(tensor.strides), "\x89", Call(Global("collections", "OrderedDict"), {})});
}

std::string Dict(std::initializer_list<std::pair<std::string, std::string>> entries) {
  std::string out = "}(";
  for (const auto& [name, value] : entries) out += Text(name) + value;
  return out + "u";
}

std::string Pickle(const std::string& value) {
  std::string out = "\x80\x02";
  out.append(value).push_back('.');
  return out;
}

}  // namespace sconce::testing
