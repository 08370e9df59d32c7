// Parts by value: a value whose rows are in somewhere is never planned again, whatever its route is
// today.
#include "eider/pipeline/plan_parts.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/routing/file_facts.h"
#include "eider/routing/router.h"

namespace eider::pipeline {
namespace {

bool IsInAlready(const Plan& plan, const routing::ColumnValue& value) {
  return std::ranges::any_of(plan.parts_before, [&](const ledger::PartRecord& part) {
    return std::ranges::find(part.values, value) != part.values.end();
  });
}

}  // namespace

Result<std::variant<Plan, Skipped>> PlanParts(const routing::RoutedFile& routed,
                                              const std::string& commit_token,
                                              std::vector<ledger::PartRecord> parts_before) {
  Plan plan;
  plan.column = routed.column;
  plan.parts_before = std::move(parts_before);
  if (!plan.parts_before.empty() && !plan.is_fan_out()) {
    return Fail(Code::kInvalid,
                fmt::format("rows of the file are in table {} already, by an earlier load that was "
                            "routed by a column, and now it goes whole to one: set "
                            "routing.strategies back and finish that load; afterwards --force "
                            "loads the file again",
                            plan.parts_before.front().target_table));
  }
  if (routed.parts.empty()) return Skipped{"no route, and routing.unrouted is skip"};
  for (const routing::RoutedPart& routed_part : routed.parts) {
    PlannedPart part{routed_part.route, {}, commit_token};
    if (plan.is_fan_out()) {
      part.values = routed_part.values;
      std::erase_if(part.values, [&](const auto& value) { return IsInAlready(plan, value); });
      if (part.values.empty()) continue;
      part.commit_token = ledger::PartToken(commit_token, part.route.partition_key, part.values);
    }
    plan.parts.push_back(std::move(part));
  }
  return plan;
}

std::string HoldReason(const Plan& plan) {
  std::vector<std::string> keys;
  for (const PlannedPart& part : plan.parts) {
    if (!part.route.enabled) keys.push_back(fmt::format("'{}'", part.route.partition_key));
  }
  if (keys.empty()) return "";
  return fmt::format("route {} is disabled; enable it, and `eider run --held` loads the file",
                     fmt::join(keys, ", "));
}

}  // namespace eider::pipeline
