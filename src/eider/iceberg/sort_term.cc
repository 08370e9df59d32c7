#include "eider/iceberg/sort_term.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/iceberg/column_term.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/sort_order.h"
#include "eider/iceberg/transform.h"

namespace eider::iceberg {
namespace {

constexpr int kFirstSortOrderId = 1;  // 0 is the unsorted order

// Behind the term: " desc nulls first".
std::string OrderText(SortDirection direction, NullOrder null_order) {
  std::string text = direction == SortDirection::kDescending ? " desc" : "";
  if (null_order != UsualNullOrder(direction)) {
    text += null_order == NullOrder::kFirst ? " nulls first" : " nulls last";
  }
  return text;
}

}  // namespace

Result<SortTerm> ParseSortTerm(std::string_view text) {
  TermReader reader(text);
  SortTerm term;
  EIDER_ASSIGN(term.term, reader.Term());
  if (reader.TakeWord("desc")) {
    term.direction = SortDirection::kDescending;
  } else {
    reader.TakeWord("asc");
  }
  term.null_order = UsualNullOrder(term.direction);
  if (reader.TakeWord("nulls")) {
    const bool is_first = reader.TakeWord("first");
    if (!is_first && !reader.TakeWord("last")) {
      return Fail(Code::kInvalid, fmt::format("`{}`: nulls are `first` or `last`", text));
    }
    term.null_order = is_first ? NullOrder::kFirst : NullOrder::kLast;
  }
  EIDER_CHECK(reader.End());
  return term;
}

std::string ToString(const SortTerm& term) {
  return ToString(term.term) + OrderText(term.direction, term.null_order);
}

Result<SortOrder> MakeSortOrder(const Schema& schema, std::span<const SortTerm> terms) {
  SortOrder order;
  if (!terms.empty()) order.order_id = kFirstSortOrderId;
  for (const SortTerm& term : terms) {
    EIDER_ASSIGN(const TermSource source, FindSource(schema, term.term));
    SortField field{.source_id = source.field->id,
                    .transform = ToString(term.term.transform),
                    .direction = term.direction,
                    .null_order = term.null_order};
    for (const SortField& earlier : order.fields) {
      if (earlier.source_id != field.source_id || earlier.transform != field.transform) continue;
      return Fail(Code::kInvalid, fmt::format("`{}`: the table is sorted by `{}` already",
                                              ToString(term), ToString(term.term)));
    }
    order.fields.push_back(std::move(field));
  }
  return order;
}

std::string SortText(const Schema& schema, const SortOrder& order) {
  if (!order.unreadable.is_null()) return "an order that Eider does not know";
  std::vector<std::string> terms;
  for (const SortField& field : order.fields) {
    terms.push_back(TermText(schema, field.source_id, field.transform) +
                    OrderText(field.direction, field.null_order));
  }
  return terms.empty() ? "unsorted" : fmt::to_string(fmt::join(terms, ", "));
}

}  // namespace eider::iceberg
