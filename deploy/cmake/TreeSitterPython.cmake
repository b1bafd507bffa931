# tree_sitter_python: tree-sitter and its grammar of Python, C source that deploy/setup.sh fetches.

include_guard()

set(TREE_SITTER_PYTHON_ROOT "${PROJECT_SOURCE_DIR}/.deps/tree-sitter-python" CACHE PATH
    "lib/ and src/ as deploy/setup.sh lays them out")
if(NOT EXISTS "${TREE_SITTER_PYTHON_ROOT}/src/parser.c")
  message(FATAL_ERROR "No tree-sitter at ${TREE_SITTER_PYTHON_ROOT}: run deploy/setup.sh")
endif()

add_library(tree_sitter_python STATIC
  "${TREE_SITTER_PYTHON_ROOT}/lib/src/lib.c"
  "${TREE_SITTER_PYTHON_ROOT}/src/parser.c"
  "${TREE_SITTER_PYTHON_ROOT}/src/scanner.c")
target_include_directories(tree_sitter_python SYSTEM
  PUBLIC "${TREE_SITTER_PYTHON_ROOT}/lib/include"
  PRIVATE "${TREE_SITTER_PYTHON_ROOT}/lib/src" "${TREE_SITTER_PYTHON_ROOT}/src")
target_compile_definitions(tree_sitter_python PRIVATE _DEFAULT_SOURCE)
# Not our code: no warnings, no checks for undefined behaviour; its memory is watched all the same.
target_compile_options(tree_sitter_python PRIVATE -w)
foreach(sanitizer address thread)
  if(SCONCE_SANITIZE MATCHES ${sanitizer})
    target_compile_options(tree_sitter_python PRIVATE -fsanitize=${sanitizer} -fno-omit-frame-pointer)
  endif()
endforeach()
if(SCONCE_FUZZ)
  target_compile_options(tree_sitter_python PRIVATE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_CXX_COMPILER_LAUNCHER)
  set_target_properties(tree_sitter_python PROPERTIES C_COMPILER_LAUNCHER "${CMAKE_CXX_COMPILER_LAUNCHER}")
endif()
