#include "server/formats/zip/zip_source.h"

#include <algorithm>
#include <cerrno>

namespace sconce {
namespace {

// What libzip keeps between its calls.
struct Cursor {
  explicit Cursor(const ByteSource& bytes) : source(bytes) { zip_error_init(&error); }

  const ByteSource& source;
  uint64_t position = 0;
  zip_error_t error;
};

zip_int64_t ReadAtCursor(Cursor& cursor, void* data, uint64_t size) {
  const uint64_t step = std::min(size, cursor.source.size() - cursor.position);
  if (!cursor.source.ReadAt(cursor.position, data, step).ok()) {
    zip_error_set(&cursor.error, ZIP_ER_READ, EIO);
    return -1;
  }
  cursor.position += step;
  return static_cast<zip_int64_t>(step);
}

zip_int64_t Seek(Cursor& cursor, void* data, uint64_t size) {
  const zip_int64_t target = zip_source_seek_compute_offset(cursor.position, cursor.source.size(),
                                                            data, size, &cursor.error);
  if (target < 0) return -1;
  cursor.position = static_cast<uint64_t>(target);
  return 0;
}

zip_int64_t Stat(Cursor& cursor, void* data, uint64_t size) {
  if (size < sizeof(zip_stat_t)) return -1;
  auto* stat = static_cast<zip_stat_t*>(data);
  zip_stat_init(stat);
  stat->valid = ZIP_STAT_SIZE;
  stat->size = cursor.source.size();
  return sizeof(zip_stat_t);
}

zip_int64_t Serve(void* state, void* data, zip_uint64_t size, zip_source_cmd_t command) {
  auto& cursor = *static_cast<Cursor*>(state);
  switch (command) {
    case ZIP_SOURCE_OPEN:
      cursor.position = 0;
      return 0;
    case ZIP_SOURCE_READ:
      return ReadAtCursor(cursor, data, size);
    case ZIP_SOURCE_CLOSE:
      return 0;
    case ZIP_SOURCE_STAT:
      return Stat(cursor, data, size);
    case ZIP_SOURCE_ERROR:
      return zip_error_to_data(&cursor.error, data, size);
    case ZIP_SOURCE_FREE:
      zip_error_fini(&cursor.error);
      delete &cursor;
      return 0;
    case ZIP_SOURCE_SEEK:
      return Seek(cursor, data, size);
    case ZIP_SOURCE_TELL:
      return static_cast<zip_int64_t>(cursor.position);
    case ZIP_SOURCE_SUPPORTS:
      return zip_source_make_command_bitmap(
          ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
          ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
    default:
      zip_error_set(&cursor.error, ZIP_ER_OPNOTSUPP, 0);
      return -1;
  }
}

}  // namespace

zip_source_t* MakeZipSource(const ByteSource& source, zip_error_t* error) {
  auto* cursor = new Cursor(source);
  zip_source_t* made = zip_source_function_create(&Serve, cursor, error);
  if (made == nullptr) delete cursor;
  return made;
}

}  // namespace sconce
