# Every library that a room may link: Debian's packages, DuckDB and nanoarrow from the cache folder.
#
# Targets for eider_room(... LINK ...): fmt::fmt spdlog::spdlog CLI11::CLI11
# nlohmann_json::nlohmann_json yaml-cpp SQLite::SQLite3 SQLiteCpp OpenSSL::Crypto OpenSSL::SSL
# ZLIB::ZLIB zstd::libzstd_shared CURL::libcurl pugixml::pugixml re2::re2 Threads::Threads
# PostgreSQL::libpq Boost::headers DuckDB::duckdb nanoarrow::ipc; valijson is headers alone

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)  # Debian's is compiled against the fmt above
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_package(pugixml REQUIRED)
find_package(Boost 1.74 REQUIRED)  # Asio and Beast, headers alone
find_package(zstd REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)

# Debian's RE2, valijson and libpq come without a CMake package that does (CMake's
# own for libpq wants the server's headers).
find_library(EIDER_RE2 re2 REQUIRED)
find_path(EIDER_RE2_INCLUDE re2/re2.h REQUIRED)
find_path(EIDER_VALIJSON_INCLUDE valijson/validator.hpp REQUIRED)
add_library(re2::re2 UNKNOWN IMPORTED)
set_target_properties(re2::re2 PROPERTIES
  IMPORTED_LOCATION "${EIDER_RE2}"
  INTERFACE_INCLUDE_DIRECTORIES "${EIDER_RE2_INCLUDE}")
find_library(EIDER_LIBPQ pq REQUIRED)
find_path(EIDER_LIBPQ_INCLUDE libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
add_library(PostgreSQL::libpq UNKNOWN IMPORTED)
set_target_properties(PostgreSQL::libpq PROPERTIES
  IMPORTED_LOCATION "${EIDER_LIBPQ}"
  INTERFACE_INCLUDE_DIRECTORIES "${EIDER_LIBPQ_INCLUDE}")

# ./dev setup puts both there, checked by their hashes.
set(eider_cache_default "$ENV{EIDER_CACHE}")
if(NOT eider_cache_default)
  set(eider_cache_default "$ENV{HOME}/.cache/eider")
endif()
set(EIDER_CACHE "${eider_cache_default}" CACHE PATH "Where ./dev setup keeps what it fetched")

set(eider_duckdb "${EIDER_CACHE}/duckdb-1.5.5")
if(NOT EXISTS "${eider_duckdb}/lib/libduckdb.so" OR NOT EXISTS "${eider_duckdb}/include/duckdb.hpp")
  message(FATAL_ERROR "No DuckDB in ${eider_duckdb}: run ./dev setup, or set EIDER_CACHE")
endif()
add_library(DuckDB::duckdb SHARED IMPORTED)
set_target_properties(DuckDB::duckdb PROPERTIES
  IMPORTED_LOCATION "${eider_duckdb}/lib/libduckdb.so"
  IMPORTED_NO_SONAME FALSE
  INTERFACE_INCLUDE_DIRECTORIES "${eider_duckdb}/include")  # of an imported target: -isystem

# nanoarrow with its Arrow IPC part and flatcc, which that needs: C, without our warnings and
# sanitizers.
set(eider_nanoarrow "${EIDER_CACHE}/nanoarrow-0.9.0")
if(NOT EXISTS "${eider_nanoarrow}/nanoarrow/nanoarrow_ipc.h")
  message(FATAL_ERROR "No nanoarrow in ${eider_nanoarrow}: run ./dev setup, or set EIDER_CACHE")
endif()
set(NANOARROW_VERSION 0.9.0)
set(NANOARROW_VERSION_MAJOR 0)
set(NANOARROW_VERSION_MINOR 9)
set(NANOARROW_VERSION_PATCH 0)
configure_file("${eider_nanoarrow}/nanoarrow/nanoarrow_config.h.in"
               "${PROJECT_BINARY_DIR}/nanoarrow/nanoarrow/nanoarrow_config.h")
file(GLOB eider_nanoarrow_sources "${eider_nanoarrow}/nanoarrow/common/*.c"
     "${eider_nanoarrow}/nanoarrow/ipc/*.c" "${eider_nanoarrow}/flatcc/*.c")
add_library(eider_nanoarrow STATIC ${eider_nanoarrow_sources})
add_library(nanoarrow::ipc ALIAS eider_nanoarrow)
target_include_directories(eider_nanoarrow SYSTEM PUBLIC
  "${eider_nanoarrow}" "${PROJECT_BINARY_DIR}/nanoarrow")
target_include_directories(eider_nanoarrow PRIVATE "${eider_nanoarrow}/flatcc")
set_target_properties(eider_nanoarrow PROPERTIES COMPILE_OPTIONS "-O2;-w" UNITY_BUILD OFF)
