// Golden files: tests/golden/table_metadata, made by tests/golden/make_table_metadata.py with
// PyIceberg 0.12.
#include "eider/iceberg/table_metadata_json.h"

#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eider/codec/json.h"
#include "eider/iceberg/metadata_limits.h"

namespace eider::iceberg {
namespace {

using codec::Json;

std::string Golden(std::string_view name) {
  std::ifstream file(std::string(EIDER_SOURCE_DIR "/tests/golden/table_metadata/") +
                     std::string(name) + ".json");
  EXPECT_TRUE(file.is_open()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

Json AsJson(std::string_view text) {
  return codec::ParseJson(text).value();
}

// The document as Eider writes it: what the header's comment says is not kept, by hand.
Json Normalized(Json document) {
  if (!document.contains("current-snapshot-id")) document["current-snapshot-id"] = -1;
  for (Json& schema : document["schemas"]) {
    if (schema["identifier-field-ids"].empty()) schema.erase("identifier-field-ids");
  }
  return document;
}

class RoundTrip : public testing::TestWithParam<const char*> {};

TEST_P(RoundTrip, KeepsEveryField) {
  const std::string text = Golden(GetParam());
  const Result<TableMetadata> parsed = ParseTableMetadata(text);
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  const std::string printed = TableMetadataToJson(*parsed);
  EXPECT_EQ(Json::diff(Normalized(AsJson(text)), AsJson(printed)), Json::array());
  EXPECT_EQ(ParseTableMetadata(printed), *parsed);
}

INSTANTIATE_TEST_SUITE_P(Golden, RoundTrip,
                         testing::Values("full_v2", "unknown_keys_v2", "empty_v2"));

TEST(TableMetadataJson, ReadsEveryField) {
  const Result<TableMetadata> table = ParseTableMetadata(Golden("unknown_keys_v2"));
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_EQ(table->table_uuid, "9c12d441-03fe-4693-9a96-a0705ddf69c1");
  EXPECT_EQ(table->location, "s3://warehouse/bronze/orders");
  EXPECT_EQ(table->last_column_id, 28);
  EXPECT_EQ(table->CurrentSchema().identifier_field_ids, (std::vector<int>{1, 19}));
  EXPECT_EQ(table->CurrentSchema().FindColumn("s")->doc, "quotes \" and \\ and ñ and 🦆");
  ASSERT_EQ(table->partition_specs.size(), 2U);
  EXPECT_EQ(table->partition_specs[1].fields[0],
            (PartitionField{1, 1000, "id_bucket", "bucket[16]"}));
  EXPECT_EQ(table->last_partition_id, 1001);
  EXPECT_EQ(table->sort_orders.size(), 2U);
  EXPECT_EQ(table->properties.at("owner"), "ñandú");
  EXPECT_EQ(table->metadata_log.size(), 3U);
  EXPECT_EQ(table->snapshot_log.size(), 3U);
  ASSERT_NE(table->CurrentSnapshot(), nullptr);
  EXPECT_EQ(table->CurrentSnapshot()->snapshot_id, 9007199254740996);
  EXPECT_EQ(table->CurrentSnapshot()->parent_snapshot_id, 9007199254740995);
  EXPECT_EQ(table->CurrentSnapshot()->sequence_number, 3);
  EXPECT_EQ(table->CurrentSnapshot()->operation, "append");
  EXPECT_EQ(table->CurrentSnapshot()->summary.at("total-records"), "30");
  EXPECT_EQ(table->CurrentSnapshot()->summary.at("note"), "a \"quoted\" \\ ñ 🦆 \n line");
  EXPECT_FALSE(table->CurrentSnapshot()->summary.contains("operation"));
  EXPECT_EQ(table->refs.at("end-of-year").type, "tag");
  EXPECT_EQ(table->refs.at("end-of-year").unknown, Json({{"max-ref-age-ms", 604800000}}));
  EXPECT_EQ(table->unknown.at("next-row-id"), 9223372036854775807);
  EXPECT_TRUE(table->unknown.contains("statistics"));
  EXPECT_FALSE(table->unknown.contains("snapshots"));
}

TEST(TableMetadataJson, SortOrdersAreReadAndThoseOfOthersAreKept) {
  Json document = AsJson(Golden("empty_v2"));
  const Json foreign = {
      {"order-id", 2},
      {"fields", {{{"source-ids", {1, 2}}, {"transform", "zorder"}, {"direction", "asc"}}}}};
  document["sort-orders"] = {{{"order-id", 1},
                              {"fields",
                               {{{"source-id", 1},
                                 {"transform", "zorder[2]"},
                                 {"direction", "desc"},
                                 {"null-order", "nulls-last"}},
                                {{"source-id", 2},
                                 {"transform", "identity"},
                                 {"direction", "asc"},
                                 {"null-order", "nulls-first"}}}}},
                             foreign};
  document["default-sort-order-id"] = 1;
  const Result<TableMetadata> table = ParseTableMetadata(document.dump());
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_EQ(
      table->DefaultSortOrder().fields,
      (std::vector<SortField>{{1, "zorder[2]", SortDirection::kDescending, NullOrder::kLast},
                              {2, "identity", SortDirection::kAscending, NullOrder::kFirst}}));
  EXPECT_TRUE(table->sort_orders[1].fields.empty());
  EXPECT_EQ(AsJson(TableMetadataToJson(*table))["sort-orders"], document["sort-orders"]);
}

TEST(TableMetadataJson, NoSnapshotIsMinusOneAbsentOrNull) {
  Json document = AsJson(Golden("empty_v2"));
  for (const Json& none : {Json(-1), Json(nullptr)}) {
    document["current-snapshot-id"] = none;
    const Result<TableMetadata> table = ParseTableMetadata(document.dump());
    ASSERT_TRUE(table.has_value());
    EXPECT_EQ(table->current_snapshot_id, std::nullopt);
    EXPECT_EQ(AsJson(TableMetadataToJson(*table))["current-snapshot-id"], -1);
  }
}

TEST(TableMetadataJson, AddsTheMainBranchThatOldWritersLeaveOut) {
  Json document = AsJson(Golden("full_v2"));
  document.erase("refs");
  const Result<TableMetadata> table = ParseTableMetadata(document.dump());
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->refs.at("main"),
            (SnapshotRef{.snapshot_id = 9007199254740996, .type = "branch"}));
}

TEST(TableMetadataJson, ReadsVersionOneAndWritesItBack) {
  const std::string text = Golden("v1");
  const Result<TableMetadata> table = ParseTableMetadata(text);
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_EQ(table->format_version, 1);
  EXPECT_EQ(table->last_sequence_number, 0);
  EXPECT_EQ(table->CurrentSnapshot()->sequence_number, 0);
  const Json printed = AsJson(TableMetadataToJson(*table));
  Json expected = Normalized(AsJson(text));
  expected["schema"].erase("identifier-field-ids");
  EXPECT_EQ(Json::diff(expected, printed), Json::array());
}

TEST(TableMetadataJson, ReadsTheFirstFormOfVersionOne) {
  const Result<TableMetadata> table = ParseTableMetadata(Golden("v1_first_form"));
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_EQ(table->CurrentSchema().fields.size(), 3U);
  EXPECT_EQ(table->DefaultSpec().fields[0].field_id, 1000);
  EXPECT_EQ(table->DefaultSpec().fields[1].field_id, 1001);
  EXPECT_EQ(table->last_partition_id, 1001);
  EXPECT_EQ(table->sort_orders, std::vector<SortOrder>(1));
  ASSERT_NE(table->CurrentSnapshot(), nullptr);
  EXPECT_EQ(table->CurrentSnapshot()->manifest_list, "");
  const Json printed = AsJson(TableMetadataToJson(*table));
  EXPECT_EQ(printed["snapshots"][0]["manifests"],
            Json({"s3://warehouse/bronze/orders/metadata/m0.avro"}));
  EXPECT_FALSE(printed["snapshots"][0].contains("sequence-number"));
  EXPECT_EQ(printed["partition-spec"].size(), 2U);
}

TEST(TableMetadataJson, RefusesNewerVersionsByName) {
  Json document = AsJson(Golden("full_v2"));
  document["format-version"] = 4;
  document["snapshots"][0]["summary"] = 7;  // whatever else it holds
  const Result<TableMetadata> table = ParseTableMetadata(document.dump());
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code, Code::kUnsupported);
  EXPECT_EQ(table.error().message,
            "the table has a newer format version than Eider reads and writes (up to 3): 4");
}

TEST(TableMetadataJson, SyntaxErrorsBehindTheSnapshotsHaveTheirTrueLine) {
  const std::string text = "{\"format-version\": 2,\n\"snapshots\": [\n\n],\n\"location\": oops}";
  EXPECT_EQ(ParseTableMetadata(text).error().message, "not valid JSON at line 5, column 13");
}

TEST(TableMetadataJson, SnapshotsAreWrittenAsTheyWereRead) {
  Json document = AsJson(Golden("empty_v2"));
  const std::string foreign =
      "{ \"snapshot-id\" : 7,\n\"timestamp-ms\": 1700000000000, \"manifest-list\": \"s3:\\/\\/a\","
      " \"parent-snapshot-id\": null, \"zeta\": [1.50, 1e2, 18446744073709551616], \"alpha\": {} }";
  document["snapshots"] = "here";
  std::string text = document.dump();
  text.replace(text.find("\"here\""), 6, "[\n " + foreign + " ]");
  const Result<TableMetadata> table = ParseTableMetadata(text);
  ASSERT_TRUE(table.has_value()) << table.error().message;
  EXPECT_EQ(table->snapshots[0]->manifest_list, "s3://a");
  EXPECT_EQ(table->snapshots[0].json_text(), foreign);
  EXPECT_NE(TableMetadataToJson(*table).find("\"snapshots\":[" + foreign + "]"), std::string::npos);
}

TEST(TableMetadataJson, ReplacesBytesThatAreNotUtf8) {
  TableMetadata table = ParseTableMetadata(Golden("full_v2")).value();
  Snapshot snapshot = table.snapshots[0];
  snapshot.summary["bad"] = "a\xFFz";
  table.snapshots[0] = std::move(snapshot);
  table.properties["bad"] = "a\xFFz";
  const Result<TableMetadata> again = ParseTableMetadata(TableMetadataToJson(table));
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again->snapshots[0]->summary.at("bad"), "a\uFFFDz");
  EXPECT_EQ(again->properties.at("bad"), "a\uFFFDz");
}

struct Broken {
  const char* file;
  const char* message;  // how it begins
};

// How a failing case is printed.
void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.file;
}

