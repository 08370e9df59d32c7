// What files that wait ask of their table together, and how the ledger keeps it.
#include "eider/pipeline/held_files.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/type.h"
#include "eider/ledger/testing/memory_ledger.h"
#include "eider/pipeline/schema_change.h"
#include "eider/pipeline/schema_work.h"

namespace eider::pipeline {
namespace {

using iceberg::Field;
using iceberg::TypeKind;
using testing::HasSubstr;
using testing::IsEmpty;

const iceberg::TableName kTable{{"bronze"}, "t"};

Field Column(int id, const std::string& name, TypeKind kind) {
  return {.id = id, .name = name, .required = false, .type = {.kind = kind}, .doc = {}};
}

HeldFile Lacking(const std::string& key, std::vector<Field> columns) {
  HeldFile file;
  file.file.uri = {"s3", "src", key};
  file.demand.columns = std::move(columns);
  file.demand.widens = true;
  return file;
}

// id: long.
iceberg::TableMetadata Table() {
  iceberg::NewTable table;
  table.schema.fields = {Column(1, "id", TypeKind::kLong)};
  table.location = "s3://lake/bronze/t";
  table.table_uuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";
  return *iceberg::MakeTableMetadata(table);
}

TEST(Propose, IsTheUnionOfWhatTheFilesLack) {
  const std::vector<HeldFile> files = {
      Lacking("a", {Column(2, "n", TypeKind::kInt)}),
      Lacking("b", {Column(2, "name", TypeKind::kString), Column(3, "n", TypeKind::kLong)})};
  const auto proposal = Propose(Table(), files);
  ASSERT_TRUE(proposal && proposal->evolution);
  EXPECT_THAT(proposal->contradictions, IsEmpty());
  const auto& fields = proposal->evolution->schema.fields;
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[1].type.kind, TypeKind::kLong);
  EXPECT_EQ(fields[2].name, "name");
}

TEST(Propose, WhatIsInMeanwhileIsNoDifference) {
  const std::vector<HeldFile> files = {Lacking("a", {Column(2, "n", TypeKind::kInt)})};
  const auto first = Propose(Table(), files);
  const auto again = Propose(iceberg::WithSchema(Table(), *first->evolution), files);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->evolution);
  EXPECT_THAT(again->contradictions, IsEmpty());
}

TEST(Propose, NamesBothFilesOfAContradiction) {
  const std::vector<HeldFile> files = {Lacking("a", {Column(2, "c", TypeKind::kString)}),
                                       Lacking("b", {Column(2, "C", TypeKind::kDate)})};
  const auto proposal = Propose(Table(), files);
  ASSERT_EQ(proposal->contradictions.size(), 1U);
  EXPECT_THAT(ToString(proposal->contradictions.front()),
              HasSubstr("column c: s3://src/b needs date, s3://src/a needs string"));
}

TEST(Propose, ATableThatBecameAnotherContradictsToo) {
  const std::vector<HeldFile> files = {Lacking("a", {Column(2, "id", TypeKind::kDate)})};
  const auto proposal = Propose(Table(), files);
  ASSERT_EQ(proposal->contradictions.size(), 1U);
  EXPECT_THAT(ToString(proposal->contradictions.front()),
              HasSubstr("column id: s3://src/a needs date, the table has long"));
}

TEST(SchemaWork, RefusesATableThatWasMadeAgainAndAContradiction) {
  const std::vector<HeldFile> files = {Lacking("a", {Column(2, "c", TypeKind::kString)}),
                                       Lacking("b", {Column(2, "c", TypeKind::kDate)})};
  SchemaWork other(kTable, "another", files);
  EXPECT_THAT(other.LookAt(Table()).error().message, HasSubstr("made again"));
  SchemaWork work(kTable, Table().table_uuid, files);
  EXPECT_EQ(work.LookAt(Table()).error().code, Code::kInvalid);
}

TEST(SchemaChange, IsReadAsItWasWritten) {
  Field deep = Column(4, "s", TypeKind::kStruct);
  deep.type.fields = {Column(5, "a", TypeKind::kDate)};
  const std::vector<SchemaChange> changes = {
      {.table = "bronze.t", .route = "src", .demand = {.columns = {deep}, .widens = true}},
      {.table = "bronze.u", .route = "it's", .demand = {.optional = {"a.b"}, .widens = true}}};
  const auto read = ParseSchemaChange(SchemaChangeText(changes));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].demand.columns, changes[0].demand.columns);
  EXPECT_EQ((*read)[1].demand.optional, changes[1].demand.optional);
  EXPECT_EQ((*read)[1].route, "it's");
  EXPECT_TRUE((*read)[1].demand.widens);
}

TEST(SchemaChange, ThatIsNoneIsRefused) {
  for (const char* text : {"", "{}", "[{}]", "[7]", R"([{"table":"t","route":"r"}])"}) {
    EXPECT_EQ(ParseSchemaChange(text).error().code, Code::kCorrupt) << text;
  }
}

TEST(FindHeldFiles, HasThoseOfEachTableOldestFirst) {
  ManualClock clock{TimePoint()};
  SeededRandom random{7};
  const auto ledger = ledger::NewMemoryLedger(clock, random);
  for (const char* key : {"z", "a"}) {
    const FileRef file = Lacking(key, {}).file;
    const auto claims = ledger->TryClaim({&file, 1}, {});
    ledger::LoadResult result;
    result.schema_change = SchemaChangeText(
        std::vector<SchemaChange>{{.table = "bronze.t",
                                   .route = "src",
                                   .demand = {.columns = {Column(2, key, TypeKind::kInt)}}}});
    ASSERT_TRUE(ledger->SetAside(std::get<ledger::Claim>(claims->front()), ledger::State::kHeld,
                                 result, "the table would change"));
    clock.Advance(Milliseconds(10));
  }
  const auto held = FindHeldFiles(*ledger);
  ASSERT_TRUE(held) << held.error().message;
  ASSERT_EQ(held->size(), 1U);
  const auto& files = held->at("bronze.t");
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].file.uri.key, "z");
  EXPECT_LT(files[0].since, files[1].since);
}

TEST(FindHeldFiles, KeepsFilesOfOneClaimInTheOrderOfTheirUris) {
  ManualClock clock{TimePoint()};
  SeededRandom random{7};
  const auto ledger = ledger::NewMemoryLedger(clock, random);
  const std::vector<FileRef> files = {Lacking("a", {}).file, Lacking("b", {}).file};
  const auto claims = ledger->TryClaim(files, {});
  ledger::LoadResult result;
  result.schema_change = SchemaChangeText(
      std::vector<SchemaChange>{{.table = "bronze.t", .route = "src", .demand = {}}});
  for (const ledger::ClaimOutcome& claim : *claims) {
    ASSERT_TRUE(ledger->SetAside(std::get<ledger::Claim>(claim), ledger::State::kHeld, result, ""));
  }
  const auto held = FindHeldFiles(*ledger);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->at("bronze.t").front().file.uri.key, "a");
}

}  // namespace
}  // namespace eider::pipeline
