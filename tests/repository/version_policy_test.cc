#include "server/repository/version_policy.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

namespace sconce {
namespace {

using Versions = std::set<int64_t>;

inference::ModelVersionPolicy Policy(const std::string& text) {
  inference::ModelVersionPolicy policy;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &policy));
  return policy;
}

struct ServeCase {
  std::string policy;
  Versions present, served;
};

TEST(VersionPolicy, PicksWhatToServe) {
  const ServeCase cases[] = {
      {"", {1, 2, 7}, {7}},
      {"", {}, {}},
      {"latest {}", {1, 2}, {2}},
      {"latest { num_versions: 2 }", {1, 2, 7}, {2, 7}},
      {"latest { num_versions: 9 }", {1, 2}, {1, 2}},
      {"all {}", {1, 2, 7}, {1, 2, 7}},
      {"specific { versions: [2, 1] }", {1, 2, 7}, {1, 2}},
      {"specific { versions: 5 }", {1, 2}, {5}},  // the loader says that it is missing
  };
  for (const ServeCase& c : cases) {
    EXPECT_EQ(VersionsToServe(Policy(c.policy), c.present), c.served) << c.policy;
  }
}

struct RetireCase {
  std::string policy;
  Versions ready;
  int64_t loaded;
  Versions retired;
};

TEST(VersionPolicy, PicksWhatToRetire) {
  const RetireCase cases[] = {
      {"", {1, 2}, 2, {1}},
      {"", {2}, 2, {}},
      {"", {1, 2, 3}, 2, {1}},  // a newer one stays
      {"", {1, 3}, 1, {}},      // so does an older one that was asked for
      {"latest { num_versions: 2 }", {1, 2, 3}, 3, {1}},
      {"latest { num_versions: 2 }", {2, 3}, 3, {}},
      {"all {}", {1, 2, 3}, 3, {}},
      {"specific { versions: 3 }", {1, 2, 3}, 3, {}},
  };
  for (const RetireCase& c : cases) {
    EXPECT_EQ(VersionsToRetire(Policy(c.policy), c.ready, c.loaded), c.retired)
        << c.policy << " loaded " << c.loaded;
  }
}

}  // namespace
}  // namespace sconce
