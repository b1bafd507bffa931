#include "server/frontend/read_sources.h"

#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "server/base/status_macros.h"
#include "server/formats/io/sha256.h"
#include "server/frontend/torchscript/read_file.h"

namespace sconce {
namespace {

// As users and imports know it.
std::string NameIn(const std::string& root, const std::string& path) {
  if (root.empty() || !absl::StartsWith(path, root + "/")) return path;
  return path.substr(root.size() + 1);
}

}  // namespace

absl::StatusOr<NamedSources> ReadSources(const ModelSource& source) {
  NamedSources named;
  std::string all;  // every part behind its length, so that none can be taken for another
  const auto add = [&](std::string_view text) {
    all += std::to_string(text.size()) + ":";
    all += text;
  };
  for (const std::string& path : source.sources) {
    SCONCE_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    add(path);
    add(text);
    named.source.files.push_back({NameIn(source.root, path), std::move(text)});
  }
  add(source.class_name);
  add(source.init);
  for (const auto& [name, value] : source.definitions) {
    add(name);
    add(value);
  }
  named.source.class_name = source.class_name;
  named.source.arguments = source.init;
  named.source.definitions = source.definitions;
  SCONCE_ASSIGN_OR_RETURN(Sha256 digest, Sha256::Start());
  SCONCE_RETURN_IF_ERROR(digest.Add(all));
  SCONCE_ASSIGN_OR_RETURN(named.digest, digest.Finish());
  return named;
}

}  // namespace sconce
