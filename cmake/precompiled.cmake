# Precompiled headers: what most files include anyway is read once per build, not once per file.
#
#   eider_precompiled       the standard library and JSON, for every room
#   eider_test_precompiled  the same with GoogleTest, for every test
#
# Room engine has its own (eider_room(... PRECOMPILE ...)): DuckDB's headers are most of its work.
# They are an accelerator only: every file includes what it uses, and the preset `dev`, which
# clang-tidy looks at as well, goes without them.

set(EIDER_PRECOMPILE ON CACHE BOOL "Read the common headers once per build")

set(eider_common_headers
    <algorithm> <chrono> <expected> <filesystem> <functional> <map> <memory> <mutex> <optional>
    <set> <span> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>
    <nlohmann/json.hpp>)
set(eider_test_headers ${eider_common_headers} <gmock/gmock.h> <gtest/gtest.h>)

# An object library of nothing but `headers`, for others to reuse.
function(eider_add_precompiled target)
  set(nothing "${PROJECT_BINARY_DIR}/${target}.cc")
  file(CONFIGURE OUTPUT "${nothing}" CONTENT "")
  add_library(${target} OBJECT EXCLUDE_FROM_ALL "${nothing}")
  target_precompile_headers(${target} PRIVATE ${ARGN})
endfunction()

if(EIDER_PRECOMPILE)
  eider_add_precompiled(eider_precompiled ${eider_common_headers})
  eider_add_precompiled(eider_test_precompiled ${eider_test_headers})
  target_link_libraries(eider_test_precompiled PRIVATE GTest::gmock)
  target_compile_options(eider_test_precompiled PRIVATE ${EIDER_TEST_OPTIONS})
endif()
