#include "server/rpc/infer_reader.h"

#include <grpcpp/support/proto_buffer_reader.h>

#include <unordered_set>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/rpc/input_value.h"

namespace sconce {
namespace {

using Parameters = google::protobuf::Map<std::string, inference::InferParameter>;

// Protobuf's objects take up to 40 times the bytes that they are parsed from (a list of empty
// strings), so what goes through its parser has a limit of its own. Raw tensors do not go through.
constexpr size_t kMaxParsedBytes = size_t{64} << 20;

absl::Status NotARequest() {
  return absl::InvalidArgumentError("the message is not a ModelInferRequest");
}

bool ParseWhole(const grpc::ByteBuffer& message, inference::ModelInferRequest& request) {
  grpc::ByteBuffer buffer(message);  // refers to the same slices
  if (!buffer.Valid()) return true;  // an empty message is a request without anything
  grpc::ProtoBufferReader stream(&buffer);
  return request.ParseFromZeroCopyStream(&stream);
}

// A per-tensor parameter that would change what the answer means; others are harmless hints.
absl::Status CheckParameters(const char* what, const std::string& name,
                             const Parameters& parameters) {
  for (const char* refused : {"shared_memory_region", "classification"}) {
    if (parameters.contains(refused)) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s '%s' has parameter '%s', which Sconce does not support; tensors "
                          "travel in the message",
                          what, name, refused));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckHeader(const inference::ModelInferRequest& header) {
  const auto method = header.parameters().find("method");
  if (method != header.parameters().end() && !method->second.has_string_param()) {
    return absl::InvalidArgumentError("request parameter 'method' is not a string");
  }
  for (const auto& input : header.inputs()) {
    SCONCE_RETURN_IF_ERROR(CheckParameters("input", input.name(), input.parameters()));
  }
  std::unordered_set<std::string> names;
  for (const auto& output : header.outputs()) {
    SCONCE_RETURN_IF_ERROR(CheckParameters("output", output.name(), output.parameters()));
    if (!names.insert(output.name()).second) {
      return absl::InvalidArgumentError(
          absl::StrFormat("output '%s' is requested twice", output.name()));
    }
  }
  return absl::OkStatus();
}

size_t ParsedBytes(const RequestLayout& layout) {
  size_t size = 0;
  for (const ByteRange& range : layout.rest) size += range.size;
  return size;
}

absl::Status TooMuchToParse(size_t size) {
  return absl::ResourceExhaustedError(
      absl::StrFormat("the request has %d bytes outside raw_input_contents; at most %d are "
                      "possible: send large tensors there, not in contents",
                      size, kMaxParsedBytes));
}

}  // namespace

absl::StatusOr<InferReader> InferReader::Open(const grpc::ByteBuffer& message) {
  InferReader reader;
  SCONCE_RETURN_IF_ERROR(reader.Parse(message));
  SCONCE_RETURN_IF_ERROR(CheckHeader(*reader.header_));
  return reader;
}

absl::Status InferReader::Parse(const grpc::ByteBuffer& message) {
  header_ = std::make_unique<inference::ModelInferRequest>();
  if (message.Valid() && !message.Dump(&slices_).ok()) return NotARequest();
  std::optional<RequestLayout> layout = FindRequestLayout(SliceCursor(slices_));
  if (!layout) return ParseUnusual(message);
  layout_ = *std::move(layout);
  if (const size_t size = ParsedBytes(layout_); size > kMaxParsedBytes) return TooMuchToParse(size);
  const bool parsed = layout_.raw.empty() ? ParseWhole(message, *header_) : ParseRest();
  return parsed ? absl::OkStatus() : NotARequest();
}

// The generated parser takes what the fast one does not expect. What it understood is written out
// in the usual form, so that there is one reading of a request and not two.
absl::Status InferReader::ParseUnusual(const grpc::ByteBuffer& message) {
  if (message.Length() > kMaxParsedBytes) return TooMuchToParse(message.Length());
  inference::ModelInferRequest request;
  if (!ParseWhole(message, request)) return NotARequest();
  request.DiscardUnknownFields();
  slices_ = {grpc::Slice(request.SerializeAsString())};
  std::optional<RequestLayout> layout = FindRequestLayout(SliceCursor(slices_));
  if (!layout) return NotARequest();
  layout_ = *std::move(layout);
  return ParseRest() ? absl::OkStatus() : NotARequest();
}

bool InferReader::ParseRest() {
  std::string rest;
  SliceCursor cursor(slices_);
  for (const ByteRange& range : layout_.rest) {
    const size_t at = rest.size();
    rest.resize(at + range.size);
    cursor.Skip(range.begin - cursor.position());
    cursor.Copy(rest.data() + at, range.size);
  }
  return header_->ParseFromString(rest);
}

const std::string& InferReader::method() const {
  static const std::string kNone;
  const auto found = header_->parameters().find("method");
  return found == header_->parameters().end() ? kNone : found->second.string_param();
}

std::vector<std::string> InferReader::OutputNames() const {
  std::vector<std::string> names;
  for (const auto& output : header_->outputs()) names.push_back(output.name());
  return names;
}

absl::StatusOr<std::vector<NamedValue>> InferReader::ReadInputs() const {
  if (!layout_.raw.empty()) return ReadRawInputs();
  std::vector<NamedValue> values;
  values.reserve(header_->inputs_size());
  for (const auto& input : header_->inputs()) {
    SCONCE_ASSIGN_OR_RETURN(Value value, ValueFromContents(input));
    values.push_back({input.name(), std::move(value)});
  }
  return values;
}

absl::StatusOr<std::vector<NamedValue>> InferReader::ReadRawInputs() const {
  if (layout_.raw.size() != static_cast<size_t>(header_->inputs_size())) {
    return absl::InvalidArgumentError(
        absl::StrFormat("raw_input_contents has %d entries for %d inputs; it takes one an input, "
                        "or none at all",
                        layout_.raw.size(), header_->inputs_size()));
  }
  std::vector<NamedValue> values;
  values.reserve(layout_.raw.size());
  SliceCursor cursor(slices_);
  for (int i = 0; i < header_->inputs_size(); ++i) {
    const auto& input = header_->inputs(i);
    if (const std::string filled = FilledContents(input.contents()); !filled.empty()) {
      return absl::InvalidArgumentError(
          absl::StrFormat("input '%s' has %s beside raw_input_contents; a request takes either",
                          input.name(), filled));
    }
    cursor.Skip(layout_.raw[i].begin - cursor.position());
    SCONCE_ASSIGN_OR_RETURN(Value value, ValueFromRaw(input, cursor, layout_.raw[i].size));
    values.push_back({input.name(), std::move(value)});
  }
  return values;
}

}  // namespace sconce
