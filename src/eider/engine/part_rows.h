// The rows of one reader call, read once and kept apart for the parts of a file.
//
// They are held as DuckDB holds its own intermediate results: in memory, and on the temporary disk
// where the memory limit does not suffice. Each row is there once for each part that it belongs to.
// Where the parts are so many, or the rows so wide, that a chunk for each would fill the memory,
// several parts share a bucket, and a part's scan passes over the rows of the others.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/common/types/column/column_data_collection.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/planner/operator/logical_get.hpp>

#include "eider/engine/query.h"
#include "eider/engine/row_sink.h"

namespace eider::engine {

class PartRows final : public RowSink {
 public:
  struct Options {
    // Of the rows that come in; a last column more has the text that tells the parts apart.
    duckdb::vector<duckdb::LogicalType> types;
    std::vector<const RowFilter*> parts;  // borrowed; null: the part has all rows
    std::uint64_t memory_bytes = 0;       // for chunks that are being filled, of all threads
    int threads = 1;
  };

  PartRows(duckdb::DatabaseInstance& database, const Options& options);

  std::unique_ptr<Worker> NewWorker() override;

  // A value of a filter that no row has, if there is one. Once all rows are here.
  std::optional<std::string> FindMissingValue() const;

  // How many rows the part has. Once all rows are here.
  std::uint64_t RowsOf(std::size_t part) const;

  // Lets `get`, which was to read the file, scan the rows of the part instead, as often and from as
  // many connections as need be. `columns` are the ids of the columns here, in their order, among
  // them all that `get` asks for. The rows must outlive the plan.
  void ReadFor(std::size_t part, const std::vector<duckdb::column_t>& columns,
               duckdb::LogicalGet& get) const;

  // What a scan of one part needs.
  struct Scan {
    const duckdb::ColumnDataCollection* rows = nullptr;
    std::vector<bool> is_ours;  // by group; empty: all rows are
    duckdb::column_t group_column = 0;
  };

 private:
  class PartWorker;

  // Rows that belong to the same parts. Group 0: to no part but those that have all rows.
  struct Group {
    std::vector<std::size_t> parts;
    std::vector<std::size_t> buckets;
  };

  std::uint32_t GroupOf(std::optional<std::string_view> value) const;
  void AddGroups(const std::vector<const RowFilter*>& parts);
  void Spread(std::size_t bucket_count, std::size_t part_count);
  void AddRows(std::vector<std::unique_ptr<duckdb::ColumnDataCollection>>& rows,
               const std::vector<std::uint64_t>& group_rows);
  std::vector<std::unique_ptr<duckdb::ColumnDataCollection>> NewBuckets() const;

  duckdb::DatabaseInstance& database_;
  duckdb::vector<duckdb::LogicalType> types_;  // those of the rows, and the group's
  std::map<std::optional<std::string>, std::uint32_t, std::less<>> group_of_value_;
  std::vector<Group> groups_;
  std::vector<std::size_t> bucket_of_part_;
  std::vector<Scan> scans_;  // by part

  std::mutex mutex_;  // guards both, until all rows are here
  std::vector<std::unique_ptr<duckdb::ColumnDataCollection>> buckets_;
  std::vector<std::uint64_t> group_rows_;
};

}  // namespace eider::engine
