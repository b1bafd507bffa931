// Legacy torch streams and plain pickles that lie.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/base/status_macros.h"
#include "server/formats/torch/torch_file.h"
#include "tests/attacks/legacy_builder.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::BuildLegacy;
using testing::Call;
using testing::Dict;
using testing::Global;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::LegacyShape;
using testing::LegacyStorage;
using testing::LittleEndian;
using testing::NestedStorage;
using testing::Number;
using testing::Numbers;
using testing::Pickle;
using testing::StatusIs;
using testing::Storage;
using testing::Tensor;
using testing::TensorText;
using testing::Text;
using testing::Tuple;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

// Opens, reads what the file's one value stands for, and all the rest.
absl::Status ReadEverything(std::shared_ptr<const ByteSource> source) {
  SCONCE_ASSIGN_OR_RETURN(const auto file, TorchFile::Open(std::move(source)));
  SCONCE_ASSIGN_OR_RETURN(const StoredTensor tensor, file->TensorOf(file->root()));
  SCONCE_RETURN_IF_ERROR(tensor.storage->Stream([](std::string_view) { return absl::OkStatus(); }));
  return file->Digest().status();
}

absl::Status ReadEverything(const std::string& bytes) {
  return ReadEverything(ByteSource::Owning(bytes));
}

std::string ATensor() { return Pickle(Tensor({})); }

// A storage that is said to be elements `offset` to `offset + size` of one of 4.
std::string ViewStorage(int64_t offset, int64_t size) {
  return Tuple({Text("storage"), Global("torch", "FloatStorage"), Text("0"), Text("cpu"), Number(4),
                Tuple({Text("v"), Number(offset), Number(size)})}) +
         "Q";
}

std::string TensorOver(const std::string& storage, std::vector<int64_t> shape) {
  return Call(Global("torch._utils", "_rebuild_tensor"),
              {storage, Number(0), Numbers(shape), Numbers({1})});
}

TEST(LegacyAttack, TheHonestStreamIsRead) {
  EXPECT_THAT(ReadEverything(BuildLegacy(ATensor(), {{}})), IsOk());
}

TEST(LegacyAttack, EveryTruncationIsRefused) {
  const std::string bytes = BuildLegacy(ATensor(), {{}});
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ReadEverything(bytes.substr(0, size)).ok()) << "cut at " << size;
  }
}

TEST(LegacyAttack, BytesBehindTheLastStorage) {
  LegacyShape shape;
  shape.after = "x";
  EXPECT_THAT(ReadEverything(BuildLegacy(ATensor(), {{}}, shape)),
              StatusIs(kInvalid, HasSubstr("goes on for 1 bytes")));
}

TEST(LegacyAttack, OtherVersionsAndByteOrders) {
  LegacyShape shape;
  shape.version = Pickle("M\xea\x03");
  EXPECT_THAT(ReadEverything(BuildLegacy(ATensor(), {{}}, shape)),
              StatusIs(kPrecondition, HasSubstr("version is 1002")));
  shape = {};
  shape.system = Pickle(Dict({{"little_endian", "\x89"}}));
  EXPECT_THAT(ReadEverything(BuildLegacy(ATensor(), {{}}, shape)),
              StatusIs(kPrecondition, HasSubstr("big-endian")));
  shape.system = Pickle("N");
  EXPECT_THAT(ReadEverything(BuildLegacy(ATensor(), {{}}, shape)),
              StatusIs(kInvalid, HasSubstr("system information")));
}

TEST(LegacyAttack, ElementCountsOtherThanThePickleSays) {
  for (const uint64_t count : {uint64_t{3}, uint64_t{5}, uint64_t{1} << 62, UINT64_MAX}) {
    LegacyStorage storage;
    storage.elements = count;
    EXPECT_THAT(ReadEverything(BuildLegacy(ATensor(), {storage})),
                StatusIs(kInvalid, HasSubstr("the object's pickle says 4")));
  }
}

TEST(LegacyAttack, HugeStoragesAllocateNothing) {
  TensorText tensor;
  tensor.storage_elements = int64_t{1} << 50;
  LegacyStorage storage;
  storage.elements = uint64_t{1} << 50;
  EXPECT_THAT(ReadEverything(BuildLegacy(Pickle(Tensor(tensor)), {storage})),
              StatusIs(kInvalid, HasSubstr("16 are left in the file")));
  tensor.storage_elements = INT64_MAX;
  EXPECT_THAT(ReadEverything(BuildLegacy(Pickle(Tensor(tensor)), {storage})),
              StatusIs(kInvalid, HasSubstr("impossible size")));
}

