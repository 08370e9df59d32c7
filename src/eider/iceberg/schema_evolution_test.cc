// What a schema becomes, and what it never does.
#include "eider/iceberg/schema_evolution.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "eider/iceberg/schema.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

using Steps = std::vector<std::string>;

Field Column(const std::string& name, TypeKind kind) {
  return {.id = 0, .name = name, .required = false, .type = {.kind = kind}, .doc = {}};
}

Field Struct(const std::string& name, std::vector<Field> fields) {
  Field field = Column(name, TypeKind::kStruct);
  field.type.fields = std::move(fields);
  return field;
}

Field Decimal(const std::string& name, int precision, int scale) {
  Field field = Column(name, TypeKind::kDecimal);
  field.type.precision = precision;
  field.type.scale = scale;
  return field;
}

Field Required(Field field) {
  field.required = true;
  return field;
}

// id (1), n (2), price (3), at (4) with day (5).
TableMetadata Table() {
  NewTable table;
  table.schema.fields = {Required(Column("id", TypeKind::kLong)), Column("n", TypeKind::kInt),
                         Decimal("price", 9, 2), Struct("at", {Column("day", TypeKind::kDate)})};
  table.location = "s3://lake/a/b";
  table.table_uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
  return *MakeTableMetadata(table);
}

SchemaEvolution Evolved(const TableMetadata& table, const SchemaDemand& demand) {
  const auto evolution = EvolveSchema(table, demand);
  EXPECT_TRUE(evolution && *evolution);
  return evolution && *evolution ? **evolution : SchemaEvolution{};
}

TEST(EvolveSchema, AddsColumnsAsOptionalOnesBehindTheOthers) {
  const SchemaEvolution evolution =
      Evolved(Table(), {.columns = {Required(Column("z", TypeKind::kString)),
                                    Struct("s", {Column("a", TypeKind::kInt)})}});
  EXPECT_EQ(evolution.steps, (Steps{"add column z: string", "add column s: struct<a: int>"}));
  ASSERT_EQ(evolution.schema.fields.size(), 6U);
  EXPECT_EQ(evolution.schema.schema_id, 1);
  const Field& z = evolution.schema.fields[4];
  EXPECT_EQ(z.id, 6);
  EXPECT_FALSE(z.required);
  EXPECT_EQ(evolution.schema.fields[5].id, 7);
  EXPECT_EQ(evolution.schema.fields[5].type.fields[0].id, 8);
  EXPECT_EQ(evolution.last_column_id, 8);
}

TEST(EvolveSchema, AddsFieldsOfStructs) {
  const SchemaEvolution evolution = Evolved(
      Table(), {.columns = {Struct(
                    "AT", {Column("day", TypeKind::kDate), Column("hour", TypeKind::kInt)})}});
  EXPECT_EQ(evolution.steps, Steps{"add column at.hour: int"});
  EXPECT_EQ(evolution.schema.fields[3].type.fields[1].id, 6);
}

TEST(EvolveSchema, WidensOnlyWhereItMay) {
  const SchemaDemand demand{.columns = {Column("id", TypeKind::kInt), Column("n", TypeKind::kLong),
                                        Decimal("price", 12, 2)},
                            .widens = true};
  EXPECT_EQ(Evolved(Table(), demand).steps, (Steps{"column n: int becomes long",
                                                   "column price: decimal(9,2) becomes "
                                                   "decimal(12,2)"}));
  SchemaDemand as_it_is = demand;
  as_it_is.widens = false;
  EXPECT_FALSE(EvolveSchema(Table(), as_it_is)->has_value());
}

TEST(EvolveSchema, NeverNarrowsNorChangesWhatIsNoPromotion) {
  const SchemaDemand demand{
      .columns = {Column("id", TypeKind::kString), Decimal("price", 12, 3),
                  Column("n", TypeKind::kDouble), Column("at", TypeKind::kString)},
      .widens = true};
  EXPECT_FALSE(EvolveSchema(Table(), demand)->has_value());
}

TEST(EvolveSchema, MakesColumnsOptionalButNoKeys) {
  EXPECT_EQ(Evolved(Table(), {.optional = {"id", "n"}}).steps, Steps{"column id becomes optional"});
  TableMetadata keyed = Table();
  keyed.schemas[0].identifier_field_ids = {1};
  EXPECT_FALSE(EvolveSchema(keyed, {.optional = {"id"}})->has_value());
}

TEST(EvolveSchema, GoesFurther) {
  const SchemaEvolution first = Evolved(Table(), {.columns = {Column("z", TypeKind::kString)}});
  const auto second = EvolveFurther(first, {.columns = {Column("y", TypeKind::kString)}});
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->steps, (Steps{"add column z: string", "add column y: string"}));
  EXPECT_EQ((*second)->last_column_id, 7);
  EXPECT_EQ((*second)->base_last_column_id, 5);
  EXPECT_FALSE(EvolveFurther(**second, {.columns = {Column("Z", TypeKind::kLong)}})->has_value());
}

