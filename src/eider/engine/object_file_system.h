// DuckDB's view of the world: objects of our store, and of those only what the query was granted.
//
// The file system answers for every path there is. A call that comes from a query (its opener has a
// client context) is served from that query's grants or refused; a call of the database itself
// (spilling) reaches local files below the private temporary directory and nothing else. Paths are
// URI texts, taken literally; only below the prefixes that a route declares a pattern stands for
// the objects that match.
#pragma once

#include <string>

#include <duckdb/common/file_system.hpp>
#include <duckdb/main/client_context.hpp>

#include "eider/base/result.h"
#include "eider/engine/query_grants.h"

namespace eider::engine {

duckdb::unique_ptr<duckdb::FileSystem> MakeObjectFileSystem(std::string temp_directory);

// Leaves as an exception of DuckDB's, the only language that its code understands; the grants keep
// the error itself for the caller of the query.
[[noreturn]] void ThrowToDuckDb(QueryGrants& grants, const Error& error);

// Attaches grants to a connection for the time of one query.
class GrantScope {
 public:
  GrantScope(duckdb::ClientContext& context, SharedGrants grants);
  ~GrantScope();
  GrantScope(const GrantScope&) = delete;
  GrantScope& operator=(const GrantScope&) = delete;

 private:
  duckdb::ClientContext& context_;
};

}  // namespace eider::engine
