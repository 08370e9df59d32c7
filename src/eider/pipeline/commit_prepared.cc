#include "eider/pipeline/commit_prepared.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
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
#include "eider/commit/commit_loop.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/target_tables.h"

namespace eider::pipeline {
namespace {

// Claimed in one step of the ledger.
constexpr std::size_t kFilesPerStep = 1'000;

// Data files that are looked for side by side.
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

}  // namespace

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
  std::vector<FileTally*> settled;
  std::vector<WaitingRows*> first;
  std::vector<WaitingRows*> behind;
  for (Pending& one : pending) {
    PreparedRecord& record = one.record;
    if (record.files.empty()) continue;
    if (!one.refused) {
      if (const Status checked = Check(record); !checked) one.refused = checked.error();
    }
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
        if (claim->commit_token != file->file.claim.commit_token) {
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

// Whether its rows may come in, as far as ledger and store tell.
Status PreparedCommit::Check(PreparedRecord& record) {
  for (const Tally& file : record.files) EIDER_CHECK(CheckFile(*file));
  for (const WaitingRows& rows : record.rows) {
    for (const RowsShare& share : rows.shares) EIDER_CHECK(CheckProof(*share.file, rows));
  }
  return CheckDataFiles(record);
}

// A file of several parts is recorded with those of this record before one of them comes in; what
// another way of loading it has brought in stays what it is.
Status PreparedCommit::CheckFile(FileTally& file) {
  if (!file.plan.is_fan_out() && file.file.claim.parts.empty()) return {};
  EIDER_CHECK(TakePartsBefore(file));
  return settler_.RecordParts(file);
}

Status PreparedCommit::TakePartsBefore(FileTally& file) {
  EIDER_ASSIGN(const auto earlier, FindEarlierParts(services_, file.file.claim));
  for (const ledger::PartRecord& part : earlier) {
    const auto same = std::ranges::find(file.parts, part.commit_token, [](const PreparedPart& one) {
      return one.plan.commit_token;
    });
    if (same != file.parts.end()) {
      same->record.is_loaded = true;
      same->record.snapshot_id = part.snapshot_id;
      same->was_in = true;
      continue;
    }
    const auto& before = file.plan.parts_before;
    if (std::ranges::find(before, part.commit_token, &ledger::PartRecord::commit_token) !=
        before.end())
      continue;
    return Fail(Code::kConflict,
                fmt::format("rows of it are in table {} by other routes than those that it was "
                            "prepared by: {}",
                            part.target_table, kAgain));
  }
  return {};
}

// A claim that broke off may have brought the rows in, and the proof may be gone since.
Status PreparedCommit::CheckProof(const FileTally& file, const WaitingRows& rows) {
  const ledger::Claim& claim = file.file.claim;
  if (!claim.interrupted_since || !claim.parts.empty()) return {};
  EIDER_ASSIGN(const auto table, LoadTable(services_, rows.table));
  if (!table) return {};
  EIDER_CHECK(FindRows(*table->metadata, rows.table, claim.commit_token, claim));
  return {};
}

Status PreparedCommit::CheckDataFiles(const PreparedRecord& record) {
  std::vector<const iceberg::DataFile*> files;
  for (const WaitingRows& rows : record.rows) {
    if (IsIn(rows)) continue;
    for (const iceberg::DataFile& file : rows.data_files) files.push_back(&file);
  }
  return AllInParallel(files.size(), kLooksMax, [&](std::size_t i) -> Status {
    const iceberg::DataFile& file = *files[i];
    EIDER_ASSIGN(const Uri uri, Uri::Parse(file.file_path));
    const auto there = services_.store.Stat(uri);
    if (!there && there.error().code != Code::kNotFound) return std::unexpected(there.error());
    if (there && static_cast<std::int64_t>(there->size_bytes) == file.file_size_in_bytes) return {};
    return Fail(Code::kConflict,
                fmt::format("its data file {} {}: {}", file.file_path,
                            there ? fmt::format("has {} bytes, and had {}", there->size_bytes,
                                                file.file_size_in_bytes)
                                  : "is gone",
                            kAgain));
  });
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
    for (const WaitingRows* one : together) Take(*one, committed, taken);
  }
}

void PreparedCommit::Take(const WaitingRows& rows, const commit::Committed& committed,
                          const StepTimes& taken) {
  for (const RowsShare& share : rows.shares) {
    FileTally& file = *share.file;
    file.commit_retries += committed.retries;
    file.file.steps.Add(taken);
    if (rows.snapshot_id) {
      file.parts[share.part].record.is_loaded = true;
      file.parts[share.part].record.snapshot_id = rows.snapshot_id;
    } else {
      file.errors[share.part] = rows.refused ? *rows.refused : committed.status.error();
    }
  }
}

}  // namespace eider::pipeline
