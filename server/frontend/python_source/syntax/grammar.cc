#include "server/frontend/python_source/syntax/grammar.h"

#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"

extern "C" const TSLanguage* tree_sitter_python();

namespace sconce::python {
namespace {

// Real files need 20 bytes for each of theirs and a tenth of a second for a megabyte; text made to
// be expensive, up to 200 bytes and some seconds.
constexpr size_t kMostMemory = size_t{768} << 20;
constexpr uint64_t kMostMicroseconds = 5'000'000;
constexpr uint64_t kMostMicrosecondsPerByte = 1;

// What tree-sitter holds on this thread. A parse that goes over its budget is told to stop: the
// parser looks at the flag every hundred steps.
struct Meter {
  size_t held = 0;
  size_t stop = 0;
};
thread_local Meter meter;

void* Count(void* memory) {
  meter.held += malloc_usable_size(memory);
  if (memory == nullptr) std::abort();  // as tree-sitter itself
  if (meter.held > kMostMemory) meter.stop = 1;
  return memory;
}
void Discount(void* memory) { meter.held -= malloc_usable_size(memory); }

void* Allocate(size_t size) { return Count(std::malloc(size)); }
void* AllocateZeros(size_t count, size_t size) { return Count(std::calloc(count, size)); }
void* Reallocate(void* memory, size_t size) {
  Discount(memory);
  return Count(std::realloc(memory, size));
}
void Free(void* memory) {
  Discount(memory);
  std::free(memory);
}

struct DeleteParser {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};

std::unique_ptr<TSParser, DeleteParser> NewParser() {
  [[maybe_unused]] static const bool kCounted = [] {
    ts_set_allocator(Allocate, AllocateZeros, Reallocate, Free);
    return true;
  }();
  std::unique_ptr<TSParser, DeleteParser> parser(ts_parser_new());
  ts_parser_set_language(parser.get(), tree_sitter_python());
  ts_parser_set_cancellation_flag(parser.get(), &meter.stop);
  return parser;
}

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(c) || c == '_' || !absl::ascii_isascii(c);
}

// Replaces one letter of each `word` that is a name because of what follows it.
template <typename IsName>
void Mask(std::string_view word, IsName is_name, std::string& text) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if (at > 0 && IsWordCharacter(text[at - 1])) continue;
    if (end < text.size() && IsWordCharacter(text[end])) continue;
    const size_t next = text.find_first_not_of(" \t", end);
    if (is_name(next == std::string::npos ? '\n' : text[next])) {
      text[at] = absl::ascii_toupper(text[at]);
    }
  }
}

// The grammar prefers statements where only names can be: type(self).count = 1 is a type alias to
// it. It is given other names there, of the same length; all text is read from the original.
std::string WithNamesMasked(std::string_view text) {
  std::string masked(text);
  const auto called = [](char next) { return next == '('; };
  Mask("print", called, masked);
  Mask("exec", called, masked);
  Mask(
      "type", [](char next) { return !IsWordCharacter(next); }, masked);
  return masked;
}

}  // namespace

Tree ParseToTree(std::string_view text) {
  const auto parser = NewParser();
  const std::string masked = WithNamesMasked(text);
  ts_parser_set_timeout_micros(parser.get(),
                               kMostMicroseconds + kMostMicrosecondsPerByte * text.size());
  meter.stop = 0;
  return Tree(ts_parser_parse_string(parser.get(), nullptr, masked.data(),
                                     static_cast<uint32_t>(masked.size())));
}

}  // namespace sconce::python
