// Checking of a route's attributes, each for itself.
#include "eider/routing/route_attributes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/config/nearest_name.h"
#include "eider/iceberg/table_name.h"
#include "eider/routing/route.h"
#include "eider/routing/route_store.h"

namespace eider::routing {
namespace {

using Kind = RouteAttribute::Kind;

constexpr std::string_view kMarker = "{s3_input_path}";
constexpr std::array<std::string_view, 4> kAttributes = {kPartitionKey, kTargetTable, kQuerySql,
                                                         kCreateTable};

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// true and false in YAML's spellings.
std::optional<bool> ParseBoolean(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "true") return true;
  if (lower == "false") return false;
  return std::nullopt;
}

class Decoder {
 public:
  explicit Decoder(std::span<const RouteAttribute> attributes) : attributes_(attributes) {}

  DecodedRoute Decode() {
    if (const auto key = Find(kPartitionKey)) decoded_.partition_key = attributes_[*key].text;
    CheckNames();
    Route route;
    route.partition_key = Text(kPartitionKey);
    ReadTable(route);
    ReadSql(route);
    ReadCreateTable(route);
    if (decoded_.problems.empty()) decoded_.route = std::move(route);
    return std::move(decoded_);
  }

 private:
  std::optional<std::size_t> Find(std::string_view name) const {
    const auto found = std::ranges::find(attributes_, name, &RouteAttribute::name);
    if (found == attributes_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - attributes_.begin());
  }

  void CheckNames() {
    for (std::size_t i = 0; i < attributes_.size(); ++i) {
      const std::string& name = attributes_[i].name;
      if (std::ranges::find(kAttributes, name) == kAttributes.end()) {
        decoded_.unknown.push_back({i, fmt::format("unknown attribute '{}'; {}", name,
                                                   config::NameHint(name, kAttributes))});
      } else if (Find(name) != i) {
        Problem(i, fmt::format("{} is named twice", name));
      }
    }
  }

  // The attribute's text; empty, and a problem, when it has none.
  std::string Text(std::string_view name) {
    const auto position = Find(name);
    if (!position) {
      Problem(std::nullopt, fmt::format("{} is missing", name));
      return {};
    }
    const RouteAttribute& attribute = attributes_[*position];
    if (attribute.kind == Kind::kNothing ||
        (attribute.kind == Kind::kText && IsBlank(attribute.text))) {
      Problem(position, fmt::format("{} is empty", name));
    } else if (attribute.kind != Kind::kText) {
      Problem(position, fmt::format("{} must be text, not {}", name, attribute.kind_name));
    } else {
      return attribute.text;
    }
    return {};
  }

  void ReadTable(Route& route) {
    const std::string text = Text(kTargetTable);
    if (text.empty()) return;
    if (auto table = iceberg::TableName::Parse(text)) {
      route.target_table = *std::move(table);
    } else {
      Problem(Find(kTargetTable), fmt::format("{}: {}", kTargetTable, table.error().message));
    }
  }

  void ReadSql(Route& route) {
    route.query_sql = Text(kQuerySql);
    if (!route.query_sql.empty() && route.query_sql.find(kMarker) == std::string::npos) {
      Problem(Find(kQuerySql),
              fmt::format("{} does not hold the marker {}, so it would not read the file, as in "
                          "SELECT * FROM read_parquet('{}')",
                          kQuerySql, kMarker, kMarker));
    }
  }

  void ReadCreateTable(Route& route) {
    const auto position = Find(kCreateTable);
    if (!position) return;
    const RouteAttribute& attribute = attributes_[*position];
    const auto value = attribute.kind == Kind::kBoolean ? std::optional(attribute.boolean)
                       : attribute.kind == Kind::kText  ? ParseBoolean(attribute.text)
                                                        : std::nullopt;
    if (value) {
      route.create_table = *value;
    } else {
      Problem(position,
              fmt::format("{} must be true or false: '{}'", kCreateTable,
                          attribute.kind == Kind::kText ? attribute.text : attribute.kind_name));
    }
  }

  void Problem(std::optional<std::size_t> position, std::string message) {
    decoded_.problems.push_back({position, std::move(message)});
  }

  std::span<const RouteAttribute> attributes_;
  DecodedRoute decoded_;
};

}  // namespace

DecodedRoute DecodeRoute(std::span<const RouteAttribute> attributes) {
  return Decoder(attributes).Decode();
}

Result<Route> RouteOf(std::span<const RouteAttribute> attributes, const std::string& location) {
  DecodedRoute decoded = DecodeRoute(attributes);
  if (decoded.route) return *std::move(decoded.route);
  std::vector<std::string> reasons;
  for (const AttributeProblem& problem : decoded.problems) {
    reasons.push_back(fmt::format("{}: {}", location, problem.message));
  }
  return std::unexpected(
      WrongRoute(decoded.partition_key, fmt::to_string(fmt::join(reasons, "; "))));
}

void AddToListing(std::span<const RouteAttribute> attributes, const std::string& location,
                  RouteListing& listing) {
  DecodedRoute decoded = DecodeRoute(attributes);
  for (AttributeProblem& problem : decoded.problems) {
    listing.problems.push_back({decoded.partition_key, location, std::move(problem.message)});
  }
  for (AttributeProblem& unknown : decoded.unknown) {
    listing.notes.push_back({decoded.partition_key, location, std::move(unknown.message)});
  }
  if (decoded.route) listing.routes.push_back(*std::move(decoded.route));
}

Error WrongRoute(std::string_view key, std::string_view reasons) {
  return {Code::kInvalid, fmt::format("the route '{}' is wrong: {}", key, reasons)};
}

}  // namespace eider::routing
