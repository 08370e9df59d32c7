#include "eider/ledger/ledger_columns.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/ledger/part_records.h"

namespace eider::ledger {
namespace {

Cell CellOf(std::optional<std::int64_t> number) {
  return number ? Cell(*number) : Cell();
}

Cell CellOf(const std::optional<TimePoint>& time) {
  return time ? Cell(UnixMillis(*time)) : Cell();
}

// Cells by the names of their columns, which the compiler looks up.
class CellReader {
 public:
  explicit CellReader(std::span<const Cell> cells) : cells_(cells) {}

  std::string Text(std::size_t place) const { return OptionalText(place).value_or(""); }

  std::optional<std::string> OptionalText(std::size_t place) const {
    const auto* text = std::get_if<std::string>(&cells_[place]);
    return text == nullptr ? std::nullopt : std::optional(*text);
  }

  std::int64_t Number(std::size_t place) const { return OptionalNumber(place).value_or(0); }

  std::optional<std::int64_t> OptionalNumber(std::size_t place) const {
    const auto* number = std::get_if<std::int64_t>(&cells_[place]);
    return number == nullptr ? std::nullopt : std::optional(*number);
  }

  TimePoint Time(std::size_t place) const { return TimePoint(Milliseconds(Number(place))); }

  std::optional<TimePoint> OptionalTime(std::size_t place) const {
    return OptionalNumber(place) ? std::optional(Time(place)) : std::nullopt;
  }

 private:
  std::span<const Cell> cells_;
};

consteval std::size_t PlaceOf(std::string_view column) {
  return static_cast<std::size_t>(std::ranges::find(kLedgerColumns, column) -
                                  kLedgerColumns.begin());
}

void ReadResult(const CellReader& cells, LoadRecord& record) {
  LoadResult& result = record.result;
  result.route = cells.Text(PlaceOf("route"));
  result.target_table = cells.Text(PlaceOf("target_table"));
  result.snapshot_id = cells.OptionalNumber(PlaceOf("snapshot_id"));
  result.rows = cells.Number(PlaceOf("rows"));
  result.route_version = cells.Number(PlaceOf("route_version"));
  result.sql_hash = cells.Text(PlaceOf("sql_hash"));
  result.program = cells.Text(PlaceOf("program"));
  result.readers = cells.Text(PlaceOf("readers"));
  result.schema_change = cells.Text(PlaceOf("schema_change"));
  result.errands = cells.Text(PlaceOf("errands"));
  record.afterwards = cells.Text(PlaceOf("afterwards"));
  result.counts = {.read = cells.OptionalNumber(PlaceOf("rows_read")),
                   .filtered = cells.OptionalNumber(PlaceOf("rows_filtered")),
                   .rejected = cells.Number(PlaceOf("rows_rejected"))};
}

}  // namespace

std::vector<Cell> CellsOf(const ClaimRow& row) {
  const LoadRecord& record = row.record;
  const FileRef& file = record.file;
  const LoadResult& result = record.result;
  const FilePlace& place = record.error_place;
  auto cells = std::to_array<Cell>({
      file.uri.ToString(),
      file.version_id,
      file.etag,
      static_cast<std::int64_t>(file.size_bytes),
      file.sequencer,
      std::string(StateName(record.state)),
      result.route,
      result.target_table,
      CellOf(result.snapshot_id),
      result.rows,
      record.commit_token,
      row.claim_id,
      record.owner,
      record.error,
      static_cast<std::int64_t>(record.attempts),
      row.forced_loads,
      UnixMillis(record.first_seen),
      UnixMillis(record.claimed_at),
      UnixMillis(record.lease_expires),
      CellOf(record.finished_at),
      CellOf(row.interrupted_since),
      result.route_version,
      result.sql_hash,
      PartsText(result.parts),
      static_cast<std::int64_t>(record.broken_off),
      record.error_code,
      result.program,
      CellOf(result.counts.read),
      CellOf(result.counts.filtered),
      result.counts.rejected,
      static_cast<std::int64_t>(place.line),
      place.column,
      place.value ? Cell(*place.value) : Cell(),
      result.readers,
      result.schema_change,
      result.errands,
      record.afterwards,
  });
  return {std::make_move_iterator(cells.begin()), std::make_move_iterator(cells.end())};
}

Result<ClaimRow> RowOf(std::span<const Cell> values) {
  const CellReader cells(values);
  ClaimRow row;
  LoadRecord& record = row.record;
  const std::string uri = cells.Text(PlaceOf("uri"));
  EIDER_ASSIGN(record.file.uri, Uri::Parse(uri));
  record.file.version_id = cells.Text(PlaceOf("version_id"));
  record.file.etag = cells.Text(PlaceOf("etag"));
  record.file.size_bytes = static_cast<std::uint64_t>(cells.Number(PlaceOf("size_bytes")));
  record.file.sequencer = cells.Text(PlaceOf("sequencer"));
  // The table's CHECK admits no other.
  record.state = StateOf(cells.Text(PlaceOf("state"))).value_or(State::kClaimed);
  ReadResult(cells, record);
  auto parts = ParseParts(cells.Text(PlaceOf("parts")));
  if (!parts) return Fail(fmt::format("the row of {}", uri), std::move(parts).error());
  record.result.parts = *std::move(parts);
  record.commit_token = cells.Text(PlaceOf("commit_token"));
  row.claim_id = cells.Text(PlaceOf("claim_id"));
  record.owner = cells.Text(PlaceOf("owner"));
  record.error = cells.Text(PlaceOf("error"));
  record.error_code = cells.Text(PlaceOf("error_code"));
  record.error_place = {.line = static_cast<std::uint64_t>(cells.Number(PlaceOf("error_line"))),
                        .column = cells.Text(PlaceOf("error_column")),
                        .value = cells.OptionalText(PlaceOf("error_value"))};
  record.attempts = static_cast<int>(cells.Number(PlaceOf("attempts")));
  record.broken_off = static_cast<int>(cells.Number(PlaceOf("broken_off")));
  row.forced_loads = cells.Number(PlaceOf("forced_loads"));
  record.first_seen = cells.Time(PlaceOf("first_seen_ms"));
  record.claimed_at = cells.Time(PlaceOf("claimed_at_ms"));
  record.lease_expires = cells.Time(PlaceOf("lease_expires_ms"));
  record.finished_at = cells.OptionalTime(PlaceOf("finished_at_ms"));
  row.interrupted_since = cells.OptionalTime(PlaceOf("interrupted_since_ms"));
  return row;
}

}  // namespace eider::ledger
