#include "server/repository/version_policy.h"

#include <algorithm>
#include <iterator>

namespace sconce {
namespace {

using inference::ModelVersionPolicy;

std::set<int64_t> Newest(const std::set<int64_t>& versions, uint32_t count) {
  const auto kept = std::min<size_t>(std::max<uint32_t>(count, 1), versions.size());
  return {std::prev(versions.end(), static_cast<std::ptrdiff_t>(kept)), versions.end()};
}

}  // namespace

std::set<int64_t> VersionsToServe(const ModelVersionPolicy& policy,
                                  const std::set<int64_t>& present) {
  switch (policy.policy_choice_case()) {
    case ModelVersionPolicy::kAll:
      return present;
    case ModelVersionPolicy::kSpecific:
      return {policy.specific().versions().begin(), policy.specific().versions().end()};
    case ModelVersionPolicy::kLatest:
    case ModelVersionPolicy::POLICY_CHOICE_NOT_SET:
      break;
  }
  return Newest(present, policy.latest().num_versions());
}

std::set<int64_t> VersionsToRetire(const ModelVersionPolicy& policy, const std::set<int64_t>& ready,
                                   int64_t loaded) {
  if (policy.has_all() || policy.has_specific()) return {};
  const std::set<int64_t> kept = Newest(ready, policy.latest().num_versions());
  std::set<int64_t> retired;
  for (const int64_t version : ready) {
    if (version < loaded && kept.count(version) == 0) retired.insert(version);
  }
  return retired;
}

}  // namespace sconce
