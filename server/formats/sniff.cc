#include "server/formats/sniff.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "server/base/byte_reader.h"

namespace sconce {
namespace {

bool StartsWith(std::string_view bytes, std::string_view prefix) {
  return bytes.substr(0, prefix.size()) == prefix;
}

// The first pickle of a legacy file is nothing but its magic number, 0x1950a86a20f9469cfc6c.
bool IsLegacyTorch(std::string_view head) {
  constexpr std::string_view kMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 13);
  if (head.size() < 15 || head[0] != '\x80') return false;
  // Protocol 4 and 5 put a frame around it.
  const size_t at = head.substr(0, 32).find(kMagic);
  return at == 2 || (at == 11 && head[2] == '\x95');
}

// Eight bytes of length, then JSON.
bool IsSafetensors(std::string_view head) {
  ByteReader reader(head);
  const auto length = reader.ReadU64();
  return length && *length >= 2 && *length < (uint64_t{1} << 40) && head.size() > 8 &&
         head[8] == '{' &&
         (head.size() < 10 || head[9] == '"' || head[9] == '}' || head[9] == ' ' ||
          head[9] == '\n');
}

bool IsTar(std::string_view head) { return head.size() >= 262 && head.substr(257, 5) == "ustar"; }

bool IsText(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 ? byte != 0x7f : (c == '\n' || c == '\r' || c == '\t' || c == '\f');
  });
}

// ModelProto: field 1 (IR version) small, then among the first fields a producer's name or the
// graph. Protobuf has no magic number, so this is a guess with some demands.
bool IsOnnx(std::string_view head) {
  if (head.size() < 16 || head[0] != '\x08' || head[1] < 1 || head[1] > 20) return false;
  const char next = head[2];
  if (next == '\x12') {  // producer_name: a short text
    const size_t size = static_cast<unsigned char>(head[3]);
    return size < 64 && head.size() > 4 + size && IsText(head.substr(4, size));
  }
  return next == '\x3a' || next == '\x42' || next == '\x1a';
}

bool IsPickle(std::string_view head) {
  if (head.size() >= 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5) return true;
  // Protocol 0 and 1 have no header: a mark or a global, then text.
  return StartsWith(head, "(dp") || StartsWith(head, "(lp") || StartsWith(head, "ccopy_reg\n") ||
         StartsWith(head, "ccollections\n") || StartsWith(head, "c__main__\n") ||
         StartsWith(head, "}q") || StartsWith(head, "]q");
}

}  // namespace

Container SniffContainer(std::string_view head) {
  if (head.empty()) return Container::kEmpty;
  if (StartsWith(head, "PK\3\4") || StartsWith(head, "PK\5\6")) return Container::kZip;
  if (IsLegacyTorch(head)) return Container::kLegacyTorch;
  if (StartsWith(head, "\x1f\x8b")) return Container::kGzip;
  if (StartsWith(head, "\x89HDF\r\n\x1a\n")) return Container::kHdf5;
  if (StartsWith(head, "\x93NUMPY")) return Container::kNumpy;
  if (IsTar(head)) return Container::kTar;
  // Its length may look like a pickle's first instruction; a pickle never looks like this.
  if (IsSafetensors(head)) return Container::kSafetensors;
  if (IsPickle(head)) return Container::kPickle;
  if (IsOnnx(head)) return Container::kOnnx;
  if (IsText(head.substr(0, kSniffBytes))) return Container::kText;
  return Container::kUnknown;
}

std::string_view ContainerName(Container container) {
  switch (container) {
    case Container::kEmpty:
      return "empty";
    case Container::kZip:
      return "zip";
    case Container::kLegacyTorch:
      return "legacy torch stream";
    case Container::kPickle:
      return "pickle";
    case Container::kSafetensors:
      return "safetensors";
    case Container::kGzip:
      return "gzip";
    case Container::kTar:
      return "tar";
    case Container::kHdf5:
      return "HDF5";
    case Container::kNumpy:
      return "numpy";
    case Container::kOnnx:
      return "ONNX";
    case Container::kText:
      return "text";
    case Container::kUnknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view ContainerPhrase(Container container) {
  switch (container) {
    case Container::kEmpty:
      return "an empty file";
    case Container::kZip:
      return "a zip file";
    case Container::kLegacyTorch:
      return "a torch.save file from before PyTorch 1.6 (or with "
             "_use_new_zipfile_serialization=False)";
    case Container::kPickle:
      return "a plain pickle";
    case Container::kSafetensors:
      return "a safetensors file";
    case Container::kGzip:
      return "gzip-compressed data";
    case Container::kTar:
      return "a tar archive";
    case Container::kHdf5:
      return "an HDF5 file (Keras writes these)";
    case Container::kNumpy:
      return "a numpy array";
    case Container::kOnnx:
      return "an ONNX model";
    case Container::kText:
      return "a text file";
    case Container::kUnknown:
      return "no format known here (or a damaged file)";
  }
  return "an unknown file";
}

}  // namespace sconce
