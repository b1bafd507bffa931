// Legacy torch streams written by hand, part by part, so that a test can lie in any of them.

#ifndef SCONCE_TESTS_ATTACKS_LEGACY_BUILDER_H_
#define SCONCE_TESTS_ATTACKS_LEGACY_BUILDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sconce::testing {

struct LegacyStorage {
  std::string key = "0";
  std::string bytes = std::string(16, '\x01');
  std::optional<uint64_t> elements = {};  // of four bytes, when nothing is said
};

// Each of these is a whole pickle.
struct LegacyShape {
  std::optional<std::string> magic = {};
  std::optional<std::string> version = {};
  std::optional<std::string> system = {};
  std::optional<std::string> keys = {};
  std::string after = {};
};

std::string BuildLegacy(const std::string& object, const std::vector<LegacyStorage>& storages,
                        const LegacyShape& shape = {});

// pickle.dump of a storage: a call that is given `file`.
std::string NestedStorage(const std::string& file);

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_ATTACKS_LEGACY_BUILDER_H_
