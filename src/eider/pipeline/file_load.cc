// What is known of a file, for the ledger.
#include "eider/pipeline/file_load.h"

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/codec/sha256.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/ledger.h"

namespace eider::pipeline {
namespace {

ledger::PartRecord RecordOf(const PartLoad& part) {
  return {.route = part.route.partition_key,
          .values = part.values,
          .target_table = part.table().ToString(),
          .commit_token = part.commit_token,
          .is_loaded = part.is_done(),
          .snapshot_id = part.snapshot_id,
          .rows = part.rows,
          .route_version = part.route.version,
          .sql_hash = codec::Sha256Hex(part.route.query_sql),
          .counts = part.counts};
}

// "a, b, c"; every name once, in the order of the parts.
std::string NamesOf(const std::vector<ledger::PartRecord>& parts,
                    std::string ledger::PartRecord::*name) {
  std::vector<std::string_view> names;
  for (const ledger::PartRecord& part : parts) {
    if (std::ranges::find(names, part.*name) == names.end()) names.push_back(part.*name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// Those of the first part that the text was read for: the file is the same for all.
std::string ReadersOf(const FileLoad& load) {
  const auto first =
      std::ranges::find_if(load.parts, [](const PartLoad& part) { return !part.readers.empty(); });
  return first == load.parts.end() ? "" : first->readers;
}

}  // namespace

ledger::LoadResult ResultOf(const FileLoad& load) {
  ledger::LoadResult result;
  std::vector<ledger::PartRecord> parts = PartRecordsOf(load);
  result.program = load.program;
  result.readers = ReadersOf(load);
  if (parts.empty()) return result;
  std::vector<ledger::RowCounts> counts;
  for (const ledger::PartRecord& part : parts) counts.push_back(part.counts);
  result.counts = ledger::Sum(counts);
  if (load.is_fan_out()) {
    result.route = NamesOf(parts, &ledger::PartRecord::route);
    result.target_table = NamesOf(parts, &ledger::PartRecord::target_table);
    for (const ledger::PartRecord& part : parts) result.rows += part.rows;
    result.parts = std::move(parts);
    return result;
  }
  const ledger::PartRecord& whole = parts.front();
  result.route = whole.route;
  result.target_table = whole.target_table;
  result.rows = whole.rows;
  result.snapshot_id = whole.snapshot_id;
  result.route_version = whole.route_version;
  result.sql_hash = whole.sql_hash;
  if (parts.size() > 1) result.parts = std::move(parts);  // beside its rows it has rejects
  return result;
}

std::string SqlHashOf(const FileLoad& load) {
  if (load.parts.size() == 1) return codec::Sha256Hex(load.parts.front().route.query_sql);
  std::string all;
  for (const PartLoad& part : load.parts) all += codec::Sha256Hex(part.route.query_sql);
  return all.empty() ? "" : codec::Sha256Hex(all);
}

std::vector<ledger::PartRecord> PartRecordsOf(const FileLoad& load) {
  std::vector<ledger::PartRecord> records = load.parts_before;
  for (const PartLoad& part : load.parts) records.push_back(RecordOf(part));
  return records;
}

std::string NamesOfLeftOut(const std::vector<std::string>& columns) {
  constexpr std::size_t kNamedMax = 10;
  std::vector<std::string> names;
  for (const std::string& column : columns | std::views::take(kNamedMax)) {
    names.push_back(codec::ShortName(column));
  }
  std::string text =
      fmt::format("column{} {}", columns.size() == 1 ? "" : "s", fmt::join(names, ", "));
  if (columns.size() > kNamedMax) text += fmt::format(" and {} more", columns.size() - kNamedMax);
  return text;
}

void RemoveDataFiles(const Rooms& rooms, const PartLoad& part) {
  for (const iceberg::DataFile& file : part.data_files) {
    auto uri = Uri::Parse(file.file_path);
    const Status removed = uri ? rooms.store.Remove(*uri) : Status(std::unexpected(uri.error()));
    if (!removed) {
      rooms.log.warn("data file {} is in no snapshot and could not be removed: {}", file.file_path,
                     removed.error().message);
    }
  }
}

}  // namespace eider::pipeline
