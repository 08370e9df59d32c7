#include "eider/engine/unreadable_columns.h"

#include <cstddef>
#include <exception>
#include <set>
#include <string>

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/multi_file/multi_file_states.hpp>
#include <duckdb/common/string_util.hpp>
#include <duckdb/planner/operator/logical_get.hpp>
#include <fmt/format.h>

#include "eider/codec/shortened_text.h"
#include "eider/engine/parquet_facts.h"
#include "eider/engine/reader_call.h"

namespace eider::engine {
namespace {

Status CheckFile(QueryGrants& grants, const std::string& path, const std::set<std::string>& names) {
  EIDER_ASSIGN(const auto unreadable, grants.UnreadableColumns(path));
  for (const UnreadableColumn& column : unreadable) {
    if (!names.contains(duckdb::StringUtil::Lower(column.name))) continue;
    return Fail(Code::kUnsupported,
                fmt::format("column {} {}, or leave the column out of the route's SQL; file {}",
                            codec::ShortName(column.name), column.why, path));
  }
  return {};
}

Status CheckRead(QueryGrants& grants, const std::set<ColumnSource>& needed,
                 const duckdb::LogicalGet& get) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < get.names.size(); ++i) {
    if (needed.contains({&get, i})) names.insert(duckdb::StringUtil::Lower(get.names[i]));
  }
  if (names.empty()) return {};
  const auto& files = *get.bind_data->Cast<duckdb::MultiFileBindData>().file_list;
  for (const duckdb::OpenFileInfo& file : files.GetAllFiles()) {
    EIDER_CHECK(CheckFile(grants, file.path, names));
  }
  return {};
}

}  // namespace

Status CheckReadable(const SharedGrants& grants, const ColumnUse& use) {
  try {
    const std::set<ColumnSource> needed = use.Needed();
    for (const duckdb::LogicalGet* get : use.gets()) {
      if (ReaderKindOf(get->function.name) != ReaderKind::kParquet) continue;
      EIDER_CHECK(CheckRead(*grants, needed, *get));
    }
    return {};
  } catch (const std::exception& error) {
    return Fail(Code::kInvalid, duckdb::ErrorData(error).RawMessage());
  }
}

}  // namespace eider::engine
