// A folder that lives as long as a test, and files in it.

#ifndef SCONCE_TESTS_REPOSITORY_TEMP_FOLDER_H_
#define SCONCE_TESTS_REPOSITORY_TEMP_FOLDER_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace sconce::testing {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sconce_XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    path_ = std::filesystem::canonical(pattern);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  // Folders on the way are made.
  void Write(const std::string& name, const std::string& text = "a model") const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }
  void MakeFolder(const std::string& name) const {
    std::filesystem::create_directories(path_ / name);
  }
  void Link(const std::string& name, const std::filesystem::path& target) const {
    std::filesystem::create_symlink(target, path_ / name);
  }

  std::string path() const { return path_.string(); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_REPOSITORY_TEMP_FOLDER_H_
