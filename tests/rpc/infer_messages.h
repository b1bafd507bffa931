// Requests and buffers for the codec tests.

#ifndef SCONCE_TESTS_RPC_INFER_MESSAGES_H_
#define SCONCE_TESTS_RPC_INFER_MESSAGES_H_

#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "proto/inference/grpc_service.pb.h"

namespace sconce::testing {

// `bytes` as gRPC would hold them after receiving frames of `slice` bytes.
inline grpc::ByteBuffer BufferOf(std::string_view bytes, size_t slice = 1 << 14) {
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < bytes.size(); at += slice) {
    slices.emplace_back(bytes.data() + at, std::min(slice, bytes.size() - at));
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

inline grpc::ByteBuffer BufferOf(const google::protobuf::Message& message, size_t slice = 1 << 14) {
  return BufferOf(message.SerializeAsString(), slice);
}

inline std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return "";
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

template <typename T>
std::string RawOf(const std::vector<T>& elements) {
  return {reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(T)};
}

inline inference::ModelInferRequest::InferInputTensor& AddInput(
    inference::ModelInferRequest& request, const std::string& name, const std::string& datatype,
    const std::vector<int64_t>& shape) {
  auto& input = *request.add_inputs();
  input.set_name(name);
  input.set_datatype(datatype);
  input.mutable_shape()->Assign(shape.begin(), shape.end());
  return input;
}

inline void AddRaw(inference::ModelInferRequest& request, const std::string& name,
                   const std::string& datatype, const std::vector<int64_t>& shape,
                   const std::string& bytes) {
  AddInput(request, name, datatype, shape);
  request.add_raw_input_contents(bytes);
}

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_RPC_INFER_MESSAGES_H_
