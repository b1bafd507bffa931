// What the branches of a data-dependent `if` or the body of a data-dependent loop change in names,
// objects and lists, so that each branch starts from the same state and the results can be joined.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_JOURNAL_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_JOURNAL_H_

#include <memory>
#include <vector>

#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

class Journal {
 public:
  struct ChangedTable {
    std::shared_ptr<Table> object;
    Table contents;
  };
  struct ChangedList {
    std::shared_ptr<List> object;
    List contents;
  };
  struct Changes {
    std::vector<ChangedTable> tables;
    std::vector<ChangedList> lists;
  };

  // Before the first change; later calls for the same object do nothing.
  void Save(const std::shared_ptr<Table>& table);
  void Save(const std::shared_ptr<List>& list);

  // Puts everything back as it was saved; returns what it had become, in the order of change.
  Changes RollBack();

 private:
  Changes saved_;
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_JOURNAL_H_
