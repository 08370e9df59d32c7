// Partitions of Java's manifests, and paths as PyIceberg 0.12.0 prints their values
// (to_human_string of the transforms).
#include "eider/iceberg/partition.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eider/codec/avro_schema.h"
#include "eider/iceberg/bounds.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/manifest_avro.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/testing/golden_manifests.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

using nlohmann::json;

// A table of one column for each type; nested ones hold some.
TableMetadata Table() {
  Type inner{TypeKind::kStruct};
  inner.fields = {{.id = 21, .name = "day", .type = {TypeKind::kDate}}};
  Type list{TypeKind::kList};
  list.fields = {{.id = 31, .name = "element", .type = {TypeKind::kLong}}};
  Schema schema;
  schema.fields = {
      {.id = 1, .name = "id", .type = {TypeKind::kLong}},
      {.id = 2, .name = "ts", .type = {TypeKind::kTimestamp}},
      {.id = 3, .name = "a b/c", .type = {TypeKind::kString}},
      {.id = 4, .name = "price", .type = {.kind = TypeKind::kDecimal, .precision = 9, .scale = 2}},
      {.id = 5, .name = "u", .type = {TypeKind::kUuid}},
      {.id = 6, .name = "v", .type = {TypeKind::kUuid}},
      {.id = 7, .name = "d", .type = {TypeKind::kDouble}},
      {.id = 20, .name = "s", .type = inner},
      {.id = 30, .name = "l", .type = list}};
  TableMetadata table;
  table.schemas = {schema};
  table.location = "file:///w/t";
  return table;
}

std::vector<PartitionColumn> Columns(const std::vector<std::pair<int, std::string>>& fields) {
  PartitionSpec spec;
  for (const auto& [source, transform] : fields) {
    const int id = 1000 + static_cast<int>(spec.fields.size());
    spec.fields.push_back({source, id, "p" + std::to_string(id), transform});
  }
  return PartitionColumns(Table(), spec).value();
}

TEST(Partition, FindsItsColumnsInStructsAndInOlderSchemas) {
  TableMetadata table = Table();
  const PartitionSpec spec{.spec_id = 0, .fields = {{21, 1000, "day", "identity"}}};
  auto columns = PartitionColumns(table, spec);
  ASSERT_TRUE(columns) << columns.error().message;
  EXPECT_EQ(columns->front().path, "s.day");
  // The column was dropped.
  table.schemas.push_back({.schema_id = 1, .fields = {table.schemas[0].fields[0]}});
  table.current_schema_id = 1;
  columns = PartitionColumns(table, spec);
  ASSERT_TRUE(columns) << columns.error().message;
  EXPECT_EQ(columns->front().type, Type{TypeKind::kDate});
}

TEST(Partition, OfWhatCannotBeIsRefusedByItsName) {
  const auto error_of = [](int source, const std::string& transform) {
    const auto columns =
        PartitionColumns(Table(), {.spec_id = 0, .fields = {{source, 1000, "p", transform}}});
    return columns ? "" : columns.error().message;
  };
  EXPECT_NE(error_of(99, "identity").find("column 99, which no schema of the table has"),
            std::string::npos);
  EXPECT_NE(error_of(31, "identity").find("column 31"), std::string::npos) << "is in a list";
  EXPECT_NE(error_of(1, "zorder").find("partition field `p`: partition transform `zorder`"),
            std::string::npos);
  EXPECT_NE(error_of(3, "hour").find("takes no values of type string"), std::string::npos);
}

TEST(Partition, HasAnAvroSchemaThatNamesEachTypeOnce) {
  const auto columns = Columns({{5, "identity"}, {6, "identity"}, {4, "identity"}, {2, "day"}});
  const json schema = PartitionAvroSchema(columns);
  ASSERT_TRUE(codec::AvroSchema::Parse(schema.dump()));
  const json& fields = schema.at("fields");
  EXPECT_EQ(fields[1].at("type")[1], "uuid_fixed");
  EXPECT_EQ(fields[2].at("type")[1].at("size"), 4) << "bytes for nine digits";
  EXPECT_EQ(fields[3].at("type")[1], (json{{"type", "int"}, {"logicalType", "date"}}));
  EXPECT_EQ(fields[3].at("field-id"), 1003);
}

