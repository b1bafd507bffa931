#include "client/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/npy_header.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

std::string File(const std::string& header, const std::string& data, char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes.append(
      {version, 0, static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)});
  if (version > 1) bytes.append(2, '\0');
  return bytes + header + data;
}

template <typename T>
std::string Bytes(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

std::string Header(const std::string& descr, const std::string& shape, bool fortran = false) {
  return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + shape + ", }\n";
}

TEST(Npy, ReadsEveryVersionOfTheFormat) {
  for (const char version : {1, 2, 3}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(
        const Tensor tensor,
        ParseNpy(File(Header("<f4", "(2, 1)"), Bytes<float>({1.5f, -2}), version)));
    EXPECT_EQ(tensor.datatype, "FP32");
    EXPECT_THAT(tensor.shape, ElementsAre(2, 1));
    EXPECT_THAT(*ValuesOf<float>(tensor), ElementsAre(1.5f, -2));
  }
  EXPECT_THAT(ParseNpy(File(Header("<f4", "()"), Bytes<float>({1}), 4)),
              StatusIs(kInvalid, HasSubstr("version")));
}

TEST(Npy, WritesWhatItReadsForEveryDatatype) {
  for (const char* datatype : {"BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16",
                               "INT32", "INT64", "FP16", "FP32", "FP64"}) {
    Tensor tensor{"x", datatype, {3}, std::string(3 * ElementSize(datatype), '\1'), {}};
    SCONCE_ASSERT_OK_AND_ASSIGN(const std::string bytes, FormatNpy(tensor));
    EXPECT_EQ((bytes.size() - tensor.bytes.size()) % 64, 0) << "NumPy aligns the data";
    SCONCE_ASSERT_OK_AND_ASSIGN(const Tensor back, ParseNpy(bytes));
    EXPECT_EQ(back.datatype, datatype);
    EXPECT_EQ(back.shape, tensor.shape);
    EXPECT_EQ(back.bytes, tensor.bytes);
  }
}

TEST(Npy, FortranOrderBecomesRowMajor) {
  // [[0,1,2],[3,4,5]] column by column.
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const Tensor tensor,
      ParseNpy(File(Header("<i4", "(2, 3)", true), Bytes<int32_t>({0, 3, 1, 4, 2, 5}))));
  EXPECT_THAT(*ValuesOf<int32_t>(tensor), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Npy, FortranOrderOfThreeDimensions) {
  // element [i][j][k] = 100 i + 10 j + k of shape (2, 3, 2)
  std::vector<int16_t> column_major;
  std::vector<int16_t> row_major;
  for (int k = 0; k < 2; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 2; ++i) column_major.push_back(100 * i + 10 * j + k);
    }
  }
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) {
      for (int k = 0; k < 2; ++k) row_major.push_back(100 * i + 10 * j + k);
    }
  }
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const Tensor tensor, ParseNpy(File(Header("<i2", "(2, 3, 2)", true), Bytes(column_major))));
  EXPECT_EQ(*ValuesOf<int16_t>(tensor), row_major);
}

TEST(Npy, BigEndianIsTurnedRound) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const Tensor tensor,
      ParseNpy(File(Header(">i2", "(2,)"), std::string("\x01\x02\xff\xfe", 4))));
  EXPECT_THAT(*ValuesOf<int16_t>(tensor), ElementsAre(0x0102, -2));
}

TEST(Npy, ScalarsAndEmptyArrays) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const Tensor scalar,
                              ParseNpy(File(Header("<f8", "()"), Bytes<double>({2}))));
  EXPECT_THAT(scalar.shape, ElementsAre());
  SCONCE_ASSERT_OK_AND_ASSIGN(const Tensor empty,
                              ParseNpy(File(Header("<f8", "(0, 3)", true), "")));
  EXPECT_THAT(empty.shape, ElementsAre(0, 3));
}

TEST(Npy, RefusesDataThatDisagreesWithTheHeader) {
  const std::string header = Header("<f4", "(2,)");
  EXPECT_THAT(ParseNpy(File(header, Bytes<float>({1}))), StatusIs(kInvalid, HasSubstr("4 bytes")));
  EXPECT_THAT(
      ParseNpy(File(header, Bytes<float>({1, 2, 3}))),
      StatusIs(kInvalid, HasSubstr("FP32[2] needs 2 elements of 4 bytes, the file has 12")));
}

