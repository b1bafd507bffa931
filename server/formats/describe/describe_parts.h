// The describers behind DescribeFile, one for each family of files. They fill in what they find:
// kind, tensors, facts, foreign globals, advice. `description` already has path and bytes.

#ifndef SCONCE_SERVER_FORMATS_DESCRIBE_DESCRIBE_PARTS_H_
#define SCONCE_SERVER_FORMATS_DESCRIBE_DESCRIBE_PARTS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "server/formats/describe/describe.h"
#include "server/formats/io/byte_source.h"
#include "server/formats/sniff.h"
#include "server/formats/torch/torch_file.h"

namespace sconce {

absl::Status DescribeZip(std::shared_ptr<const ByteSource> source, FileDescription& description);
// What torch.save or pickle.dump wrote, in any container.
absl::Status DescribeTorchFile(std::shared_ptr<const ByteSource> source,
                               FileDescription& description);
absl::Status DescribeSafetensors(const std::shared_ptr<const ByteSource>& source,
                                 FileDescription& description);
// `index`: the path of an index of shards.
absl::Status DescribeShards(const std::string& index, FileDescription& description);
// Files that are only recognised.
void DescribeOther(Container container, const std::string& head, FileDescription& description);

// Lists every tensor of the object with a dotted name; those of kinds that are not read as facts.
// Gives how many were not read. INVALID_ARGUMENT: one makes no sense.
absl::StatusOr<size_t> DescribeTensors(TorchFile& file, FileDescription& description);
void AddTensors(const std::vector<StoredTensor>& tensors, FileDescription& description);
// The modules of a pickled model below `name`.
void DescribeModules(const PickleValue& module, const std::string& name,
                     FileDescription& description);

// "sconce load iris models/iris.pt"
std::string LoadCommand(const FileDescription& description);
// The same with a skeleton, and a key where there is one.
std::string LoadWeightsCommand(const FileDescription& description, const std::string& key = "");

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_DESCRIBE_DESCRIBE_PARTS_H_
