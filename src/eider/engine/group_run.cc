#include "eider/engine/group_run.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>
#include <fmt/format.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/engine/explanation.h"
#include "eider/engine/file_rows.h"
#include "eider/engine/folder_columns.h"
#include "eider/engine/lineage.h"
#include "eider/engine/reader_call.h"
#include "eider/engine/reader_options.h"
#include "eider/engine/statement.h"
#include "eider/engine/table_output.h"

namespace eider::engine {
namespace {

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

// Files that one reader call may read, by their names.
struct NamedFiles {
  std::vector<std::size_t> places;  // among all files, the first before all
  std::vector<std::string> paths;
};

// Files of one name are never together: rows are told apart by it.
NamedFiles FindNamedAlike(const BoundSql& sql, std::span<const InputFile> files) {
  NamedFiles alike;
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

// Of all files together; 0 where one of them is not known.
std::uint64_t BytesOf(std::span<const InputFile> files) {
  std::uint64_t bytes = 0;
  for (const InputFile& file : files) {
    if (file.file.size_bytes == 0) return 0;
    bytes += file.file.size_bytes;
  }
  return bytes;
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
  const NamedFiles named = FindNamedAlike(sql, run.files);
  FileVersions versions;
  for (const std::size_t place : named.places) {
    const FileRef& file = run.files[place].file;
    session.grants().AllowRead(file, run.files[place].opening);
    versions.emplace(file.uri.ToString(), SourceVersion(file));
  }
  session.TellVersions(std::move(versions));
  Query query = run.query;
  query.input.size_bytes = BytesOf(run.files);
  EIDER_ASSIGN(GroupPlan bound, session.BindGroup(query, sql, named.paths, run.target.schema));
  const auto tally = std::make_shared<RowTally>(named.paths);
  EIDER_CHECK(TellFiles(bound.plan, tally, session.errors()));
  GroupWritten written;
  EIDER_ASSIGN(written.files, WriteTable(bound.plan, session,
                                         {query, run.target, run.sandbox.options(), run.store}));
  if (session.rescued().rows > 0) {
    RemoveFiles(run.store, written.files);
    return NoGroup(
        "some of their values do not fit the table, and whose they are is told one by one");
  }
  written.shares.resize(run.files.size());
  for (std::size_t i = 0; i < named.places.size(); ++i) {
    if (!bound.records[i]) continue;
    const auto rows = static_cast<std::int64_t>(tally->RowsOf(named.paths[i]));
    written.shares[named.places[i]] = {.rows = rows, .rows_read = bound.records[i]};
  }
  if (Status counts = CheckCounts(written); !counts) {
    RemoveFiles(run.store, written.files);
    return std::unexpected(std::move(counts).error());
  }
  written.readers = ToText(session.ExplainReaders());
  return written;
}

}  // namespace eider::engine
