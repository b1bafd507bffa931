// Columns that line up.

#ifndef SCONCE_CLIENT_CLI_TABLE_H_
#define SCONCE_CLIENT_CLI_TABLE_H_

#include <string>
#include <vector>

namespace sconce::cli {

// Confined to one thread.
class Table {
 public:
  explicit Table(std::vector<std::string> header);

  // REQUIRES: as many cells as the header has.
  void AddRow(std::vector<std::string> cells);

  // Every line ends with '\n', none with a blank.
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_TABLE_H_
