// Metrics modes, decided as Java's MetricsConfig does: explicit column, sorted column, default,
// place. A mode that cannot be read counts as absent, so that a typing error in a property stops no
// load.
#include "eider/iceberg/metrics_mode.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "eider/iceberg/sort_order.h"

namespace eider::iceberg {
namespace {

constexpr std::string_view kDefaultProperty = "write.metadata.metrics.default";
constexpr std::string_view kColumnPrefix = "write.metadata.metrics.column.";
constexpr std::string_view kMaxInferredProperty =
    "write.metadata.metrics.max-inferred-column-defaults";
constexpr std::int64_t kMaxInferred = 100;

std::optional<MetricsMode> ParseMode(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (text == "none") return MetricsMode{.kind = MetricsMode::Kind::kNone};
  if (text == "counts") return MetricsMode{.kind = MetricsMode::Kind::kCounts};
  if (text == "full") return MetricsMode{.kind = MetricsMode::Kind::kFull};
  std::string_view rest = text;
  if (!rest.starts_with("truncate(") || !rest.ends_with(")")) return std::nullopt;
  rest.remove_prefix(std::string_view("truncate(").size());
  rest.remove_suffix(1);
  int length = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
  if (error != std::errc() || end != rest.data() + rest.size() || length <= 0) return std::nullopt;
  return MetricsMode{.kind = MetricsMode::Kind::kTruncate, .truncate_length = length};
}

std::optional<MetricsMode> ModeProperty(const TableMetadata& table, const std::string& name) {
  const auto found = table.properties.find(name);
  if (found == table.properties.end()) return std::nullopt;
  return ParseMode(found->second);
}

// Adds the ids of the first leaves until there are `limit`: those directly on this level before
// those below it (Java: MetricsConfig.limitFieldIds).
void CollectLeaves(const std::vector<Field>& fields, std::size_t limit, std::vector<int>& ids) {
  for (const Field& field : fields) {
    if (field.type.IsPrimitive() && ids.size() < limit) ids.push_back(field.id);
  }
  for (const Field& field : fields) CollectLeaves(field.type.fields, limit, ids);
}

bool PreservesOrder(std::string_view transform) {
  return transform == "identity" || transform.starts_with("truncate[") || transform == "year" ||
         transform == "month" || transform == "day" || transform == "hour";
}

// The columns that the table's sort order keeps in their own order.
std::vector<int> SortedColumns(const TableMetadata& table) {
  std::vector<int> ids;
  for (const SortOrder& order : table.sort_orders) {
    if (order.order_id != table.default_sort_order_id) continue;
    for (const SortField& field : order.fields) {
      if (PreservesOrder(field.transform)) ids.push_back(field.source_id);
    }
  }
  return ids;
}

bool Contains(const std::vector<int>& ids, int id) {
  return std::ranges::find(ids, id) != ids.end();
}

}  // namespace

std::map<int, MetricsMode> MetricsModes(const TableMetadata& table) {
  const Schema& schema = table.CurrentSchema();
  const std::vector<int> sorted = SortedColumns(table);
  std::vector<int> inferred;  // leaves that get the default
  MetricsMode default_mode;
  const bool explicit_default = table.properties.contains(std::string(kDefaultProperty));
  if (explicit_default) {
    default_mode = ModeProperty(table, std::string(kDefaultProperty)).value_or(MetricsMode{});
  } else {
    std::int64_t limit = table.PropertyAsInt(kMaxInferredProperty, kMaxInferred);
    if (limit < 0) limit = kMaxInferred;
    CollectLeaves(schema.fields, static_cast<std::size_t>(limit), inferred);
    std::ranges::sort(inferred);
  }

  std::map<int, MetricsMode> modes;
  VisitFields(schema, [&](const Field& field, const std::string& path, bool /*repeated*/) {
    if (!field.type.IsPrimitive()) return;
    MetricsMode mode = default_mode;
    if (!explicit_default && !std::ranges::binary_search(inferred, field.id)) {
      mode.kind = MetricsMode::Kind::kNone;
    }
    const MetricsMode fallback = mode;
    const bool bounded =
        mode.kind == MetricsMode::Kind::kTruncate || mode.kind == MetricsMode::Kind::kFull;
    if (!bounded && Contains(sorted, field.id)) mode = MetricsMode{};
    const std::string property = std::string(kColumnPrefix) + path;
    if (table.properties.contains(property)) {
      mode = ModeProperty(table, property).value_or(fallback);
    }
    modes[field.id] = mode;
  });
  return modes;
}

}  // namespace eider::iceberg
