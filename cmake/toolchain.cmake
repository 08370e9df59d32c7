# Language, warnings, sanitizers, linker and compiler cache, for every target alike.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(EIDER_TEST_OPTIONS "" CACHE STRING "Compile options of the tests alone, after all others")
# With fuzzer-no-link (clang only) the fuzz targets are built as well (room.cmake).
set(EIDER_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, separated by commas")

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow)
add_compile_options(-pthread)  # every target alike, as precompiled headers need it
add_compile_definitions($<$<NOT:$<CONFIG:Release>>:_GLIBCXX_ASSERTIONS>)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overlaps and overflows in std::string that are not there, at -O3.
  add_compile_options(-Werror -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
else()
  # clang, for the sanitizers: g++ has warned already, and some of clang's warnings are
  # about libstdc++ itself.
  add_compile_options(-w)
  # With libstdc++'s constexpr unique_ptr, clang wants complete types where DuckDB only declares.
  add_compile_options(-D_GLIBCXX23_CONSTEXPR=)
endif()

if(EIDER_SANITIZE)
  set(sanitize -fsanitize=${EIDER_SANITIZE} -fno-sanitize-recover=all)
  add_compile_options(${sanitize} -fno-omit-frame-pointer)
  add_link_options(${sanitize})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The instrumentation hides the flow that this warning reasons about.
    add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overread)
  endif()
endif()

find_program(EIDER_CCACHE ccache)
if(EIDER_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The sloppiness that precompiled headers need (ccache's manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      "${EIDER_CCACHE}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  else()
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()

find_program(EIDER_MOLD mold)
find_program(EIDER_LLD ld.lld)
if(EIDER_MOLD)
  add_link_options(-fuse-ld=mold)
elseif(EIDER_LLD)
  add_link_options(-fuse-ld=lld)
endif()
