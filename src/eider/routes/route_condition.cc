#include "eider/routes/route_condition.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_diff.h"
#include "eider/routes/route_store.h"

namespace eider::routes {
namespace {

// "version 3, of 2026-11-24T12:00:00Z, of the owner ada".
std::string Described(const Route& route) {
  std::string text =
      route.version == 0 ? "without a version" : fmt::format("version {}", route.version);
  if (!route.updated_at.empty()) text += fmt::format(", of {}", route.updated_at);
  if (!route.owner.empty()) text += fmt::format(", of the owner {}", route.owner);
  return text;
}

std::string ChangedNames(const Route& seen, const Route& present) {
  std::vector<std::string> names;
  for (const AttributeChange& change : DiffOf(seen, present)) names.push_back(change.name);
  if (names.empty()) return {};
  return fmt::format(", with another {}", fmt::join(names, ", "));
}

std::string WhatHappened(const std::optional<Route>& seen, const PresentRoute& present) {
  if (present.is_wrong) return "is there now, and wrong";
  if (!present.route) return "was removed";
  if (!seen) return fmt::format("was added ({})", Described(*present.route));
  return fmt::format("was changed: seen was {}, now it is {}{}", Described(*seen),
                     Described(*present.route), ChangedNames(*seen, *present.route));
}

}  // namespace

bool IsSameRoute(const Route& seen, const Route& present) {
  if (seen.version != present.version) return false;
  if (seen.version != 0) return seen.updated_at == present.updated_at;
  return seen.target_table == present.target_table && seen.query_sql == present.query_sql &&
         seen.same_as == present.same_as;
}

Status CheckCondition(std::string_view key, const RouteCondition& condition,
                      const PresentRoute& present) {
  if (!condition.is_checked) return {};
  const std::optional<Route>& seen = condition.seen;
  const bool is_as_seen = !present.is_wrong && seen.has_value() == present.route.has_value() &&
                          (!seen || IsSameRoute(*seen, *present.route));
  if (is_as_seen) return {};
  return Fail(Code::kConflict,
              fmt::format("somebody else was there first: the route '{}' {}; nothing of it is "
                          "written: look at it again (`eider routes get`), and repeat the command "
                          "if it is still right",
                          key, WhatHappened(seen, present)));
}

}  // namespace eider::routes
