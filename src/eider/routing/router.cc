// One question to the routing table, from strategies to parts.
#include "eider/routing/router.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"
#include "eider/routing/file_facts.h"
#include "eider/routing/pattern_choice.h"
#include "eider/routing/rejects_route.h"
#include "eider/routing/same_as.h"
#include "eider/routing/strategy.h"

namespace eider::routing {
namespace {

constexpr std::string_view kDefaultStrategy = "default";
constexpr std::size_t kNamedMax = 10;  // of keys and values in one message

// A key with its route as far as it is found; of a column also a value that is no key.
struct KeyRoute {
  ColumnValue value;
  std::optional<routes::Route> route = {};

  bool IsKey() const { return value && !value->empty(); }
};

// A strategy and what it gave for the file.
struct Asked {
  const Strategy& strategy;
  std::vector<KeyRoute> keys = {};
  bool has_met_patterns = false;

  bool IsColumn() const { return !strategy.column().empty(); }

  bool HasRoute() const {
    return std::ranges::any_of(keys, [](const KeyRoute& key) { return key.route.has_value(); });
  }
};

// The first few values, and how many more there are.
std::string Listed(const std::vector<ColumnValue>& values, std::string_view separator) {
  std::vector<std::string> named;
  for (const ColumnValue& value : values) {
    if (named.size() == kNamedMax) break;
    named.push_back(value ? fmt::format("'{}'", *value) : "null");
  }
  std::string text = fmt::format("{}", fmt::join(named, separator));
  if (values.size() > kNamedMax) text += fmt::format(" and {} more", values.size() - kNamedMax);
  return text;
}

std::string TextOfColumn(const Asked& asked) {
  if (asked.keys.empty()) return "gives no key, the file has no rows";
  if (std::ranges::none_of(asked.keys, &KeyRoute::IsKey)) return "gives no key, no row has a value";
  std::vector<ColumnValue> values;
  std::size_t routed = 0;
  for (const KeyRoute& key : asked.keys) {
    values.push_back(key.value);
    if (key.route) ++routed;
  }
  const std::string listed = Listed(values, ", ");
  if (routed > 0) {
    return fmt::format("gives {}; {} of {} with a route", listed, routed, values.size());
  }
  return fmt::format("gives {}; none with {}", listed,
                     asked.has_met_patterns ? "a route" : "an exact route");
}

std::string TextOf(const Asked& asked) {
  if (asked.IsColumn()) return TextOfColumn(asked);
  if (asked.keys.empty()) return "gives no key";
  const std::string& key = *asked.keys.front().value;
  const std::optional<routes::Route>& route = asked.keys.front().route;
  if (!route) {
    return fmt::format("gives '{}', which has no {}", key,
                       asked.has_met_patterns ? "route" : "exact route");
  }
  if (route->partition_key == key) return fmt::format("gives '{}', which has a route", key);
  return fmt::format("gives '{}', which the pattern '{}' matches", key, route->partition_key);
}

// Finds the routes of one file; used once.
class Lookup {
 public:
  Lookup(routes::RouteReader& store, const RouterOptions& options, FileFacts& facts)
      : store_(store), options_(options), facts_(facts) {}

  Result<RoutedFile> Run() {
    for (const Strategy& strategy : options_.strategies) {
      EIDER_ASSIGN(const bool has_route, Ask(strategy));
      if (has_route) return Win(asked_.back());
    }
    for (Asked& asked : asked_) {
      EIDER_CHECK(MeetPatterns(asked));
      if (asked.HasRoute()) return Win(asked);
    }
    return TakeDefault();
  }

 private:
  // Whether a key of the strategy has a route of its own.
  Result<bool> Ask(const Strategy& strategy) {
    auto values = strategy.KeysOf(facts_, options_.column_values_max);
    if (!values) {
      return Fail(fmt::format("strategy {}", strategy.ToString()), std::move(values).error());
    }
    Asked& asked = asked_.emplace_back(Asked{strategy});
    for (ColumnValue& value : *values) {
      KeyRoute& key = asked.keys.emplace_back(KeyRoute{std::move(value)});
      // A PartitionKey with '*' is a pattern, also for a key that reads the same.
      if (!key.IsKey() || routes::IsPattern(*key.value)) continue;
      EIDER_ASSIGN(key.route, store_.Find(*key.value));
    }
    return asked.HasRoute();
  }

  // Finds patterns for the keys of the strategy that have no route of their own.
  Status MeetPatterns(Asked& asked) {
    asked.has_met_patterns = true;
    for (KeyRoute& key : asked.keys) {
      if (!key.IsKey() || key.route) continue;
      if (!patterns_) {
        EIDER_ASSIGN(patterns_, store_.Patterns());
      }
      EIDER_ASSIGN(const routes::Route* const route, ChoosePattern(*patterns_, *key.value));
      if (route != nullptr) key.route = *route;
    }
    return {};
  }

  Result<RoutedFile> Win(Asked& winner) {
    if (winner.IsColumn()) EIDER_CHECK(MeetPatterns(winner));
    RoutedFile routed;
    routed.strategy = winner.strategy.ToString();
    routed.column = winner.strategy.column();
    routed.steps = Steps(&winner);
    if (winner.IsColumn()) {
      EIDER_ASSIGN(routed.parts, PartsOf(winner));
    } else {
      EIDER_ASSIGN(routed.parts.emplace_back().route,
                   FollowSameAs(store_, *std::move(winner.keys.front().route)));
    }
    return routed;
  }

