#include "client/cli/write_outputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "client/file_bytes.h"
#include "client/npy.h"
#include "tests/testing/status_matchers.h"

namespace sconce::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

class WriteOutputsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }

  const std::string folder_ = ::testing::TempDir() + "/write_outputs_test";
  const Tensor a_ = MakeTensor<float>("a", {1}, {1});
  const Tensor b_ = MakeTensor<float>("b", {2}, {2, 3});
};

TEST_F(WriteOutputsTest, NpyTakesTheOnlyOutput) {
  const std::string path = folder_ + "/x.npy";
  EXPECT_THAT(*WriteOutputs({"m", "1", "", {a_}}, path), ElementsAre(path));
  EXPECT_EQ(ReadNpy(path)->bytes, a_.bytes);
  EXPECT_THAT(WriteOutputs({"m", "1", "", {a_, b_}}, path),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the answer has 2")));
}

TEST_F(WriteOutputsTest, FolderTakesEachUnderItsName) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto files,
                              WriteOutputs({"m", "1", "", {a_, b_}}, folder_ + "/new/"));
  EXPECT_EQ(files.size(), 2);
  EXPECT_EQ(ReadNpy(folder_ + "/new/b.npy")->bytes, b_.bytes);
}

TEST_F(WriteOutputsTest, OutputNamesCannotLeaveTheFolder) {
  for (const char* name : {"../x", "a/b", "", "..", ".hidden"}) {
    Tensor evil = a_;
    evil.name = name;
    EXPECT_THAT(WriteOutputs({"m", "1", "", {evil}}, folder_),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("can't be a file name")));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(WriteOutputsTest, JsonTakesAll) {
  const std::string path = folder_ + "/x.json";
  SCONCE_ASSERT_OK(WriteOutputs({"m", "1", "", {a_, b_}}, path));
  const auto json = nlohmann::json::parse(*ReadFileBytes(path));
  EXPECT_EQ(json["outputs"][1]["data"].dump(), "[2.0,3.0]");
  EXPECT_EQ(json["outputs"][1]["datatype"], "FP32");
}

TEST_F(WriteOutputsTest, RefusesOtherPlaces) {
  EXPECT_THAT(
      WriteOutputs({"m", "1", "", {a_}}, folder_ + "/x.txt"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("FILE.npy, FILE.json or FOLDER/")));
}

}  // namespace
}  // namespace sconce::cli
