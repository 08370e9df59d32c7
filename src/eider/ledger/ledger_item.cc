// Rows to attributes and back.
#include "eider/ledger/ledger_item.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/base/uri.h"
#include "eider/codec/sha256.h"
#include "eider/ledger/part_records.h"

namespace eider::ledger {
namespace {

using codec::AttributeValue;
using codec::Item;
using codec::ItemReader;

constexpr std::size_t kKeyBytesMax = 2'048;
constexpr std::size_t kErrorBytesMax = 4'096;  // an item holds 400 KB, a transaction 4 MB

void AddText(Item& item, std::string name, const std::string& text) {
  if (!text.empty()) item.emplace(std::move(name), AttributeValue::StringOrBinary(text));
}

void AddNumber(Item& item, std::string name, std::optional<std::int64_t> number) {
  if (number) item.emplace(std::move(name), AttributeValue::Number(*number));
}

void AddTime(Item& item, std::string name, const std::optional<TimePoint>& time) {
  if (time) item.emplace(std::move(name), AttributeValue::Number(UnixMillis(*time)));
}

// The beginning of a text that is too long, cut between two characters.
std::string Shortened(const std::string& text) {
  if (text.size() <= kErrorBytesMax) return text;
  std::size_t end = kErrorBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

// What is still to be done, and what tells that rows are or may be in a table while the file is not
// LOADED, is never forgotten: the next load needs it.
bool IsUnfinished(const ClaimRow& row) {
  const LoadRecord& record = row.record;
  if (record.state == State::kWaiting || record.state == State::kClaimed) return true;
  if (record.state == State::kHeld) return true;
  if (!record.result.schema_change.empty() || !record.result.errands.empty()) return true;
  const bool has_rows_in = record.state != State::kLoaded &&
                           std::ranges::any_of(record.result.parts, &PartRecord::is_loaded);
  return has_rows_in || row.interrupted_since || !record.finished_at;
}

std::optional<std::int64_t> ExpiresAt(const ClaimRow& row, int keep_days) {
  const LoadRecord& record = row.record;
  if (keep_days <= 0 || IsUnfinished(row)) return std::nullopt;
  const auto expires = *record.finished_at + std::chrono::days(keep_days);
  return std::chrono::duration_cast<std::chrono::seconds>(expires.time_since_epoch()).count();
}

Status ReadFile(const ItemReader& reader, FileRef& file) {
  EIDER_ASSIGN(const std::string uri, reader.String("uri"));
  EIDER_ASSIGN(file.uri, Uri::Parse(uri));
  EIDER_ASSIGN(file.version_id, reader.StringOrEmpty("version_id"));
  EIDER_ASSIGN(file.etag, reader.StringOrEmpty("etag"));
  EIDER_ASSIGN(const std::int64_t size_bytes, reader.Int64("size_bytes"));
  file.size_bytes = static_cast<std::uint64_t>(size_bytes);
  EIDER_ASSIGN(file.sequencer, reader.StringOrEmpty("sequencer"));
  return {};
}

Result<State> ReadState(const ItemReader& reader) {
  EIDER_ASSIGN(const std::string name, reader.String("state"));
  if (const auto state = StateOf(name)) return *state;
  return Fail(Code::kCorrupt, fmt::format("attribute state is {}, not '{}'", StateNames(), name));
}

std::optional<TimePoint> TimeOf(std::optional<std::int64_t> millis) {
  if (!millis) return std::nullopt;
  return TimePoint(Milliseconds(*millis));
}

Status ReadTimes(const ItemReader& reader, ClaimRow& row) {
  EIDER_ASSIGN(const std::int64_t first_seen, reader.Int64("first_seen_ms"));
  EIDER_ASSIGN(const std::int64_t claimed_at, reader.Int64("claimed_at_ms"));
  EIDER_ASSIGN(const std::int64_t lease_expires, reader.Int64("lease_expires_ms"));
  EIDER_ASSIGN(const auto finished_at, reader.OptionalInt64("finished_at_ms"));
  EIDER_ASSIGN(const auto interrupted_since, reader.OptionalInt64("interrupted_since_ms"));
  row.record.first_seen = TimePoint(Milliseconds(first_seen));
  row.record.claimed_at = TimePoint(Milliseconds(claimed_at));
  row.record.lease_expires = TimePoint(Milliseconds(lease_expires));
  row.record.finished_at = TimeOf(finished_at);
  row.interrupted_since = TimeOf(interrupted_since);
  return {};
}

Status ReadResult(const ItemReader& reader, LoadRecord& record) {
  EIDER_ASSIGN(record.result.route, reader.StringOrEmpty("route"));
  EIDER_ASSIGN(record.result.target_table, reader.StringOrEmpty("target_table"));
  EIDER_ASSIGN(record.result.snapshot_id, reader.OptionalInt64("snapshot_id"));
  EIDER_ASSIGN(record.result.rows, reader.Int64("rows"));
  EIDER_ASSIGN(record.error, reader.StringOrEmpty("error"));
  EIDER_ASSIGN(const auto route_version, reader.OptionalInt64("route_version"));
  record.result.route_version = route_version.value_or(0);  // items of earlier programs have none
  EIDER_ASSIGN(record.result.sql_hash, reader.StringOrEmpty("sql_hash"));
  EIDER_ASSIGN(record.error_code, reader.StringOrEmpty("error_code"));
  EIDER_ASSIGN(record.result.program, reader.StringOrEmpty("program"));
  EIDER_ASSIGN(record.result.readers, reader.StringOrEmpty("readers"));
  EIDER_ASSIGN(record.result.schema_change, reader.StringOrEmpty(kSchemaChange));
  EIDER_ASSIGN(record.result.errands, reader.StringOrEmpty(kErrands));
  EIDER_ASSIGN(record.afterwards, reader.StringOrEmpty("afterwards"));
  EIDER_ASSIGN(const std::string parts, reader.StringOrEmpty("parts"));
  EIDER_ASSIGN(record.result.parts, ParseParts(parts));
  RowCounts& counts = record.result.counts;
  EIDER_ASSIGN(counts.read, reader.OptionalInt64("rows_read"));
  EIDER_ASSIGN(counts.filtered, reader.OptionalInt64("rows_filtered"));
  EIDER_ASSIGN(const auto rejected, reader.OptionalInt64("rows_rejected"));
  counts.rejected = rejected.value_or(0);
  return {};
}

Status ReadErrorPlace(const ItemReader& reader, FilePlace& place) {
  EIDER_ASSIGN(const auto line, reader.OptionalInt64("error_line"));
  place.line = static_cast<std::uint64_t>(line.value_or(0));
  EIDER_ASSIGN(place.column, reader.StringOrEmpty("error_column"));
  EIDER_ASSIGN(std::string value, reader.StringOrEmpty("error_value"));
  if (!value.empty()) place.value = std::move(value);
  return {};
}

}  // namespace

std::string LedgerKeyOf(const FileRef& file) {
  std::string key = file.uri.ToString() + " ";
  for (const char c : file.Version()) {
    if (c == ' ') {
      key += "%20";
    } else if (c == '%') {
      key += "%25";
    } else {
      key += c;
    }
  }
  const bool is_text = AttributeValue::StringOrBinary(key).kind == AttributeValue::Kind::kString;
  return is_text && key.size() <= kKeyBytesMax ? key : "sha256:" + codec::Sha256Hex(key);
}

Item ItemOf(const StoredRow& stored, int keep_days) {
  const ClaimRow& row = stored.row;
  const LoadRecord& record = row.record;
  Item item;
  AddText(item, kLedgerKey, LedgerKeyOf(record.file));
  AddText(item, kWriteId, stored.write_id);
  AddText(item, "uri", record.file.uri.ToString());
  AddText(item, "version_id", record.file.version_id);
  AddText(item, "etag", record.file.etag);
  AddNumber(item, "size_bytes", static_cast<std::int64_t>(record.file.size_bytes));
  AddText(item, "sequencer", record.file.sequencer);
  AddText(item, "state", std::string(StateName(record.state)));
  AddText(item, "route", record.result.route);
  AddText(item, "target_table", record.result.target_table);
  AddNumber(item, "snapshot_id", record.result.snapshot_id);
  AddNumber(item, "rows", record.result.rows);
  AddNumber(item, "rows_read", record.result.counts.read);
  AddNumber(item, "rows_filtered", record.result.counts.filtered);
  if (record.result.counts.rejected != 0) {
    AddNumber(item, "rows_rejected", record.result.counts.rejected);
  }
  AddNumber(item, "route_version", record.result.route_version);
  AddText(item, "sql_hash", record.result.sql_hash);
  AddText(item, "program", record.result.program);
  AddText(item, "readers", record.result.readers);
  AddText(item, kSchemaChange, record.result.schema_change);
  AddText(item, kErrands, record.result.errands);
  AddText(item, "afterwards", record.afterwards);
  AddText(item, "parts", PartsText(record.result.parts));
  AddText(item, "commit_token", record.commit_token);
  AddText(item, "claim_id", row.claim_id);
  AddText(item, "owner", record.owner);
  AddText(item, "error", Shortened(record.error));
  AddText(item, "error_code", record.error_code);
  if (record.error_place.line != 0) {
    AddNumber(item, "error_line", static_cast<std::int64_t>(record.error_place.line));
  }
  AddText(item, "error_column", record.error_place.column);
  AddText(item, "error_value", record.error_place.value.value_or(""));
  AddNumber(item, "attempts", record.attempts);
  if (record.broken_off != 0) AddNumber(item, "broken_off", record.broken_off);
  AddNumber(item, "forced_loads", row.forced_loads);
  AddTime(item, "first_seen_ms", record.first_seen);
  AddTime(item, "claimed_at_ms", record.claimed_at);
  AddTime(item, "lease_expires_ms", record.lease_expires);
  AddTime(item, "finished_at_ms", record.finished_at);
  AddTime(item, "interrupted_since_ms", row.interrupted_since);
  AddNumber(item, "expires_at", ExpiresAt(row, keep_days));
  return item;
}

Result<StoredRow> ParseLedgerItem(const Item& item) {
  const ItemReader reader(item);
  StoredRow stored;
  LoadRecord& record = stored.row.record;
  EIDER_CHECK(ReadFile(reader, record.file));
  EIDER_ASSIGN(record.state, ReadState(reader));
  EIDER_CHECK(ReadResult(reader, record));
  EIDER_CHECK(ReadErrorPlace(reader, record.error_place));
  EIDER_CHECK(ReadTimes(reader, stored.row));
  EIDER_ASSIGN(stored.write_id, reader.String(kWriteId));
  // Nobody has claimed an announced file yet.
  EIDER_ASSIGN(stored.row.claim_id, record.state == State::kWaiting
                                        ? reader.StringOrEmpty("claim_id")
                                        : reader.String("claim_id"));
  EIDER_ASSIGN(stored.row.forced_loads, reader.Int64("forced_loads"));
  EIDER_ASSIGN(record.commit_token, reader.String("commit_token"));
  EIDER_ASSIGN(record.owner, reader.StringOrEmpty("owner"));
  EIDER_ASSIGN(const std::int64_t attempts, reader.Int64("attempts"));
  record.attempts = static_cast<int>(attempts);
  EIDER_ASSIGN(const auto broken_off, reader.OptionalInt64("broken_off"));
  record.broken_off = static_cast<int>(broken_off.value_or(0));
  return stored;
}

}  // namespace eider::ledger