  Result<std::vector<RoutedPart>> PartsOf(Asked& winner) {
    std::map<std::string, RoutedPart> by_key;
    std::vector<ColumnValue> unrouted;
    for (KeyRoute& key : winner.keys) {
      if (!key.route) {
        unrouted.push_back(std::move(key.value));
        continue;
      }
      RoutedPart& part = by_key[key.route->partition_key];
      if (part.values.empty()) part.route = *std::move(key.route);
      part.values.push_back(std::move(key.value));
    }
    if (!unrouted.empty()) {
      EIDER_ASSIGN(routes::Route route, RouteOfUnrouted(winner.strategy.column(), unrouted));
      std::string key = route.partition_key;
      if (!by_key.try_emplace(key, RoutedPart{std::move(route), std::move(unrouted)}).second) {
        return Fail(Code::kInvalid,
                    fmt::format("a route has the PartitionKey of the built-in one for rejects; "
                                "give it another: '{}'",
                                key));
      }
    }
    std::vector<RoutedPart> parts;
    for (auto& [key, part] : by_key) {
      EIDER_ASSIGN(part.route, FollowSameAs(store_, std::move(part.route)));
      parts.push_back(std::move(part));
    }
    return parts;
  }

  Result<routes::Route> RouteOfUnrouted(std::string_view column,
                                        const std::vector<ColumnValue>& values) {
    if (options_.unrouted_values == UnroutedValues::kReject) {
      if (options_.rejects_table)
        return RejectsRoute(*options_.rejects_table, column, facts_.file());
      return Fail(Code::kInvalid,
                  "routing.unrouted_values is reject, and no table is there for the rejects; set "
                  "routing.rejects_table to namespace.table");
    }
    const bool may_default = options_.unrouted_values == UnroutedValues::kDefault;
    if (may_default) {
      EIDER_ASSIGN(auto route, store_.Find(routes::kDefaultKey));
      if (route) return *std::move(route);
    }
    const bool has_key = std::ranges::any_of(
        values, [](const ColumnValue& value) { return value && !value->empty(); });
    return Fail(
        Code::kNotFound,
        fmt::format("no route for {} of column {} ({}); {}{}: {}",
                    values.size() == 1 ? "a value" : fmt::format("{} values", values.size()),
                    column, Listed(values, ", "),
                    has_key ? "add a route for each by its PartitionKey, or " : "",
                    may_default ? "add the default route '*', or set "
                                  "routing.unrouted_values to reject"
                                : "set routing.unrouted_values to default or reject",
                    facts_.file().uri.ToString()));
  }

  Result<RoutedFile> TakeDefault() {
    RoutedFile routed;
    routed.steps = Steps(nullptr);
    if (options_.unrouted == Unrouted::kSkip) return routed;
    if (options_.unrouted == Unrouted::kFail) return Unroutable(routed.steps);
    EIDER_ASSIGN(auto route, store_.Find(routes::kDefaultKey));
    routed.steps.push_back(
        {std::string(kDefaultStrategy),
         fmt::format("gives '{}', which has {} route", routes::kDefaultKey, route ? "a" : "no"),
         route.has_value()});
    if (!route) return Unroutable(routed.steps);
    routed.strategy = kDefaultStrategy;
    EIDER_ASSIGN(routed.parts.emplace_back().route, FollowSameAs(store_, *std::move(route)));
    return routed;
  }

  std::vector<RouteStep> Steps(const Asked* winner) const {
    std::vector<RouteStep> steps;
    for (const Asked& asked : asked_) {
      steps.push_back({asked.strategy.ToString(), TextOf(asked), &asked == winner});
    }
    return steps;
  }

  // The error of a file without a route.
  std::unexpected<Error> Unroutable(const std::vector<RouteStep>& steps) const {
    std::vector<std::string> tried;
    for (const RouteStep& step : steps) {
      tried.push_back(fmt::format("{} {}", step.strategy, step.text));
    }
    std::set<std::string_view> known;
    std::vector<ColumnValue> keys;
    for (const Asked& asked : asked_) {
      for (const KeyRoute& key : asked.keys) {
        if (key.IsKey() && known.insert(*key.value).second) keys.push_back(key.value);
      }
    }
    const bool may_default = options_.unrouted == Unrouted::kDefault;
    std::string advice;
    if (keys.empty()) {
      advice = fmt::format("configure a strategy that gives a key for it{}",
                           may_default ? ", or add the default route '*'" : "");
    } else {
      advice = fmt::format("add a route with PartitionKey {}{} to the routing table",
                           Listed(keys, " or "), may_default ? ", or the default route '*'," : "");
    }
    return Fail(Code::kNotFound, fmt::format("no route ({}); {}: {}", fmt::join(tried, "; "),
                                             advice, facts_.file().uri.ToString()));
  }

  routes::RouteReader& store_;
  const RouterOptions& options_;
  FileFacts& facts_;
  std::vector<Asked> asked_;
  std::optional<routes::RouteListing> patterns_;  // once they were needed
};

}  // namespace

Router::Router(routes::RouteReader& store, RouterOptions options)
    : store_(store), options_(std::move(options)) {}

Result<RoutedFile> Router::FindRoutes(FileFacts& facts) const {
  return Lookup(store_, options_, facts).Run();
}

}  // namespace eider::routing
