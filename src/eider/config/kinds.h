// What a configuration chooses between, and the words that choose it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace eider::config {

enum class CatalogType : std::uint8_t { kSql, kGlue, kRest };

enum class RouteStoreKind : std::uint8_t { kFile, kSqlite, kPostgres, kDynamoDb, kSnapshot };

enum class LedgerType : std::uint8_t { kSqlite, kPostgres, kDynamoDb, kNone };

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

template <typename T>
concept AnyKind = std::is_enum_v<T>;

using Word = std::string_view;

// The words for the kinds of one type, in the order of the type.
template <AnyKind Kind>
inline constexpr std::array<Word, 0> kWords = {};
template <>
inline constexpr auto kWords<CatalogType> = std::to_array<Word>({"sql", "glue", "rest"});
template <>
inline constexpr auto kWords<RouteStoreKind> = std::to_array<Word>({"file", "sqlite", "postgres",
                                                                    "dynamodb", "snapshot"});
template <>
inline constexpr auto kWords<LedgerType> = std::to_array<Word>({"sqlite", "postgres", "dynamodb",
                                                                "none"});
template <>
inline constexpr auto kWords<Unrouted> = std::to_array<Word>({"default", "fail", "skip"});
template <>
inline constexpr auto kWords<UnroutedValues> = std::to_array<Word>({"default", "fail", "reject"});

template <AnyKind Kind>
constexpr Word WordFor(Kind kind) {
  return kWords<Kind>[static_cast<std::size_t>(kind)];
}

}  // namespace eider::config
