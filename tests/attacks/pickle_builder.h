// Pickles written by hand. Each function gives the instructions that put one value on the stack.

#ifndef SCONCE_TESTS_ATTACKS_PICKLE_BUILDER_H_
#define SCONCE_TESTS_ATTACKS_PICKLE_BUILDER_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace sconce::testing {

std::string LittleEndian(uint64_t value, int bytes);

std::string Text(const std::string& text);
std::string Number(int64_t value);
std::string Global(const std::string& module, const std::string& name);
std::string Tuple(std::initializer_list<std::string> items);
std::string Numbers(const std::vector<int64_t>& values);
std::string Call(const std::string& callable, std::initializer_list<std::string> arguments);

struct TensorText {
  std::string storage_class = "FloatStorage";
  std::string key = "0";
  int64_t storage_elements = 4;
  int64_t offset = 0;
  std::vector<int64_t> shape = {2, 2};
  std::vector<int64_t> strides = {2, 1};
  std::string location = "cpu";
};

// A reference to a storage, and a tensor over it as torch.save writes it.
std::string Storage(const TensorText& tensor);
std::string Tensor(const TensorText& tensor);

// A dict of names to values.
std::string Dict(std::initializer_list<std::pair<std::string, std::string>> entries);

// A whole pickle of protocol 2.
std::string Pickle(const std::string& value);

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_ATTACKS_PICKLE_BUILDER_H_
