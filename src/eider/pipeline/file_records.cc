#include "eider/pipeline/file_records.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/codec/sha256.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/load_history.h"
#include "eider/pipeline/outcome.h"

namespace eider::pipeline {
namespace {

// "a, b, c"; every name once, in the order of the parts.
std::string NamesOf(const std::vector<ledger::PartRecord>& parts,
                    std::string ledger::PartRecord::*name) {
  std::vector<std::string_view> names;
  for (const ledger::PartRecord& part : parts) {
    if (std::ranges::find(names, part.*name) == names.end()) names.push_back(part.*name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

ledger::PartRecord RecordOf(const PlannedPart& part) {
  ledger::PartRecord record;
  record.route = part.route.partition_key;
  record.values = part.values;
  record.target_table = part.table().ToString();
  record.commit_token = part.commit_token;
  record.route_version = part.route.version;
  record.sql_hash = codec::Sha256Hex(part.route.query_sql);
  return record;
}

std::vector<ledger::PartRecord> RecordsOf(const Plan& plan) {
  std::vector<ledger::PartRecord> records = plan.parts_before;
  std::ranges::transform(plan.parts, std::back_inserter(records), RecordOf);
  return records;
}

std::vector<ledger::PartRecord> RecordsOf(const Plan& plan, const PreparedParts& parts) {
  std::vector<ledger::PartRecord> records = plan.parts_before;
  for (const PreparedPart& part : parts) records.push_back(part.record);
  return records;
}

ledger::LoadResult ResultOf(const Plan& plan, std::vector<ledger::PartRecord> records) {
  ledger::LoadResult result;
  if (records.empty()) return result;
  std::vector<ledger::RowCounts> counts;
  for (const ledger::PartRecord& part : records) counts.push_back(part.counts);
  result.counts = ledger::Sum(counts);
  if (plan.is_fan_out()) {
    result.route = NamesOf(records, &ledger::PartRecord::route);
    result.target_table = NamesOf(records, &ledger::PartRecord::target_table);
    for (const ledger::PartRecord& part : records) {
      // A part without values has the rejects of another: they are no rows of the file's tables.
      if (!part.values.empty()) result.rows += part.rows;
    }
    result.parts = std::move(records);
    return result;
  }
  const ledger::PartRecord& whole = records.front();
  result.route = whole.route;
  result.target_table = whole.target_table;
  result.rows = whole.rows;
  result.snapshot_id = whole.snapshot_id;
  result.route_version = whole.route_version;
  result.sql_hash = whole.sql_hash;
  if (records.size() > 1) result.parts = std::move(records);  // beside its rows it has rejects
  return result;
}

std::string SqlHashOf(const Plan& plan) {
  if (plan.parts.size() == 1) return codec::Sha256Hex(plan.parts.front().route.query_sql);
  std::string all;
  for (const PlannedPart& part : plan.parts) all += codec::Sha256Hex(part.route.query_sql);
  return all.empty() ? "" : codec::Sha256Hex(all);
}

std::string_view FateName(Fate fate) {
  switch (fate) {
    case Fate::kLoaded:
      return "LOADED";
    case Fate::kSkipped:
      return "SKIPPED";
    case Fate::kFailed:
      return "FAILED";
    case Fate::kHeld:
      return "HELD";
    case Fate::kNotBegun:
      return "NOT_BEGUN";
    case Fate::kSuperseded:
      return "SUPERSEDED";
    case Fate::kPrepared:
      return "PREPARED";
  }
  return "FAILED";
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

}  // namespace eider::pipeline
