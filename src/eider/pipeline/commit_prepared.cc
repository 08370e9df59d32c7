#include "eider/pipeline/commit_prepared.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "eider/base/file_ref.h"
#include "eider/base/in_parallel.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/catalog/catalog.h"
#include "eider/commit/commit_loop.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/committed_share.h"
#include "eider/pipeline/target_tables.h"

namespace eider::pipeline {
namespace {

// Claimed in one step of the ledger.
constexpr std::size_t kFilesPerStep = 1'000;

// Records that are looked at side by side.
constexpr std::size_t kLooksMax = 16;

constexpr std::string_view kAgain = "prepare it again with `eider prepare --again`";

bool HasRejectsOf(const WaitingRows& rows) {
  const RowsShare& share = rows.shares.front();
  return share.file->parts[share.part].rejects_of.has_value();
}

// Rows come in only when their rejects are; those of a group have none.
bool LackRejects(const WaitingRows& rows) {
  const RowsShare& share = rows.shares.front();
  const FileTally& file = *share.file;
  for (std::size_t i = 0; i < file.parts.size(); ++i) {
    if (file.parts[i].rejects_of == share.part && file.errors[i]) return true;
  }
  return false;
}

bool IsIn(const WaitingRows& rows) {
  return std::ranges::all_of(rows.shares, [](const RowsShare& share) {
    return share.file->parts[share.part].record.is_loaded;
  });
}

void SetIn(PreparedPart& part, std::optional<std::int64_t> snapshot_id) {
  part.record.is_loaded = true;
  part.record.snapshot_id = snapshot_id;
  part.was_in = true;
}

// Of a file that has one part, and its rows.
void TakeToken(FileTally& file, std::vector<WaitingRows>& rows, const std::string& token) {
  for (PreparedPart& part : file.parts) {
    part.plan.commit_token = token;
    part.record.commit_token = token;
  }
  for (WaitingRows& one : rows) {
    for (RowsShare& share : one.shares) share.commit_token = token;
  }
}

}  // namespace

// The tables that somebody asked for, each loaded once. Safe for concurrent calls.
class PreparedCommit::Tables {
 public:
  explicit Tables(const Services& services) : services_(services) {}

  // Nothing where there is no such table. Errors: those of Catalog::Load.
  Result<std::optional<catalog::LoadedTable>> Of(const iceberg::TableName& name) {
    const std::scoped_lock lock(mutex_);
    if (const auto known = tables_.find(name); known != tables_.end()) return known->second;
    EIDER_ASSIGN(auto table, LoadTable(services_, name));
    return tables_.emplace(name, std::move(table)).first->second;
  }

