// Changes applied to metadata: what holds, what conflicts, what cannot be.
#include "eider/iceberg/table_change.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace eider::iceberg {
namespace {

constexpr std::int64_t kCreatedMs = 1700000000000;
constexpr const char* kUuid = "9c12d441-03fe-4693-9a96-a0705ddf69c1";

TableMetadata EmptyTable() {
  NewTable table;
  table.schema.fields = {{1, "id", true, Type{.kind = TypeKind::kLong}}};
  table.location = "s3://lake/bronze/orders";
  table.table_uuid = kUuid;
  table.created_ms = kCreatedMs;
  return *MakeTableMetadata(table);
}

Snapshot NewSnapshot(const TableMetadata& base, std::int64_t id, std::int64_t now_ms) {
  Snapshot snapshot;
  snapshot.snapshot_id = id;
  snapshot.parent_snapshot_id = base.current_snapshot_id;
  snapshot.sequence_number = base.last_sequence_number + 1;
  snapshot.timestamp_ms = now_ms;
  snapshot.manifest_list = "s3://lake/bronze/orders/metadata/snap-" + std::to_string(id) + ".avro";
  snapshot.operation = "append";
  snapshot.schema_id = 0;
  return snapshot;
}

TableChange AppendOf(const TableMetadata& base, Snapshot snapshot) {
  TableChange change;
  change.requirements = {AssertTableUuid{kUuid},
                         AssertRefSnapshotId{"main", base.current_snapshot_id}};
  const std::int64_t id = snapshot.snapshot_id;
  change.updates = {AddSnapshot{std::move(snapshot)}, MoveBranch(base, "main", id)};
  return change;
}

// Appends snapshot `id` at `now_ms`; the metadata file before it is "v<sequence number>".
TableMetadata Append(const TableMetadata& base, std::int64_t id, std::int64_t now_ms) {
  const ChangeContext context{"v" + std::to_string(base.last_sequence_number), now_ms};
  Result<TableMetadata> next =
      ApplyChange(base, AppendOf(base, NewSnapshot(base, id, now_ms)), context);
  EXPECT_TRUE(next.has_value()) << (next ? "" : next.error().message);
  return next ? *std::move(next) : base;
}

Error Refusal(const TableMetadata& base, const TableChange& change) {
  const Result<TableMetadata> next = ApplyChange(base, change, {"v0", kCreatedMs});
  return next ? Error{Code::kInternal, "accepted"} : next.error();
}

TEST(ApplyChange, AddsTheFirstSnapshot) {
  const TableMetadata base = EmptyTable();
  const TableMetadata next = Append(base, 11, kCreatedMs + 5);
  ASSERT_NE(next.CurrentSnapshot(), nullptr);
  EXPECT_EQ(next.CurrentSnapshot()->snapshot_id, 11);
  EXPECT_EQ(next.last_sequence_number, 1);
  EXPECT_EQ(next.last_updated_ms, kCreatedMs + 5);
  EXPECT_EQ(next.refs.at("main"), (SnapshotRef{.snapshot_id = 11, .type = "branch"}));
  EXPECT_EQ(next.snapshot_log, (std::vector<SnapshotLogEntry>{{kCreatedMs + 5, 11}}));
  EXPECT_EQ(next.metadata_log, (std::vector<MetadataLogEntry>{{kCreatedMs, "v0"}}));
  EXPECT_EQ(base, EmptyTable());
}

TEST(ApplyChange, TimeNeverGoesBack) {
  const TableMetadata first = Append(EmptyTable(), 11, kCreatedMs + 100);
  const TableMetadata second = Append(first, 12, kCreatedMs - 100);
  EXPECT_EQ(second.last_updated_ms, kCreatedMs + 100);
  EXPECT_EQ(second.CurrentSnapshot()->timestamp_ms, kCreatedMs + 100);
  EXPECT_EQ(second.snapshot_log.back().timestamp_ms, kCreatedMs + 100);

  TableMetadata skewed = first;  // another writer's clock was ahead when it logged
  skewed.snapshot_log.back().timestamp_ms = kCreatedMs + 500;
  EXPECT_EQ(Append(skewed, 12, kCreatedMs).last_updated_ms, kCreatedMs + 500);
}

TEST(ApplyChange, TrimsTheMetadataLog) {
  TableMetadata table = EmptyTable();
  table.properties["write.metadata.previous-versions-max"] = "2";
  const TableMetadata one = Append(table, 11, kCreatedMs);
  const TableMetadata two = Append(one, 12, kCreatedMs + 1);
  const TableMetadata three = Append(two, 13, kCreatedMs + 2);
  EXPECT_EQ(three.metadata_log,
            (std::vector<MetadataLogEntry>{{kCreatedMs, "v1"}, {kCreatedMs + 1, "v2"}}));
  EXPECT_EQ(ExpiredMetadataFiles(two, three), std::vector<std::string>{"v0"});
  EXPECT_TRUE(ExpiredMetadataFiles(one, two).empty());

  table.properties["write.metadata.previous-versions-max"] = "0";  // at least one stays
  EXPECT_EQ(Append(Append(table, 11, 0), 12, 0).metadata_log.size(), 1U);
  table.properties["write.metadata.previous-versions-max"] = "many";  // counts as absent: 100
  for (int id = 1; id <= 102; ++id) table = Append(table, id, kCreatedMs);
  EXPECT_EQ(table.metadata_log.size(), 100U);
  EXPECT_EQ(table.metadata_log.front().metadata_file, "v2");
}

TEST(ApplyChange, ConflictNamesBothValues) {
  const TableMetadata table = Append(EmptyTable(), 11, kCreatedMs);
  const Error moved = Refusal(table, {{AssertRefSnapshotId{"main", 7}}, {}});
  EXPECT_EQ(moved.code, Code::kConflict);
  EXPECT_EQ(moved.message,
            "branch or tag 'main' has moved on; expected snapshot 7, found snapshot 11");
  const Error first = Refusal(table, {{AssertRefSnapshotId{"main", {}}}, {}});
  EXPECT_EQ(first.message,
            "branch or tag 'main' has moved on; expected no snapshot, found snapshot 11");
  const Error gone = Refusal(EmptyTable(), {{AssertRefSnapshotId{"main", 7}}, {}});
  EXPECT_EQ(gone.message,
            "branch or tag 'main' has moved on; expected snapshot 7, found no snapshot");
  const Error other = Refusal(table, {{AssertTableUuid{"other"}}, {}});
  EXPECT_EQ(other.code, Code::kConflict);
  EXPECT_EQ(other.message, std::string("another table has taken this one's name; expected UUID "
                                       "other, found ") +
                               kUuid);
}

TEST(ApplyChange, UuidsAreComparedWithoutCase) {
  const TableChange change{{AssertTableUuid{"9C12D441-03FE-4693-9A96-A0705DDF69C1"}}, {}};
  EXPECT_TRUE(ApplyChange(EmptyTable(), change, {"v0", kCreatedMs}).has_value());
}

TEST(ApplyChange, RefusesSnapshotsThatCannotBe) {
  const TableMetadata table = Append(EmptyTable(), 11, kCreatedMs);
  const auto message = [&](auto change_snapshot) {
    Snapshot snapshot = NewSnapshot(table, 12, kCreatedMs);
    change_snapshot(snapshot);
    const Error error = Refusal(table, {{}, {AddSnapshot{snapshot}}});
    EXPECT_EQ(error.code, Code::kInvalid);
    return error.message;
  };
  EXPECT_EQ(message([](Snapshot& s) { s.snapshot_id = 11; }),
            "cannot add snapshot 11: the table has a snapshot of this id");
  EXPECT_EQ(message([](Snapshot& s) { s.sequence_number = 1; }),
            "cannot add snapshot 12: its sequence number 1 is not above the table's last 1");
  EXPECT_EQ(message([](Snapshot& s) { s.schema_id = 4; }),
            "cannot add snapshot 12: the table has no schema of its schema id 4");
  EXPECT_EQ(message([](Snapshot& s) { s.schema_id.reset(); }),
            "cannot add snapshot 12: it has no schema id");
  EXPECT_EQ(message([](Snapshot& s) { s.manifest_list.clear(); }),
            "cannot add snapshot 12: it has no manifest list");
  EXPECT_EQ(message([](Snapshot& s) { s.operation.clear(); }),
            "cannot add snapshot 12: its summary has no operation");
}

TEST(ApplyChange, VersionOneHasNoSequenceNumbers) {
  TableMetadata table = EmptyTable();
  table.format_version = 1;
  Snapshot snapshot = NewSnapshot(table, 11, kCreatedMs);
  EXPECT_EQ(Refusal(table, {{}, {AddSnapshot{snapshot}}}).message,
            "cannot add snapshot 11: format version 1 has no sequence numbers, it has 1");
  snapshot.sequence_number = 0;
  const Result<TableMetadata> next =
      ApplyChange(table, AppendOf(table, snapshot), {"v0", kCreatedMs});
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->last_sequence_number, 0);
}

