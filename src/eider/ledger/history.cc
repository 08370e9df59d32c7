#include "eider/ledger/history.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/lower_case.h"

namespace eider::ledger {
namespace {

// The first ones, at most so many.
void Cut(std::vector<LoadRecord>& records, int limit) {
  const auto kept = static_cast<std::size_t>(std::max(limit, 0));
  if (records.size() > kept) records.resize(kept);
}

bool HasPart(const LoadResult& result, std::string PartRecord::*member, const std::string& text) {
  return std::ranges::find(result.parts, text, member) != result.parts.end();
}

bool IsNewer(const LoadRecord& left, const LoadRecord& right) {
  if (left.claimed_at != right.claimed_at) return left.claimed_at > right.claimed_at;
  const std::string left_uri = left.file.uri.ToString();
  const std::string right_uri = right.file.uri.ToString();
  return std::pair(left_uri, left.file.Version()) < std::pair(right_uri, right.file.Version());
}

}  // namespace

bool Fits(const HistoryFilter& filter, const LoadRecord& record) {
  const LoadResult& result = record.result;
  const TimePoint changed = ChangedAt(record);
  return (!filter.state || *filter.state == record.state) &&
         (filter.target_table.empty() || result.target_table == filter.target_table ||
          HasPart(result, &PartRecord::target_table, filter.target_table)) &&
         (filter.route.empty() || result.route == filter.route ||
          HasPart(result, &PartRecord::route, filter.route)) &&
         (filter.error_code.empty() || record.error_code == filter.error_code) &&
         LowerCase(record.error).contains(LowerCase(filter.error_text)) &&
         (!filter.since || changed >= *filter.since) &&
         (!filter.until || changed < *filter.until) &&
         (!filter.only_with_rows || result.rows > 0) &&
         (!filter.only_with_schema_change || !result.schema_change.empty()) &&
         record.file.uri.ToString().starts_with(filter.uri_prefix);
}

void KeepPage(const HistoryFilter& filter, std::vector<LoadRecord>& records) {
  std::ranges::sort(records, IsNewer);
  const auto skip = std::min(static_cast<std::size_t>(std::max(filter.skip, 0)), records.size());
  records.erase(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(skip));
  Cut(records, filter.limit);
}

void KeepOldest(std::vector<LoadRecord>& records, int limit) {
  std::ranges::sort(records, {}, [](const LoadRecord& record) {
    return std::tuple(record.claimed_at, record.file.uri.ToString(), record.file.Version());
  });
  Cut(records, limit);
}

bool IsListed(const LoadRecord& record, const std::string& uri_prefix, const HistoryPlace& after) {
  const std::string uri = record.file.uri.ToString();
  return uri.starts_with(uri_prefix) &&
         std::pair(uri, record.file.Version()) > std::pair(after.uri, after.version);
}

void KeepFirstByUri(std::vector<LoadRecord>& records, int limit) {
  std::ranges::sort(records, {}, [](const LoadRecord& record) {
    return std::pair(record.file.uri.ToString(), record.file.Version());
  });
  Cut(records, limit);
}

void HistoryCounter::Add(const LoadRecord& record) {
  const LoadResult& result = record.result;
  const auto [place, is_new] =
      counts_.try_emplace({StateName(record.state), result.route, result.target_table},
                          HistoryCount{.state = record.state,
                                       .route = result.route,
                                       .target_table = result.target_table,
                                       .oldest = record.claimed_at,
                                       .newest = ChangedAt(record)});
  HistoryCount& count = place->second;
  ++count.files;
  count.rows += result.rows;
  count.size_bytes += record.file.size_bytes;
  count.oldest = std::min(count.oldest, record.claimed_at);
  count.newest = std::max(count.newest, ChangedAt(record));
}

std::vector<HistoryCount> HistoryCounter::Take() const {
  std::vector<HistoryCount> counts;
  for (const auto& [key, count] : counts_) counts.push_back(count);
  return counts;
}

}  // namespace eider::ledger
