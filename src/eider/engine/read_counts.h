// How many rows the readers of a query gave, counted as they pass.
#pragma once

#include <cstdint>
#include <optional>

#include <duckdb/main/client_context.hpp>
#include <duckdb/main/config.hpp>

namespace eider::engine {

// Makes databases of that configuration count for those contexts that ask for it.
void EnableReadCounts(duckdb::DBConfig& config);

// Counts in one query of a context, which is borrowed: the rows of the one reader call of a plan
// whose operators need all of its rows (none that joins, limits or unites).
class ReadCount {
 public:
  explicit ReadCount(duckdb::ClientContext& context);
  ~ReadCount();

  ReadCount(const ReadCount&) = delete;
  ReadCount& operator=(const ReadCount&) = delete;

  // Nothing where the plan is another than that.
  std::optional<std::uint64_t> rows() const;

  // Whether the plan, as it was run, only projects and filters what one call gives.
  bool is_row_by_row() const;

  struct State;

 private:
  duckdb::ClientContext& context_;
  duckdb::shared_ptr<State> state_;  // shared: the context keeps one too
};

}  // namespace eider::engine
