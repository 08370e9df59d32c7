// DuckDB's errors as ours: what the caller can do decides the code.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include <duckdb/common/error_data.hpp>

#include "eider/base/result.h"
#include "eider/engine/query_grants.h"
#include "eider/engine/sql_engine.h"

namespace eider::engine {

// The errors of one query. Borrows both.
class QueryErrors {
 public:
  // `question`: what the SQL is called that is no route's, such as "--sql"; empty: it is a route's.
  QueryErrors(const QueryGrants& grants, const EngineOptions& options, std::string question = {})
      : grants_(grants), options_(options), question_(std::move(question)) {}

  // A stop that was asked for and the first error of the store go before what DuckDB made of them.
  Error From(const duckdb::ErrorData& error) const;

  Error From(const std::exception& error) const { return From(duckdb::ErrorData(error)); }

 private:
  Error FromInput(const std::string& message) const;
  Error OfQuestion(duckdb::ExceptionType type, const std::string& message) const;

  const QueryGrants& grants_;
  const EngineOptions& options_;
  const std::string question_;
};

}  // namespace eider::engine
