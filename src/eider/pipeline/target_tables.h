// The tables of a file's parts: loaded or created, and looked at for what is in already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/engine/written.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/files_in_work.h"
#include "eider/pipeline/services.h"
#include "eider/routes/route.h"

namespace eider::pipeline {

// When a file may make the tables that are not there.
struct TableMaking {
  FilesInWork* in_work = nullptr;  // borrowed; null: no other file is in work
  std::size_t place = 0;           // of the file among them
  Milliseconds wait{0};            // at most, for an earlier file to make the table
  bool may_remake = false;         // as LoadOptions::remake_tables
};

// A table that a file's rows go to.
struct TargetTable {
  catalog::LoadedTable state;
  std::vector<std::string> left_out = {};  // of the rows that it was made of, if it was made now
};

// For a route whose table is not there and that does not create it.
Error MissingTable(const routes::Route& route);

// How the route's table is made of columns of that schema, by the route's word; the key of a route
// that is none is empty. Errors: kInvalid, with what is wrong with which term.
Result<catalog::CreateTableRequest> NewTableRequest(const routes::Route& route,
                                                    const iceberg::Schema& schema);

// Errors: kUnsupported (its partitions).
Status CheckAppendable(const iceberg::TableMetadata& table, const iceberg::TableName& name);

// Near which size a data file ends: `write.target-file-size-bytes`.
std::int64_t TargetFileSize(const iceberg::TableMetadata& table);

// Nothing where there is no such table. Errors: those of Catalog::Load.
Result<std::optional<catalog::LoadedTable>> LoadTable(const Services& services,
                                                      const iceberg::TableName& name);

// The route's table; where there is none it is made of the query's rows, if the route says so.
// Nothing where the query gives none. Errors: kNotFound (no such table, or one that files were
// loaded into is gone), those of NewTableRequest, of the catalog and of SqlEngine::DescribeRows.
Result<std::optional<TargetTable>> LoadOrCreate(const Services& services,
                                                const routes::Route& route,
                                                const engine::Query& query,
                                                const TableMaking& making,
                                                const std::stop_token& stop);

// Makes the route's table, which is not there, of what its SQL makes of that file; no row is
// loaded. Errors: kAlreadyExists, kInvalid (the query gives no rows), those of LoadOrCreate.
Result<TargetTable> CreateOfSample(const Services& services, const routes::Route& route,
                                   const FileRef& file, const std::stop_token& stop);

// The table of rejects, made where it is missing. Errors: those of the catalog.
Result<catalog::LoadedTable> LoadOrCreateRejects(const Services& services,
                                                 const routes::Route& route);

// The snapshot that has the rows of `claim` under the token, if the table has one. Errors:
// kOutcomeUnknown (an earlier load broke off, and its proof has expired).
Result<std::optional<std::int64_t>> FindRows(const iceberg::TableMetadata& table,
                                             const iceberg::TableName& name,
                                             const std::string& token, const ledger::Claim& claim);

// What earlier claims of the file have in a table already, by the ledger's word or the table's.
// Errors: kOutcomeUnknown (it cannot be told), those of Catalog::Load.
Result<std::vector<ledger::PartRecord>> FindEarlierParts(const Services& services,
                                                         const ledger::Claim& claim);

// Where and how rows are written. Borrows `table`. Errors: kInvalid (a location).
Result<engine::WriteTarget> WriteTargetOf(const Services& services, const iceberg::TableName& name,
                                          const catalog::LoadedTable& table);

}  // namespace eider::pipeline
