// The model folder, as it is on disk:
//
//   iris.pt                  a bare file: model "iris", version 1
//   digits/config.pbtxt      optional
//   digits/2/model.pth       version 2 of model "digits"
//   llm/1/model.safetensors.index.json, llm/1/model-00001-of-00002.safetensors, ...
//                            weights in shards: the index is the model file
//
// Content decides what a file is, so any file may be a model, except those that are obviously none:
// names that begin with a dot; README, LICENSE, NOTICE, CHANGELOG, Makefile and Dockerfile with any
// suffix; the suffixes of text, settings, scripts, tables and pictures (.md .txt .rst .html .pdf
// .json .yaml .yml .toml .ini .cfg .conf .pbtxt .xml .py .ipynb .sh .log .csv .tsv .npy .npz .png
// .jpg .jpeg .gif .svg) and of unfinished or checking files (.tmp .part .lock .md5 .sha1 .sha256
// .sig .asc); golden.safetensors.
// An index of shards, *.index.json, is a model file all the same, and its shards are none: files
// called *-00001-of-00002.* anywhere, and in the version folder of the only index
// X.SUFFIX.index.json all *.SUFFIX but X.SUFFIX. A bare X.safetensors.index.json is model "X". What
// lies in `NAME/` itself, weights in shards or one file, is not served: such a folder has no
// version to count from. The error says where to move it. A version folder is called by a decimal
// number from 1, without leading zeros. Folders with neither config.pbtxt, version folders nor
// model files are passed over.

#ifndef SCONCE_SERVER_REPOSITORY_MODEL_FOLDER_H_
#define SCONCE_SERVER_REPOSITORY_MODEL_FOLDER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/repository/folder_path.h"

namespace sconce {

// What lies under one name. Paths are relative to the model folder.
struct FolderEntry {
  std::vector<std::string> bare_files;  // two or more: a conflict
  std::string folder;                   // empty: none
  bool has_config = false;
  std::map<int64_t, std::string> versions;  // version folders
  std::vector<std::string> stray_files;     // model files in `folder` itself

  std::set<int64_t> version_numbers() const;  // a bare file is version 1
};

// Everything that looks like a model, by name; names that no model may have included.
absl::StatusOr<std::map<std::string, FolderEntry>> ScanModels(const OpenedFolder& models);

// The one entry `name`. NOT_FOUND: the folder has nothing of that name.
absl::StatusOr<FolderEntry> FindInFolder(const OpenedFolder& models, const std::string& name);

// OK when the entry is one model with a version. FAILED_PRECONDITION otherwise, with what to do.
absl::Status CheckEntry(const std::string& name, const FolderEntry& entry);

// Which file of a version folder is the model: `default_filename` when given; else the only
// candidate; else Triton's "model.pt". `skeleton` is no candidate, nor are shards. The answer is
// relative to the model folder, like `version_folder`. FAILED_PRECONDITION: none, or several; the
// message lists them.
absl::StatusOr<std::string> PickModelFile(const OpenedFolder& models,
                                          const std::string& version_folder,
                                          const std::string& default_filename,
                                          const std::string& skeleton);

// Nothing: not the name of a version folder.
std::optional<int64_t> ParseVersion(std::string_view name);

// By the rules above, from the names alone.
bool MayBeModelFile(const std::string& file_name);
bool IsShardIndex(const std::string& file_name);
bool MayBeShardOf(const std::string& index, const std::string& file_name);
// "iris" of "iris.pt".
std::string BareModelName(const std::string& file_name);

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_MODEL_FOLDER_H_
