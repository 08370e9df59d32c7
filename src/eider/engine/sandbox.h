// One DuckDB in memory that can reach nothing by itself.
//
// Its file system is ObjectFileSystem, extensions and secrets are off, the configuration is locked;
// it spills into a private directory that goes away with it.
#pragma once

#include <memory>

#include <duckdb/main/database.hpp>

#include "eider/base/result.h"
#include "eider/engine/private_directory.h"
#include "eider/engine/sql_engine.h"
#include "eider/plugin/pool.h"

namespace eider::engine {

class Sandbox {
 public:
  // Errors: kInvalid (options), kOutOfMemory, kUnavailable.
  static Result<std::unique_ptr<Sandbox>> Open(const EngineOptions& options);

  // For connections; safe from several threads.
  duckdb::DuckDB& database() { return *database_; }

  // As given, but with the private directory for spilling, and with no more threads than the memory
  // limit can feed.
  const EngineOptions& options() const { return options_; }

  // Processes that rows of its queries go through; safe from several threads.
  plugin::Pool& plugins() { return plugins_; }

 private:
  Sandbox(EngineOptions options, std::unique_ptr<PrivateDirectory> directory);

  EngineOptions options_;
  std::unique_ptr<PrivateDirectory> directory_;  // outlives the database
  std::unique_ptr<duckdb::DuckDB> database_;
  plugin::Pool plugins_;
};

}  // namespace eider::engine