 private:
  const Services& services_;
  std::mutex mutex_;
  std::map<iceberg::TableName, std::optional<catalog::LoadedTable>> tables_;
};

PreparedCommit::PreparedCommit(const Services& services, const LoadOptions& options,
                               std::stop_token stop)
    : services_(services),
      options_(options),
      stop_(std::move(stop)),
      leases_(services, options_.lease),
      settler_(services, leases_, options_.program, options_.observe) {}

void PreparedCommit::Commit(std::vector<PreparedRecord> records, const OnOutcome& on_outcome) {
  std::vector<Pending> pending = NewestOf(std::move(records));
  Claim(pending, on_outcome);
  Tables tables(services_);
  InParallel(pending.size(), kLooksMax, [&](std::size_t i) {
    Pending& one = pending[i];
    if (one.refused || one.record.files.empty()) return;
    if (const Status checked = Check(one.record, tables); !checked) one.refused = checked.error();
  });
  std::vector<FileTally*> settled;
  std::vector<WaitingRows*> first;
  std::vector<WaitingRows*> behind;
  for (Pending& one : pending) {
    PreparedRecord& record = one.record;
    if (record.files.empty()) continue;
    if (one.refused) {
      for (const Tally& file : record.files) settler_.Fail(*file, *one.refused);
      continue;
    }
    for (const Tally& file : record.files) settled.push_back(file.get());
    for (WaitingRows& rows : record.rows) {
      if (!IsIn(rows)) (HasRejectsOf(rows) ? first : behind).push_back(&rows);
    }
  }
  CommitAll(first);
  std::erase_if(behind, [](const WaitingRows* rows) { return LackRejects(*rows); });
  CommitAll(behind);
  if (!settled.empty()) settler_.Settle(settled);
}

// A file of an older record that stands in a newer one comes with that. Where the older one has
// other files, too, theirs are among rows that cannot be taken apart.
std::vector<PreparedCommit::Pending> PreparedCommit::NewestOf(std::vector<PreparedRecord> records) {
  std::ranges::stable_sort(records, std::ranges::greater(), &PreparedRecord::prepared_at);
  std::set<std::string> seen;
  std::vector<Pending> pending;
  for (PreparedRecord& record : records) {
    Pending one{std::move(record)};
    const std::size_t newer = std::erase_if(one.record.files, [&](const Tally& file) {
      return !seen.insert(IdentityOf(file->file.claim.file)).second;
    });
    if (newer > 0) {
      one.refused = Error{Code::kConflict,
                          fmt::format("it was prepared together with files that were prepared "
                                      "again since: {}",
                                      kAgain)};
    }
    if (!one.record.files.empty()) pending.push_back(std::move(one));
  }
  return pending;
}

// Leaves the files in the records that are ours now.
void PreparedCommit::Claim(std::vector<Pending>& pending, const OnOutcome& on_outcome) {
  std::vector<std::pair<Pending*, Tally>> files;
  for (Pending& one : pending) {
    for (Tally& file : std::exchange(one.record.files, {}))
      files.emplace_back(&one, std::move(file));
  }
  for (std::size_t begin = 0; begin < files.size(); begin += kFilesPerStep) {
    const std::size_t end = std::min(begin + kFilesPerStep, files.size());
    std::vector<FileRef> refs;
    for (std::size_t i = begin; i < end; ++i) refs.push_back(files[i].second->file.claim.file);
    auto claims = services_.ledger.TryClaim(refs, {.lease = options_.lease});
    for (std::size_t i = begin; i < end; ++i) {
      auto& [of, file] = files[i];
      auto* claim = claims ? std::get_if<ledger::Claim>(&(*claims)[i - begin]) : nullptr;
      if (claim != nullptr) {
        leases_.Add(*claim);
        if (of->record.is_unclaimed) {
          TakeToken(*file, of->record.rows, claim->commit_token);
        } else if (claim->commit_token != file->file.claim.commit_token) {
          of->refused =
              Error{Code::kConflict, fmt::format("it was forgotten or loaded by force since it was "
                                                 "prepared: {}",
                                                 kAgain)};
        }
        file->file = {std::move(*claim), i, on_outcome, services_.clock.Now(), {}};
        of->record.files.push_back(std::move(file));
        continue;
      }
      const FileRef& ref = refs[i - begin];
      if (claims) {
        settler_.TellUnclaimed(ref, (*claims)[i - begin], on_outcome);
      } else {
        settler_.TellFailed(ref, Annotate("cannot claim the file", claims.error()), on_outcome);
      }
      of->refused = Error{Code::kConflict,
                          fmt::format("it was prepared together with {}, which is loaded otherwise "
                                      "or in work elsewhere: {}",
                                      ref.uri.ToString(), kAgain)};
    }
  }
}

// Whether its rows may come in, as far as ledger, tables and store tell.
Status PreparedCommit::Check(PreparedRecord& record, Tables& tables) {
  for (const Tally& file : record.files) EIDER_CHECK(TakePartsBefore(*file));
  for (const WaitingRows& rows : record.rows) {
    for (const RowsShare& share : rows.shares) EIDER_CHECK(LookFor(share, rows.table, tables));
    if (!IsIn(rows)) EIDER_CHECK(CheckDataFiles(rows));
  }
  return {};
}

// What the ledger knows of the file's parts. Those that the record has are in where it says so, and
// where it knows others, somebody has planned the file anew since: then it gets those of the record
// before one of them comes in.
Status PreparedCommit::TakePartsBefore(FileTally& file) {
  const auto& before = file.plan.parts_before;
  std::vector<ledger::PartRecord> others;
  for (const ledger::PartRecord& part : file.file.claim.parts) {
    const auto same = std::ranges::find(file.parts, part.commit_token, [](const PreparedPart& one) {
      return one.plan.commit_token;
    });
    if (same == file.parts.end()) {
      const bool is_known = std::ranges::find(before, part.commit_token,
                                              &ledger::PartRecord::commit_token) != before.end();
      if (!is_known) others.push_back(part);
    } else if (part.is_loaded) {
      SetIn(*same, part.snapshot_id);
    }
  }
  const bool are_recorded = !file.plan.is_fan_out() || !file.file.claim.parts.empty();
  if (others.empty()) return are_recorded ? Status() : settler_.RecordParts(file);
  ledger::Claim of_others = file.file.claim;
  of_others.parts = std::move(others);
  EIDER_ASSIGN(const auto in, FindEarlierParts(services_, of_others));
  if (in.empty()) return settler_.RecordParts(file);
  return Fail(Code::kConflict,
              fmt::format("rows of it are in table {} by other routes than those that it was "
                          "prepared by: {}",
                          in.front().target_table, kAgain));
}

// A claim that broke off may have brought the rows in, and the proof may be gone since.
Status PreparedCommit::LookFor(const RowsShare& share, const iceberg::TableName& name,
                               Tables& tables) {
  const ledger::Claim& claim = share.file->file.claim;
  PreparedPart& part = share.file->parts[share.part];
  if (!claim.interrupted_since || part.record.is_loaded) return {};
  EIDER_ASSIGN(const auto table, tables.Of(name));
  if (!table || KeepsSnapshotsSince(*table->metadata, *claim.interrupted_since)) return {};
  EIDER_ASSIGN(const auto found, FindRows(*table->metadata, name, share.commit_token, claim));
  if (found) SetIn(part, found);
  return {};
}

Status PreparedCommit::CheckDataFiles(const WaitingRows& rows) {
  for (const iceberg::DataFile& file : rows.data_files) {
    EIDER_ASSIGN(const Uri uri, Uri::Parse(file.file_path));
    const auto there = services_.store.Stat(uri);
    if (!there && there.error().code != Code::kNotFound) return std::unexpected(there.error());
    if (there && static_cast<std::int64_t>(there->size_bytes) == file.file_size_in_bytes) continue;
    return Fail(Code::kConflict,
                fmt::format("its data file {} {}: {}", file.file_path,
                            there ? fmt::format("has {} bytes, and had {}", there->size_bytes,
                                                file.file_size_in_bytes)
                                  : "is gone",
                            kAgain));
  }
  return {};
}

// Table by table.
void PreparedCommit::CommitAll(const std::vector<WaitingRows*>& rows) {
  std::map<iceberg::TableName, std::vector<WaitingRows*>> by_table;
  for (WaitingRows* one : rows) by_table[one->table].push_back(one);
  for (auto& [table, together] : by_table) {
    LoadAppend append(services_, together);
    commit::TableWork* const work = &append;
    StepTimes taken;
    const commit::Committed committed = [&] {
      const StepTimer timer(services_.clock, taken, Step::kCommit);
      return commit::CommitWork(
          {services_.catalog, services_.clock, services_.random, services_.log}, {&work, 1},
          options_.retry, stop_);
    }();
    for (const WaitingRows* one : together) {
      for (const RowsShare& share : one->shares) TakeShare(*one, share, committed, taken);
    }
  }
}

}  // namespace eider::pipeline
