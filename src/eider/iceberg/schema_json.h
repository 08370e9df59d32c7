// Schemas and types to JSON and back. Source: Iceberg specification, "Appendix C: Schemas".
//
// A decimal is written "decimal(9, 2)", with the space, as Java and PyIceberg write it; it is read
// with or without. `identifier-field-ids` is left out when it is empty.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"

namespace eider::iceberg {

nlohmann::json SchemaToJson(const Schema& schema);

// `path` is what messages call the schema ("schemas[0]"); empty for a document of its own.
// Errors: kCorrupt, kUnsupported (beyond metadata_limits.h), each with the path.
Result<Schema> SchemaFromJson(const nlohmann::json& json, std::string path = {});

}  // namespace eider::iceberg
