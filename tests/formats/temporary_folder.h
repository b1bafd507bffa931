// A folder of the test's own, removed with everything in it.

#ifndef SCONCE_TESTS_FORMATS_TEMPORARY_FOLDER_H_
#define SCONCE_TESTS_FORMATS_TEMPORARY_FOLDER_H_

#include <string>
#include <vector>

namespace sconce::testing {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file and returns its path.
  std::string Write(const std::string& name, const std::string& bytes) const;
  // What is in it, sorted.
  std::vector<std::string> Names() const;

 private:
  std::string path_;
};

std::string ReadFile(const std::string& path);

// A file of the fuzz corpora, which real PyTorch made.
std::string CorpusPath(const std::string& name);

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_FORMATS_TEMPORARY_FOLDER_H_
