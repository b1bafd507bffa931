#include "server/rpc/infer_writer.h"

#include <algorithm>
#include <climits>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "proto/inference/grpc_service.pb.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

using inference::ModelInferResponse;

constexpr char kRawOutputTag = ModelInferResponse::kRawOutputContentsFieldNumber << 3 | 2;

// The pieces of a message in order: small ones are gathered, large ones keep their owner.
class SliceList {
 public:
  void Append(const void* data, size_t size) {
    pending_.append(static_cast<const char*>(data), size);
  }

  void AppendTag(uint64_t length) {
    pending_ += kRawOutputTag;
    for (; length >= 0x80; length >>= 7) pending_ += static_cast<char>(length | 0x80);
    pending_ += static_cast<char>(length);
  }

  // `owner` lives until the bytes are sent.
  template <typename Owner>
  void Refer(const void* data, size_t size, Owner owner) {
    Flush();
    slices_.emplace_back(
        const_cast<void*>(data), size, [](void* held) { delete static_cast<Owner*>(held); },
        new Owner(std::move(owner)));
  }

  grpc::ByteBuffer Finish() {
    Flush();
    return grpc::ByteBuffer(slices_.data(), slices_.size());
  }

 private:
  void Flush() {
    if (!pending_.empty()) slices_.emplace_back(pending_);
    pending_.clear();
  }

  std::vector<grpc::Slice> slices_;
  std::string pending_;
};

absl::StatusOr<std::vector<NamedValue>> Select(std::vector<NamedValue> outputs,
                                               const std::vector<std::string>& names) {
  if (names.empty()) return outputs;
  std::vector<NamedValue> selected;
  for (const std::string& name : names) {
    auto found = std::find_if(outputs.begin(), outputs.end(),
                              [&name](const NamedValue& output) { return output.name == name; });
    if (found == outputs.end()) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "the model gives no output '%s'; it gives %s", name,
          absl::StrJoin(outputs, ", ", [](std::string* text, const NamedValue& output) {
            text->append("'" + output.name + "'");
          })));
    }
    selected.push_back(*found);
  }
  return selected;
}

absl::Status CheckSendable(const NamedValue& output) {
  const auto* tensor = std::get_if<at::Tensor>(&output.value);
  if (tensor == nullptr) return absl::OkStatus();
  if (DatatypeOf(output.value) == Datatype::kUnknown) {
    return absl::InternalError(
        absl::StrFormat("output '%s' is of type %s, which the protocol "
                        "can't carry",
                        output.name, c10::toString(tensor->scalar_type())));
  }
  if (!tensor->is_cpu() || !tensor->is_contiguous()) {
    return absl::InternalError(
        absl::StrFormat("output '%s' is not dense and in CPU memory", output.name));
  }
  return absl::OkStatus();
}

uint64_t EncodedSize(const Value& value) {
  if (const auto* tensor = std::get_if<at::Tensor>(&value)) return tensor->nbytes();
  uint64_t size = 0;
  for (const std::string& element : std::get<StringTensor>(value).elements) {
    size += 4 + element.size();
  }
  return size;
}

std::string EncodeStrings(const StringTensor& strings, size_t size) {
  std::string bytes;
  bytes.reserve(size);
  for (const std::string& element : strings.elements) {
    const auto length = static_cast<uint32_t>(element.size());
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(length >> shift);
    bytes += element;
  }
  return bytes;
}

void AppendRaw(const Value& value, size_t size, SliceList& slices) {
  slices.AppendTag(size);
  if (const auto* tensor = std::get_if<at::Tensor>(&value)) {
    if (size >= kReferredBytes) return slices.Refer(tensor->const_data_ptr(), size, *tensor);
    if (size > 0) slices.Append(tensor->const_data_ptr(), size);
    return;
  }
  const std::string bytes = EncodeStrings(std::get<StringTensor>(value), size);
  slices.Append(bytes.data(), bytes.size());
}

std::string EncodeHeader(const ResponseHeader& header, const std::vector<NamedValue>& outputs) {
  ModelInferResponse message;
  message.set_model_name(header.model_name);
  message.set_model_version(std::to_string(header.model_version));
  message.set_id(header.id);
  for (const NamedValue& output : outputs) {
    auto& tensor = *message.add_outputs();
    tensor.set_name(output.name);
    tensor.set_datatype(std::string(DatatypeName(DatatypeOf(output.value))));
    const std::vector<int64_t> shape = ShapeOf(output.value);
    tensor.mutable_shape()->Assign(shape.begin(), shape.end());
  }
  return message.SerializeAsString();
}

}  // namespace

absl::StatusOr<grpc::ByteBuffer> WriteInferResponse(const ResponseHeader& header,
                                                    std::vector<NamedValue> outputs,
                                                    const std::vector<std::string>& names,
                                                    size_t max_bytes) {
  SCONCE_ASSIGN_OR_RETURN(const std::vector<NamedValue> selected,
                          Select(std::move(outputs), names));
  uint64_t total = 0;
  for (const NamedValue& output : selected) {
    SCONCE_RETURN_IF_ERROR(CheckSendable(output));
    total += EncodedSize(output.value);
  }
  const std::string encoded = EncodeHeader(header, selected);
  total += encoded.size() + 6 * selected.size();
  if (total > std::min<size_t>(max_bytes, INT_MAX)) {
    return absl::ResourceExhaustedError(absl::StrFormat(
        "the answer takes %d bytes; messages are limited to %d (--max-message-bytes)", total,
        std::min<size_t>(max_bytes, INT_MAX)));
  }
  SliceList slices;
  slices.Append(encoded.data(), encoded.size());
  for (const NamedValue& output : selected) {
    AppendRaw(output.value, EncodedSize(output.value), slices);
  }
  return slices.Finish();
}

}  // namespace sconce
