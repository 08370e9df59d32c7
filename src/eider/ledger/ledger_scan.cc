#include "eider/ledger/ledger_scan.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/ledger/ledger_item.h"
#include "eider/ledger/part_records.h"

namespace eider::ledger {

codec::Json HistoryScan(const HistoryFilter& filter) {
  codec::Json request = codec::Json::object();
  std::string expression;
  const auto require = [&](std::string_view condition) {
    expression += fmt::format("{}{}", expression.empty() ? "" : " AND ", condition);
  };
  const auto set = [&](const std::string& name, std::string_view value) {
    request["ExpressionAttributeNames"]["#" + name] = name;
    request["ExpressionAttributeValues"][":" + name] = {{"S", std::string(value)}};
  };
  if (filter.state) {
    require("#state = :state");
    set("state", StateName(*filter.state));
  }
  if (!filter.target_table.empty()) {
    require("(#target_table = :target_table OR contains(#parts, :parts))");
    set("target_table", filter.target_table);
    set("parts", TargetTableText(filter.target_table));
  }
  if (!filter.error_code.empty()) {
    require("#error_code = :error_code");
    set("error_code", filter.error_code);
  }
  if (filter.only_with_rows) {
    require("#rows > :none");
    request["ExpressionAttributeNames"]["#rows"] = "rows";
    request["ExpressionAttributeValues"][":none"] = {{"N", "0"}};
  }
  if (filter.only_with_schema_change) {
    require(fmt::format("attribute_exists({})", kSchemaChange));
  }
  if (!expression.empty()) request["FilterExpression"] = expression;
  return request;
}

codec::Json ErrandsScan() {
  return {{"FilterExpression", fmt::format("attribute_exists({})", kErrands)}};
}

codec::Json OpenScan() {
  return {{"FilterExpression", "#state IN (:waiting, :claimed)"},
          {"ExpressionAttributeNames", {{"#state", "state"}}},
          {"ExpressionAttributeValues",
           {{":waiting", {{"S", StateName(State::kWaiting)}}},
            {":claimed", {{"S", StateName(State::kClaimed)}}}}}};
}

}  // namespace eider::ledger
