// The sort order of a new table, as people write it: `ts`, `ts desc`, `bucket(16, id)`,
// `name asc nulls last`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/iceberg/column_term.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/sort_order.h"

namespace eider::iceberg {

struct SortTerm {
  ColumnTerm term;
  SortDirection direction = SortDirection::kAscending;
  NullOrder null_order = UsualNullOrder(SortDirection::kAscending);

  bool operator==(const SortTerm&) const = default;
};

// Errors: kInvalid.
Result<SortTerm> ParseSortTerm(std::string_view text);

// Says only what is not usual.
std::string ToString(const SortTerm& term);

// Order 1, with the schema's own ids as sources; without terms the unsorted order 0. Errors:
// kInvalid (those of FindSource, a term twice).
Result<SortOrder> MakeSortOrder(const Schema& schema, std::span<const SortTerm> terms);

// "ts desc, bucket(16, id)", or "unsorted": any order of a table with that schema.
std::string SortText(const Schema& schema, const SortOrder& order);

}  // namespace eider::iceberg