TEST(Npy, RefusesShapesThatOverflow) {
  EXPECT_THAT(ParseNpy(File(Header("<f8", "(4611686018427387904,)"), "")),
              StatusIs(kInvalid, HasSubstr("4611686018427387904")));
  EXPECT_THAT(ParseNpy(File(Header("<f8", "(4294967296, 4294967296)"), "")),
              StatusIs(kInvalid, HasSubstr("63 bits")));
  EXPECT_THAT(ParseNpy(File(Header("<f8", "(99999999999999999999,)"), "")),
              StatusIs(kInvalid, HasSubstr("tuple of sizes")));
  EXPECT_THAT(ParseNpy(File(Header("<f8", "(-1,)"), "")),
              StatusIs(kInvalid, HasSubstr("tuple of sizes")));
}

TEST(Npy, RefusesElementTypesItCannotSend) {
  EXPECT_THAT(ParseNpy(File(Header("<U5", "(1,)"), std::string(20, 'a'))),
              StatusIs(kInvalid, HasSubstr("JSON")));
  EXPECT_THAT(ParseNpy(File(Header("|O", "(1,)"), "")), StatusIs(kInvalid, HasSubstr("'|O'")));
  EXPECT_THAT(ParseNpy(File(Header("<c8", "(1,)"), std::string(8, 'a'))),
              StatusIs(kInvalid, HasSubstr("'<c8'")));
  EXPECT_THAT(ParseNpy(File("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", "")),
              StatusIs(kInvalid, HasSubstr("structures")));
}

TEST(Npy, RefusesEveryTruncation) {
  const std::string file = File(Header("<f4", "(2,)"), Bytes<float>({1, 2}));
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_THAT(ParseNpy(file.substr(0, size)), StatusIs(kInvalid, ::testing::_)) << size;
  }
}

TEST(Npy, HeaderMustFitTheFile) {
  std::string file = File(Header("<f4", "()"), "", 2);
  file[10] = 0x7f;  // 8 MB of header
  EXPECT_THAT(ParseNpy(file), StatusIs(kInvalid, HasSubstr("cut off or too long")));
}

TEST(Npy, WritesBfloat16AsFloat32) {
  Tensor tensor{"x", "BF16", {1}, std::string("\xc0\x3f", 2), {}};
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string bytes, FormatNpy(tensor));
  SCONCE_ASSERT_OK_AND_ASSIGN(const Tensor back, ParseNpy(bytes));
  EXPECT_THAT(*ValuesOf<float>(back), ElementsAre(1.5f));
}

TEST(Npy, RefusesToWriteStrings) {
  EXPECT_THAT(FormatNpy(Tensor{"s", "BYTES", {1}, {}, {"a"}}),
              StatusIs(kInvalid, HasSubstr("use JSON")));
}

TEST(Npy, FileErrorsNameThePath) {
  EXPECT_THAT(ReadNpy("/nowhere/x.npy"),
              StatusIs(absl::StatusCode::kNotFound, StartsWith("/nowhere/x.npy")));
  const std::string path = ::testing::TempDir() + "/npy_test.npy";
  const auto tensor = MakeTensor<float>("x", {2}, {1, 2});
  SCONCE_ASSERT_OK(WriteNpy(tensor, path));
  SCONCE_ASSERT_OK_AND_ASSIGN(const Tensor back, ReadNpy(path));
  EXPECT_EQ(back.bytes, tensor.bytes);
  EXPECT_THAT(std::string(ReadNpy(::testing::TempDir()).status().message()),
              HasSubstr(::testing::TempDir()));
}

TEST(NpyHeader, TakesThePythonSpellings) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const NpyHeader header,
      ParseNpyHeader("{\"shape\": (3L, 4L), 'fortran_order': True, 'descr': '<f4'}   \n"));
  EXPECT_THAT(header.shape, ElementsAre(3, 4));
  EXPECT_TRUE(header.fortran_order);
}

TEST(NpyHeader, RefusesEverythingElse) {
  for (const char* text : {"", "{}", "{'descr': '<f4', 'fortran_order': False}",
                           "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
                           "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
                           "{'descr': '<f4', 'fortran_order': False, 'shape': (1}",
                           "{'descr': '<f4, 'fortran_order': False, 'shape': ()}",
                           "{'descr': '<f4', 'fortran_order': False, 'shape': (1+1,)}",
                           "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}",
                           "{'descr': '<f4', 'fortran_order': False, 'shape': ()} + {}"}) {
    EXPECT_THAT(ParseNpyHeader(text), StatusIs(kInvalid, ::testing::_)) << text;
  }
}

}  // namespace
}  // namespace sconce
