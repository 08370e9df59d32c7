// Where a table's current metadata is, and the only way to change it.
//
// A catalog holds one pointer per table and swaps it atomically; everything else about a table is
// in files. PointerCatalog implements this over any TablePointer (SQL, Glue, memory). Method names
// and meanings follow the Iceberg REST specification (loadTable, createTable, updateTable).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/partition_spec.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/sort_order.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"

namespace eider::catalog {

// One state of a table. Immutable: a newer state is another LoadedTable.
struct LoadedTable {
  // shared: readers keep a state while commits go on.
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  std::string metadata_location;  // URI of the metadata file
};

// A change of one table on top of a state of it.
struct TableCommit {
  iceberg::TableName table;
  LoadedTable base;
  iceberg::TableChange change;
};

struct CreateTableRequest {
  iceberg::TableName name;
  iceberg::Schema schema;               // gets fresh ids (iceberg::AssignFreshIds)
  std::optional<std::string> location;  // default: <warehouse>/<namespace>/<table>
  std::map<std::string, std::string> properties;
  iceberg::PartitionSpec spec = {};  // of the fresh ids, as the order
  iceberg::SortOrder sort_order = {};
};

// Safe for concurrent calls from several threads.
class Catalog {
 public:
  virtual ~Catalog() = default;

  // The current state of the table.
  // Errors: kNotFound, kDenied, kUnavailable, kCorrupt (the metadata file does not parse).
  virtual Result<LoadedTable> Load(const iceberg::TableName& table) = 0;

  // The state of the table that this process has seen last, unless others were seen to change the
  // table meanwhile. Asks nobody: a change on top of it may be a kConflict.
  virtual std::optional<LoadedTable> Known(const iceberg::TableName& table) = 0;

  // Creates an empty table, and its namespace if there is none.
  // Errors: kAlreadyExists, kInvalid (schema, spec, order), kDenied, kUnavailable, kOutcomeUnknown.
  virtual Result<LoadedTable> Create(const CreateTableRequest& request) = 0;

  // Waits for the change's new files, applies it to `base` and makes the result current, if `base`
  // still is.
  //
  // kConflict: it is not; nothing changed; load again and rebuild the change.
  // kOutcomeUnknown: the request may have taken effect (time-out, 5xx, lost connection). The caller
  // must load the table and look for its snapshot before it retries or removes any file.
  // Other errors: kNotFound, kDenied, kUnavailable (surely not applied).
  virtual Result<LoadedTable> Commit(const iceberg::TableName& table, const LoadedTable& base,
                                     const iceberg::TableChange& change) = 0;

  // Whether CommitAll takes changes of several tables.
  virtual bool commits_together() const = 0;

  // Applies changes of several tables, each of another one, in one atomic step: all of them or
  // none. The new states are in the order of `commits`. Errors: as Commit, of whichever table;
  // kUnsupported (more than one, and not commits_together).
  virtual Result<std::vector<LoadedTable>> CommitAll(std::span<const TableCommit> commits) = 0;

  // Takes the table out of the catalog, if `base` is its current state still; no file is removed.
  // Errors: as Commit.
  virtual Status Drop(const iceberg::TableName& table, const LoadedTable& base) = 0;

  // All tables of the catalog, sorted. Errors: kDenied, kUnavailable.
  virtual Result<std::vector<iceberg::TableName>> List() = 0;
};

}  // namespace eider::catalog