TEST(LegacyAttack, KeysThatOccurTwiceOrNowhere) {
  EXPECT_THAT(ReadEverything(BuildLegacy(ATensor(), {{}, {}})),
              StatusIs(kInvalid, HasSubstr("twice")));
  LegacyStorage other;
  other.key = "1";
  EXPECT_THAT(ReadEverything(BuildLegacy(ATensor(), {{}, other})),
              StatusIs(kInvalid, HasSubstr("nothing refers to")));
  EXPECT_THAT(ReadEverything(BuildLegacy(ATensor(), {})),
              StatusIs(kInvalid, HasSubstr("names 1 storages and holds 0")));
  LegacyShape shape;
  shape.keys = Pickle("N");
  EXPECT_THAT(ReadEverything(BuildLegacy(ATensor(), {{}}, shape)),
              StatusIs(kInvalid, HasSubstr("listed by None")));
}

TEST(LegacyAttack, OneStorageWithTwoSizes) {
  TensorText larger;
  larger.storage_elements = 400;
  const std::string object = Pickle(Dict({{"a", Tensor({})}, {"b", Tensor(larger)}}));
  EXPECT_THAT(ReadEverything(BuildLegacy(object, {{}})),
              StatusIs(kInvalid, HasSubstr("with 16 bytes and with 1600")));
}

TEST(LegacyAttack, ViewsBeyondTheirRoot) {
  EXPECT_THAT(ReadEverything(BuildLegacy(Pickle(TensorOver(ViewStorage(1, 3), {3})), {{}})),
              IsOk());
  for (const auto& [offset, size] : {std::pair<int64_t, int64_t>(1, 4),
                                     {5, 0},
                                     {INT64_MAX, 1},
                                     {0, INT64_MAX},
                                     {-1, 2},
                                     {1, -1}}) {
    EXPECT_THAT(
        ReadEverything(BuildLegacy(Pickle(TensorOver(ViewStorage(offset, size), {1})), {{}})),
        StatusIs(kInvalid, HasSubstr("reaches outside")))
        << offset << " " << size;
  }
  EXPECT_THAT(ReadEverything(BuildLegacy(Pickle(TensorOver(ViewStorage(1, 2), {3})), {{}})),
              StatusIs(kInvalid, HasSubstr("reaches outside its storage")));
}

// A file whose size was taken before somebody cut it.
class ShrinkingSource final : public ByteSource {
 public:
  ShrinkingSource(std::string bytes, size_t left) : bytes_(std::move(bytes)), left_(left) {}
  uint64_t size() const override { return bytes_.size(); }
  absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const override {
    if (offset + size > left_) return absl::OutOfRangeError("past the end");
    std::copy_n(bytes_.data() + offset, size, static_cast<char*>(destination));
    return absl::OkStatus();
  }

 private:
  const std::string bytes_;
  const size_t left_;
};

