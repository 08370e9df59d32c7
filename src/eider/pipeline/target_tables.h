// The tables of a file's parts: loaded or created, and looked at for what is in already.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>

#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"
#include "eider/pipeline/file_load.h"
#include "eider/routing/route.h"

namespace eider::pipeline {

// The present state of each table that one file goes to. Used by one thread.
using TargetTables = std::map<iceberg::TableName, catalog::LoadedTable>;

// For a route whose table is not there and that does not create it.
Error MissingTable(const routing::Route& route);

// Errors: kUnsupported (the table's format version, its partitions).
Status CheckAppendable(const iceberg::TableMetadata& table, const iceberg::TableName& name);

// Near which size a data file ends: `write.target-file-size-bytes`.
std::int64_t TargetFileSize(const iceberg::TableMetadata& table);

// Moves what an earlier claim planned and committed, without having recorded it, to
// `load.parts_before`. Errors: kOutcomeUnknown (it cannot be told), those of Catalog::Load.
Status FindEarlierParts(const Rooms& rooms, FileLoad& load);

// The part's table, created from its query's rows where the route says so; without any there is
// none, and the part has run. Notes in the part when its rows are in the table already. Errors:
// kNotFound (no such table), kUnsupported (one that cannot be appended to), kOutcomeUnknown (an
// earlier load broke off, and its proof has expired), those of the catalog and of
// SqlEngine::Describe.
Status FindTargetTable(const Rooms& rooms, const engine::Query& query, TargetTables& tables,
                       PartLoad& part, const std::stop_token& stop);

// The table of a part that are rejects, created where it is missing. Notes in the part when its
// rows are in the table already. Errors: as FindTargetTable.
Result<catalog::LoadedTable> FindRejectsTable(const Rooms& rooms, PartLoad& part);

// Where and how the part's rows are written. Borrows `table`. Errors: kInvalid (a location).
Result<engine::WriteTarget> WriteTargetOf(const Rooms& rooms, const PartLoad& part,
                                          const catalog::LoadedTable& table);

}  // namespace eider::pipeline
