#include "server/formats/sniff.h"

#include <gtest/gtest.h>

#include "tests/formats/temporary_folder.h"

namespace sconce {
namespace {

using testing::CorpusPath;
using testing::ReadFile;

TEST(Sniff, ContentDecides) {
  EXPECT_EQ(SniffContainer(ReadFile(CorpusPath("zip/weights.pth"))), Container::kZip);
  EXPECT_EQ(SniffContainer(ReadFile(CorpusPath("zip/legacy.pth"))), Container::kLegacyTorch);
  EXPECT_EQ(SniffContainer(ReadFile(CorpusPath("zip/w.safetensors"))), Container::kSafetensors);
  for (const char* protocol : {"2", "3", "4", "5"}) {
    EXPECT_EQ(SniffContainer(ReadFile(CorpusPath(std::string("pickle/plain") + protocol + ".pkl"))),
              Container::kPickle);
  }
  EXPECT_EQ(SniffContainer(ReadFile(CorpusPath("pickle/plain0.pkl"))), Container::kPickle);
  // A header of 0x280 bytes: a pickle of protocol 2 begins with the same two.
  EXPECT_EQ(SniffContainer(std::string("\x80\x02\0\0\0\0\0\0{\"", 10) + std::string(640, ' ')),
            Container::kSafetensors);
  EXPECT_EQ(SniffContainer(""), Container::kEmpty);
  EXPECT_EQ(SniffContainer("\x1f\x8b\x08"), Container::kGzip);
  EXPECT_EQ(SniffContainer("\x89HDF\r\n\x1a\n"), Container::kHdf5);
  EXPECT_EQ(SniffContainer("\x93NUMPY\x01"), Container::kNumpy);
  EXPECT_EQ(SniffContainer("\x08\x08\x12\x07pytorch\x1a\x05"
                           "2.1.0:"),
            Container::kOnnx);
  EXPECT_EQ(SniffContainer("import torch\n"), Container::kText);
  EXPECT_EQ(SniffContainer("\x7f"
                           "ELF\x02\x01\x01"),
            Container::kUnknown);
}

TEST(Sniff, ATarIsKnownByItsHeader) {
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");
  EXPECT_EQ(SniffContainer(tar), Container::kTar);
}

TEST(Sniff, EveryContainerHasAName) {
  for (int i = 0; i <= static_cast<int>(Container::kUnknown); ++i) {
    EXPECT_NE(ContainerName(static_cast<Container>(i)), "");
    EXPECT_NE(ContainerPhrase(static_cast<Container>(i)), "");
  }
}

}  // namespace
}  // namespace sconce
