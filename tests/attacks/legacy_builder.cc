#include "tests/attacks/legacy_builder.h"

#include "tests/attacks/pickle_builder.h"

namespace sconce::testing {

std::string BuildLegacy(const std::string& object, const std::vector<LegacyStorage>& storages,
                        const LegacyShape& shape) {
  const std::string magic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12);
  std::string out = shape.magic.value_or(Pickle(magic));
  out += shape.version.value_or(Pickle("M\xe9\x03"));
  out += shape.system.value_or(Pickle(Dict({{"little_endian", "\x88"}})));
  out += object;
  std::string keys = "](";
  for (const LegacyStorage& storage : storages) keys += Text(storage.key);
  out += shape.keys.value_or(Pickle(keys + "e"));
  for (const LegacyStorage& storage : storages) {
    out += LittleEndian(storage.elements.value_or(storage.bytes.size() / 4), 8) + storage.bytes;
  }
  return out + shape.after;
}

std::string NestedStorage(const std::string& file) {
  return Call(Global("torch.storage", "_load_from_bytes"),
              {"B" + LittleEndian(file.size(), 4) + file});
}

}  // namespace sconce::testing