TEST(ApplyChange, TheSnapshotLogIsOfMainOnly) {
  const TableMetadata table = Append(Append(EmptyTable(), 11, kCreatedMs), 12, kCreatedMs + 1);
  const TableChange tag{{}, {SetSnapshotRef{"first", {.snapshot_id = 11, .type = "tag"}}}};
  const Result<TableMetadata> tagged = ApplyChange(table, tag, {"v2", kCreatedMs + 2});
  ASSERT_TRUE(tagged.has_value());
  EXPECT_EQ(tagged->refs.at("first").snapshot_id, 11);
  EXPECT_EQ(tagged->current_snapshot_id, 12);
  EXPECT_EQ(tagged->snapshot_log, table.snapshot_log);

  const TableChange back{{}, {MoveBranch(table, "main", 11)}};
  const Result<TableMetadata> rolled_back = ApplyChange(table, back, {"v2", kCreatedMs + 2});
  ASSERT_TRUE(rolled_back.has_value());
  EXPECT_EQ(rolled_back->current_snapshot_id, 11);
  EXPECT_EQ(rolled_back->snapshot_log.back(), (SnapshotLogEntry{kCreatedMs + 2, 11}));
}

TEST(ApplyChange, RefusesRefsThatCannotBe) {
  const TableMetadata table = Append(EmptyTable(), 11, kCreatedMs);
  for (const SetSnapshotRef& update :
       {SetSnapshotRef{"main", {.snapshot_id = 99, .type = "branch"}},
        SetSnapshotRef{"main", {.snapshot_id = 11, .type = "tag"}},
        SetSnapshotRef{"dev", {.snapshot_id = 11, .type = "twig"}}}) {
    EXPECT_EQ(Refusal(table, {{}, {update}}).code, Code::kInvalid);
  }
}

