// Routes from a YAML file, each checked for itself.
#include "eider/routing/yaml_route_store.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/config/nearest_name.h"
#include "eider/config/yaml_document.h"
#include "eider/routing/memory_route_store.h"
#include "eider/routing/route.h"
#include "eider/routing/route_attributes.h"
#include "eider/routing/route_store.h"

namespace eider::routing {
namespace {

using config::YamlEntry;
using config::YamlNode;

constexpr std::size_t kFileSizeBytesMax = 16U << 20U;

RouteAttribute AttributeOf(const YamlEntry& entry) {
  using Kind = RouteAttribute::Kind;
  const YamlNode& value = entry.value;
  const Kind kind = value.kind == YamlNode::Kind::kScalar ? Kind::kText
                    : value.kind == YamlNode::Kind::kNull ? Kind::kNothing
                                                          : Kind::kOther;
  return {entry.key, kind, value.text, false, std::string(value.KindName())};
}

// Reads one item of the list into `listing`: a route, or what is wrong with it. `lines` remembers
// the line of each key for the routes that follow.
void ReadRoute(const YamlNode& item, const std::string& file, std::map<std::string, int>& lines,
               RouteListing& listing) {
  std::string key;
  const auto add_problem = [&](int line, std::string message) {
    listing.problems.push_back({key, fmt::format("{}:{}", file, line), std::move(message)});
  };
  if (item.kind != YamlNode::Kind::kMap) {
    add_problem(item.line, fmt::format("a route is a map of attributes, not {}", item.KindName()));
    return;
  }
  std::vector<RouteAttribute> attributes;
  for (const YamlEntry& entry : item.entries) attributes.push_back(AttributeOf(entry));
  DecodedRoute decoded = DecodeRoute(attributes);
  key = decoded.partition_key;
  // In a file that people write, a name that means nothing is a slip of the pen.
  decoded.problems.insert(decoded.problems.begin(), decoded.unknown.begin(), decoded.unknown.end());
  for (AttributeProblem& problem : decoded.problems) {
    add_problem(problem.position ? item.entries[*problem.position].line : item.line,
                std::move(problem.message));
  }
  bool is_new = true;
  if (!key.empty()) {
    const auto first = lines.emplace(key, item.line);
    is_new = first.second;
    if (!is_new) {
      add_problem(item.line, fmt::format("a PartitionKey has one route, but '{}' has another in "
                                         "line {}",
                                         key, first.first->second));
    }
  }
  if (is_new && decoded.problems.empty()) listing.routes.push_back(*std::move(decoded.route));
}

// What was read, and refuses to be written.
class YamlRouteStore final : public RouteStore {
 public:
  YamlRouteStore(std::string name, RouteListing listing)
      : name_(std::move(name)), routes_(std::move(listing)) {}

  Result<std::optional<Route>> Find(std::string_view key) override { return routes_.Find(key); }

  Result<RouteListing> List() override { return routes_.List(); }

  Status Put(const Route& route) override { return Refuse(route.partition_key); }

  Result<bool> Remove(std::string_view key) override { return Refuse(key); }

  std::string Name() const override { return name_; }

 private:
  std::unexpected<Error> Refuse(std::string_view key) const {
    return Fail(Code::kUnsupported,
                fmt::format("the routes of {} are edited by hand, and the program changes none; "
                            "edit the file, or keep the routes in a store that is written "
                            "(routing.store: dynamodb or sqlite): '{}'",
                            name_, key));
  }

  std::string name_;
  MemoryRouteStore routes_;
};

}  // namespace

Result<std::unique_ptr<RouteStore>> ParseYamlRoutes(std::string_view text,
                                                    const std::string& name) {
  EIDER_ASSIGN(const YamlNode root, config::ParseYaml(text, name, kFileSizeBytesMax));
  const auto routes = std::ranges::find(root.entries, "routes", &YamlEntry::key);
  if (routes == root.entries.end() || routes->value.kind != YamlNode::Kind::kList) {
    const YamlNode& wrong = routes == root.entries.end() ? root : routes->value;
    return Fail(
        Code::kInvalid,
        fmt::format("{}:{}: a routes file holds `routes:` and below it a list of routes, "
                    "each beginning with `- PartitionKey: …`; here is {}",
                    name, std::max(wrong.line, 1),
                    &wrong == &root && root.kind == YamlNode::Kind::kMap ? "no `routes`"
                                                                         : wrong.KindName()));
  }
  RouteListing listing;
  constexpr std::array<std::string_view, 1> kTopLevel = {"routes"};
  for (const YamlEntry& entry : root.entries) {
    if (&entry == &*routes) continue;
    const std::string what = entry.key == "routes"
                                 ? std::string("`routes` is named twice")
                                 : fmt::format("unknown key '{}'; {}", entry.key,
                                               config::NameHint(entry.key, kTopLevel));
    listing.problems.push_back({"", fmt::format("{}:{}", name, entry.line), what});
  }
  std::map<std::string, int> lines;
  for (const YamlNode& item : routes->value.items) ReadRoute(item, name, lines, listing);
  return std::make_unique<YamlRouteStore>(name, std::move(listing));
}

Result<std::unique_ptr<RouteStore>> OpenYamlRoutes(const std::string& path) {
  auto text = config::ReadTextFile(path, kFileSizeBytesMax);
  if (!text) return Fail("routing table", std::move(text).error());
  return ParseYamlRoutes(*text, path);
}

}  // namespace eider::routing