class Invalid : public testing::TestWithParam<Broken> {};

TEST_P(Invalid, IsCorruptAndNamesThePlace) {
  const Result<TableMetadata> table =
      ParseTableMetadata(Golden("invalid/" + std::string(GetParam().file)));
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code, Code::kCorrupt);
  EXPECT_TRUE(table.error().message.starts_with(GetParam().message)) << table.error().message;
}

constexpr Broken kBroken[] = {
    {"format-version_missing", "JSON field format-version is missing"},
    {"table-uuid_missing", "JSON field table-uuid is missing"},
    {"location_missing", "JSON field location is missing"},
    {"last-sequence-number_missing", "JSON field last-sequence-number is missing"},
    {"last-updated-ms_missing", "JSON field last-updated-ms is missing"},
    {"last-column-id_missing", "JSON field last-column-id is missing"},
    {"schemas_missing", "JSON field schemas is missing"},
    {"current-schema-id_missing", "JSON field current-schema-id is missing"},
    {"partition-specs_missing", "JSON field partition-specs is missing"},
    {"default-spec-id_missing", "JSON field default-spec-id is missing"},
    {"last-partition-id_missing", "JSON field last-partition-id is missing"},
    {"sort-orders_missing", "JSON field sort-orders is missing"},
    {"default-sort-order-id_missing", "JSON field default-sort-order-id is missing"},
    {"format-version_zero", "JSON field format-version"},
    {"format-version_text", "JSON field format-version must be"},
    {"location_number", "JSON field location must be"},
    {"last-updated-ms_fraction", "JSON field last-updated-ms must be"},
    {"last-column-id_too_large", "JSON field last-column-id must be"},
    {"schemas_empty", "JSON field current-schema-id names none"},
    {"schemas_object", "JSON field schemas must be"},
    {"schema_twice", "JSON field schemas has an id twice"},
    {"current-schema-id_unknown", "JSON field current-schema-id names none of schemas: 5"},
    {"field_id_missing", "JSON field schemas[0].fields[1].id is missing"},
    {"field_id_twice", "JSON field schemas[0].fields: a field id occurs twice"},
    {"field_name_twice", "JSON field schemas[0].fields: two columns have the same name"},
    {"field_name_empty", "JSON field schemas[0].fields: a column without a name"},
    {"field_required_text", "JSON field schemas[0].fields[1].required must be"},
    {"field_type_unknown", "JSON field schemas[0].fields[1].type: there is no type"},
    {"field_type_number", "JSON field schemas[0].fields[1].type must be"},
    {"field_type_decimal_39", "JSON field schemas[0].fields: column 'name': a decimal"},
    {"field_type_decimal_scale", "JSON field schemas[0].fields: column 'name': a decimal"},
    {"field_type_fixed_negative", "JSON field schemas[0].fields[1].type: there is no type"},
    {"field_type_set", "JSON field schemas[0].fields[1].type.type: a nested type"},
    {"list_without_element_id", "JSON field schemas[0].fields[1].type.element-id is missing"},
    {"map_value_unknown", "JSON field schemas[0].fields[1].type.value.fields[0].type: there is"},
    {"identifier_field_optional", "JSON field schemas[0].fields: column 'name' cannot identify"},
    {"default-spec-id_unknown", "JSON field default-spec-id names none of partition-specs: 9"},
    {"partition_field_without_transform",
     "JSON field partition-specs[0].fields[0].transform is missing"},
    {"default-sort-order-id_unknown",
     "JSON field default-sort-order-id names none of sort-orders: 9"},
    {"properties_number", "JSON field properties.a must be"},
    {"current-snapshot-id_unknown", "JSON field current-snapshot-id names none of snapshots: 5"},
    {"current-snapshot-id_missing", "JSON field refs.main.snapshot-id is set, but"},
    {"refs_main_differs", "JSON field refs.main.snapshot-id differs from current-snapshot-id"},
    {"refs_main_tag", "JSON field refs.main.type must be branch"},
    {"refs_type_unknown", "JSON field refs.dev.type must be branch or tag"},
    {"refs_snapshot_unknown", "JSON field refs.dev.snapshot-id names none of snapshots: 5"},
    {"snapshots_object", "JSON field snapshots must be an array"},
    {"snapshot_number", "JSON field snapshots[1] must be an object"},
    {"snapshot_id_missing", "JSON field snapshots[1].snapshot-id is missing"},
    {"snapshot_id_text", "JSON field snapshots[1].snapshot-id must be"},
    {"snapshot_id_beyond_64_bits",
     "JSON field snapshots[1].snapshot-id must be an integer of 64 bits"},
    {"snapshot_id_twice", "JSON field snapshots[1].snapshot-id occurs twice"},
    {"snapshot_timestamp_missing", "JSON field snapshots[1].timestamp-ms is missing"},
    {"snapshot_manifest_list_missing", "JSON field snapshots[1].manifest-list is missing"},
    {"snapshot_sequence_number_too_high", "JSON field snapshots[1].sequence-number is beyond"},
    {"snapshot_schema_id_too_large", "JSON field snapshots[1].schema-id must be"},
    {"snapshot_summary_value_number", "JSON field snapshots[1].summary.added-records must be"},
    {"snapshot_summary_array", "JSON field snapshots[1].summary must be"},
    {"snapshot-log_without_id", "JSON field snapshot-log[0].snapshot-id is missing"},
    {"metadata-log_without_file", "JSON field metadata-log[0].metadata-file is missing"},
    {"not_json_cut_off", "not valid JSON at line "},
    {"not_json_two_documents", "not valid JSON at line 1, column 4"},
    {"not_an_object", "JSON document must be an object"},
    {"not_json_empty", "not valid JSON at line 1, column 1"},
};

