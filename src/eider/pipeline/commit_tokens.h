// The proof, inside the table, that a file's rows are in it: commit tokens in snapshot summaries.
//
// A snapshot that holds rows of files carries their tokens in the summary key
// `eider.commit-tokens`, joined by commas. A token is looked for in every snapshot the table still
// has.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "eider/base/clock.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::pipeline {

inline constexpr std::string_view kCommitTokensKey = "eider.commit-tokens";

// How many records the files had whose rows are in a snapshot, and what became of the others:
// summary keys beside Iceberg's own `added-records`, where they are known of all of its files.
inline constexpr std::string_view kRowsReadKey = "eider.rows-read";
inline constexpr std::string_view kRowsFilteredKey = "eider.rows-filtered";
inline constexpr std::string_view kRowsRejectedKey = "eider.rows-rejected";

// How many of the rows have values in the column for what did not fit (Query::rescue), where some
// do.
inline constexpr std::string_view kRowsRescuedKey = "eider.rows-rescued";

// How many rows plug-ins were given to make those of the commit of, where some went through one.
inline constexpr std::string_view kRowsTransformedKey = "eider.rows-transformed";

std::string JoinTokens(std::span<const std::string> tokens);

// The snapshot that carries the token, newest first.
std::optional<std::int64_t> FindToken(const iceberg::TableMetadata& table, std::string_view token);

// The same of several tokens at once: the snapshot of each that there is. Borrows the tokens.
std::unordered_map<std::string_view, std::int64_t> FindTokens(
    const iceberg::TableMetadata& table, std::span<const std::string_view> tokens);

// Whether the table still has every snapshot made since `since`. If not, a token that is not found
// proves nothing: its snapshot may have expired.
bool KeepsSnapshotsSince(const iceberg::TableMetadata& table, TimePoint since);

}  // namespace eider::pipeline
