// From a file to its routes: the configured strategies give keys in order, the first key with a
// route wins, and a route of that very key before one whose pattern matches.
//
//   1  strategies in order: the first whose key has an exact route
//   2  strategies in order: the first whose key a pattern matches, by the highest priority
//   3  the default route '*', as Unrouted says
//
// A strategy that gives the values of a column as keys wins when any of them has a route; then
// every value is placed by itself, and the file may go to several routes in parts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/config/kinds.h"
#include "eider/iceberg/table_name.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"
#include "eider/routing/file_facts.h"
#include "eider/routing/strategy.h"

namespace eider::routing {

using config::Unrouted;
using config::UnroutedValues;

struct RouterOptions {
  std::vector<Strategy> strategies = {};
  Unrouted unrouted = Unrouted::kDefault;
  UnroutedValues unrouted_values = UnroutedValues::kDefault;
  std::optional<iceberg::TableName> rejects_table = {};  // needed by kReject
  int column_values_max = 1'000;                         // distinct values of a column
};

// What became of one strategy, for people: "bucket" "gives 'x', which has no route".
struct RouteStep {
  std::string strategy;
  std::string text;
  bool won = false;

  bool operator==(const RouteStep&) const = default;
};

struct RoutedPart {
  routes::Route route;              // as it is applied: `same_as` is followed
  std::vector<ColumnValue> values;  // sorted, null last; empty: the whole file

  bool operator==(const RoutedPart&) const = default;
};

struct RoutedFile {
  std::string strategy = {};  // that won; "default" for the default route; empty: none
  std::string column = {};    // whose values chose the parts; empty: one part, the whole file
  std::vector<RoutedPart> parts =
      {};                             // sorted by the route's key; empty: the file is to be skipped
  std::vector<RouteStep> steps = {};  // the strategies that were asked, in order

  bool operator==(const RoutedFile&) const = default;
};

// Safe for concurrent calls from several threads, each with facts of its own. Borrows the store.
class Router {
 public:
  Router(routes::RouteReader& store, RouterOptions options);

  // Asks no more of file and store than it takes: a file that its bucket's name routes is not
  // opened, and the patterns are listed where no key has a route of its own. A route that is
  // disabled wins like any other; what that means is for the caller.
  // Errors: kNotFound, with every strategy and key that was tried, when the file or a value of its
  // column is unrouted; kInvalid when a route on the way is wrong, patterns are ambiguous or a key
  // is not UTF-8; those of FileFacts and RouteStore.
  Result<RoutedFile> FindRoutes(FileFacts& facts) const;

 private:
  routes::RouteReader& store_;
  RouterOptions options_;
};

}  // namespace eider::routing