TEST(EvolveSchema, IsAChangeOfTheTableItWasMadeFor) {
  const TableMetadata table = Table();
  const SchemaEvolution evolution = Evolved(table, {.columns = {Column("z", TypeKind::kString)}});
  TableChange change;
  AddEvolution(table, evolution, change);
  const auto next = ApplyChange(table, change, {"v0", 1});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->CurrentSchema(), evolution.schema);
  EXPECT_EQ(next->last_column_id, 6);
  EXPECT_EQ(next->schemas.size(), 2U);
  EXPECT_EQ(WithSchema(table, evolution).CurrentSchema(), evolution.schema);
  const auto again = ApplyChange(*next, change, {"v1", 1});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kConflict);
}

TEST(Holds, WhatHasItsColumns) {
  const TableMetadata table = Table();
  const Schema z = Evolved(table, {.columns = {Column("z", TypeKind::kString)}}).schema;
  const Schema y = Evolved(table, {.columns = {Column("y", TypeKind::kString)}}).schema;
  const Schema wide =
      Evolved(table, {.columns = {Column("n", TypeKind::kLong)}, .widens = true}).schema;
  EXPECT_TRUE(Holds(z, table.CurrentSchema()));
  EXPECT_FALSE(Holds(table.CurrentSchema(), z));
  EXPECT_FALSE(Holds(z, y));  // the same id is another column
  EXPECT_TRUE(Holds(wide, table.CurrentSchema()));
  EXPECT_FALSE(Holds(table.CurrentSchema(), wide));
  Schema relaxed = table.CurrentSchema();
  relaxed.fields[0].required = false;
  EXPECT_TRUE(Holds(relaxed, table.CurrentSchema()));
  EXPECT_FALSE(Holds(table.CurrentSchema(), relaxed));
}

TEST(DemandBetween, MakesTheSameSchemaAgain) {
  const TableMetadata table = Table();
  const SchemaDemand demand{
      .columns = {Column("N", TypeKind::kLong), Struct("at", {Column("hour", TypeKind::kInt)}),
                  Column("z", TypeKind::kString)},
      .optional = {"id"},
      .widens = true};
  const SchemaEvolution evolution = Evolved(table, demand);
  const SchemaDemand between = DemandBetween(table.CurrentSchema(), evolution.schema);
  EXPECT_EQ(between.optional, demand.optional);
  EXPECT_EQ(Evolved(table, between).schema, evolution.schema);
  EXPECT_TRUE(UnmetColumns(evolution.schema, between).empty());
  EXPECT_FALSE(EvolveSchema(WithSchema(table, evolution), between)->has_value());
}

TEST(ChangesBetween, AreOfColumnsThatAreNewOrOther) {
  const TableMetadata table = Table();
  const SchemaEvolution evolution = Evolved(
      table, {.columns = {Column("n", TypeKind::kLong), Struct("s", {Column("a", TypeKind::kInt)}),
                          Struct("at", {Column("hour", TypeKind::kInt)})},
              .optional = {"id"},
              .widens = true});
  Steps texts;
  for (const ColumnChange& change : ChangesBetween(table.CurrentSchema(), evolution.schema)) {
    texts.push_back(ToString(change));
  }
  EXPECT_EQ(texts, (Steps{"column id: long required becomes long", "column n: int becomes long",
                          "add column at.hour: int", "add column s: struct<a: int>"}));
  EXPECT_TRUE(ChangesBetween(table.CurrentSchema(), table.CurrentSchema()).empty());
}

TEST(ChangesBetween, TellWhatIsGoneAndWhatHasAnotherName) {
  const Schema before{.fields = {{1, "id", true, TypeKind::kLong, {}},
                                 {2, "name", false, TypeKind::kString, {}},
                                 {3, "n", false, TypeKind::kInt, {}},
                                 {4, "old", false, TypeKind::kDate, {}}}};
  const Schema after{.fields = {{3, "count", false, TypeKind::kLong, {}},
                                {1, "id", true, TypeKind::kLong, {}},
                                {2, "title", false, TypeKind::kString, {}}}};
  Steps texts;
  for (const ColumnChange& change : ChangesBetween(before, after))
    texts.push_back(ToString(change));
  EXPECT_EQ(texts, (Steps{"column count is renamed from n, and int becomes long",
                          "column title is renamed from name", "drop column old"}));
}

TEST(UnmetColumns, AreThoseThatNoPromotionBrings) {
  const SchemaDemand demand{
      .columns = {Column("id", TypeKind::kInt), Column("n", TypeKind::kString),
                  Struct("AT", {Column("Day", TypeKind::kString)}), Column("z", TypeKind::kInt)}};
  const auto unmet = UnmetColumns(Table().CurrentSchema(), demand);
  ASSERT_EQ(unmet.size(), 2U);
  EXPECT_EQ(unmet[0].path, "n");
  EXPECT_EQ(unmet[0].present.kind, TypeKind::kInt);
  EXPECT_EQ(unmet[0].wanted.kind, TypeKind::kString);
  EXPECT_EQ(unmet[1].path, "at.day");
}

}  // namespace
}  // namespace eider::iceberg
