#include "server/formats/torch/tensor_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attacks/pickle_builder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::Call;
using ::testing::ElementsAre;
using testing::Global;
using ::testing::HasSubstr;
using testing::Number;
using testing::Numbers;
using testing::Pickle;
using testing::StatusIs;
using testing::Storage;
using testing::Tensor;
using testing::TensorText;

absl::StatusOr<TensorRecord> Read(const std::string& value) {
  auto document = ReadPickle(Pickle(value));
  if (!document.ok()) return document.status();
  return ReadTensorRecord(document->root());
}

TEST(TensorRecord, HasTypeShapeAndPlace) {
  TensorText text;
  text.key = "17";
  text.storage_class = "LongStorage";
  text.storage_elements = 10;
  text.offset = 2;
  text.shape = {2, 3};
  text.strides = {3, 1};
  text.location = "cuda:0";
  SCONCE_ASSERT_OK_AND_ASSIGN(const TensorRecord record, Read(Tensor(text)));
  EXPECT_EQ(record.dtype->name, "int64");
  EXPECT_EQ(record.storage.key, "17");
  EXPECT_EQ(record.storage.bytes, 80u);
  EXPECT_EQ(record.storage.location, "cuda:0");
  EXPECT_EQ(record.offset, 2u);
  EXPECT_THAT(record.shape, ElementsAre(2, 3));
  EXPECT_THAT(record.strides, ElementsAre(3, 1));
  EXPECT_EQ(record.elements, 6u);
}

TEST(TensorRecord, ZeroSizedTensorsMayLieAtTheStoragesEnd) {
  TensorText text;
  text.offset = 4;
  text.shape = {0, 5};
  text.strides = {5, 1};
  EXPECT_EQ(Read(Tensor(text))->elements, 0u);
  text.offset = 5;
  EXPECT_THAT(Read(Tensor(text)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("outside its storage")));
}

TEST(TensorRecord, StridesOfDimensionsOfOneDoNotMatter) {
  TensorText text;
  text.shape = {1, 4};
  text.strides = {1'000'000, 1};
  SCONCE_EXPECT_OK(Read(Tensor(text)));
}

TEST(TensorRecord, SeesThroughParameters) {
  const std::string parameter =
      Call(Global("torch._utils", "_rebuild_parameter"),
           {Tensor({}), "\x88", Call(Global("collections", "OrderedDict"), {})});
  EXPECT_EQ(Read(parameter)->dtype->name, "float32");
}

TEST(TensorRecord, YoungTypesNameThemselvesBesideAnUntypedStorage) {
  const std::string storage =
      testing::Tuple({testing::Text("storage"), Global("torch.storage", "UntypedStorage"),
                      testing::Text("0"), testing::Text("cpu"), Number(4)}) +
      "Q";
  const auto tensor = [&](const char* dtype, int64_t size) {
    return Call(Global("torch._utils", "_rebuild_tensor_v3"),
                {storage, Number(0), Numbers({size}), Numbers({1}), "\x89",
                 Call(Global("collections", "OrderedDict"), {}), Global("torch", dtype)});
  };
  EXPECT_EQ(Read(tensor("uint16", 2))->dtype->name, "uint16");
  EXPECT_EQ(Read(tensor("float8_e4m3fn", 4))->elements, 4u);
  EXPECT_THAT(Read(tensor("uint16", 3)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("outside its storage")));
  EXPECT_THAT(Read(tensor("float3", 1)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("torch.float3")));
}

TEST(TensorRecord, NamesKindsThatAreNotRead) {
  EXPECT_THAT(Read(Call(Global("torch._utils", "_rebuild_sparse_tensor"), {})),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("_rebuild_sparse_tensor")));
  EXPECT_THAT(Read(Call(Global("torch._utils", "_rebuild_meta_tensor_no_storage"), {})),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("meta")));
}

TEST(TensorRecord, ConjugatedViewsAreRefusedByName) {
  const std::string marked = Call(Global("torch._utils", "_rebuild_tensor_v2"),
                                  {Storage({}), Number(0), Numbers({4}), Numbers({1}), "\x89", "}",
                                   testing::Dict({{"conj", "\x88"}})});
  EXPECT_THAT(Read(marked),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("resolve_conj")));
}

}  // namespace
}  // namespace sconce
