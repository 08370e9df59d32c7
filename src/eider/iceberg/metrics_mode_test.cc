// Metrics modes as Java's TestMetricsConfig and MetricsModes have them.
#include "eider/iceberg/metrics_mode.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace eider::iceberg {
namespace {

using Kind = MetricsMode::Kind;

Field Leaf(int id, std::string name) {
  return {.id = id, .name = std::move(name), .type = {.kind = TypeKind::kLong}};
}

Field Struct(int id, std::string name, std::vector<Field> fields) {
  Field field{.id = id, .name = std::move(name)};
  field.type.fields = std::move(fields);
  return field;
}

TableMetadata TableOf(std::vector<Field> fields) {
  TableMetadata table;
  table.schemas.push_back(
      {.schema_id = 0, .fields = std::move(fields), .identifier_field_ids = {}});
  table.partition_specs.emplace_back();
  return table;
}

TEST(MetricsModes, TruncateTo16IsTheDefault) {
  const auto modes = MetricsModes(TableOf({Leaf(1, "a"), Struct(2, "s", {Leaf(3, "b")})}));
  EXPECT_EQ(modes,
            (std::map<int, MetricsMode>{{1, {Kind::kTruncate, 16}}, {3, {Kind::kTruncate, 16}}}));
}

TEST(MetricsModes, AColumnsPropertyWinsOverTheDefault) {
  TableMetadata table = TableOf({Leaf(1, "a"), Struct(2, "s", {Leaf(3, "b")}), Leaf(4, "c")});
  table.properties = {{"write.metadata.metrics.default", "counts"},
                      {"write.metadata.metrics.column.s.b", "Full"},
                      {"write.metadata.metrics.column.c", "truncate(7)"}};
  const auto modes = MetricsModes(table);
  EXPECT_EQ(modes.at(1).kind, Kind::kCounts);
  EXPECT_EQ(modes.at(3).kind, Kind::kFull);
  EXPECT_EQ(modes.at(4), (MetricsMode{Kind::kTruncate, 7}));
}

TEST(MetricsModes, WhatCannotBeReadCountsAsAbsent) {
  for (const char* const mode :
       {"", "truncate", "truncate(0)", "truncate(x)", "truncate(99999999999)"}) {
    TableMetadata table = TableOf({Leaf(1, "a")});
    table.properties = {{"write.metadata.metrics.default", "none"},
                        {"write.metadata.metrics.column.a", mode}};
    EXPECT_EQ(MetricsModes(table).at(1).kind, Kind::kNone) << mode;
    table.properties = {{"write.metadata.metrics.default", mode}};
    EXPECT_EQ(MetricsModes(table).at(1), MetricsMode{}) << mode;
  }
}

// Java's TestMetricsConfig.testNestedStruct: leaves of a level before those below it.
TEST(MetricsModes, OnlyTheFirstLeavesGetADefault) {
  TableMetadata table = TableOf(
      {Struct(1, "top", {Leaf(2, "b"), Struct(3, "middle", {Leaf(4, "c")})}), Leaf(5, "a")});
  const auto with_metrics = [&](const char* limit) {
    table.properties = {{"write.metadata.metrics.max-inferred-column-defaults", limit}};
    std::vector<int> ids;
    for (const auto& [id, mode] : MetricsModes(table)) {
      if (mode.kind != Kind::kNone) ids.push_back(id);
    }
    return ids;
  };
  EXPECT_EQ(with_metrics("0"), std::vector<int>{});
  EXPECT_EQ(with_metrics("1"), (std::vector<int>{5}));
  EXPECT_EQ(with_metrics("2"), (std::vector<int>{2, 5}));
  EXPECT_EQ(with_metrics("3"), (std::vector<int>{2, 4, 5}));
  EXPECT_EQ(with_metrics("-1"), (std::vector<int>{2, 4, 5}));
}

TEST(MetricsModes, TheHundredthColumnIsTheLastWithADefault) {
  std::vector<Field> fields;
  for (int i = 1; i <= 101; ++i) fields.push_back(Leaf(i, "c" + std::to_string(i)));
  TableMetadata table = TableOf(fields);
  EXPECT_EQ(MetricsModes(table).at(100).kind, Kind::kTruncate);
  EXPECT_EQ(MetricsModes(table).at(101).kind, Kind::kNone);
  table.properties["write.metadata.metrics.default"] = "full";
  EXPECT_EQ(MetricsModes(table).at(101).kind, Kind::kFull);
}

TEST(MetricsModes, SortedColumnsAreTruncatedAtTheLeast) {
  TableMetadata table = TableOf({Leaf(1, "a"), Leaf(2, "b"), Leaf(3, "c")});
  table.properties["write.metadata.metrics.default"] = "counts";
  table.default_sort_order_id = 1;
  table.sort_orders.push_back({.order_id = 1,
                               .fields = {{.source_id = 1, .transform = "identity"},
                                          {.source_id = 2, .transform = "bucket[4]"}}});
  const auto modes = MetricsModes(table);
  EXPECT_EQ(modes.at(1), MetricsMode{});
  EXPECT_EQ(modes.at(2).kind, Kind::kCounts);
  table.properties["write.metadata.metrics.column.a"] = "none";
  EXPECT_EQ(MetricsModes(table).at(1).kind, Kind::kNone);
}

}  // namespace
}  // namespace eider::iceberg
