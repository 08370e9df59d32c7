#include "eider/pipeline/clean_prepared.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/table_files.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/target_tables.h"

namespace eider::pipeline {
namespace {

constexpr std::string_view kCleaned =
    "its prepared rows were removed by `eider prepare --clean` before they were committed; `eider "
    "run` or another `eider prepare` loads it";

// Claimed in one step of the ledger.
constexpr std::size_t kClaimsPerStep = 1'000;

// The files of the records, each claimed once.
struct Claims {
  std::vector<ledger::Claim> ours;  // those that are not LOADED
  std::set<std::string> in_work;    // by IdentityOf; of ours those whose commit may be on its way
};

Status ClaimSome(const Services& services, std::span<const FileRef> files,
                 const CleanOptions& options, Claims& claims) {
  EIDER_ASSIGN(auto outcomes, services.ledger.TryClaim(files, {.lease = options.lease}));
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto* const claim = std::get_if<ledger::Claim>(&outcomes[i]);
    if (std::holds_alternative<ledger::HeldByAnother>(outcomes[i]) ||
        (claim != nullptr && claim->interrupted_since &&
         *claim->interrupted_since >= options.broken_before)) {
      claims.in_work.insert(IdentityOf(files[i]));
    }
    if (claim != nullptr) claims.ours.push_back(std::move(*claim));
  }
  return {};
}

Status ClaimAll(const Services& services, const std::vector<RecordToClean>& records,
                const CleanOptions& options, Claims& claims) {
  std::set<std::string> seen;
  std::vector<FileRef> files;
  for (const RecordToClean& one : records) {
    for (const auto& file : one.record.files) {
      const FileRef& ref = file->file.claim.file;
      if (!seen.insert(IdentityOf(ref)).second) continue;
      files.push_back(ref);
      if (files.size() < kClaimsPerStep) continue;
      EIDER_CHECK(ClaimSome(services, std::exchange(files, {}), options, claims));
    }
  }
  return files.empty() ? Status() : ClaimSome(services, files, options, claims);
}

// What is in the tables that records are for, each looked at once.
class Tables {
 public:
  explicit Tables(const Services& services) : services_(services) {}

  // Whether a snapshot of that table, if it is there still, has the file.
  Result<bool> Has(const WaitingRows& rows, const std::string& path) {
    auto known = files_.find(rows.table);
    if (known == files_.end()) {
      EIDER_ASSIGN(auto files, FilesOf(rows.table));
      known = files_.emplace(rows.table, std::move(files)).first;
    }
    return known->second.contains(path);
  }

 private:
  Result<std::set<std::string>> FilesOf(const iceberg::TableName& name) {
    EIDER_ASSIGN(const auto table, LoadTable(services_, name));
    if (!table) return std::set<std::string>();
    EIDER_ASSIGN(const auto files, iceberg::ListTableFiles(services_.store, *table->metadata,
                                                           table->metadata_location));
    return std::set<std::string>(files.begin(), files.end());
  }

  const Services& services_;
  std::map<iceberg::TableName, std::set<std::string>> files_;
};

// The data files of the record that no table has.
Result<std::size_t> RemoveDataFiles(const Services& services, const PreparedRecord& record,
                                    Tables& tables) {
  std::size_t removed = 0;
  for (const WaitingRows& rows : record.rows) {
    for (const iceberg::DataFile& file : rows.data_files) {
      EIDER_ASSIGN(const bool is_used, tables.Has(rows, file.file_path));
      if (is_used) continue;
      EIDER_ASSIGN(const Uri uri, Uri::Parse(file.file_path));
      EIDER_CHECK(services.store.Remove(uri));
      ++removed;
    }
  }
  return removed;
}

// Says that files are in these records still, by IdentityOf them.
void NoteRecords(std::span<const RecordToClean> records,
                 std::map<std::string, std::string>& others) {
  for (const RecordToClean& one : records) {
    for (const auto& file : one.record.files) {
      others.emplace(IdentityOf(file->file.claim.file), one.uri.ToString());
    }
  }
}

// HELD where a record has the file still.
Status GiveBack(const Services& services, const std::vector<ledger::Claim>& claims,
                const CleanOptions& options, const std::map<std::string, std::string>& others) {
  if (claims.empty()) return {};
  std::vector<ledger::Ledger::Aside> aside;
  for (const ledger::Claim& claim : claims) {
    const auto other = others.find(IdentityOf(claim.file));
    const bool is_held = other != others.end();
    aside.push_back({claim,
                     is_held ? ledger::State::kHeld : ledger::State::kSkipped,
                     {},
                     is_held ? PreparedReason(other->second) : std::string(kCleaned)});
    aside.back().result.program = options.program;
  }
  return services.ledger.SetAside(aside);
}

Status CleanOne(const Services& services, const RecordToClean& record, Tables& tables,
                Cleaned& cleaned) {
  EIDER_ASSIGN(const std::size_t removed, RemoveDataFiles(services, record.record, tables));
  EIDER_CHECK(services.store.Remove(record.uri));
  cleaned.data_files += removed;
  ++cleaned.records;
  return {};
}

// All claims come before the first look at a table: what is in by then stays in. Records that stay
// are noted in `others`.
Result<Cleaned> Clean(const Services& services, std::span<const RecordToClean> records,
                      const Claims& claims, std::map<std::string, std::string>& others) {
  Cleaned cleaned;
  Tables tables(services);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const bool is_in_work = std::ranges::any_of(records[i].record.files, [&](const auto& file) {
      return claims.in_work.contains(IdentityOf(file->file.claim.file));
    });
    if (is_in_work) {
      NoteRecords(records.subspan(i, 1), others);
      ++cleaned.in_work;
      continue;
    }
    if (Status done = CleanOne(services, records[i], tables, cleaned); !done) {
      NoteRecords(records.subspan(i), others);
      return std::unexpected(std::move(done).error());
    }
  }
  return cleaned;
}

}  // namespace

Result<Cleaned> CleanPrepared(const Services& services, const std::vector<RecordToClean>& records,
                              const CleanOptions& options) {
  Claims claims;
  std::map<std::string, std::string> others = options.others;
  const Status claimed = ClaimAll(services, records, options, claims);
  if (!claimed) NoteRecords(records, others);
  auto cleaned = claimed ? Clean(services, records, claims, others)
                         : Result<Cleaned>(std::unexpected(claimed.error()));
  const Status given_back = GiveBack(services, claims.ours, options, others);
  if (!given_back && cleaned) return std::unexpected(given_back.error());
  return cleaned;
}

}  // namespace eider::pipeline
