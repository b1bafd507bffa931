// Differential test: on thousands of damaged messages InferReader and the generated parser agree.

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/rpc/infer_messages.h"
#include "tests/rpc/reader_oracle.h"

namespace sconce {
namespace {

using inference::ModelInferRequest;
using testing::AddInput;
using testing::AddRaw;
using testing::DifferenceFromGenerated;
using testing::RawOf;

std::vector<std::string> Seeds() {
  ModelInferRequest raw;
  raw.set_model_name("m");
  raw.set_model_version("1");
  raw.set_id("id");
  (*raw.mutable_parameters())["method"].set_string_param("forward");
  AddRaw(raw, "x", "FP32", {2, 2}, RawOf<float>({1, 2, 3, 4}));
  AddRaw(raw, "s", "BYTES", {2}, std::string("\2\0\0\0hi\1\0\0\0x", 11));
  AddRaw(raw, "b", "BOOL", {3}, std::string("\0\1\2", 3));
  raw.add_outputs()->set_name("y");
  ModelInferRequest typed;
  AddInput(typed, "i", "INT8", {2}).mutable_contents()->mutable_int_contents()->Add(5);
  typed.mutable_inputs(0)->mutable_contents()->add_int_contents(-7);
  AddInput(typed, "s", "BYTES", {1}).mutable_contents()->add_bytes_contents("abc");
  AddInput(typed, "e", "FP64", {0});
  return {raw.SerializeAsString(), typed.SerializeAsString(), ""};
}

std::string Mutate(std::string bytes, const std::vector<std::string>& seeds, std::mt19937& random) {
  const auto pick = [&random](size_t n) { return n == 0 ? 0 : random() % n; };
  for (size_t edits = 1 + pick(4); edits > 0; --edits) {
    const size_t at = pick(bytes.size() + 1);
    switch (pick(5)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes.insert(at, 1, static_cast<char>(random()));
        break;
      case 2:
        bytes.erase(at, 1 + pick(4));
        break;
      case 3:
        bytes.resize(at);
        break;
      default:
        bytes += seeds[pick(seeds.size())];
    }
  }
  return bytes;
}

TEST(InferReaderMutation, SeedsReadAlikeInEveryCut) {
  for (const std::string& seed : Seeds()) {
    for (size_t slice = 1; slice < 40; ++slice) {
      EXPECT_EQ(DifferenceFromGenerated(seed, slice), "");
    }
  }
}

TEST(InferReaderMutation, DamagedMessagesReadAlike) {
  google::protobuf::SetLogHandler(nullptr);  // it has much to say about mutations
  std::mt19937 random(20260723);
  const std::vector<std::string> seeds = Seeds();
  for (int i = 0; i < 60'000; ++i) {
    const std::string bytes = Mutate(seeds[random() % seeds.size()], seeds, random);
    ASSERT_EQ(DifferenceFromGenerated(bytes, 1 + random() % 64), "")
        << "at round " << i << ": " << ::testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace sconce
