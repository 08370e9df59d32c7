// In which order the rows of a data file should be, as a table's metadata says it. Source: Iceberg
// specification, "Sort Orders".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace eider::iceberg {

enum class SortDirection : std::uint8_t { kAscending, kDescending };
enum class NullOrder : std::uint8_t { kFirst, kLast };

// Where nulls are unless it is said: Spark's and Java's rule.
constexpr NullOrder UsualNullOrder(SortDirection direction) {
  return direction == SortDirection::kAscending ? NullOrder::kFirst : NullOrder::kLast;
}

struct SortField {
  int source_id = 0;
  std::string transform;  // "identity", "bucket[16]", …
  SortDirection direction = SortDirection::kAscending;
  NullOrder null_order = NullOrder::kFirst;

  bool operator==(const SortField&) const = default;
};

struct SortOrder {
  int order_id = 0;
  std::vector<SortField> fields = {};  // empty: unsorted, or unreadable
  // An order that has what this program does not know, whole, as it is written back; else null.
  nlohmann::json unreadable = nullptr;

  bool operator==(const SortOrder&) const = default;
};

}  // namespace eider::iceberg
