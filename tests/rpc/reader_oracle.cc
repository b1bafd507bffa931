#include "tests/rpc/reader_oracle.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include "server/rpc/infer_reader.h"
#include "tests/rpc/infer_messages.h"

namespace sconce::testing {
namespace {

using inference::ModelInferRequest;
using Input = ModelInferRequest::InferInputTensor;

// A shape's number of elements, by floating point: sloppy near 2^63, exact where messages can be.
std::optional<double> Elements(const Input& input, double element_size) {
  double elements = 1;
  double extent = element_size;
  if (input.shape_size() > 64) return std::nullopt;
  for (const int64_t size : input.shape()) {
    if (size < 0) return std::nullopt;
    elements *= static_cast<double>(size);
    extent *= static_cast<double>(std::max<int64_t>(size, 1));
  }
  if (extent >= 0x1p63) return std::nullopt;
  return elements;
}

double ElementSize(const std::string& datatype) {
  if (datatype == "BYTES" || datatype == "BOOL" || datatype == "INT8" || datatype == "UINT8") {
    return 1;
  }
  if (datatype == "BF16") return 2;
  if (datatype.size() > 2 && datatype.substr(datatype.size() - 2) == "16") return 2;
  if (datatype.size() > 2 && datatype.substr(datatype.size() - 2) == "32") return 4;
  return 8;
}

template <typename To, typename Field>
std::optional<std::string> Narrow(const Field& field) {
  std::string bytes;
  for (const auto element : field) {
    const To narrow = static_cast<To>(element);
    if (static_cast<decltype(element)>(narrow) != element && !std::isnan(double(element))) {
      return std::nullopt;
    }
    bytes.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
  }
  return bytes;
}

std::string Prefixed(const std::string& element) {
  const uint32_t size = element.size();
  return std::string(reinterpret_cast<const char*>(&size), 4) + element;
}

std::optional<std::string> ContentsBytes(const Input& input) {
  const auto& contents = input.contents();
  const std::string& type = input.datatype();
  if (type == "BOOL") return Narrow<bool>(contents.bool_contents());
  if (type == "INT8") return Narrow<int8_t>(contents.int_contents());
  if (type == "INT16") return Narrow<int16_t>(contents.int_contents());
  if (type == "INT32") return Narrow<int32_t>(contents.int_contents());
  if (type == "INT64") return Narrow<int64_t>(contents.int64_contents());
  if (type == "UINT8") return Narrow<uint8_t>(contents.uint_contents());
  if (type == "UINT16") return Narrow<uint16_t>(contents.uint_contents());
  if (type == "UINT32") return Narrow<uint32_t>(contents.uint_contents());
  if (type == "UINT64") return Narrow<uint64_t>(contents.uint64_contents());
  if (type == "FP32") return Narrow<float>(contents.fp32_contents());
  if (type == "FP64") return Narrow<double>(contents.fp64_contents());
  if (type == "FP16" || type == "BF16") return "";
  std::string bytes;
  for (const std::string& element : contents.bytes_contents()) bytes += Prefixed(element);
  return bytes;
}

int FilledFields(const inference::InferTensorContents& c) {
  return (c.bool_contents_size() > 0) + (c.int_contents_size() > 0) +
         (c.int64_contents_size() > 0) + (c.uint_contents_size() > 0) +
         (c.uint64_contents_size() > 0) + (c.fp32_contents_size() > 0) +
         (c.fp64_contents_size() > 0) + (c.bytes_contents_size() > 0);
}

bool WholeStrings(std::string_view bytes, double elements) {
  double found = 0;
  for (; !bytes.empty(); ++found) {
    uint32_t size = 0;
    if (bytes.size() < 4) return false;
    std::memcpy(&size, bytes.data(), 4);
    if (size > bytes.size() - 4) return false;
    bytes.remove_prefix(4 + size);
  }
  return found == elements;
}

// The input's data in raw form; nothing when the request must be refused.
std::optional<std::string> ExpectedBytes(const ModelInferRequest& request, int i) {
  static const std::set<std::string> kTypes = {"BOOL", "UINT8", "UINT16", "UINT32", "UINT64",
                                               "INT8", "INT16", "INT32",  "INT64",  "FP16",
                                               "BF16", "FP32",  "FP64",   "BYTES"};
  const Input& input = request.inputs(i);
  if (kTypes.count(input.datatype()) == 0) return std::nullopt;
  const double size = ElementSize(input.datatype());
  const std::optional<double> elements = Elements(input, size);
  if (!elements) return std::nullopt;
  const bool raw = request.raw_input_contents_size() > 0;
  const int filled = FilledFields(input.contents());
  if (filled > (raw ? 0 : 1)) return std::nullopt;
  std::optional<std::string> bytes = raw ? request.raw_input_contents(i) : ContentsBytes(input);
  if (!bytes) return std::nullopt;
  if (filled == 1 && bytes->empty()) return std::nullopt;  // in some other field
  if (input.datatype() == "BYTES") {
    if (!WholeStrings(*bytes, *elements)) return std::nullopt;
  } else if (static_cast<double>(bytes->size()) != *elements * size) {
    return std::nullopt;
  }
  if (input.datatype() == "BOOL") {
    for (char& byte : *bytes) byte = byte != 0;
  }
  return bytes;
}

std::string BytesOfValue(const Value& value) {
  if (const auto* tensor = std::get_if<at::Tensor>(&value)) {
    return {static_cast<const char*>(tensor->const_data_ptr()), tensor->nbytes()};
  }
  std::string bytes;
  for (const std::string& element : std::get<StringTensor>(value).elements) {
    bytes += Prefixed(element);
  }
  return bytes;
}

std::string CompareInput(const ModelInferRequest& request, int i, const NamedValue& found) {
  const Input& input = request.inputs(i);
  const std::optional<std::string> expected = ExpectedBytes(request, i);
  if (!expected) return "accepted a bad input: " + input.ShortDebugString();
  if (found.name != input.name()) return "name";
  if (DatatypeName(DatatypeOf(found.value)) != input.datatype()) return "datatype";
  if (ShapeOf(found.value) != std::vector<int64_t>(input.shape().begin(), input.shape().end())) {
    return "shape";
  }
  return BytesOfValue(found.value) == *expected ? "" : "data of " + input.ShortDebugString();
}

std::string CompareInputs(const ModelInferRequest& request, const InferReader& reader) {
  const int raw = request.raw_input_contents_size();
  bool valid = raw == 0 || raw == request.inputs_size();
  for (int i = 0; valid && i < request.inputs_size(); ++i) {
    valid = ExpectedBytes(request, i).has_value();
  }
  const auto inputs = reader.ReadInputs();
  if (inputs.ok() != valid) {
    return "validity; the reader says: " + inputs.status().ToString();
  }
  if (!valid) return "";
  for (size_t i = 0; i < inputs->size(); ++i) {
    if (auto difference = CompareInput(request, i, (*inputs)[i]); !difference.empty()) {
      return difference;
    }
  }
  return "";
}

bool HeaderRefused(const ModelInferRequest& request) {
  std::set<std::string> names;
  bool refused = false;
  for (const auto& output : request.outputs()) {
    refused |= !names.insert(output.name()).second;
    refused |= output.parameters().contains("classification");
    refused |= output.parameters().contains("shared_memory_region");
  }
  for (const auto& input : request.inputs()) {
    refused |= input.parameters().contains("classification");
    refused |= input.parameters().contains("shared_memory_region");
  }
  const auto method = request.parameters().find("method");
  return refused || (method != request.parameters().end() && !method->second.has_string_param());
}

}  // namespace

std::string DifferenceFromGenerated(std::string_view bytes, size_t slice) {
  ModelInferRequest request;
  const bool parsed = request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  const auto reader = InferReader::Open(BufferOf(bytes, slice));
  if (reader.ok() != (parsed && !HeaderRefused(request))) {
    return "parsing; the reader says: " + reader.status().ToString();
  }
  if (!reader.ok()) return "";
  if (reader->model_name() != request.model_name()) return "model_name";
  if (reader->model_version() != request.model_version()) return "model_version";
  if (reader->id() != request.id()) return "id";
  if (reader->OutputNames().size() != static_cast<size_t>(request.outputs_size())) {
    return "outputs";
  }
  return CompareInputs(request, *reader);
}

}  // namespace sconce::testing
