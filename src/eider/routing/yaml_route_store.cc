// Routes from a YAML file, each checked for itself.
#include "eider/routing/yaml_route_store.h"

#include <algorithm>
#include <array>
#include <cctype>
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
#include "eider/iceberg/table_name.h"
#include "eider/routing/memory_route_store.h"
#include "eider/routing/route.h"
#include "eider/routing/route_store.h"

namespace eider::routing {
namespace {

using config::YamlEntry;
using config::YamlNode;

constexpr std::size_t kFileSizeBytesMax = 16U << 20U;
constexpr std::string_view kMarker = "{s3_input_path}";
constexpr std::string_view kPartitionKey = "PartitionKey";
constexpr std::string_view kTargetTable = "target_table";
constexpr std::string_view kQuerySql = "query_sql";
constexpr std::string_view kCreateTable = "create_table";
constexpr std::array<std::string_view, 4> kAttributes = {kPartitionKey, kTargetTable, kQuerySql,
                                                         kCreateTable};

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// true and false in YAML's spellings, quoted or not.
std::optional<bool> ParseBoolean(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "true") return true;
  if (lower == "false") return false;
  return std::nullopt;
}

// Reads one item of the list into `listing`: a route, or what is wrong with it.
class RouteReader {
 public:
  RouteReader(const YamlNode& item, const std::string& file, RouteListing& listing)
      : item_(item), file_(file), listing_(listing) {}

  // `lines` remembers the line of each key for the routes that follow.
  void Read(std::map<std::string, int>& lines) {
    const std::size_t problems_before = listing_.problems.size();
    if (item_.kind != YamlNode::Kind::kMap) {
      Problem(item_.line, fmt::format("a route is a map of attributes, not {}", item_.KindName()));
      return;
    }
    // The key first: every other problem is told under its name.
    if (const YamlEntry* key = Attribute(kPartitionKey)) key_ = key->value.text;
    CheckNames();
    Route route;
    route.partition_key = Text(kPartitionKey);
    ReadTable(route);
    ReadSql(route);
    ReadCreateTable(route);
    if (!key_.empty()) {
      if (const auto [first, is_new] = lines.emplace(key_, item_.line); !is_new) {
        Problem(item_.line, fmt::format("a PartitionKey has one route, but '{}' has another in "
                                        "line {}",
                                        key_, first->second));
      }
    }
    if (listing_.problems.size() == problems_before) listing_.routes.push_back(std::move(route));
  }

 private:
  const YamlEntry* Attribute(std::string_view name) const {
    const auto found = std::ranges::find(item_.entries, name, &YamlEntry::key);
    return found == item_.entries.end() ? nullptr : &*found;
  }

  void CheckNames() {
    for (const YamlEntry& entry : item_.entries) {
      if (std::ranges::find(kAttributes, entry.key) == kAttributes.end()) {
        Problem(entry.line, fmt::format("unknown attribute '{}'; {}", entry.key,
                                        config::NameHint(entry.key, kAttributes)));
      } else if (Attribute(entry.key) != &entry) {
        Problem(entry.line, fmt::format("{} is named twice", entry.key));
      }
    }
  }

  // The attribute's text; empty, and a problem, when it has none.
  std::string Text(std::string_view name) {
    const YamlEntry* entry = Attribute(name);
    if (entry == nullptr) {
      Problem(item_.line, fmt::format("{} is missing", name));
    } else if (entry->value.kind == YamlNode::Kind::kNull || IsBlank(entry->value.text)) {
      if (entry->value.kind == YamlNode::Kind::kNull ||
          entry->value.kind == YamlNode::Kind::kScalar) {
        Problem(entry->line, fmt::format("{} is empty", name));
      } else {
        Problem(entry->line, fmt::format("{} must be text, not {}", name, entry->value.KindName()));
      }
    } else {
      return entry->value.text;
    }
    return {};
  }

  void ReadTable(Route& route) {
    const std::string text = Text(kTargetTable);
    if (text.empty()) return;
    if (auto table = iceberg::TableName::Parse(text)) {
      route.target_table = *std::move(table);
    } else {
      Problem(Attribute(kTargetTable)->line,
              fmt::format("{}: {}", kTargetTable, table.error().message));
    }
  }

  void ReadSql(Route& route) {
    route.query_sql = Text(kQuerySql);
    if (!route.query_sql.empty() && route.query_sql.find(kMarker) == std::string::npos) {
      Problem(Attribute(kQuerySql)->line,
              fmt::format("{} does not hold the marker {}, so it would not read the file, as in "
                          "SELECT * FROM read_parquet('{}')",
                          kQuerySql, kMarker, kMarker));
    }
  }

  void ReadCreateTable(Route& route) {
    const YamlEntry* entry = Attribute(kCreateTable);
    if (entry == nullptr) return;
    const auto value = entry->value.kind == YamlNode::Kind::kScalar
                           ? ParseBoolean(entry->value.text)
                           : std::nullopt;
    if (value) {
      route.create_table = *value;
    } else {
      Problem(entry->line, fmt::format("{} must be true or false: '{}'", kCreateTable,
                                       entry->value.kind == YamlNode::Kind::kScalar
                                           ? std::string_view(entry->value.text)
                                           : entry->value.KindName()));
    }
  }

  void Problem(int line, std::string message) {
    listing_.problems.push_back({key_, fmt::format("{}:{}", file_, line), std::move(message)});
  }

  const YamlNode& item_;
  const std::string& file_;
  RouteListing& listing_;
  std::string key_;
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
  for (const YamlNode& item : routes->value.items) RouteReader(item, name, listing).Read(lines);
  return std::make_unique<MemoryRouteStore>(std::move(listing));
}

Result<std::unique_ptr<RouteStore>> OpenYamlRoutes(const std::string& path) {
  auto text = config::ReadTextFile(path, kFileSizeBytesMax);
  if (!text) return Fail("routing table", std::move(text).error());
  return ParseYamlRoutes(*text, path);
}

}  // namespace eider::routing
