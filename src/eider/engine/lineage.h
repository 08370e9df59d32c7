// The columns that tell of each row which file it came from, behind those of the route's SQL
// (Query::lineage).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <duckdb/planner/expression.hpp>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/engine/query_plan.h"

namespace eider::engine {

inline constexpr std::string_view kSourceFile = "_source_file";        // VARCHAR: the file's URI
inline constexpr std::string_view kSourceVersion = "_source_version";  // VARCHAR: as SourceVersion
inline constexpr std::string_view kLoadedAt = "_loaded_at";            // TIMESTAMPTZ

// By URI, what SourceVersion gives of each of several files.
using FileVersions = std::map<std::string, std::string, std::less<>>;

// The object's version, or its ETag where the bucket keeps no versions; empty: neither is known,
// and the column is null.
const std::string& SourceVersion(const FileRef& file);

// Adds the columns to a plan over one file. Errors: kInvalid (the SQL gives a column of such a
// name); those of QueryErrors.
Status AddLineage(QueryPlan& plan, const FileRef& file, const Lineage& lineage,
                  const QueryErrors& errors);

// The same over several files; TellFiles puts the path of each row's file into the calls.
// shared: the plan may outlive the query's session.
Status AddLineage(QueryPlan& plan, std::shared_ptr<const FileVersions> versions,
                  const Lineage& lineage, const QueryErrors& errors);

// The function of a row's version over several files: its last argument is the path (file_rows.h).
inline constexpr const char* kFileVersion = "eider_file_version";

}  // namespace eider::engine
