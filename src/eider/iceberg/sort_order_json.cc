#include "eider/iceberg/sort_order_json.h"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/iceberg/sort_order.h"

namespace eider::iceberg {
namespace {

using codec::JsonObject;
using nlohmann::json;

constexpr std::size_t kOrderMembers = 2;
constexpr std::size_t kFieldMembers = 4;

// Nothing where it has other members or values than these.
std::optional<SortField> FieldFrom(const JsonObject& object) {
  const auto source_id = object.Int("source-id");
  const auto transform = object.String("transform");
  const auto direction = object.String("direction");
  const auto null_order = object.String("null-order");
  if (!source_id || !transform || !direction || !null_order) return std::nullopt;
  if (object.json().size() != kFieldMembers) return std::nullopt;
  if (*direction != "asc" && *direction != "desc") return std::nullopt;
  if (*null_order != "nulls-first" && *null_order != "nulls-last") return std::nullopt;
  return SortField{
      .source_id = *source_id,
      .transform = *transform,
      .direction = *direction == "asc" ? SortDirection::kAscending : SortDirection::kDescending,
      .null_order = *null_order == "nulls-first" ? NullOrder::kFirst : NullOrder::kLast};
}

}  // namespace

json SortOrderToJson(const SortOrder& order) {
  if (!order.unreadable.is_null()) return order.unreadable;
  json fields = json::array();
  for (const SortField& field : order.fields) {
    const bool is_ascending = field.direction == SortDirection::kAscending;
    const bool nulls_are_first = field.null_order == NullOrder::kFirst;
    fields.push_back({{"source-id", field.source_id},
                      {"transform", field.transform},
                      {"direction", is_ascending ? "asc" : "desc"},
                      {"null-order", nulls_are_first ? "nulls-first" : "nulls-last"}});
  }
  return {{"order-id", order.order_id}, {"fields", std::move(fields)}};
}

Result<SortOrder> SortOrderFromJson(const JsonObject& object) {
  SortOrder order;
  EIDER_ASSIGN(order.order_id, object.Int("order-id"));
  EIDER_ASSIGN(const std::vector<JsonObject> members, object.Objects("fields"));
  bool is_readable = object.json().size() == kOrderMembers;
  for (const JsonObject& member : members) {
    auto field = FieldFrom(member);
    is_readable = is_readable && field.has_value();
    if (is_readable) order.fields.push_back(*std::move(field));
  }
  if (is_readable) return order;
  order.fields.clear();
  order.unreadable = object.json();
  return order;
}

}  // namespace eider::iceberg
