#include "eider/pipeline/load_append.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/iceberg/snapshot.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/file_tally.h"
#include "eider/pipeline/part_queries.h"

namespace eider::pipeline {
namespace {

void AddCounts(const std::vector<WaitingRows*>& rows, iceberg::Summary& summary) {
  std::vector<ledger::RowCounts> counts;
  std::uint64_t rescued = 0;
  std::uint64_t transformed = 0;
  for (const WaitingRows* one : rows) {
    for (const RowsShare& share : one->shares) {
      counts.push_back(share.counts);
      const PreparedPart& part = share.file->parts[share.part];
      rescued += part.rescued.rows;
      if (part.transformed) transformed += part.transformed->rows_in;
    }
  }
  const ledger::RowCounts sum = ledger::Sum(counts);
  if (sum.read) summary[std::string(kRowsReadKey)] = std::to_string(*sum.read);
  if (sum.filtered) summary[std::string(kRowsFilteredKey)] = std::to_string(*sum.filtered);
  if (sum.rejected > 0) summary[std::string(kRowsRejectedKey)] = std::to_string(sum.rejected);
  if (rescued > 0) summary[std::string(kRowsRescuedKey)] = std::to_string(rescued);
  if (transformed > 0) summary[std::string(kRowsTransformedKey)] = std::to_string(transformed);
}

std::string_view AgainText(const WaitingRows& rows) {
  return rows.is_recorded ? "prepare the file again with `eider prepare --again`"
                          : "load the file again";
}

}  // namespace

void RemoveRows(const Services& services, const WaitingRows& rows) {
  if (!rows.is_recorded) RemoveDataFiles(services, rows.data_files);
}

LoadAppend::LoadAppend(const Services& services, std::vector<WaitingRows*> rows)
    : services_(services), rows_(std::move(rows)), table_(rows_.front()->table) {}

Status LoadAppend::LookAt(const iceberg::TableMetadata& base) {
  if (append_ && base.FindSnapshot(append_->snapshot_id()) != nullptr) {
    TakeSnapshot();
    return {};
  }
  EIDER_CHECK(RefuseOtherTable(base));
  DropRowsThatAreIn(base);
  EvolveSchema(base);
  return {};
}

// Rows of a table that was there before, among rows of the one that is there now. Only a second
// look decides: the first may have been at what this process knew of the table.
Status LoadAppend::RefuseOtherTable(const iceberg::TableMetadata& base) {
  const auto is_other = [&](const WaitingRows* rows) {
    return rows->table_uuid != base.table_uuid;
  };
  if (std::ranges::none_of(rows_, is_other)) return {};
  if (std::exchange(other_uuid_, base.table_uuid) != base.table_uuid) {
    return Fail(Code::kConflict,
                fmt::format("table {} is not the one that rows are for", table_.ToString()));
  }
  for (WaitingRows* rows : rows_) {
    if (!is_other(rows)) continue;
    RemoveRows(services_, *rows);
    rows->refused = Error{
        Code::kInvalid,
        fmt::format("table {} was dropped and made again while its file was loaded: it was {} and "
                    "is {}; {}",
                    table_.ToString(), rows->table_uuid, base.table_uuid, AgainText(*rows))};
  }
  std::erase_if(rows_, is_other);
  DiscardAppend();
  return {};
}

void LoadAppend::DropRowsThatAreIn(const iceberg::TableMetadata& base) {
  std::vector<std::string_view> tokens;
  for (const WaitingRows* rows : rows_) {
    for (const RowsShare& share : rows->shares) tokens.push_back(share.commit_token);
  }
  const auto snapshots = FindTokens(base, tokens);
  const std::size_t dropped = std::erase_if(rows_, [&](WaitingRows* rows) {
    std::size_t found = 0;
    for (const RowsShare& share : rows->shares) {
      const auto snapshot = snapshots.find(share.commit_token);
      if (snapshot == snapshots.end()) continue;
      ++found;
      rows->snapshot_id = snapshot->second;
    }
    if (found == 0) return false;
    RemoveRows(services_, *rows);
    if (found < rows->shares.size()) {
      rows->snapshot_id.reset();
      ReadAgain(*rows,
                "some of the files that its rows share data files with are loaded otherwise");
    }
    return true;
  });
  if (dropped > 0) DiscardAppend();
}

// Rows that need columns which the table does not have bring these along: those of several files
// as long as each goes on from what the others made. Field ids are in the data files already, so
// that the files of others are read again.
void LoadAppend::EvolveSchema(const iceberg::TableMetadata& base) {
  evolution_.reset();
  const std::size_t dropped = std::erase_if(rows_, [&](WaitingRows* rows) {
    if (!rows->evolution) return false;
    const iceberg::Schema& schema = evolution_ ? evolution_->schema : base.CurrentSchema();
    if (iceberg::Holds(schema, rows->evolution->schema)) return false;
    const bool goes_on = FitsOn(base, *rows->evolution) &&
                         (!evolution_ || iceberg::Holds(rows->evolution->schema, schema));
    if (goes_on) {
      evolution_ = rows->evolution;
      return false;
    }
    GiveBack(*rows);
    return true;
  });
  if (dropped > 0) DiscardAppend();
}

bool LoadAppend::FitsOn(const iceberg::TableMetadata& base,
                        const iceberg::SchemaEvolution& evolution) const {
  return base.current_schema_id == evolution.base_schema_id &&
         base.last_column_id == evolution.base_last_column_id;
}

void LoadAppend::GiveBack(WaitingRows& rows) {
  RemoveRows(services_, rows);
  ReadAgain(rows, "the schema was changed by another meanwhile");
}

// The files of such rows are read again: by this process where it may, else by whoever loads or
// prepares them next.
void LoadAppend::ReadAgain(WaitingRows& rows, std::string_view why) const {
  const bool is_alone = std::ranges::all_of(rows.shares, [](const RowsShare& share) {
    const FileTally& file = *share.file;
    return file.parts.size() == 1;
  });
  rows.is_apart = is_alone && !rows.is_recorded;
  if (rows.is_apart) return;
  rows.refused = Error{Code::kConflict,
                       fmt::format("table {}: {}; {}", table_.ToString(), why, AgainText(rows))};
}

Result<iceberg::TableChange> LoadAppend::Prepare(const iceberg::TableMetadata& base) {
  if (!append_) StartAppend();
  const std::int64_t now_ms = UnixMillis(services_.clock.Now());
  if (!evolution_) return append_->Prepare(base, now_ms);
  EIDER_ASSIGN(iceberg::TableChange change,
               append_->Prepare(iceberg::WithSchema(base, *evolution_), now_ms));
  iceberg::AddEvolution(base, *evolution_, change);
  return change;
}

void LoadAppend::StartAppend() {
  iceberg::Append::Options options;
  std::vector<std::string> tokens;
  for (const WaitingRows* rows : rows_) {
    options.files.insert(options.files.end(), rows->data_files.begin(), rows->data_files.end());
    for (const RowsShare& share : rows->shares) tokens.push_back(share.commit_token);
  }
  options.summary[std::string(kCommitTokensKey)] = JoinTokens(tokens);
  AddCounts(rows_, options.summary);
  append_ =
      std::make_unique<iceberg::Append>(services_.store, services_.random, std::move(options));
}

void LoadAppend::TakeSnapshot() {
  for (WaitingRows* rows : rows_) rows->snapshot_id = append_->snapshot_id();
  rows_.clear();
}

void LoadAppend::Taken() {
  TakeSnapshot();
  if (evolution_) {
    services_.log.info("changed the schema of table {}: {}", table_.ToString(),
                       fmt::join(evolution_->steps, "; "));
  }
  // Only now, that the last attempt is known to be the one that is in: another may refer to it.
  if (const Status discarded = append_->DiscardMerged(); !discarded) {
    services_.log.warn("a manifest of {} that was merged stays: {}", table_.ToString(),
                       discarded.error().message);
  }
}

void LoadAppend::DiscardAttempt() {
  if (const Status discarded = append_->DiscardAttempt(); !discarded) {
    services_.log.warn("files of a lost attempt on {} stay: {}", table_.ToString(),
                       discarded.error().message);
  }
}

void LoadAppend::DiscardAppend() {
  if (!append_) return;
  if (const Status discarded = append_->DiscardAll(); !discarded) {
    services_.log.warn("manifests of a commit on {} that was given up stay: {}", table_.ToString(),
                       discarded.error().message);
  }
  append_.reset();
}

void LoadAppend::DiscardAll() {
  DiscardAppend();
  for (const WaitingRows* rows : rows_) RemoveRows(services_, *rows);
}

}  // namespace eider::pipeline
