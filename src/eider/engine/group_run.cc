// Finding the files that are like the first, and writing the rows of all.
#include "eider/engine/group_run.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>
#include <fmt/format.h>

#include "eider/base/in_parallel.h"
#include "eider/base/result.h"
#include "eider/engine/explanation.h"
#include "eider/engine/file_rows.h"
#include "eider/engine/folder_columns.h"
#include "eider/engine/parquet_facts.h"
#include "eider/engine/reader_call.h"
#include "eider/engine/reader_options.h"
#include "eider/engine/statement.h"
#include "eider/engine/table_output.h"

namespace eider::engine {
namespace {

// Files that are opened at a time: each waits for its store.
constexpr std::size_t kOpeningMax = 8;

std::unexpected<Error> NoGroup(std::string_view why) {
  return Fail(Code::kUnsupported, fmt::format("files are not read together: {}", why));
}

Status CheckQuery(const Query& query) {
  if (!query.inputs.empty() || !query.tables.empty()) {
    return NoGroup("the query reads something else beside them");
  }
  if (query.part) return NoGroup("the query is for a part of its file");
  if (query.reject) return NoGroup("the query sets records of its file aside");
  return {};
}

// The reader that a path in the place of the first one would have; nothing for none.
std::optional<std::string> ReaderOf(const BoundSql& sql, const std::string& path) {
  const duckdb::TableRef& read = **sql.reads.front();
  if (read.type != duckdb::TableReferenceType::TABLE_FUNCTION) return ReaderOfName(path);
  return read.Cast<duckdb::TableFunctionRef>()
      .function->Cast<duckdb::FunctionExpression>()
      .function_name;
}

struct AlikeFiles {
  std::vector<std::size_t> places;  // among all files, the first before all
  std::vector<std::string> paths;
  std::vector<std::int64_t> rows;  // by their footers
  std::uint64_t bytes = 0;         // 0: unknown
};

// Opens the files, and looks at them as Run does before it reads.
Result<std::vector<std::optional<ParquetShape>>> ShapesOf(QueryGrants& grants,
                                                          const std::vector<std::string>& paths) {
  std::vector<Result<std::optional<ParquetShape>>> shapes(paths.size());
  InParallel(paths.size(), kOpeningMax,
             [&](std::size_t i) { shapes[i] = grants.ShapeOf(paths[i]); });
  std::vector<std::optional<ParquetShape>> all;
  for (auto& shape : shapes) {
    if (!shape) return std::unexpected(std::move(shape).error());
    all.push_back(*std::move(shape));
  }
  return all;
}

// Files of one name are never together: rows are told apart by it.
AlikeFiles FindNamedAlike(const BoundSql& sql, std::span<const InputFile> files) {
  AlikeFiles alike;
  const std::string first = files.front().file.uri.ToString();
  std::set<std::string> known;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string path = files[i].file.uri.ToString();
    const bool is_alike = CheckPath(path) && ReaderOf(sql, path) == ReaderOf(sql, first) &&
                          FolderColumns(path) == FolderColumns(first);
    if (!is_alike || !known.insert(path).second) continue;
    alike.places.push_back(i);
    alike.paths.push_back(path);
  }
  return alike;
}

Result<AlikeFiles> FindAlike(QueryGrants& grants, const BoundSql& sql,
                             std::span<const InputFile> files) {
  AlikeFiles named = FindNamedAlike(sql, files);
  for (const std::size_t place : named.places) {
    grants.AllowRead(files[place].file, files[place].opening);
  }
  EIDER_ASSIGN(const auto shapes, ShapesOf(grants, named.paths));
  if (!shapes.front()) return NoGroup("the first of them is not Parquet");
  AlikeFiles alike;
  bool is_size_known = true;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (!shapes[i] || shapes[i]->bytes != shapes.front()->bytes || shapes[i]->rows < 0) continue;
    alike.places.push_back(named.places[i]);
    alike.paths.push_back(std::move(named.paths[i]));
    alike.rows.push_back(shapes[i]->rows);
    const std::uint64_t bytes = files[named.places[i]].file.size_bytes;
    alike.bytes += bytes;
    is_size_known = is_size_known && bytes > 0;
  }
  if (alike.places.empty() || alike.places.front() != 0) {
    return NoGroup("the footer of the first does not tell its rows");
  }
  if (!is_size_known) alike.bytes = 0;
  return alike;
}

// Each row that was written was counted for its file.
Status CheckCounts(const GroupWritten& written) {
  std::int64_t rows = 0;
  for (const iceberg::DataFile& file : written.files) rows += file.record_count;
  std::int64_t counted = 0;
  for (const auto& share : written.shares) counted += share ? share->rows : 0;
  if (rows == counted) return {};
  return Fail(Code::kInternal, fmt::format("{} rows of a group of files were written, and {} were "
                                           "counted by file: nothing was loaded",
                                           rows, counted));
}

}  // namespace

Result<GroupWritten> RunTogether(QuerySession& session, const GroupRun& run) {
  EIDER_CHECK(CheckQuery(run.query));
  EIDER_ASSIGN(BoundSql sql, BindFiles(run.query.sql, run.files.front().file.uri.ToString()));
  const auto reader = ReaderOf(sql, run.files.front().file.uri.ToString());
  if (!reader || ReaderKindOf(*reader) != ReaderKind::kParquet) {
    return NoGroup("their reader is not that of Parquet");
  }
  EIDER_ASSIGN(const AlikeFiles alike, FindAlike(session.grants(), sql, run.files));
  Query query = run.query;
  query.input.size_bytes = alike.bytes;
  EIDER_ASSIGN(QueryPlan plan, session.BindGroup(query, sql, alike.paths));
  const auto tally = std::make_shared<FileTally>(alike.paths);
  EIDER_CHECK(TellFiles(plan, tally, session.errors()));
  GroupWritten written;
  EIDER_ASSIGN(written.files,
               WriteTable(plan, session, {query, run.target, run.sandbox.options(), run.store}));
  written.shares.resize(run.files.size());
  for (std::size_t i = 0; i < alike.places.size(); ++i) {
    written.shares[alike.places[i]] = {
        .rows = static_cast<std::int64_t>(tally->RowsOf(alike.paths[i])),
        .rows_read = static_cast<std::uint64_t>(alike.rows[i])};
  }
  if (Status counts = CheckCounts(written); !counts) {
    RemoveFiles(run.store, written.files);
    return std::unexpected(std::move(counts).error());
  }
  written.readers = ToText(session.ExplainReaders());
  return written;
}

}  // namespace eider::engine