// What Java's AvroSchemaUtil makes of such names.
TEST(Partition, HasNamesThatAvroTakes) {
  const PartitionSpec spec{.spec_id = 0,
                           .fields = {{3, 1000, "a b/c", "identity"}, {1, 1001, "9x", "identity"}}};
  const json schema = PartitionAvroSchema(PartitionColumns(Table(), spec).value());
  EXPECT_EQ(schema.at("fields")[0].at("name"), "a_x20b_x2Fc");
  EXPECT_EQ(schema.at("fields")[0].at("iceberg-field-name"), "a b/c");
  EXPECT_EQ(schema.at("fields")[1].at("name"), "_9x");
}

TEST(Partition, ValuesComeBackFromAvro) {
  const auto columns = Columns({{1, "identity"},
                                {4, "identity"},
                                {5, "identity"},
                                {7, "identity"},
                                {3, "truncate[2]"},
                                {2, "hour"},
                                {1, "void"}});
  const PartitionTuple tuple = {SerializeLong(-7),
                                SerializeDecimal(-5),
                                SerializeUuid("f79c3e09-677c-4bbd-a479-3f349cb785e7").value(),
                                SerializeDouble(-0.0),
                                "ab",
                                SerializeInt(420'000),
                                std::nullopt};
  auto value = PartitionToAvro(columns, tuple);
  ASSERT_TRUE(value) << value.error().message;
  const auto schema = codec::AvroSchema::Parse(PartitionAvroSchema(columns).dump());
  ASSERT_TRUE(schema);
  const auto back = PartitionFromAvro(schema->root(), *value);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, tuple);
}

TEST(Partition, SummariesAreThoseOfJava) {
  const auto entries = DecodeWholeManifest(golden::Bytes("java_partitioned.avro"));
  const auto list = DecodeManifestList(golden::Bytes("java_partitioned_list.avro"));
  ASSERT_TRUE(entries && list);
  EXPECT_EQ(SummarizePartitions(Columns({{1, "identity"}}), entries->entries),
            list->front().partitions);
}

TEST(Partition, SummariesTellOfNullsAndNans) {
  const auto of = [](const PartitionTuple& values) {
    std::vector<ManifestEntry> entries;
    for (const auto& value : values) entries.emplace_back().data_file.partition = {value};
    return SummarizePartitions(Columns({{7, "identity"}}), entries).front();
  };
  const FieldSummary mixed = of({SerializeDouble(NAN), std::nullopt, SerializeDouble(2)});
  EXPECT_TRUE(mixed.contains_null);
  EXPECT_EQ(mixed.contains_nan, true);
  EXPECT_EQ(mixed.lower_bound, SerializeDouble(2));
  EXPECT_EQ(mixed.upper_bound, SerializeDouble(2));
  const FieldSummary nothing = of({std::nullopt});
  EXPECT_EQ(nothing.contains_nan, false);
  EXPECT_FALSE(nothing.lower_bound);
}

TEST(Partition, HasAPathForPeople) {
  const auto path = [](int source, const std::string& transform, const std::string& value) {
    return PartitionPath(Columns({{source, transform}}), {value});
  };
  EXPECT_EQ(path(2, "year", SerializeInt(-1)), "p1000=1969");
  EXPECT_EQ(path(2, "month", SerializeInt(-13)), "p1000=1968-12");
  EXPECT_EQ(path(2, "month", SerializeInt(648)), "p1000=2024-01");
  EXPECT_EQ(path(2, "day", SerializeInt(-1)), "p1000=1969-12-31");
  EXPECT_EQ(path(2, "hour", SerializeInt(-1)), "p1000=1969-12-31-23");
  EXPECT_EQ(path(2, "hour", SerializeInt(420'000)), "p1000=2017-11-30-00");
  EXPECT_EQ(path(1, "bucket[16]", SerializeInt(3)), "p1000=3");
  EXPECT_EQ(path(3, "identity", "a b/c=\xC3\xA9"), "p1000=a+b%2Fc%3D%C3%A9");
  EXPECT_EQ(PartitionPath(Columns({{1, "identity"}, {2, "day"}}), {SerializeLong(7), std::nullopt}),
            "p1000=7/p1001=null");
  EXPECT_EQ(PartitionPath({}, {}), "");
  const std::string letters = std::string(192, 'x');
  EXPECT_EQ(path(3, "identity", letters + "\xC3\xA9"), "p1000=" + letters);  // 198, and no half é
  EXPECT_EQ(path(3, "identity", letters + "yz!"), "p1000=" + letters + "yz");
}

}  // namespace
}  // namespace eider::iceberg
