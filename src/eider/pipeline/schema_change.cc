// Demands as JSON, in the words of Iceberg's schemas.
#include "eider/pipeline/schema_change.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/codec/shortened_text.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/schema_json.h"

namespace eider::pipeline {
namespace {

using codec::Json;
using codec::JsonObject;

constexpr const char* kTable = "table";
constexpr const char* kRoute = "route";
constexpr const char* kColumns = "columns";
constexpr const char* kOptional = "optional";

constexpr std::size_t kStepsShown = 10;

// Only files whose tables may widen their types are held.
Result<SchemaChange> ReadChange(const Json& json, const std::string& path) {
  EIDER_ASSIGN(const JsonObject object, JsonObject::Of(json, path));
  SchemaChange change;
  change.demand.widens = true;
  EIDER_ASSIGN(change.table, object.String(kTable));
  EIDER_ASSIGN(change.route, object.String(kRoute));
  EIDER_ASSIGN(const JsonObject columns, object.Object(kColumns));
  EIDER_ASSIGN(iceberg::Schema schema,
               iceberg::SchemaFromJson(columns.json(), object.PathOf(kColumns)));
  change.demand.columns = std::move(schema.fields);
  EIDER_ASSIGN(const auto optional, object.Strings(kOptional));
  change.demand.optional = {optional.begin(), optional.end()};
  return change;
}

std::string ShownSteps(const ChangedTable& changed) {
  const std::size_t shown = std::min(changed.steps.size(), kStepsShown);
  std::vector<std::string> steps;
  for (const std::string& step : std::span(changed.steps).first(shown)) {
    steps.push_back(codec::Shortened(step, codec::kWordBytesMax));
  }
  if (shown < changed.steps.size()) {
    steps.push_back(fmt::format("{} more", changed.steps.size() - shown));
  }
  return fmt::format("table {} would change: {}", changed.table, fmt::join(steps, ", "));
}

}  // namespace

std::string SchemaChangeText(std::span<const SchemaChange> changes) {
  Json json = Json::array();
  for (const SchemaChange& change : changes) {
    json.push_back({{kTable, change.table},
                    {kRoute, change.route},
                    {kColumns, iceberg::SchemaToJson({.fields = change.demand.columns})},
                    {kOptional, change.demand.optional}});
  }
  return codec::ToJsonText(json);
}

Result<std::vector<SchemaChange>> ParseSchemaChange(std::string_view text) {
  EIDER_ASSIGN(const Json json, codec::ParseJson(text));
  if (!json.is_array()) return Fail(Code::kCorrupt, "the change of a schema is no JSON array");
  std::vector<SchemaChange> changes;
  for (std::size_t i = 0; i < json.size(); ++i) {
    EIDER_ASSIGN(SchemaChange change, ReadChange(json[i], fmt::format("[{}]", i)));
    changes.push_back(std::move(change));
  }
  return changes;
}

std::string HeldReason(std::span<const ChangedTable> tables) {
  std::vector<std::string> changes;
  std::vector<std::string> commands;
  for (const ChangedTable& changed : tables) {
    changes.push_back(ShownSteps(changed));
    commands.push_back(
        fmt::format("`eider schema diff {0}` shows it, `eider schema apply {0}` "
                    "makes it and loads the file",
                    changed.table));
  }
  return fmt::format("{}; {}", fmt::join(changes, "; "), fmt::join(commands, "; "));
}

}  // namespace eider::pipeline
