// Sort orders to JSON and back. Source: Iceberg specification, "Appendix C: Sort Orders".
#pragma once

#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/iceberg/sort_order.h"

namespace eider::iceberg {

nlohmann::json SortOrderToJson(const SortOrder& order);

// Errors: kCorrupt (no order-id, no list of fields, each an object).
Result<SortOrder> SortOrderFromJson(const codec::JsonObject& json);

}  // namespace eider::iceberg
