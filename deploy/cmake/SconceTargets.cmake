# How a folder becomes a target, and the flags every target shares.

include_guard()

add_library(sconce_flags INTERFACE)
target_include_directories(sconce_flags INTERFACE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
target_compile_options(sconce_flags INTERFACE -Wall -Wextra -Werror -Wno-unused-parameter
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  # GCC 12 sees overlaps in string concatenation that are not there (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
target_compile_definitions(sconce_flags INTERFACE $<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)
# Who uses a part of a library does not load what only the rest needs.
target_link_options(sconce_flags INTERFACE LINKER:--as-needed)
if(SCONCE_SANITIZE)
  target_compile_options(sconce_flags INTERFACE -fsanitize=${SCONCE_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sconce_flags INTERFACE -fsanitize=${SCONCE_SANITIZE})
  if(SCONCE_SANITIZE MATCHES "undefined")
    # LibTorch exports no type information for some of its classes.
    target_compile_options(sconce_flags INTERFACE -fno-sanitize=vptr)
  endif()
endif()

# Behind precompiled headers GCC 12 sees overflows in string concatenation that are not there (GCC bug 105651).
function(precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  target_compile_options(${target} PRIVATE
    "$<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>")
endfunction()

function(compile_together target wanted)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${wanted} UNITY_BUILD_BATCH_SIZE 6)
endfunction()

# sconce_library(NAME [UNITY] SOURCES ... DEPENDS ... [PRECOMPILE HEADER...]): one folder, one static library. DEPENDS
# states the one-way rule of the design: what is not listed does not link. PRECOMPILE: what takes most of the time of most
# files. UNITY: a few files are compiled at once, where another project's headers take most of the time even so; names
# must then differ within the folder.
function(sconce_library name)
  cmake_parse_arguments(ARG "UNITY" "" "SOURCES;DEPENDS;PRECOMPILE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC sconce_flags ${ARG_DEPENDS})
  if(ARG_PRECOMPILE)
    precompile(${name} ${ARG_PRECOMPILE})
  endif()
  compile_together(${name} "${ARG_UNITY}")
endfunction()

# sconce_test(NAME [UNITY] SOURCES ... DEPENDS ... [LABELS ...] [PRECOMPILE HEADER...] [PRECOMPILED TARGET]): one test
# binary of a folder, run by ctest as one test. PRECOMPILE: what takes most of its time beside GoogleTest. PRECOMPILED: the
# library whose precompiled headers serve here too.
function(sconce_test name)
  cmake_parse_arguments(ARG "UNITY" "PRECOMPILED" "SOURCES;DEPENDS;LABELS;PRECOMPILE" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE sconce_flags ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    SCONCE_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
  if(ARG_PRECOMPILED)
    target_precompile_headers(${name} REUSE_FROM ${ARG_PRECOMPILED})
  else()
    precompile(${name} <gmock/gmock.h> <gtest/gtest.h> ${ARG_PRECOMPILE})
    # What a test spends its time in is what it tests; its own code only has to compile quickly. (Not so under the address
    # sanitizer, where its own checks would take most of the time.)
    if(NOT SCONCE_SANITIZE MATCHES "address")
      target_compile_options(${name} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-O0>)
    endif()
  endif()
  compile_together(${name} "${ARG_UNITY}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS "${ARG_LABELS}")
endfunction()
