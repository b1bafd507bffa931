#include "client/cli/write_outputs.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "client/file_bytes.h"
#include "client/json_tensor.h"
#include "client/npy.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

using nlohmann::ordered_json;

// Output names come from the model: one with a slash would reach out of the folder.
absl::Status CheckFileName(const std::string& name) {
  if (IsPlainFileName(name)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("the output name '%s' can't be a file name; use --out FILE.json", name));
}

absl::StatusOr<std::vector<std::string>> WriteFolder(const InferResult& result,
                                                     const std::filesystem::path& folder) {
  for (const Tensor& output : result.outputs) SCONCE_RETURN_IF_ERROR(CheckFileName(output.name));
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::ErrnoToStatus(error.value(), folder.string());
  std::vector<std::string> files;
  for (const Tensor& output : result.outputs) {
    files.push_back((folder / (output.name + ".npy")).string());
    SCONCE_RETURN_IF_ERROR(WriteNpy(output, files.back()));
  }
  return files;
}

absl::StatusOr<std::vector<std::string>> WriteSingle(const InferResult& result,
                                                     const std::string& out) {
  if (result.outputs.size() != 1) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "%s holds one array, the answer has %d; choose one with --output, or give a folder "
        "(--out DIR/) or --out FILE.json",
        out, result.outputs.size()));
  }
  SCONCE_RETURN_IF_ERROR(WriteNpy(result.outputs.front(), out));
  return std::vector<std::string>{out};
}

}  // namespace

ordered_json ResultJson(const InferResult& result) {
  ordered_json outputs = ordered_json::array();
  for (const Tensor& output : result.outputs) {
    outputs.push_back({{"name", output.name},
                       {"datatype", output.datatype},
                       {"shape", output.shape},
                       {"data", TensorToJson(output)}});
  }
  ordered_json json{{"model", result.model}, {"version", result.version}};
  if (!result.id.empty()) json["id"] = result.id;
  json["outputs"] = std::move(outputs);
  return json;
}

absl::StatusOr<std::vector<std::string>> WriteOutputs(const InferResult& result,
                                                      const std::string& out) {
  const std::filesystem::path path(out);
  if (path.extension() == ".npy") return WriteSingle(result, out);
  if (path.extension() == ".json") {
    const std::string text =
        ResultJson(result).dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
    SCONCE_RETURN_IF_ERROR(WriteFileBytes(out, text));
    return std::vector<std::string>{out};
  }
  std::error_code error;
  if (out.back() == '/' || std::filesystem::is_directory(path, error)) {
    return WriteFolder(result, path);
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("--out '%s': expected FILE.npy, FILE.json or FOLDER/", out));
}

}  // namespace sconce::cli
