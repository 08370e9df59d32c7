# A room: a folder of src/eider that becomes one static library, its tests and its benchmarks.
#
#   eider_room(<room> [DEPS <lower rooms>] [LINK <targets>] [PRIVATE <targets>]
#              [PRECOMPILE <headers>] [APART <files>] [PURE <files>])
#
# LINK names the libraries whose headers this room's own headers may include; PRIVATE those that
# only its .cc files see; PRECOMPILE headers that are read once for the room, beside the common
# ones (cmake/precompiled.cmake). The preset `asan` compiles several files of a room as one
# (CMake's unity build), and EIDER_TESTS_TOGETHER those of its tests; APART names those which
# share names of their own with others, and are compiled alone. PURE names those that use nothing of
# PRIVATE or PRECOMPILE: they are there also where of the room only the headers are
# (EIDER_HEADERS_ONLY). The files of the folder sort themselves by name:
#
#   x.cc            library eider_<room>
#   x_test.cc       eider_<room>_test, in ctest as <room>.<Suite>.<Test>, label unit
#   x_benchmark.cc  eider_<room>_benchmark
#   x_fuzz.cc       eider_<room>_x_fuzz, one program per file, only in the preset asan
#   main.cc         (room app) the program: <build folder>/eider
#
#   eider_suite(<name> [DEPS <rooms>] [LINK <targets>])
#
# A folder of tests/ that crosses rooms: all its .cc files become eider_<name>_test, label <name>.

include(GoogleTest)

# The libraries of the rooms named in ARGN; says so plainly when one is not there.
function(eider_room_targets out owner)
  set(targets)
  foreach(dep IN LISTS ARGN)
    if(NOT TARGET eider_${dep})
      message(FATAL_ERROR "${owner} needs room `${dep}`, which is not there, not of a lower level, "
                          "or left out of EIDER_ROOMS")
    endif()
    list(APPEND targets eider_${dep})
  endforeach()
  set(${out} ${targets} PARENT_SCOPE)
endfunction()

# Has `target` read the common headers once, and the room's own, if any, with them.
function(eider_precompile target common common_headers)
  if(EIDER_PRECOMPILE AND ARGN)
    target_precompile_headers(${target} PRIVATE ${common_headers} ${ARGN})
  elseif(EIDER_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${common})
  endif()
endfunction()

# One GoogleTest program from `sources`, in ctest under `label`.
function(eider_add_test target label prefix sources)
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${ARGN} GTest::gmock GTest::gmock_main)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  # For files under tests/golden and the like.
  target_compile_definitions(${target} PRIVATE EIDER_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_compile_options(${target} PRIVATE ${EIDER_TEST_OPTIONS})
  if(EIDER_TESTS_TOGETHER)
    # What is compiled together is not the file that g++ was given: its hint is for headers.
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON)
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
  set(environment)
  if(EIDER_SANITIZE MATCHES "thread")
    set(environment ENVIRONMENT
        "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tools/tsan_suppressions.txt")
  endif()
  # A loaded machine may take long to start a program for the first time.
  gtest_discover_tests(${target} TEST_PREFIX ${prefix} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120
                       PROPERTIES LABELS ${label} TIMEOUT 300 ${environment})
endfunction()

# What ./dev builds of a preset that it does not build whole.
add_custom_target(eider_unit_tests)
add_custom_target(eider_fuzzers)

function(eider_add_fuzzers room sources)
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(eider_${room}_${name} "${source}")
    target_link_libraries(eider_${room}_${name} PRIVATE eider_${room} ${ARGN})
    target_link_options(eider_${room}_${name} PRIVATE -fsanitize=fuzzer)  # with its main
    set_target_properties(eider_${room}_${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzzers")
    add_dependencies(eider_fuzzers eider_${room}_${name})
  endforeach()
endfunction()

function(eider_add_program target library)
  add_executable(${target} main.cc)
  target_link_libraries(${target} PRIVATE ${library} ${ARGN})
  # libduckdb.so is found beside the program, and (CMake adds it) where the build found it.
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}"
    BUILD_RPATH "$ORIGIN"
    INSTALL_RPATH "$ORIGIN")
  install(TARGETS ${target} RUNTIME DESTINATION .)
