#include "server/formats/safetensors/safetensors_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attacks/pickle_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

absl::StatusOr<SafetensorsHeader> Read(const std::string& json, size_t data) {
  const std::string bytes = testing::LittleEndian(json.size(), 8).append(json).append(data, '\0');
  return ReadSafetensorsHeader(*ByteSource::OverBytes(bytes));
}

std::string Entry(const char* dtype, const char* shape, const char* offsets) {
  return std::string(R"({"w":{"dtype":")") + dtype + R"(","shape":)" + shape +
         R"(,"data_offsets":)" + offsets + "}}";
}

std::string OnesOf(int dimensions) {
  std::string shape = "[1";
  for (int i = 1; i < dimensions; ++i) shape += ",1";
  return shape + "]";
}

TEST(SafetensorsHeader, ReadsARealFile) {
  SCONCE_ASSERT_OK_AND_ASSIGN(auto source,
                              ByteSource::OpenFile(testing::CorpusPath("zip/w.safetensors")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto header, ReadSafetensorsHeader(*source));
  ASSERT_EQ(header.tensors.size(), 1u);
  EXPECT_EQ(header.tensors[0].name, "w");
  EXPECT_EQ(header.tensors[0].dtype, "float32");
  EXPECT_THAT(header.tensors[0].shape, ElementsAre(2, 2));
}

TEST(SafetensorsHeader, KeepsMetadata) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto header, Read(R"({"__metadata__":{"format":"pt"}})", 0));
  EXPECT_THAT(header.metadata, ElementsAre(std::pair<std::string, std::string>("format", "pt")));
}

struct Bad {
  std::string json;
  size_t data;
  const char* message;
};

class SafetensorsLie : public ::testing::TestWithParam<Bad> {};

TEST_P(SafetensorsLie, IsRefused) {
  EXPECT_THAT(Read(GetParam().json, GetParam().data),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    All, SafetensorsLie,
    ::testing::Values(Bad{Entry("F32", "[2]", "[0,4]"), 4, "needs 8 bytes and has 4"},
                      Bad{Entry("F32", "[2]", "[0,8]"), 7, "truncated"},
                      Bad{Entry("F32", "[2]", "[0,8]"), 9, "truncated"},
                      Bad{Entry("F32", "[2]", "[4,12]"), 12, "a hole or an overlap"},
                      Bad{Entry("F32", "[2]", "[8,0]"), 8, "malformed"},
                      Bad{Entry("F32", "[-2]", "[0,8]"), 8, "malformed"},
                      Bad{Entry("F32", "[4294967296,4294967296]", "[0,8]"), 8,
                          "too large to be counted"},
                      Bad{Entry("F33", "[2]", "[0,8]"), 8, "unknown dtype"},
                      Bad{R"({"w":3})", 0, "lacks its dtype"}, Bad{"[1]", 0, "no JSON object"},
                      Bad{"{", 0, "damaged"}, Bad{std::string(200'000, '['), 0, "no JSON object"},
                      Bad{R"({"__metadata__":{"a":1}})", 0, "no text"},
                      Bad{R"({"w":1,"w":2})", 0, "\"w\" occurs twice"},
                      Bad{R"({"w":{"shape":[[1]]}})", 0, "nested deeper"},
                      Bad{std::string("{}\0 ", 4), 0, "damaged"},
                      Bad{Entry("U8", OnesOf(65).c_str(), "[0,1]"), 1, "65 dimensions"}));

TEST(SafetensorsHeader, HugeHeadersAreNotRead) {
  const std::string bytes = testing::LittleEndian(UINT64_MAX, 8).append("{}");
  EXPECT_THAT(ReadSafetensorsHeader(*ByteSource::OverBytes(bytes)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("announces")));
}

}  // namespace
}  // namespace sconce
