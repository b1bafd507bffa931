#include "server/frontend/python_source/interpreter/journal.h"

#include <algorithm>
#include <utility>

namespace sconce::python {
namespace {

template <typename Changed, typename Object>
void SaveOnce(const std::shared_ptr<Object>& object, std::vector<Changed>& saved) {
  const bool known = std::any_of(saved.begin(), saved.end(),
                                 [&](const Changed& changed) { return changed.object == object; });
  if (!known) saved.push_back({object, *object});
}

}  // namespace

void Journal::Save(const std::shared_ptr<Table>& table) { SaveOnce(table, saved_.tables); }
void Journal::Save(const std::shared_ptr<List>& list) { SaveOnce(list, saved_.lists); }

Journal::Changes Journal::RollBack() {
  for (ChangedTable& changed : saved_.tables) std::swap(*changed.object, changed.contents);
  for (ChangedList& changed : saved_.lists) std::swap(*changed.object, changed.contents);
  return std::exchange(saved_, {});
}

}  // namespace sconce::python
