#include "tests/attacks/zip_builder.h"

namespace sconce::testing {
namespace {

void Put(uint64_t value, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t Narrow(const ZipPiece& piece, uint64_t value) { return piece.zip64 ? 0xffffffff : value; }

void PutLocal(const ZipPiece& piece, std::string& out) {
  const std::string& name = piece.local_name.value_or(piece.name);
  Put(0x04034b50, 4, out);
  Put(20, 2, out);
  Put(piece.local_flags.value_or(piece.flags), 2, out);
  Put(piece.local_method.value_or(piece.method), 2, out);
  Put(0, 4, out);
  Put(piece.local_crc.value_or(piece.crc.value_or(Crc32(piece.data))), 4, out);
  Put(Narrow(piece, piece.compressed_size.value_or(piece.data.size())), 4, out);
  Put(Narrow(piece, piece.size.value_or(piece.data.size())), 4, out);
  Put(name.size(), 2, out);
  Put(piece.local_extra.size(), 2, out);
  out += name + piece.local_extra + piece.data;
}

void PutCentral(const ZipPiece& piece, uint64_t offset, std::string& out) {
  const uint64_t size = piece.size.value_or(piece.data.size());
  const uint64_t compressed = piece.compressed_size.value_or(piece.data.size());
  const uint64_t header = piece.header_offset.value_or(offset);
  Put(0x02014b50, 4, out);
  Put(20, 2, out);
  Put(20, 2, out);
  Put(piece.flags, 2, out);
  Put(piece.method, 2, out);
  Put(0, 4, out);
  Put(piece.crc.value_or(Crc32(piece.data)), 4, out);
  Put(Narrow(piece, compressed), 4, out);
  Put(Narrow(piece, size), 4, out);
  Put(piece.name.size(), 2, out);
  Put(piece.zip64 ? 28 : 0, 2, out);
  Put(0, 6, out);
  Put(0, 4, out);
  Put(Narrow(piece, header), 4, out);
  out += piece.name;
  if (!piece.zip64) return;
  Put(1, 2, out);
  Put(24, 2, out);
  Put(size, 8, out);
  Put(compressed, 8, out);
  Put(header, 8, out);
}

void PutZip64End(const ZipShape& shape, size_t entries, uint64_t size, uint64_t offset,
                 std::string& out) {
  const uint64_t position = out.size();
  Put(0x06064b50, 4, out);
  Put(44, 8, out);
  Put(45, 2, out);
  Put(45, 2, out);
  Put(0, 8, out);
  Put(shape.zip64_entries.value_or(entries), 8, out);
  Put(shape.zip64_entries.value_or(entries), 8, out);
  Put(size, 8, out);
  Put(shape.zip64_directory_offset.value_or(offset), 8, out);
  Put(0x07064b50, 4, out);
  Put(0, 4, out);
  Put(position, 8, out);
  Put(1, 4, out);
}

void PutEnd(const ZipShape& shape, size_t entries, uint64_t size, uint64_t offset,
            std::string& out) {
  Put(0x06054b50, 4, out);
  Put(0, 4, out);
  Put(shape.entries.value_or(static_cast<uint16_t>(entries)), 2, out);
  Put(shape.entries.value_or(static_cast<uint16_t>(entries)), 2, out);
  Put(shape.directory_size.value_or(static_cast<uint32_t>(size)), 4, out);
  Put(shape.directory_offset.value_or(static_cast<uint32_t>(offset)), 4, out);
  Put(shape.comment.size(), 2, out);
  out += shape.comment;
}

std::vector<ZipPiece> TorchPieces(std::string_view pickle,
                                  const std::vector<std::string>& storages) {
  std::vector<ZipPiece> pieces;
  pieces.push_back({"a/data.pkl", std::string(pickle)});
  pieces.push_back({"a/byteorder", "little"});
  for (size_t i = 0; i < storages.size(); ++i) {
    pieces.push_back({"a/data/" + std::to_string(i), storages[i]});
  }
  pieces.push_back({"a/version", "3\n"});
  return pieces;
}

}  // namespace

std::string BuildZip(const std::vector<ZipPiece>& pieces, const ZipShape& shape) {
  std::string out = shape.before;
  std::vector<uint64_t> offsets;
  for (const ZipPiece& piece : pieces) {
    offsets.push_back(out.size());
    PutLocal(piece, out);
  }
  const uint64_t directory = out.size();
  for (size_t i = 0; i < pieces.size(); ++i) PutCentral(pieces[i], offsets[i], out);
  const uint64_t size = out.size() - directory;
  out += shape.between;
  if (shape.zip64_end) PutZip64End(shape, pieces.size(), size, directory, out);
  PutEnd(shape, pieces.size(), size, directory, out);
  return out + shape.after;
}

std::string BuildTorchZip(std::string_view pickle, const std::vector<std::string>& storages) {
  return BuildZip(TorchPieces(pickle, storages));
}

std::string BuildTorchScriptZip(std::string_view pickle, const std::vector<std::string>& storages) {
  std::vector<ZipPiece> pieces = TorchPieces(pickle, storages);
  pieces.push_back({"a/constants.pkl", "\x80\x02)."});
  pieces.push_back({"a/code/__torch__.py", "class Net(Module):\n  __parameters__ = []\n"});
  return BuildZip(pieces);
}

uint32_t Crc32(std::string_view bytes) {
  uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

}  // namespace sconce::testing
