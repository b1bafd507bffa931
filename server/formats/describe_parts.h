// The describers behind DescribeFile, one for each family of files. They fill in what they find:
// kind, tensors, facts, foreign globals, advice. `description` already has path and bytes.

#ifndef SCONCE_SERVER_FORMATS_DESCRIBE_PARTS_H_
#define SCONCE_SERVER_FORMATS_DESCRIBE_PARTS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "server/formats/byte_source.h"
#include "server/formats/describe.h"
#include "server/formats/pickle.h"
#include "server/formats/sniff.h"
#include "server/formats/torch_content.h"
#include "server/formats/zip_archive.h"

namespace sconce {

absl::Status DescribeZip(ZipArchive& archive, FileDescription& description);
absl::Status DescribeLegacyTorch(const ByteSource& source, FileDescription& description);
absl::Status DescribePlainPickle(const ByteSource& source, FileDescription& description);
absl::Status DescribeSafetensors(const ByteSource& source, FileDescription& description);
// Files that this release only recognises.
void DescribeOther(Container container, const std::string& head, FileDescription& description);

// Shared by the pickled ones: what the root object is and which tensors it holds.
absl::Status DescribePickledObject(const PickleDocument& document, FileDescription& description);

// "sconce load iris models/iris.pt"
std::string LoadCommand(const FileDescription& description);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_DESCRIBE_PARTS_H_
