// Writing of attributes, in the types that DecodeRoute reads.
#include "eider/routes/route_json.h"

#include <utility>
#include <variant>
#include <vector>

#include "eider/base/uri.h"
#include "eider/codec/json.h"
#include "eider/config/byte_size.h"
#include "eider/routes/after_load.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"

namespace eider::routes {
namespace {

using codec::Json;

Json InputsJson(const Route& route) {
  Json inputs = Json::array();
  for (const RouteInput& input : route.inputs) {
    inputs.push_back(std::visit([](const auto& named) { return named.ToString(); }, input));
  }
  return inputs;
}

Json EngineJson(const EngineLimits& limits) {
  Json engine = Json::object();
  if (limits.memory_limit_bytes) {
    engine[kMemoryLimit] = config::ByteSizeText(*limits.memory_limit_bytes);
  }
  if (limits.threads) engine[kThreads] = *limits.threads;
  if (limits.group_files) engine[kGroupFiles] = *limits.group_files;
  if (limits.timeout) engine[kTimeoutMs] = limits.timeout->count();
  return engine;
}

// One text for each term.
template <typename Term>
Json TermsJson(const std::vector<Term>& terms) {
  Json texts = Json::array();
  for (const Term& term : terms) texts.push_back(ToString(term));
  return texts;
}

void AddLayout(const TableLayout& layout, Json& json) {
  if (!layout.partition_by.empty()) json[kPartitionBy] = TermsJson(layout.partition_by);
  if (!layout.sort_by.empty()) json[kSortBy] = TermsJson(layout.sort_by);
  if (!layout.properties.empty()) json[kTableProperties] = layout.properties;
  if (layout.location) json[kLocation] = layout.location->ToString();
}

}  // namespace

Json ToJson(const Route& route) {
  Json json = {{kPartitionKey, route.partition_key}};
  if (route.same_as.empty()) {
    json[kTargetTable] = route.target_table.ToString();
    json[kQuerySql] = route.query_sql;
  } else {
    json[kSameAs] = route.same_as;
  }
  if (!route.transform.empty()) json[kTransform] = route.transform;
  if (!route.then_sql.empty()) json[kThenSql] = route.then_sql;
  if (route.create_table) json[kCreateTable] = true;
  AddLayout(route.layout, json);
  if (!route.enabled) json[kEnabled] = false;
  if (!route.inputs.empty()) json[kInputs] = InputsJson(route);
  if (!route.types.empty()) json[kTypes] = route.types;
  if (!route.encoding.empty()) json[kEncoding] = route.encoding;
  if (route.reject) json[kOnBadRows] = kRejectRows;
  if (route.reject && *route.reject != records::RejectLimit{}) {
    json[kRejectMax] = records::ToText(*route.reject);
  }
  if (route.schema != SchemaContract::kFreeze) {
    json[kSchemaContract] = kContracts[static_cast<std::size_t>(route.schema)];
  }
  if (!route.rescue.empty()) json[kRescue] = route.rescue;
  if (route.lineage) json[kLineage] = true;
  if (route.engine != EngineLimits{}) json[kEngine] = EngineJson(route.engine);
  if (route.commit_lag) json[kCommit] = {{kLagMs, route.commit_lag->count()}};
  if (route.after_load) json[kAfterLoad] = ToText(*route.after_load);
  if (route.after_failure) json[kAfterFailure] = ToText(*route.after_failure);
  if (route.priority != 0) json[kPriority] = route.priority;
  if (!route.description.empty()) json[kDescription] = route.description;
  if (!route.owner.empty()) json[kOwner] = route.owner;
  if (!route.updated_at.empty()) json[kUpdatedAt] = route.updated_at;
  if (route.version != 0) json[kVersion] = route.version;
  return json;
}

DecodedRoute FromJson(const Json& json) {
  return DecodeRoute(json);
}

}  // namespace eider::routes