endfunction()

# The same program as Lambda's custom runtime: in /var/task, started by the loader and with the
# libraries that lie there, so that the glibc of the machine does not matter. DT_RPATH, because
# Lambda sets LD_LIBRARY_PATH, which would win over DT_RUNPATH. ./dev package lambda builds it.
function(eider_add_bootstrap target library)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    set(loader ld-linux-aarch64.so.1)
  else()
    set(loader ld-linux-x86-64.so.2)
  endif()
  add_executable(${target} EXCLUDE_FROM_ALL main.cc)
  target_link_libraries(${target} PRIVATE ${library} ${ARGN})
  target_link_options(${target} PRIVATE
    "LINKER:--dynamic-linker=/var/task/lib/${loader}" "LINKER:--disable-new-dtags")
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME bootstrap
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lambda"
    BUILD_WITH_INSTALL_RPATH ON
    INSTALL_RPATH "$ORIGIN/lib")
endfunction()

function(eider_room room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPS;LINK;PRIVATE;PRECOMPILE;APART;PURE")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "eider_room(${room}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()
  eider_room_targets(deps "Room `${room}`" ${arg_DEPS})

  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  set(tests ${sources})
  set(benchmarks ${sources})
  set(fuzzers ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER benchmarks INCLUDE REGEX "_benchmark\\.cc$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_benchmark|_fuzz|/main)\\.cc$")

  set_source_files_properties(${arg_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  set(library eider_${room})
  if(room IN_LIST EIDER_HEADERS_ONLY)
    set(sources ${arg_PURE})
    set(tests)
    set(benchmarks)
    set(arg_PRIVATE)
    set(arg_PRECOMPILE)
  endif()
  if(sources)
    add_library(${library} STATIC ${sources})
    target_include_directories(${library} PUBLIC "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(${library} PUBLIC ${deps} ${arg_LINK} PRIVATE ${arg_PRIVATE})
    eider_precompile(${library} eider_precompiled "${eider_common_headers}" ${arg_PRECOMPILE})
  else()
    add_library(${library} INTERFACE)  # headers only
    target_include_directories(${library} INTERFACE "${PROJECT_SOURCE_DIR}/src")
    target_link_libraries(${library} INTERFACE ${deps} ${arg_LINK})
  endif()

  if(EIDER_SANITIZE MATCHES "fuzzer-no-link")
    eider_add_fuzzers(${room} "${fuzzers}" ${arg_PRIVATE})
  endif()
  if(tests)
    eider_add_test(${library}_test unit ${room}. "${tests}" ${library} ${arg_PRIVATE})
    eider_precompile(${library}_test eider_test_precompiled "${eider_test_headers}"
                     ${arg_PRECOMPILE})
    add_dependencies(eider_unit_tests ${library}_test)
  endif()
  if(benchmarks)
    set(when)
    if(EIDER_SANITIZE)
      set(when EXCLUDE_FROM_ALL)  # its numbers would say nothing
    endif()
    add_executable(${library}_benchmark ${when} ${benchmarks})
    target_link_libraries(${library}_benchmark PRIVATE ${library} ${arg_PRIVATE}
                          benchmark::benchmark benchmark::benchmark_main)
  endif()
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/main.cc")
    eider_add_program(eider ${library} ${arg_PRIVATE})
    eider_add_bootstrap(eider_bootstrap ${library} ${arg_PRIVATE})
  endif()
endfunction()

function(eider_suite name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPS;LINK")
  eider_room_targets(deps "tests/${name}" ${arg_DEPS})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  eider_add_test(eider_${name}_test ${name} ${name}. "${sources}" ${deps} ${arg_LINK})
  eider_precompile(eider_${name}_test eider_test_precompiled "${eider_test_headers}")
endfunction()
