// The Avro schemas in which Eider writes manifests and manifest lists of format version 2.
//
// Names, ids, order and nullability are those of Java's V2Metadata: Java matches some fields by
// name. Source: Iceberg specification, "Manifests", "Manifest Lists", "Appendix A: Avro".
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace eider::iceberg {

// `manifest_entry`, with the record r102 of the spec (PartitionAvroSchema).
std::string ManifestEntryAvroSchema(const nlohmann::json& partition);

std::string_view ManifestFileAvroSchema();

}  // namespace eider::iceberg
