// What type each attribute of a route has, and the one wording for a value that has another.
//
// Attributes are named by their path: "engine.threads", "inputs[2]". The same types stand in the
// JSON schema (route_schema.h), and a test holds both to the same verdicts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eider/codec/json.h"

namespace eider::routes {

inline constexpr std::string_view kPartitionKey = "PartitionKey";
inline constexpr std::string_view kTargetTable = "target_table";
inline constexpr std::string_view kQuerySql = "query_sql";
inline constexpr std::string_view kTransform = "transform";
inline constexpr std::string_view kThenSql = "then_sql";
inline constexpr std::string_view kCreateTable = "create_table";
inline constexpr std::string_view kPartitionBy = "partition_by";
inline constexpr std::string_view kSortBy = "sort_by";
inline constexpr std::string_view kTableProperties = "table_properties";
inline constexpr std::string_view kLocation = "location";
inline constexpr std::string_view kEnabled = "enabled";
inline constexpr std::string_view kSameAs = "same_as";
inline constexpr std::string_view kInputs = "inputs";
inline constexpr std::string_view kTypes = "types";
inline constexpr std::string_view kEncoding = "encoding";
inline constexpr std::string_view kOnBadRows = "on_bad_rows";
inline constexpr std::string_view kRejectMax = "reject_max";
inline constexpr std::string_view kSchemaContract = "schema";
inline constexpr std::string_view kRescue = "rescue";
inline constexpr std::string_view kLineage = "lineage";
inline constexpr std::string_view kEngine = "engine";
inline constexpr std::string_view kCommit = "commit";
inline constexpr std::string_view kAfterLoad = "after_load";
inline constexpr std::string_view kAfterFailure = "after_failure";
inline constexpr std::string_view kPriority = "priority";
inline constexpr std::string_view kDescription = "description";
inline constexpr std::string_view kOwner = "owner";
inline constexpr std::string_view kUpdatedAt = "updated_at";
inline constexpr std::string_view kVersion = "version";

// All of a route, in the order in which they are written.
inline constexpr std::array<std::string_view, 29> kAttributes = {
    kPartitionKey, kTargetTable, kQuerySql,        kTransform, kThenSql,   kCreateTable,
    kPartitionBy,  kSortBy,      kTableProperties, kLocation,  kEnabled,   kSameAs,
    kInputs,       kTypes,       kEncoding,        kOnBadRows, kRejectMax, kSchemaContract,
    kRescue,       kLineage,     kEngine,          kCommit,    kAfterLoad, kAfterFailure,
    kPriority,     kDescription, kOwner,           kUpdatedAt, kVersion};

// Those of the maps `engine` and `commit`.
inline constexpr std::string_view kMemoryLimit = "memory_limit";
inline constexpr std::string_view kThreads = "threads";
inline constexpr std::string_view kTimeoutMs = "timeout_ms";
inline constexpr std::string_view kLagMs = "lag_ms";
inline constexpr std::string_view kGroupFiles = "group_files";
inline constexpr std::array<std::string_view, 4> kEngineAttributes = {kMemoryLimit, kThreads,
                                                                      kTimeoutMs, kGroupFiles};
inline constexpr std::array<std::string_view, 1> kCommitAttributes = {kLagMs};

// The values of on_bad_rows.
inline constexpr std::string_view kFailFile = "fail";
inline constexpr std::string_view kRejectRows = "reject";

// The values of schema, as SchemaContract has them.
inline constexpr std::array<std::string_view, 4> kContracts = {"freeze", "evolve",
                                                               "evolve_with_widening", "hold"};

inline constexpr std::size_t kInputsMax = 32;
inline constexpr std::size_t kTypesMax = 1'000;
inline constexpr std::size_t kTermsMax = 32;  // of partition_by and of sort_by
inline constexpr std::size_t kTablePropertiesMax = 1'000;
inline constexpr std::int64_t kThreadsMax = 1'024;
inline constexpr std::int64_t kGroupFilesMax = 1'000;
inline constexpr std::int64_t kMillisecondsMax = 604'800'000;  // a week

enum class AttributeType : std::uint8_t { kText, kBoolean, kWholeNumber, kList, kMap };

// The type of an attribute that there is; kText of any other.
AttributeType TypeOf(std::string_view path);

// A value as messages show it: "the text 'two'", "the number 7", "a list".
std::string ShownValue(const codec::Json& value);

// The boolean that it is, or that its text spells.
std::optional<bool> BooleanOf(const codec::Json& value);

// "engine.threads must be a whole number from 1 to 1024, not the text 'two'".
std::string Mistyped(std::string_view path, const codec::Json& value);

}  // namespace eider::routes