TEST(LegacyAttack, AFileThatShrinksWhileItIsRead) {
  const std::string legacy = BuildLegacy(ATensor(), {{}});
  const std::string zip = testing::BuildTorchZip(ATensor(), {std::string(16, '\1')});
  const std::string large = BuildLegacy(Pickle(Storage({})), {{}}) + std::string(20'000, '\0');
  const std::string pickle = Pickle(TensorOver(NestedStorage(large), {4}));
  for (const std::string& bytes : {legacy, zip, pickle}) {
    for (size_t left = 0; left<bytes.size(); left += bytes.size()> 1000 ? 97 : 1) {
      const absl::Status status = ReadEverything(std::make_shared<ShrinkingSource>(bytes, left));
      EXPECT_FALSE(status.ok()) << left;
      EXPECT_NE(status.code(), absl::StatusCode::kInternal) << status;
    }
  }
}

TEST(PickleFileAttack, TheHonestNestedStorageIsRead) {
  const std::string inner = BuildLegacy(Pickle(Storage({})), {{}});
  EXPECT_THAT(ReadEverything(Pickle(TensorOver(NestedStorage(inner), {4}))), IsOk());
  const std::string zip = testing::BuildTorchZip(Pickle(Storage({})), {std::string(16, '\1')});
  EXPECT_THAT(ReadEverything(Pickle(TensorOver(NestedStorage(zip), {4}))), IsOk());
}

TEST(PickleFileAttack, FilesWithinFilesEnd) {
  std::string inner = BuildLegacy(Pickle(Storage({})), {{}});
  for (int level = 0; level < 100; ++level) {
    inner = BuildLegacy(Pickle(NestedStorage(inner)), {});
  }
  EXPECT_THAT(ReadEverything(Pickle(TensorOver(NestedStorage(inner), {4}))),
              StatusIs(kInvalid, HasSubstr("should hold its storage holds")));
  const std::string plain = Pickle(NestedStorage(BuildLegacy(Pickle(Storage({})), {{}})));
  EXPECT_THAT(ReadEverything(Pickle(TensorOver(NestedStorage(plain), {4}))),
              StatusIs(kPrecondition, HasSubstr("a plain pickle")));
}

TEST(PickleFileAttack, NestedFilesThatAreNone) {
  for (const std::string& inner : {std::string(), std::string("x"), BuildLegacy(ATensor(), {{}}),
                                   BuildLegacy(Pickle("N"), {})}) {
    EXPECT_FALSE(ReadEverything(Pickle(TensorOver(NestedStorage(inner), {4}))).ok());
  }
}

TEST(PickleFileAttack, TensorsBeyondTheirNestedStorage) {
  const std::string inner = BuildLegacy(Pickle(Storage({})), {{}});
  EXPECT_THAT(ReadEverything(Pickle(TensorOver(NestedStorage(inner), {5}))),
              StatusIs(kInvalid, HasSubstr("reaches outside its storage")));
}

TEST(PickleFileAttack, ReferencesToWhatIsOutside) {
  EXPECT_THAT(ReadEverything(ATensor()), StatusIs(kInvalid, HasSubstr("outside the pickle")));
  // What the reader itself puts in place of large byte strings, forged.
  const std::string place = "left in file" + LittleEndian(1 << 20, 8) + LittleEndian(UINT64_MAX, 8);
  const std::string forged = "C" + std::string(1, static_cast<char>(place.size())) + place + "Q";
  EXPECT_THAT(ReadEverything(Pickle(
                  TensorOver(Call(Global("torch.storage", "_load_from_bytes"), {forged}), {4}))),
              StatusIs(kInvalid, HasSubstr("does not have")));
}

TEST(PickleFileAttack, HugeByteStringsAllocateNothing) {
  for (const std::string& head :
       {"B" + LittleEndian(UINT32_MAX, 4), "\x8e" + LittleEndian(UINT64_MAX, 8),
        "\x96" + LittleEndian(uint64_t{1} << 40, 8)}) {
    EXPECT_THAT(ReadEverything(Pickle(head + "abc")), StatusIs(kInvalid, HasSubstr("are left")));
  }
}

TEST(PickleFileAttack, ArraysThatLie) {
  const std::string dtype = Call(Global("numpy", "dtype"), {Text("f4"), "\x89", "\x88"});
  const auto array = [&](const std::string& shape, const std::string& order,
                         const std::string& bytes) {
    return Pickle(Call(Global("numpy.core.numeric", "_frombuffer"), {bytes, dtype, shape, order}));
  };
  const std::string eight = "C\x08" + std::string(8, '\1');
  EXPECT_THAT(ReadEverything(array(Numbers({2}), Text("C"), eight)), IsOk());
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{
           {3}, {1}, {-2}, {INT64_MAX, INT64_MAX}, {int64_t{1} << 62, 4, 0}}) {
    EXPECT_THAT(ReadEverything(array(Numbers(shape), Text("C"), eight)),
                StatusIs(kInvalid, HasSubstr("")));
  }
  EXPECT_THAT(ReadEverything(array(Numbers({2}), Text("Z"), eight)),
              StatusIs(kInvalid, HasSubstr("order")));
  EXPECT_THAT(ReadEverything(array(Numbers({2}), Text("C"), Number(8))),
              StatusIs(kInvalid, HasSubstr("where bytes are expected")));
  const std::string turned =
      Pickle(Call(Global("numpy._core.numeric", "_frombuffer"),
                  {eight, dtype, Numbers({2, 1}), Text("K"), Numbers({1, 1})}));
  EXPECT_THAT(ReadEverything(turned), StatusIs(kInvalid, HasSubstr("axis order")));
}

TEST(PickleFileAttack, NumbersOfAThousandDigits) {
  const std::string big = "L" + std::string(1000, '9') + "L\n";
  EXPECT_THAT(ReadEverything(Pickle(Call(Global("torch._utils", "_rebuild_tensor"),
                                         {NestedStorage(BuildLegacy(Pickle(Storage({})), {{}})),
                                          big, Numbers({1}), Numbers({1})}))),
              StatusIs(kInvalid, HasSubstr("its offset is a large integer")));
}

TEST(PickleFileAttack, WrappersWithoutEnd) {
  std::string tensor = TensorOver(NestedStorage(BuildLegacy(Pickle(Storage({})), {{}})), {4});
  EXPECT_THAT(ReadEverything(Pickle(tensor)), IsOk());
  for (int i = 0; i < 100; ++i) {
    tensor = Call(Global("torch._utils", "_rebuild_parameter"), {tensor, "\x88", "}"});
  }
  EXPECT_THAT(ReadEverything(Pickle(tensor)), StatusIs(kInvalid, HasSubstr("too many times")));
}

}  // namespace
}  // namespace sconce
