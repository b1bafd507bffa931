# Puts Python files into the program: cmake -DROOT=... -DOUTPUT=... -P EmbedPython.cmake writes a .cc file that defines
# OwnSource (server/frontend/python_source/torch/own_sources.h).
file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/torch/*.py" "${ROOT}/numpy/*.py" "${ROOT}/einops/*.py" "${ROOT}/timm/*.py"
  "${ROOT}/torchvision/*.py" "${ROOT}/scipy/*.py" "${ROOT}/standard/*.py")
list(SORT files)
set(entries "")
foreach(file IN LISTS files)
  file(READ "${ROOT}/${file}" text)
  string(REGEX REPLACE "(/__init__)?\\.py$" "" module "${file}")
  string(REGEX REPLACE "^standard/" "" module "${module}")
  string(REPLACE "/" "." module "${module}")
  string(APPEND entries "      {\"${module}\", R\"--py--(${text})--py--\"},\n")
endforeach()
file(WRITE "${OUTPUT}.new" "#include \"server/frontend/python_source/torch/own_sources.h\"

#include <unordered_map>

namespace sconce::python {

std::optional<std::string_view> OwnSource(const std::string& module) {
  static const std::unordered_map<std::string, std::string_view> sources = {
${entries}  };
  const auto found = sources.find(module);
  if (found == sources.end()) return std::nullopt;
  return found->second;
}

}  // namespace sconce::python
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}" ONLY_IF_DIFFERENT)
