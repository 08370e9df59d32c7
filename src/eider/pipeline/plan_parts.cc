// Parts by value: a value whose rows are in somewhere is never planned again, whatever its route is
// today.
#include "eider/pipeline/plan_parts.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/routing/file_facts.h"
#include "eider/routing/router.h"

namespace eider::pipeline {
namespace {

bool IsInAlready(const FileLoad& load, const routing::ColumnValue& value) {
  return std::ranges::any_of(load.parts_before, [&](const ledger::PartRecord& part) {
    return std::ranges::find(part.values, value) != part.values.end();
  });
}

std::string HoldReason(const std::vector<PartLoad>& parts) {
  std::vector<std::string> keys;
  for (const PartLoad& part : parts) {
    if (!part.route.enabled) keys.push_back(fmt::format("'{}'", part.route.partition_key));
  }
  if (keys.empty()) return "";
  return fmt::format("route {} is disabled; enable it, and `eider run --held` loads the file",
                     fmt::join(keys, ", "));
}

}  // namespace

Status PlanParts(const routing::RoutedFile& routed, FileLoad& load) {
  load.column = routed.column;
  if (!load.parts_before.empty() && !load.is_fan_out()) {
    return Fail(Code::kInvalid,
                fmt::format("rows of the file are in table {} already, by an earlier load that was "
                            "routed by a column, and now it goes whole to one: set "
                            "routing.strategies back and finish that load; afterwards --force "
                            "loads the file again",
                            load.parts_before.front().target_table));
  }
  if (routed.parts.empty()) load.skip_reason = "no route, and routing.unrouted is skip";
  for (const routing::RoutedPart& routed_part : routed.parts) {
    PartLoad part;
    part.file = &load;
    part.route = routed_part.route;
    part.commit_token = load.claim.commit_token;
    if (load.is_fan_out()) {
      part.values = routed_part.values;
      std::erase_if(part.values, [&](const auto& value) { return IsInAlready(load, value); });
      if (part.values.empty()) continue;
      part.commit_token =
          ledger::PartToken(load.claim.commit_token, part.route.partition_key, part.values);
    }
    load.parts.push_back(std::move(part));
  }
  load.hold_reason = HoldReason(load.parts);
  return {};
}

}  // namespace eider::pipeline
