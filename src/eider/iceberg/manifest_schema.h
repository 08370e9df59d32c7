// The Avro schemas in which Eider writes manifests and manifest lists of format version 2.
//
// Names, ids, order and nullability are those of Java's V2Metadata: Java matches some fields by
// name. Source: Iceberg specification, "Manifests", "Manifest Lists", "Appendix A: Avro".
#pragma once

#include <string_view>

namespace eider::iceberg {

// `manifest_entry` of an unpartitioned spec: the record r102 is empty.
std::string_view ManifestEntryAvroSchema();

std::string_view ManifestFileAvroSchema();

}  // namespace eider::iceberg
