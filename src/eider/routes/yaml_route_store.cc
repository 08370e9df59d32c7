// Routes from a YAML file, each checked for itself.
#include "eider/routes/yaml_route_store.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/config/nearest_name.h"
#include "eider/config/regular_file.h"
#include "eider/config/yaml_document.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/file_listing.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routes {
namespace {

using codec::Json;
using config::YamlEntry;
using config::YamlNode;

constexpr std::size_t kFileSizeBytesMax = 64U << 20U;

// A name that stands twice in one map; the first one counts.
struct Twice {
  std::string path;
  int line;
};

// Scalars are text in YAML's nodes: whole numbers are made of those that should be some.
Json ScalarOf(const YamlNode& node, std::string_view path) {
  if (TypeOf(path) == AttributeType::kWholeNumber) {
    const char* const end = node.text.data() + node.text.size();
    std::int64_t number = 0;
    const auto [rest, failure] = std::from_chars(node.text.data(), end, number);
    if (failure == std::errc() && rest == end) return number;
  }
  return node.text;
}

// As deep as ParseYaml lets a document be.
Json ValueOf(const YamlNode& node, const std::string& path, std::vector<Twice>& twice) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return nullptr;
    case YamlNode::Kind::kScalar:
      return ScalarOf(node, path);
    case YamlNode::Kind::kList: {
      Json list = Json::array();
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        list.push_back(ValueOf(node.items[i], fmt::format("{}[{}]", path, i), twice));
      }
      return list;
    }
    case YamlNode::Kind::kMap:
      break;
  }
  Json map = Json::object();
  for (const YamlEntry& entry : node.entries) {
    const std::string below = path.empty() ? entry.key : path + "." + entry.key;
    if (map.contains(entry.key)) {
      twice.push_back({below, entry.line});
    } else {
      map[entry.key] = ValueOf(entry.value, below, twice);
    }
  }
  return map;
}

// The line of the attribute "engine.threads" or "inputs[2]" of an item, or of what is there of it.
int LineOf(const YamlNode& item, std::string_view path) {
  const YamlNode* node = &item;
  int line = item.line;
  while (!path.empty()) {
    const auto whole = std::ranges::find(node->entries, path, &YamlEntry::key);
    if (whole != node->entries.end()) return whole->line;  // a column's name may hold any letters
    if (path.front() == '[') {
      std::size_t index = 0;
      std::from_chars(path.data() + 1, path.data() + path.size(), index);
      if (index >= node->items.size()) return line;
      node = &node->items[index];
      line = node->line;
      return line;  // nothing of a route is below an entry of a list
    }
    const std::size_t end = std::min(path.find_first_of(".["), path.size());
    const auto entry = std::ranges::find(node->entries, path.substr(0, end), &YamlEntry::key);
    if (entry == node->entries.end()) return line;
    node = &entry->value;
    line = entry->line;
    path.remove_prefix(end);
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  return line;
}

// Reads one item of the list: a route, or what is wrong with it.
void ReadRoute(const YamlNode& item, FileListing& listing) {
  if (item.kind != YamlNode::Kind::kMap) {
    listing.AddProblem("", item.line,
                       fmt::format("a route is a map of attributes, not {}", item.KindName()));
    return;
  }
  std::vector<Twice> twice;
  Json attributes = ValueOf(item, "", twice);
  const auto key = attributes.find(kPartitionKey);
  for (const Twice& name : twice) {
    listing.AddProblem(key != attributes.end() && key->is_string() ? key->get<std::string>() : "",
                       name.line, fmt::format("{} is named twice", name.path));
  }
  listing.Add(std::move(attributes), item.line,
              [&](std::string_view path) { return LineOf(item, path); });
}

// What was read, and refuses to be written.
class YamlRouteStore final : public RouteStore {
 public:
  YamlRouteStore(std::string name, RouteListing listing)
      : name_(std::move(name)), routes_(std::move(listing)) {}

  Result<std::optional<Route>> Find(std::string_view key) override { return routes_.Find(key); }

  Result<RouteListing> List() override { return routes_.List(); }

  Status Put(const Route& route, const RouteCondition& /*condition*/) override {
    return Refuse(route.partition_key);
  }

  Status PutAll(std::span<const Route> routes) override {
    if (routes.empty()) return {};
    return Refuse(routes.front().partition_key);
  }

  Result<bool> Remove(std::string_view key, const RouteCondition& /*condition*/) override {
    return Refuse(key);
  }

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
  const auto again = std::find_if(std::next(routes), root.entries.end(),
                                  [](const YamlEntry& entry) { return entry.key == "routes"; });
  if (again != root.entries.end()) {
    return Fail(Code::kInvalid, fmt::format("{}:{}: `routes` is named twice, first in line {}: put "
                                            "all routes below one",
                                            name, again->line, routes->line));
  }
  FileListing listing(name);
  constexpr std::array<std::string_view, 1> kTopLevel = {"routes"};
  for (const YamlEntry& entry : root.entries) {
    if (&entry == &*routes) continue;
    listing.AddProblem(
        "", entry.line,
        fmt::format("unknown key '{}'; {}", entry.key, config::NameHint(entry.key, kTopLevel)));
  }
  for (const YamlNode& item : routes->value.items) ReadRoute(item, listing);
  return std::make_unique<YamlRouteStore>(name, std::move(listing).Take());
}

Result<std::unique_ptr<RouteStore>> OpenYamlRoutes(const std::string& path) {
  auto text = config::ReadTextFile(path, kFileSizeBytesMax);
  if (!text) return Fail("routing table", std::move(text).error());
  return ParseYamlRoutes(*text, path);
}

}  // namespace eider::routes
