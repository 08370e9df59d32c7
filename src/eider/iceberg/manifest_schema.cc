// The schemas as text. Java reads an array of {key, value} records with the logical type `map` as a
// map with integer keys; Avro's own maps have string keys only.
#include "eider/iceberg/manifest_schema.h"

#include <array>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace eider::iceberg {
namespace {

// A field of a record in the format versions that write it.
struct VersionedField {
  std::string_view json;
  int since = 1;
  int until = 3;
};

constexpr auto kEntryFields = std::to_array<VersionedField>({
    {R"({"name":"status","type":"int","field-id":0})"},
    {R"({"name":"snapshot_id","type":["null","long"],"default":null,"field-id":1})"},
    {R"({"name":"sequence_number","type":["null","long"],"default":null,"field-id":3})", 2},
    {R"({"name":"file_sequence_number","type":["null","long"],"default":null,"field-id":4})", 2},
});

constexpr auto kFileFieldsBeforePartition = std::to_array<VersionedField>({
    {R"({"name":"content","type":"int","field-id":134})", 2},
    {R"({"name":"file_path","type":"string","field-id":100})"},
    {R"({"name":"file_format","type":"string","field-id":101})"},
});

constexpr auto kFileFieldsBehindPartition = std::to_array<VersionedField>({
    {R"({"name":"record_count","type":"long","field-id":103})"},
    {R"({"name":"file_size_in_bytes","type":"long","field-id":104})"},
    {R"({"name":"block_size_in_bytes","type":"long","field-id":105})", 1, 1},
    {R"({"name":"column_sizes","type":["null",{"type":"array","logicalType":"map","items":
{"type":"record","name":"k117_v118","fields":[
{"name":"key","type":"int","field-id":117},{"name":"value","type":"long","field-id":118}]}}],
"default":null,"field-id":108})"},
    {R"({"name":"value_counts","type":["null",{"type":"array","logicalType":"map","items":
{"type":"record","name":"k119_v120","fields":[
{"name":"key","type":"int","field-id":119},{"name":"value","type":"long","field-id":120}]}}],
"default":null,"field-id":109})"},
    {R"({"name":"null_value_counts","type":["null",{"type":"array","logicalType":"map","items":
{"type":"record","name":"k121_v122","fields":[
{"name":"key","type":"int","field-id":121},{"name":"value","type":"long","field-id":122}]}}],
"default":null,"field-id":110})"},
    {R"({"name":"nan_value_counts","type":["null",{"type":"array","logicalType":"map","items":
{"type":"record","name":"k138_v139","fields":[
{"name":"key","type":"int","field-id":138},{"name":"value","type":"long","field-id":139}]}}],
"default":null,"field-id":137})"},
    {R"({"name":"lower_bounds","type":["null",{"type":"array","logicalType":"map","items":
{"type":"record","name":"k126_v127","fields":[
{"name":"key","type":"int","field-id":126},{"name":"value","type":"bytes","field-id":127}]}}],
"default":null,"field-id":125})"},
    {R"({"name":"upper_bounds","type":["null",{"type":"array","logicalType":"map","items":
{"type":"record","name":"k129_v130","fields":[
{"name":"key","type":"int","field-id":129},{"name":"value","type":"bytes","field-id":130}]}}],
"default":null,"field-id":128})"},
    {R"({"name":"key_metadata","type":["null","bytes"],"default":null,"field-id":131})"},
    {R"({"name":"split_offsets","type":["null",{"type":"array","items":"long","element-id":133}],
"default":null,"field-id":132})"},
    {R"({"name":"equality_ids","type":["null",{"type":"array","items":"int","element-id":136}],
"default":null,"field-id":135})",
     2},
    {R"({"name":"sort_order_id","type":["null","int"],"default":null,"field-id":140})"},
    {R"({"name":"first_row_id","type":["null","long"],"default":null,"field-id":142})", 3},
    {R"({"name":"referenced_data_file","type":["null","string"],"default":null,"field-id":143})",
     2},
});

constexpr auto kListFields = std::to_array<VersionedField>({
    {R"({"name":"manifest_path","type":"string","field-id":500})"},
    {R"({"name":"manifest_length","type":"long","field-id":501})"},
    {R"({"name":"partition_spec_id","type":"int","field-id":502})"},
    {R"({"name":"content","type":"int","field-id":517})", 2},
    {R"({"name":"sequence_number","type":"long","field-id":515})", 2},
    {R"({"name":"min_sequence_number","type":"long","field-id":516})", 2},
    {R"({"name":"added_snapshot_id","type":"long","field-id":503})"},
    {R"({"name":"added_files_count","type":"int","field-id":504})"},
    {R"({"name":"existing_files_count","type":"int","field-id":505})"},
    {R"({"name":"deleted_files_count","type":"int","field-id":506})"},
    {R"({"name":"added_rows_count","type":"long","field-id":512})"},
    {R"({"name":"existing_rows_count","type":"long","field-id":513})"},
    {R"({"name":"deleted_rows_count","type":"long","field-id":514})"},
    {R"({"name":"partitions","type":["null",{"type":"array","items":
{"type":"record","name":"r508","fields":[
{"name":"contains_null","type":"boolean","field-id":509},
{"name":"contains_nan","type":["null","boolean"],"default":null,"field-id":518},
{"name":"lower_bound","type":["null","bytes"],"default":null,"field-id":510},
{"name":"upper_bound","type":["null","bytes"],"default":null,"field-id":511}]},
"element-id":508}],"default":null,"field-id":507})"},
    {R"({"name":"key_metadata","type":["null","bytes"],"default":null,"field-id":519})"},
    {R"({"name":"first_row_id","type":["null","long"],"default":null,"field-id":520})", 3},
});

// The fields of the version, each with a comma behind it.
std::string Listed(std::span<const VersionedField> fields, int format_version) {
  std::string text;
  for (const VersionedField& field : fields) {
    if (format_version < field.since || format_version > field.until) continue;
    text.append(field.json).append(",");
  }
  return text;
}

std::string Record(std::string_view name, std::string fields) {
  fields.pop_back();  // the last comma
  return fmt::format(R"({{"type":"record","name":"{}","fields":[{}]}})", name, fields);
}

}  // namespace

std::string ManifestEntryAvroSchema(const nlohmann::json& partition, int format_version) {
  const std::string file =
      fmt::format(R"({}{{"name":"partition","field-id":102,"type":{}}},{})",
                  Listed(kFileFieldsBeforePartition, format_version), partition.dump(),
                  Listed(kFileFieldsBehindPartition, format_version));
  return Record("manifest_entry",
                fmt::format(R"({}{{"name":"data_file","field-id":2,"type":{}}},)",
                            Listed(kEntryFields, format_version), Record("r2", file)));
}

std::string ManifestFileAvroSchema(int format_version) {
  return Record("manifest_file", Listed(kListFields, format_version));
}

}  // namespace eider::iceberg
