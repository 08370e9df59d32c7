// Partition specs as the metadata file and a manifest's header write them.
#include "eider/iceberg/partition_spec_json.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::iceberg {
namespace {

constexpr int kFirstPartitionFieldId = 1000;

}  // namespace

nlohmann::json PartitionSpecFieldsToJson(const PartitionSpec& spec) {
  nlohmann::json fields = nlohmann::json::array();
  for (const PartitionField& field : spec.fields) {
    fields.push_back({{"source-id", field.source_id},
                      {"field-id", field.field_id},
                      {"name", field.name},
                      {"transform", field.transform}});
  }
  return fields;
}

nlohmann::json PartitionSpecToJson(const PartitionSpec& spec) {
  return {{"spec-id", spec.spec_id}, {"fields", PartitionSpecFieldsToJson(spec)}};
}

Result<std::vector<PartitionField>> PartitionFieldsFromJson(const codec::JsonObject& parent,
                                                            std::string_view key) {
  EIDER_ASSIGN(const std::vector<codec::JsonObject> members, parent.Objects(key));
  std::vector<PartitionField> fields;
  for (const codec::JsonObject& member : members) {
    if (member.Has("source-ids")) {
      return Fail(Code::kUnsupported,
                  fmt::format("JSON field {}: transforms of several columns belong to format "
                              "version 3, Eider writes version 2",
                              member.PathOf("source-ids")));
    }
    PartitionField field;
    EIDER_ASSIGN(field.source_id, member.Int("source-id"));
    EIDER_ASSIGN(const std::optional<int> field_id, member.OptionalInt("field-id"));
    field.field_id = field_id.value_or(kFirstPartitionFieldId + static_cast<int>(fields.size()));
    EIDER_ASSIGN(field.name, member.String("name"));
    EIDER_ASSIGN(field.transform, member.String("transform"));
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<PartitionSpec> PartitionSpecFromJson(const codec::JsonObject& json) {
  PartitionSpec spec;
  EIDER_ASSIGN(spec.spec_id, json.Int("spec-id"));
  EIDER_ASSIGN(spec.fields, PartitionFieldsFromJson(json, "fields"));
  return spec;
}

}  // namespace eider::iceberg
