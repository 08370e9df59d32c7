// The Avro schemas in which Eider writes manifests and manifest lists of format versions 1 to 3.
//
// Names, ids, order and nullability are those of Java's V1Metadata to V3Metadata: Java matches some
// fields by name. What a version leaves out when it writes optional fields is not in its schema.
// Source: Iceberg specification, "Manifests", "Manifest Lists", "Appendix A: Avro".
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace eider::iceberg {

// `manifest_entry`, with the record r102 of the spec (PartitionAvroSchema).
std::string ManifestEntryAvroSchema(const nlohmann::json& partition, int format_version);

std::string ManifestFileAvroSchema(int format_version);

}  // namespace eider::iceberg