TEST(ApplyChange, AnUpgradeGivesANewerVersionAndNeverAnOlder) {
  const TableMetadata table = Append(EmptyTable(), 11, kCreatedMs);
  const Result<TableMetadata> next =
      ApplyChange(table, {{}, {UpgradeFormatVersion{3}}}, {"v1", kCreatedMs});
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->format_version, 3);
  EXPECT_EQ(next->next_row_id, 0);
  EXPECT_EQ(next->snapshots, table.snapshots);
  EXPECT_EQ(Refusal(*next, {{}, {UpgradeFormatVersion{2}}}).code, Code::kInvalid);
  EXPECT_EQ(Refusal(*next, {{}, {UpgradeFormatVersion{4}}}).code, Code::kInvalid);
}

TEST(ApplyChange, SnapshotsOfVersion3TakeTheNextRowIds) {
  TableMetadata table = EmptyTable();
  table.format_version = 3;
  table.next_row_id = 1000;
  Snapshot snapshot = NewSnapshot(table, 11, kCreatedMs);
  EXPECT_EQ(Refusal(table, AppendOf(table, snapshot)).code, Code::kInvalid) << "without ids";
  snapshot.added_rows = 375;
  snapshot.first_row_id = 999;
  EXPECT_EQ(Refusal(table, AppendOf(table, snapshot)).code, Code::kInvalid) << "of other rows";
  snapshot.first_row_id = 1000;
  const auto next = ApplyChange(table, AppendOf(table, snapshot), {"v0", kCreatedMs});
  ASSERT_TRUE(next.has_value()) << next.error().message;
  EXPECT_EQ(next->next_row_id, 1375);
}

TEST(MoveBranch, KeepsTheRetentionSettings) {
  TableMetadata table = Append(EmptyTable(), 11, kCreatedMs);
  table.refs["main"].unknown = {{"min-snapshots-to-keep", 5}};
  const TableMetadata next = Append(table, 12, kCreatedMs);
  EXPECT_EQ(next.refs.at("main"), (SnapshotRef{12, "branch", {{"min-snapshots-to-keep", 5}}}));
}

}  // namespace
}  // namespace eider::iceberg
