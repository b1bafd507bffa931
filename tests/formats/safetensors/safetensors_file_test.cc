#include "server/formats/safetensors/safetensors_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attacks/weights_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/formats/torch_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::ElementBytes;
using ::testing::ElementsAre;

TEST(SafetensorsFile, ARealFileGivesItsTensors) {
  SCONCE_ASSERT_OK_AND_ASSIGN(std::shared_ptr<const ByteSource> source,
                              ByteSource::OpenFile(testing::CorpusPath("zip/w.safetensors")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto file, OpenSafetensors(source));
  ASSERT_EQ(file.tensors.size(), 1u);
  EXPECT_EQ(file.tensors[0].dtype->name, "float32");
  EXPECT_THAT(file.tensors[0].shape, ElementsAre(2, 2));
  EXPECT_THAT(file.tensors[0].strides, ElementsAre(2, 1));
  EXPECT_TRUE(file.tensors[0].whole());
  const float ones[] = {1, 1, 1, 1};
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string bytes, ElementBytes(file.tensors[0]));
  EXPECT_EQ(bytes, std::string(reinterpret_cast<const char*>(ones), sizeof ones));
}

TEST(SafetensorsFile, EachTensorHasTheBytesOfItsRange) {
  const std::string bytes = testing::SafetensorsOf({{"b", {1, 2}}, {"a", {3}}, {"none", {}}});
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto file, OpenSafetensors(ByteSource::Owning(bytes)));
  ASSERT_EQ(file.tensors.size(), 3u);
  EXPECT_EQ(file.tensors[1].name, "a");
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string a, ElementBytes(file.tensors[1]));
  const float three = 3;
  EXPECT_EQ(a, std::string(reinterpret_cast<const char*>(&three), sizeof three));
  EXPECT_EQ(file.tensors[2].bytes(), 0u);
}

}  // namespace
}  // namespace sconce
