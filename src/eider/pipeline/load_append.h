// Rows of files on their way into a table: what waits for a commit, and how it is committed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/commit/table_work.h"
#include "eider/iceberg/append.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/load_history.h"
#include "eider/pipeline/services.h"

namespace eider::pipeline {

struct FileTally;

// One file's part of the rows that wait.
struct RowsShare {
  // shared: the parts of a file wait in several lanes.
  std::shared_ptr<FileTally> file;
  std::size_t part = 0;  // of the file
  std::string commit_token;
  ledger::RowCounts counts;
};

// Data files that come into their table together, and the files whose rows they hold: one, or those
// of a group.
struct WaitingRows {
  iceberg::TableName table;
  std::string table_uuid;
  std::vector<iceberg::DataFile> data_files;
  std::vector<RowsShare> shares;
  // The schema that they are written for, where the table does not have it yet.
  std::optional<iceberg::SchemaEvolution> evolution = {};
  std::unique_ptr<WaitingRows> behind = {};  // may be committed only when these are in
  // A prepared record names the data files: they stay, whatever becomes of the rows.
  bool is_recorded = false;

  // What the commit found or did.
  std::optional<std::int64_t> snapshot_id = {};  // that has the rows
  // The files are to be read again: of a group some are in by another load, or the table has become
  // another than they were written for.
  bool is_apart = false;
  // Why these rows alone cannot come in: their table is another one by now, or as `is_apart` where
  // they cannot be read again.
  std::optional<Error> refused = {};
};

// Removes the data files of rows that surely do not come in, unless a record names them.
void RemoveRows(const Services& services, const WaitingRows& rows);

// The append of such rows to one table, over all attempts of its commit. It is kept over the
// attempts, so that its manifest is reused, and made anew only when there is less to append.
class LoadAppend final : public commit::TableWork {
 public:
  // Borrows both. All rows go to the same table.
  LoadAppend(const Services& services, std::vector<WaitingRows*> rows);

  const iceberg::TableName& table() const override { return table_; }

  Status LookAt(const iceberg::TableMetadata& base) override;

  bool is_done() const override { return rows_.empty(); }

  Result<iceberg::TableChange> Prepare(const iceberg::TableMetadata& base) override;
  void Taken() override;
  void DiscardAttempt() override;
  void DiscardAll() override;

 private:
  Status RefuseOtherTable(const iceberg::TableMetadata& base);
  void DropRowsThatAreIn(const iceberg::TableMetadata& base);
  void EvolveSchema(const iceberg::TableMetadata& base);
  bool FitsOn(const iceberg::TableMetadata& base, const iceberg::SchemaEvolution& evolution) const;
  void GiveBack(WaitingRows& rows);
  void ReadAgain(WaitingRows& rows, std::string_view why) const;
  void StartAppend();
  void DiscardAppend();
  void TakeSnapshot();

  const Services& services_;
  std::vector<WaitingRows*> rows_;  // not yet known to be in
  iceberg::TableName table_;
  std::string other_uuid_;  // of the table in whose place another was seen
  std::unique_ptr<iceberg::Append> append_;
  std::optional<iceberg::SchemaEvolution> evolution_;  // of the base, by this attempt
};

}  // namespace eider::pipeline
