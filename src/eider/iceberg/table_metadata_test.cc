// New tables, and properties read as numbers and booleans.
#include "eider/iceberg/table_metadata.h"

#include <string>

#include <gtest/gtest.h>

namespace eider::iceberg {
namespace {

NewTable Orders() {
  NewTable table;
  table.schema.schema_id = 7;
  table.schema.fields = {
      {40, "id", true, Type{.kind = TypeKind::kLong}},
      {40, "tags", false,
       Type{.kind = TypeKind::kList,
            .fields = {{41, "element", false, Type{.kind = TypeKind::kString}}}}}};
  table.location = "s3://lake/bronze/orders";
  table.table_uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
  table.created_ms = 1700000000000;
  return table;
}

TEST(MakeTableMetadata, StartsAsJavaAndPyIcebergStart) {
  const Result<TableMetadata> made = MakeTableMetadata(Orders());
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->format_version, 2);
  EXPECT_EQ(made->last_sequence_number, 0);
  EXPECT_EQ(made->last_updated_ms, 1700000000000);
  EXPECT_EQ(made->CurrentSchema().schema_id, 0);
  EXPECT_EQ(made->CurrentSchema().fields[0].id, 1);
  EXPECT_EQ(made->CurrentSchema().fields[1].id, 2);
  EXPECT_EQ(made->CurrentSchema().fields[1].type.fields[0].id, 3);
  EXPECT_EQ(made->last_column_id, 3);
  EXPECT_EQ(made->DefaultSpec(), PartitionSpec{});
  EXPECT_EQ(made->last_partition_id, 999);
  ASSERT_EQ(made->sort_orders.size(), 1U);
  EXPECT_EQ(made->sort_orders[0], SortOrder{});
  EXPECT_EQ(made->Property("write.parquet.compression-codec", ""), "zstd");
  EXPECT_EQ(made->CurrentSnapshot(), nullptr);
  EXPECT_TRUE(made->refs.empty());
}

TEST(MakeTableMetadata, KeepsTheCallersProperties) {
  NewTable table = Orders();
  table.properties = {{"write.parquet.compression-codec", "snappy"}, {"format-version", "2"}};
  const Result<TableMetadata> made = MakeTableMetadata(table);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->properties,
            (std::map<std::string, std::string>{{"write.parquet.compression-codec", "snappy"}}));
}

TEST(MakeTableMetadata, HasTheSpecAndTheOrderOfTheNewTable) {
  NewTable table = Orders();
  table.spec.fields = {{1, 1000, "id_bucket", "bucket[16]"}, {1, 1001, "id", "identity"}};
  table.sort_order = {.order_id = 1, .fields = {{.source_id = 1, .transform = "identity"}}};
  const Result<TableMetadata> made = MakeTableMetadata(table);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(made->DefaultSpec(), table.spec);
  EXPECT_EQ(made->partition_specs.size(), 1U);
  EXPECT_EQ(made->last_partition_id, 1001);
  EXPECT_EQ(made->DefaultSortOrder(), table.sort_order);
  EXPECT_EQ(made->sort_orders.size(), 1U);
}

TEST(MakeTableMetadata, RefusesWhatIsMadeOfNoColumnOfIt) {
  NewTable table = Orders();
  table.spec.fields = {{40, 1000, "id_bucket", "bucket[16]"}};  // the id before fresh ones
  ASSERT_FALSE(MakeTableMetadata(table));
  EXPECT_EQ(MakeTableMetadata(table).error().code, Code::kInvalid);
  table.spec.fields = {{1, 1000, "id_day", "day"}};
  ASSERT_FALSE(MakeTableMetadata(table));
  table.spec.fields.clear();
  table.sort_order = {.order_id = 1, .fields = {{.source_id = 3, .transform = "identity"}}};
  ASSERT_FALSE(MakeTableMetadata(table)) << "of an element of a list";
}

TEST(MakeTableMetadata, MakesVersion3WhereThePropertySaysSo) {
  NewTable table = Orders();
  table.properties = {{"format-version", "3"}};
  const Result<TableMetadata> made = MakeTableMetadata(table);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->format_version, 3);
  EXPECT_EQ(made->next_row_id, 0);
  EXPECT_FALSE(made->properties.contains("format-version"));
}

TEST(MakeTableMetadata, RefusesOtherVersionsAndBadSchemas) {
  NewTable table = Orders();
  table.properties = {{"format-version", "1"}};
  const Result<TableMetadata> newer = MakeTableMetadata(table);
  ASSERT_FALSE(newer.has_value());
  EXPECT_EQ(newer.error().code, Code::kInvalid);
  EXPECT_EQ(newer.error().message, "tables are made in format version 2 or 3, not '1'");

  table = Orders();
  table.schema.fields[1].name = "id";
  ASSERT_FALSE(MakeTableMetadata(table).has_value());
  EXPECT_EQ(MakeTableMetadata(table).error().code, Code::kInvalid);
}

TEST(TableMetadata, ReadsPropertiesAsNumbersAndBooleans) {
  TableMetadata metadata;
  metadata.properties = {{"n", "42"},     {"negative", "-1"}, {"unit", "8 MB"}, {"empty", ""},
                         {"yes", "TRUE"}, {"no", "false"},    {"odd", "yes"}};
  EXPECT_EQ(metadata.PropertyAsInt("n", 7), 42);
  EXPECT_EQ(metadata.PropertyAsInt("negative", 7), -1);
  EXPECT_EQ(metadata.PropertyAsInt("unit", 7), 7);
  EXPECT_EQ(metadata.PropertyAsInt("empty", 7), 7);
  EXPECT_EQ(metadata.PropertyAsInt("absent", 7), 7);
  EXPECT_TRUE(metadata.PropertyAsBool("yes", false));
  EXPECT_FALSE(metadata.PropertyAsBool("no", true));
  EXPECT_FALSE(metadata.PropertyAsBool("odd", true));
  EXPECT_TRUE(metadata.PropertyAsBool("absent", true));
  EXPECT_EQ(metadata.Property("empty", "x"), "");
  EXPECT_EQ(metadata.Property("absent", "x"), "x");
}

}  // namespace
}  // namespace eider::iceberg
