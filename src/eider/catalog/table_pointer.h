// The one pointer per table: the location of its current metadata file, swapped atomically.
//
// Implementations: SqlTablePointer (the tables of PyIceberg's SqlCatalog and Java's JdbcCatalog),
// GlueTablePointer, and MemoryTablePointer. Safe for concurrent calls.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"

namespace eider::catalog {

// One pointer's way from `expected` to `next`.
struct PointerMove {
  iceberg::TableName table;
  std::string expected;
  std::string next;
  // What `next` holds, for catalogs that show a table's columns; borrowed, null: they stay.
  const iceberg::TableMetadata* metadata = nullptr;
};

class TablePointer {
 public:
  virtual ~TablePointer() = default;

  // The location of the table's current metadata file.
  // Errors: kNotFound, kDenied, kUnavailable, kUnsupported (the name is a view).
  virtual Result<std::string> Read(const iceberg::TableName& table) = 0;

  // Registers a new table, and its namespace if there is none.
  // Errors: kAlreadyExists, kDenied, kUnavailable, kOutcomeUnknown.
  // `metadata` is what that file holds, for catalogs that show a table's columns.
  virtual Status Create(const iceberg::TableName& table, const std::string& metadata_location,
                        const iceberg::TableMetadata& metadata) = 0;

  // Moves a pointer.
  // Errors: kConflict (it is not at `expected`), kNotFound, kDenied, kUnavailable (surely not
  // done), kOutcomeUnknown.
  virtual Status Swap(const PointerMove& move) = 0;

  // The look at the table that a Swap from `expected` would begin with, if it has one, taken while
  // the files of the next state are on their way. Errors: as Swap; nothing changes.
  virtual Status LookBeforeSwap(const iceberg::TableName& /*table*/,
                                const std::string& /*expected*/) {
    return {};
  }

  // Whether SwapAll is there.
  virtual bool swaps_together() const { return false; }

  // Swaps several pointers, each of another table, in one atomic step: all of them or none. Errors:
  // as Swap, of whichever table; kUnsupported (not where swaps_together).
  virtual Status SwapAll(std::span<const PointerMove> moves);

  // Forgets the pointer if it is at `expected`. Errors: as Swap.
  virtual Status Drop(const iceberg::TableName& table, const std::string& expected) = 0;

  // Every table, sorted by name. Errors: kDenied, kUnavailable.
  virtual Result<std::vector<iceberg::TableName>> List() = 0;
};

}  // namespace eider::catalog
