// Bodies of requests and answers.
#include "eider/catalog/rest_json.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/iceberg/json_cursor.h"
#include "eider/iceberg/partition_spec_json.h"
#include "eider/iceberg/schema_json.h"
#include "eider/iceberg/snapshot_json.h"
#include "eider/iceberg/sort_order_json.h"
#include "eider/iceberg/table_change.h"

namespace eider::catalog {
namespace {

using codec::Json;
using codec::JsonObject;
using iceberg::JsonCursor;
using iceberg::TableName;

constexpr std::size_t kMessageBytesMax = 500;

std::string FirstLine(std::string_view message) {
  message = message.substr(0, message.find_first_of("\r\n"));
  return std::string(message.substr(0, kMessageBytesMax));
}

// A map of texts that may be absent or null.
Result<RestProperties> OptionalMap(const JsonObject& json, std::string_view key) {
  if (!json.Has(key)) return RestProperties{};
  return json.StringMap(key);
}

Result<std::vector<StorageCredential>> ReadCredentials(const JsonObject& json) {
  std::vector<StorageCredential> credentials;
  if (!json.Has("storage-credentials")) return credentials;
  EIDER_ASSIGN(const auto objects, json.Objects("storage-credentials"));
  for (const JsonObject& object : objects) {
    StorageCredential credential;
    EIDER_ASSIGN(credential.prefix, object.String("prefix"));
    EIDER_ASSIGN(credential.config, OptionalMap(object, "config"));
    credentials.push_back(std::move(credential));
  }
  return credentials;
}

Result<std::string> NextToken(const JsonObject& json) {
  EIDER_ASSIGN(auto token, json.OptionalString("next-page-token"));
  return token.value_or("");
}

Json IdentifierJson(const TableName& table) {
  return {{"namespace", table.name_space}, {"name", table.name}};
}

std::string RequirementText(const iceberg::AssertTableUuid& requirement) {
  return codec::ToJsonText({{"type", "assert-table-uuid"}, {"uuid", requirement.uuid}});
}

std::string RequirementText(const iceberg::AssertRefSnapshotId& requirement) {
  Json json = {{"type", "assert-ref-snapshot-id"}, {"ref", requirement.ref}, {"snapshot-id", {}}};
  if (requirement.snapshot_id) json["snapshot-id"] = *requirement.snapshot_id;
  return codec::ToJsonText(json);
}

std::string RequirementText(const iceberg::AssertCurrentSchemaId& requirement) {
  return codec::ToJsonText(
      {{"type", "assert-current-schema-id"}, {"current-schema-id", requirement.schema_id}});
}

std::string RequirementText(const iceberg::AssertLastAssignedFieldId& requirement) {
  return codec::ToJsonText({{"type", "assert-last-assigned-field-id"},
                            {"last-assigned-field-id", requirement.field_id}});
}

std::string UpdateText(const iceberg::AddSchema& update, int /*format_version*/) {
  return codec::ToJsonText({{"action", "add-schema"},
                            {"schema", iceberg::SchemaToJson(update.schema)},
                            {"last-column-id", update.last_column_id}});
}

std::string UpdateText(const iceberg::SetCurrentSchema& update, int /*format_version*/) {
  return codec::ToJsonText({{"action", "set-current-schema"}, {"schema-id", update.schema_id}});
}

std::string UpdateText(const iceberg::AddSnapshot& update, int format_version) {
  return fmt::format(R"({{"action":"add-snapshot","snapshot":{}}})",
                     iceberg::SnapshotToJsonText(update.snapshot, format_version));
}

std::string UpdateText(const iceberg::SetSnapshotRef& update, int /*format_version*/) {
  Json json = update.target.unknown.is_object() ? update.target.unknown : Json::object();
  json["action"] = "set-snapshot-ref";
  json["ref-name"] = update.ref;
  json["type"] = update.target.type;
  json["snapshot-id"] = update.target.snapshot_id;
  return codec::ToJsonText(json);
}

std::string UpdateText(const iceberg::UpgradeFormatVersion& update, int /*format_version*/) {
  return codec::ToJsonText(
      {{"action", "upgrade-format-version"}, {"format-version", update.format_version}});
}

}  // namespace

Result<RestConfig> ParseRestConfig(std::string_view body) {
  EIDER_ASSIGN(const Json document, codec::ParseJson(body));
  EIDER_ASSIGN(const JsonObject json, JsonObject::Of(document));
  if (!json.Has("defaults") && !json.Has("overrides")) {
    return Fail(Code::kCorrupt, "it has neither defaults nor overrides");
  }
  RestConfig config;
  EIDER_ASSIGN(config.defaults, OptionalMap(json, "defaults"));
  EIDER_ASSIGN(config.overrides, OptionalMap(json, "overrides"));
  if (json.Has("endpoints")) {
    EIDER_ASSIGN(const auto endpoints, json.Strings("endpoints"));
    config.endpoints.insert(endpoints.begin(), endpoints.end());
  }
  config.takes_idempotency_keys = json.Has("idempotency-key-lifetime");
  return config;
}

// The metadata is found without a tree: it is nearly all of the text.
Result<RestTable> ParseRestTable(std::string_view body) {
  RestTable table;
  Json others = Json::object();
  JsonCursor cursor(body);
  EIDER_CHECK(cursor.Members([&](const std::string& key) -> Status {
    EIDER_ASSIGN(const std::string_view text, cursor.Skip());
    if (key == "metadata") {
      table.metadata_json = text;
    } else if (key == "metadata-location" || key == "config" || key == "storage-credentials") {
      EIDER_ASSIGN(others[key], codec::ParseJson(text));
    }
    return {};
  }));
  if (table.metadata_json.empty()) return Fail(Code::kCorrupt, "it has no metadata of a table");
  EIDER_ASSIGN(const JsonObject json, JsonObject::Of(others));
  EIDER_ASSIGN(const auto location, json.OptionalString("metadata-location"));
  table.metadata_location = location.value_or("");
  EIDER_ASSIGN(table.config, OptionalMap(json, "config"));
  EIDER_ASSIGN(table.credentials, ReadCredentials(json));
  return table;
}

Result<std::vector<StorageCredential>> ParseStorageCredentials(std::string_view body) {
  EIDER_ASSIGN(const Json document, codec::ParseJson(body));
  EIDER_ASSIGN(const JsonObject json, JsonObject::Of(document));
  return ReadCredentials(json);
}

Result<RestPage<Namespace>> ParseNamespaces(std::string_view body) {
  EIDER_ASSIGN(const Json document, codec::ParseJson(body));
  EIDER_ASSIGN(const JsonObject json, JsonObject::Of(document));
  RestPage<Namespace> page;
  EIDER_ASSIGN(page.next_token, NextToken(json));
  const Json* const list = json.Find("namespaces");
  if (list == nullptr || !list->is_array()) return Fail(Code::kCorrupt, "it has no namespaces");
  for (const Json& levels : *list) {
    const Json wrapped = {{"levels", levels}};
    EIDER_ASSIGN(const JsonObject one, JsonObject::Of(wrapped, json.PathOf("namespaces")));
    EIDER_ASSIGN(page.items.emplace_back(), one.Strings("levels"));
  }
  return page;
}

Result<RestPage<TableName>> ParseTables(std::string_view body) {
  EIDER_ASSIGN(const Json document, codec::ParseJson(body));
  EIDER_ASSIGN(const JsonObject json, JsonObject::Of(document));
  RestPage<TableName> page;
  EIDER_ASSIGN(page.next_token, NextToken(json));
  EIDER_ASSIGN(const auto identifiers, json.Objects("identifiers"));
  for (const JsonObject& identifier : identifiers) {
    TableName name;
    EIDER_ASSIGN(name.name_space, identifier.Strings("namespace"));
    EIDER_ASSIGN(name.name, identifier.String("name"));
    page.items.push_back(std::move(name));
  }
  return page;
}

std::optional<RestErrorBody> ParseRestError(std::string_view body) {
  const auto document = codec::ParseJson(body);
  if (!document || !document->is_object()) return std::nullopt;
  const auto json = JsonObject::Of(*document);
  const auto error = json ? json->Object("error") : std::unexpected(json.error());
  if (!error) return std::nullopt;
  const auto type = error->String("type");
  const auto message = error->OptionalString("message");
  if (!type || !message) return std::nullopt;
  return RestErrorBody{*type, FirstLine(message->value_or(""))};
}

std::string CreateNamespaceBody(const Namespace& name_space) {
  return codec::ToJsonText({{"namespace", name_space}, {"properties", Json::object()}});
}

std::string CreateTableBody(const CreateTableRequest& request) {
  Json json = {{"name", request.name.name},
               {"schema", iceberg::SchemaToJson(iceberg::AssignFreshIds(request.schema))},
               {"stage-create", false},
               {"properties", request.properties}};
  if (request.location) json["location"] = *request.location;
  if (!request.spec.fields.empty()) {
    json["partition-spec"] = iceberg::PartitionSpecToJson(request.spec);
  }
  if (!request.sort_order.fields.empty()) {
    json["write-order"] = iceberg::SortOrderToJson(request.sort_order);
  }
  return codec::ToJsonText(json);
}

std::string CommitTableBody(const TableCommit& commit) {
  std::vector<std::string> requirements;
  for (const iceberg::TableRequirement& requirement : commit.change.requirements) {
    requirements.push_back(
        std::visit([](const auto& each) { return RequirementText(each); }, requirement));
  }
  const int format_version = commit.base.metadata->format_version;
  std::vector<std::string> updates;
  for (const iceberg::TableUpdate& update : commit.change.updates) {
    updates.push_back(
        std::visit([&](const auto& each) { return UpdateText(each, format_version); }, update));
  }
  return fmt::format(R"({{"identifier":{},"requirements":[{}],"updates":[{}]}})",
                     codec::ToJsonText(IdentifierJson(commit.table)), fmt::join(requirements, ","),
                     fmt::join(updates, ","));
}

std::string CommitTransactionBody(std::span<const TableCommit> commits) {
  std::vector<std::string> changes;
  for (const TableCommit& commit : commits) changes.push_back(CommitTableBody(commit));
  return fmt::format(R"({{"table-changes":[{}]}})", fmt::join(changes, ","));
}

}  // namespace eider::catalog
