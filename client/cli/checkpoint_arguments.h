// The flags that say what a checkpoint is written as: the same for `save`, `pull` and `convert`.

#ifndef SCONCE_CLIENT_CLI_CHECKPOINT_ARGUMENTS_H_
#define SCONCE_CLIENT_CLI_CHECKPOINT_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/sconce/v1/model_server.pb.h"
#include "server/formats/checkpoint/checkpoint_writer.h"

namespace CLI {
class App;
}

namespace sconce::cli {

struct CheckpointArguments {
  std::string format;  // a name of --format; empty: not given
  std::string dtype;
  uint64_t shard_bytes = 0;
  std::vector<std::string> values;  // KEY=JSON

  // A folder of files is written, not one file.
  bool sharded() const { return shard_bytes > 0; }
};

// `arguments` outlives the parsing.
void AddCheckpointArguments(CLI::App& command, CheckpointArguments& arguments,
                            bool format_is_required);

// --set, as one JSON object; empty when there was none.
std::string ValuesJson(const std::vector<std::string>& values);

// For the daemon.
v1::CheckpointFormat FormatMessage(const CheckpointArguments& arguments);
v1::CheckpointOptions OptionsMessage(const CheckpointArguments& arguments);

// For this machine. The format is --format, else what the name `out` says ("x.safetensors",
// "x.pth"); nothing when neither does.
std::optional<CheckpointFormat> FormatFor(const CheckpointArguments& arguments,
                                          const std::string& out);
WriteOptions WriteOptionsFor(const CheckpointArguments& arguments, CheckpointFormat format);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_CHECKPOINT_ARGUMENTS_H_
