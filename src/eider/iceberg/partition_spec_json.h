// Partition specs to JSON and back. Source: Iceberg specification, "Appendix C: Partition Specs".
#pragma once

#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/iceberg/partition_spec.h"

namespace eider::iceberg {

// The array of fields alone, as a manifest's header `partition-spec` has it.
nlohmann::json PartitionSpecFieldsToJson(const PartitionSpec& spec);

// The object with `spec-id` and `fields`, as table metadata has it.
nlohmann::json PartitionSpecToJson(const PartitionSpec& spec);

// The array of fields at `key`. Where format version 1 left the field ids out they count from 1000.
// Errors: kCorrupt, kUnsupported (a transform of several columns, of format version 3).
Result<std::vector<PartitionField>> PartitionFieldsFromJson(const codec::JsonObject& parent,
                                                            std::string_view key);

// Errors: as PartitionFieldsFromJson.
Result<PartitionSpec> PartitionSpecFromJson(const codec::JsonObject& json);

}  // namespace eider::iceberg
