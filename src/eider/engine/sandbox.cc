#include "eider/engine/sandbox.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <new>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <duckdb/function/scalar_function.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/materialized_query_result.hpp>
#include <duckdb/parser/parsed_data/create_scalar_function_info.hpp>
#include <duckdb/parser/parsed_data/create_table_function_info.hpp>
#include <fmt/format.h>

#include "eider/base/advice.h"
#include "eider/base/result.h"
#include "eider/engine/arrow_scan.h"
#include "eider/engine/file_rows.h"
#include "eider/engine/object_file_system.h"
#include "eider/engine/read_counts.h"
#include "eider/engine/rescue_function.h"
#include "eider/engine/text_function.h"

namespace eider::engine {
namespace {

// Below this DuckDB cannot even hold one row group on its way.
constexpr std::uint64_t kMemoryBytesMin = 32ULL << 20U;

// Sorting and writing wide rows at the same time takes about this much for every thread; with less
// DuckDB runs out of memory instead of spilling: on a busy machine two threads met it at 128 MiB.
// Source: DuckDB's documentation, "Tuning Workloads": 125 MB for a thread at least.
constexpr std::uint64_t kMemoryBytesPerThread = 125'000'000;

Status CheckOptions(const EngineOptions& options) {
  if (options.memory_limit_bytes < kMemoryBytesMin) {
    return Fail(Code::kInvalid, fmt::format("engine.memory_limit is too small: {} bytes, at least "
                                            "{}",
                                            options.memory_limit_bytes, kMemoryBytesMin));
  }
  if (options.threads < 1) {
    return Fail(Code::kInvalid,
                fmt::format("engine.threads must be at least 1: {}", options.threads));
  }
  return {};
}

// What is set while DuckDB starts.
void SetAtStart(const EngineOptions& options, duckdb::DBConfig& config) {
  config.options.maximum_memory = options.memory_limit_bytes;
  config.options.maximum_threads = static_cast<duckdb::idx_t>(options.threads);
  config.options.temporary_directory = options.temp_directory;
  // One damaged file must not stop the others; there is no data here to protect.
  config.SetOptionByName("disable_database_invalidation", duckdb::Value::BOOLEAN(true));
}

// What is set last, in this order; after it nothing can be set any more.
constexpr auto kLockdown = std::to_array<const char*>({
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET allow_persistent_secrets = false",
    // Reads of one query share one open object already, and no bytes outlive their query.
    "SET enable_external_file_cache = false",
    "SET enable_progress_bar = false",
    // Order is kept where the SQL asks for it; elsewhere it only costs parallel writing.
    "SET preserve_insertion_order = false",
    "SET GLOBAL TimeZone = 'UTC'",
    "SET allowed_directories = ['s3://', 'file://']",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
});

std::unexpected<Error> TooLittleMemory(std::string_view why) {
  return Fail(Code::kOutOfMemory,
              fmt::format("cannot open DuckDB: this process has too little memory ({}): {}", why,
                          kRaiseProcessMemory));
}

// The functions that SQL of the engine's own calls.
void AddFunctions(duckdb::Connection& connection) {
  std::vector<duckdb::ScalarFunction> functions = TextFunctions();
  std::ranges::move(RescueFunctions(), std::back_inserter(functions));
  functions.push_back(FileTextFunction());
  for (duckdb::ScalarFunction& function : functions) {
    duckdb::CreateScalarFunctionInfo info(std::move(function));
    connection.context->RegisterFunction(info);
  }
  duckdb::CreateTableFunctionInfo rows(ArrowRowsFunction());
  connection.context->RegisterFunction(rows);
}

}  // namespace

Sandbox::Sandbox(EngineOptions options, std::unique_ptr<PrivateDirectory> directory)
    : options_(std::move(options)), directory_(std::move(directory)) {
  options_.temp_directory = directory_->path();
  const std::uint64_t threads_max =
      std::max<std::uint64_t>(1, options_.memory_limit_bytes / kMemoryBytesPerThread);
  if (threads_max < static_cast<std::uint64_t>(options_.threads)) {
    options_.threads = static_cast<int>(threads_max);
  }
}

Result<std::unique_ptr<Sandbox>> Sandbox::Open(const EngineOptions& options) {
  EIDER_CHECK(CheckOptions(options));
  EIDER_ASSIGN(auto directory, PrivateDirectory::Make(options.temp_directory));
  std::unique_ptr<Sandbox> sandbox(new Sandbox(options, std::move(directory)));
  try {
    duckdb::DBConfig config;
    SetAtStart(sandbox->options_, config);
    EnableReadCounts(config);
    sandbox->database_ = std::make_unique<duckdb::DuckDB>(nullptr, &config);
    sandbox->database_->GetFileSystem().RegisterSubSystem(
        MakeObjectFileSystem(sandbox->options_.temp_directory));
    duckdb::Connection connection(*sandbox->database_);
    AddFunctions(connection);
    for (const char* setting : kLockdown) {
      const auto result = connection.Query(setting);
      if (result->HasError()) result->ThrowError();
    }
  } catch (const std::bad_alloc& error) {
    return TooLittleMemory(error.what());
  } catch (const std::system_error& error) {  // no thread without its stack
    return TooLittleMemory(error.what());
  } catch (const std::exception& error) {
    const duckdb::ErrorData data(error);
    if (data.Type() == duckdb::ExceptionType::OUT_OF_MEMORY) {
      return TooLittleMemory(data.RawMessage());
    }
    return Fail(Code::kUnavailable, "cannot open DuckDB: " + data.RawMessage());
  }
  return sandbox;
}

}  // namespace eider::engine
