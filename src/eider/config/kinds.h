// What a configuration chooses between, and the words that choose it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eider::config {

enum class CatalogType : std::uint8_t { kSql, kGlue };

enum class RouteStoreKind : std::uint8_t { kFile, kSqlite, kDynamoDb, kSnapshot };

enum class LedgerType : std::uint8_t { kSqlite, kDynamoDb, kNone };

// What becomes of a file for which no strategy found a route.
enum class Unrouted : std::uint8_t {
  kDefault,  // the default route; where there is none, it fails
  kFail,     // it fails; there is no default route
  kSkip,     // it is left alone; there is no default route
};

// What becomes of the values without a route, null and the empty text among them, of a column that
// won.
enum class UnroutedValues : std::uint8_t {
  kDefault,  // the default route; where there is none, the file fails
  kFail,     // the file fails
  kReject,   // their rows become records of the rejects table
};

// The words for the kinds of one type, in the order of the type.
template <typename Kind>
inline constexpr std::array<std::string_view, 0> kWords = {};
template <>
inline constexpr auto kWords<CatalogType> = std::to_array<std::string_view>({"sql", "glue"});
template <>
inline constexpr auto kWords<RouteStoreKind> =
    std::to_array<std::string_view>({"file", "sqlite", "dynamodb", "snapshot"});
template <>
inline constexpr auto kWords<LedgerType> = std::to_array<std::string_view>({"sqlite", "dynamodb",
                                                                            "none"});
template <>
inline constexpr auto kWords<Unrouted> = std::to_array<std::string_view>({"default", "fail",
                                                                          "skip"});
template <>
inline constexpr auto kWords<UnroutedValues> = std::to_array<std::string_view>({"default", "fail",
                                                                                "reject"});

template <typename Kind>
constexpr std::string_view WordFor(Kind kind) {
  return kWords<Kind>[static_cast<std::size_t>(kind)];
}

}  // namespace eider::config