std::string TestName(const testing::TestParamInfo<Broken>& test) {
  std::string name = test.param.file;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Golden, Invalid, testing::ValuesIn(kBroken), TestName);

// Seen: a table of 43 nested structs was made, and its metadata could not be read again.
TEST(TableMetadataJson, ReadsTheDeepestTableThatIsMade) {
  for (const TypeKind kind : {TypeKind::kStruct, TypeKind::kList}) {
    Type type{.kind = TypeKind::kLong};
    for (int level = 0; level < kTypeDepthMax; ++level) {
      type = Type{.kind = kind, .fields = {{0, "element", false, std::move(type)}}};
    }
    NewTable table;
    table.location = "s3://lake/t";
    table.table_uuid = "u";
    table.schema.fields = {{0, "deep", false, type}};
    const Result<TableMetadata> made = MakeTableMetadata(table);
    ASSERT_TRUE(made.has_value());
    const Result<TableMetadata> read = ParseTableMetadata(TableMetadataToJson(*made));
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(*read, *made);

    table.schema.fields = {
        {0, "deeper", false, {.kind = kind, .fields = {{0, "element", false, std::move(type)}}}}};
    const Result<TableMetadata> deeper = MakeTableMetadata(table);
    ASSERT_FALSE(deeper.has_value());
    EXPECT_EQ(deeper.error().code, Code::kUnsupported);
  }
}

}  // namespace
}  // namespace eider::iceberg
