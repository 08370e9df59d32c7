// A ledger row as the columns of an SQL table, whichever database has it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "eider/base/result.h"
#include "eider/ledger/claim_rules.h"

namespace eider::ledger {

// Null, a whole number or a text.
using Cell = std::variant<std::monostate, std::int64_t, std::string>;

// Beside them stands `version`, FileRef::Version, which makes the key with `uri`.
inline constexpr auto kLedgerColumns = std::to_array<std::string_view>({
    "uri",
    "version_id",
    "etag",
    "size_bytes",
    "sequencer",
    "state",
    "route",
    "target_table",
    "snapshot_id",
    "rows",
    "commit_token",
    "claim_id",
    "owner",
    "error",
    "attempts",
    "forced_loads",
    "first_seen_ms",
    "claimed_at_ms",
    "lease_expires_ms",
    "finished_at_ms",
    "interrupted_since_ms",
    "route_version",
    "sql_hash",
    "parts",
    "broken_off",
    "error_code",
    "program",
    "rows_read",
    "rows_filtered",
    "rows_rejected",
    "error_line",
    "error_column",
    "error_value",
    "readers",
    "schema_change",
    "errands",
    "afterwards",
});

// In the order of kLedgerColumns.
std::vector<Cell> CellsOf(const ClaimRow& row);

// The row of such cells. Errors: kCorrupt, with the row's URI.
Result<ClaimRow> RowOf(std::span<const Cell> cells);

}  // namespace eider::ledger
