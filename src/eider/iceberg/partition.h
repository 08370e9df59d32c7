// The partitions of a table: what a spec makes of its columns, and the values of one data file.
// Source: Iceberg specification, "Partitioning", "Manifests" (r102), "Manifest Lists" (r508).
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/codec/avro_schema.h"
#include "eider/codec/avro_value.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/transform.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {

// The column of that id, which is in no list or map, and its dotted path; null where there is none.
const Field* FindField(const Schema& schema, int id, std::string& path);

// One field of a spec, with what it is made of.
struct PartitionColumn {
  int field_id = 0;
  std::string name;
  Transform transform;
  Field source;      // as the newest schema has it that has it
  std::string path;  // of the source in that schema: "a.b"
  Type type;         // of the values
};

// The fields of the spec, in its order. Errors: kUnsupported (an unknown transform), kCorrupt (a
// source that no schema of the table has, or of a type that its transform does not take).
Result<std::vector<PartitionColumn>> PartitionColumns(const TableMetadata& table,
                                                      const PartitionSpec& spec);

// The same for rows that are written: of a source that `schema` has no more, only `void` is left.
// Errors: kUnsupported too, for another transform of such a source.
Result<std::vector<PartitionColumn>> PartitionColumns(const Schema& schema,
                                                      const PartitionSpec& spec);

// The record r102 of a manifest's schema.
nlohmann::json PartitionAvroSchema(const std::vector<PartitionColumn>& columns);

// The tuple as that record, and back by what the file's own schema says of it. Errors: kInvalid
// (another number of values), kCorrupt.
Result<codec::AvroValue> PartitionToAvro(const std::vector<PartitionColumn>& columns,
                                         const PartitionTuple& tuple);
Result<PartitionTuple> PartitionFromAvro(const codec::AvroNode& record, codec::AvroValue& value);

// For a manifest list: the range of each field over the entries of one manifest.
std::vector<FieldSummary> SummarizePartitions(const std::vector<PartitionColumn>& columns,
                                              const std::vector<ManifestEntry>& entries);

// One value of a tuple as people read it: "2024-01-31" of day, "2024-01" of month.
std::string PartitionValueText(const PartitionColumn& column, const std::string& value);

// The folder of a partition's files below the table's data: "day=2024-01-31/id_bucket=3", names and
// values encoded as in a URI's query; empty of an unpartitioned spec. For people only: long ones
// are cut, and no reader may take a value from it.
std::string PartitionPath(const std::vector<PartitionColumn>& columns, const PartitionTuple& tuple);

}  // namespace eider::iceberg
