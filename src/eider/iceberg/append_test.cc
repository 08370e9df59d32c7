// Appends over attempts, on tables in memory: what the lists and manifests then say.
#include "eider/iceberg/append.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "eider/iceberg/manifest_avro.h"
#include "eider/iceberg/manifest_files.h"
#include "eider/iceberg/testing/golden_manifests.h"
#include "eider/store/memory_store.h"

namespace eider::iceberg {
namespace {

constexpr std::int64_t kNowMs = 1'700'000'000'000;

// A table in a memory store that appends move forward.
class AppendTest : public testing::Test {
 protected:
  AppendTest() {
    NewTable table;
    table.schema.fields = {{.id = 1, .name = "a", .type = {.kind = TypeKind::kLong}}};
    table.location = "s3://lake/g/t";
    table.table_uuid = "f79c3e09-677c-4bbd-a479-3f349cb785e7";
    table.created_ms = kNowMs;
    table_ = MakeTableMetadata(table).value();
  }

  static DataFile File(const std::string& name, std::int64_t records = 1) {
    DataFile file;
    file.file_path = "s3://lake/g/t/data/" + name;
    file.record_count = records;
    file.file_size_in_bytes = 100;
    return file;
  }

  Append NewAppend(const std::string& name) {
    return {store_, random_, {.files = {File(name)}, .summary = {{"token", name}}}};
  }

  Snapshot Commit(const TableChange& change) {
    table_ = ApplyChange(table_, change, {.base_metadata_location = "x", .now_ms = kNowMs}).value();
    return *table_.CurrentSnapshot();
  }

  Snapshot AppendFile(const std::string& name) {
    Append append = NewAppend(name);
    return Commit(append.Prepare(table_, kNowMs).value());
  }

  std::vector<ManifestFile> Manifests() {
    return ReadManifestList(store_, *table_.CurrentSnapshot()).value();
  }

  std::vector<ManifestEntry> EntriesOf(const ManifestFile& manifest) {
    return ReadManifest(store_, manifest).value();
  }

  // Every live file of the table by name; a file that is there twice fails the test.
  std::set<std::string> LiveFiles() {
    std::set<std::string> names;
    for (const ManifestFile& manifest : Manifests()) {
      for (const ManifestEntry& entry : EntriesOf(manifest)) {
        const std::string& path = entry.data_file.file_path;
        EXPECT_TRUE(names.insert(path.substr(path.rfind('/') + 1)).second) << path;
      }
    }
    return names;
  }

  std::set<std::string> Objects() {
    std::set<std::string> uris;
    EXPECT_TRUE(store_.List({"s3", "lake", ""}, [&](const store::ObjectInfo& info) {
      uris.insert(info.uri.ToString());
      return true;
    }));
    return uris;
  }

  // Makes the given manifest file part of the table, as another writer would.
  void AddForeign(ManifestFile manifest, const std::string& bytes) {
    manifest.manifest_path =
        "s3://lake/g/t/metadata/foreign-" + std::to_string(table_.last_sequence_number) + ".avro";
    manifest.manifest_length = static_cast<std::int64_t>(bytes.size());
    ASSERT_TRUE(
        store_.Put(Uri::Parse(manifest.manifest_path).value(), bytes, store::PutMode::kReplace));
    auto manifests = Manifests();
    manifests.push_back(std::move(manifest));
    const auto list = EncodeManifestList(ManifestListHeader{}, manifests).value();
    ASSERT_TRUE(store_.Put(Uri::Parse(table_.CurrentSnapshot()->manifest_list).value(), list,
                           store::PutMode::kReplace));
  }

  store::MemoryStore store_;
  SeededRandom random_{7};
  TableMetadata table_;
};

TEST_F(AppendTest, FirstSnapshotIsWholeAndNamedAsJavaNamesIt) {
  Append append = NewAppend("a");
  EXPECT_GT(append.snapshot_id(), 0);
  const TableChange change = append.Prepare(table_, kNowMs + 5).value();
  ASSERT_EQ(change.requirements.size(), 2U);
  EXPECT_EQ(std::get<AssertTableUuid>(change.requirements[0]).uuid, table_.table_uuid);
  EXPECT_EQ(std::get<AssertRefSnapshotId>(change.requirements[1]).snapshot_id, std::nullopt);
  const Snapshot snapshot = Commit(change);
  EXPECT_EQ(snapshot.snapshot_id, append.snapshot_id());
  EXPECT_EQ(snapshot.sequence_number, 1);
  EXPECT_EQ(snapshot.operation, "append");
  EXPECT_EQ(snapshot.schema_id, table_.current_schema_id);
  EXPECT_EQ(snapshot.timestamp_ms, kNowMs + 5);
  EXPECT_EQ(snapshot.summary.at("token"), "a");
  EXPECT_TRUE(snapshot.manifest_list.starts_with("s3://lake/g/t/metadata/snap-" +
                                                 std::to_string(snapshot.snapshot_id) + "-1-"));

  const auto manifests = Manifests();
  ASSERT_EQ(manifests.size(), 1U);
  EXPECT_TRUE(manifests[0].manifest_path.ends_with("-m0.avro"));
  EXPECT_EQ(manifests[0].sequence_number, 1);
  EXPECT_EQ(manifests[0].min_sequence_number, 1);
  EXPECT_EQ(manifests[0].added_snapshot_id, snapshot.snapshot_id);
  EXPECT_EQ(manifests[0].added_files_count, 1);
  EXPECT_EQ(manifests[0].added_rows_count, 1);
  const auto bytes =
      store::ReadAll(store_, Uri::Parse(manifests[0].manifest_path).value(), 1 << 20).value();
  EXPECT_EQ(manifests[0].manifest_length, static_cast<std::int64_t>(bytes.size()));
  const auto written = DecodeManifest(bytes).value();
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written[0].status, EntryStatus::kAdded);
  EXPECT_FALSE(written[0].snapshot_id || written[0].sequence_number ||
               written[0].file_sequence_number);
  const auto read = EntriesOf(manifests[0]);
  EXPECT_EQ(read[0].snapshot_id, snapshot.snapshot_id);
  EXPECT_EQ(read[0].sequence_number, 1);
  EXPECT_EQ(read[0].file_sequence_number, 1);
}

TEST_F(AppendTest, ARetryReusesTheManifestAndSeesTheOthers) {
  Append append = NewAppend("mine");
  ASSERT_TRUE(append.Prepare(table_, kNowMs));
  const auto first_attempt = Objects();
  AppendFile("theirs");
  ASSERT_TRUE(append.DiscardAttempt());
  const Snapshot snapshot = Commit(append.Prepare(table_, kNowMs).value());
  EXPECT_EQ(snapshot.snapshot_id, append.snapshot_id());
  EXPECT_EQ(snapshot.sequence_number, 2);
  EXPECT_NE(snapshot.manifest_list.find("-2-"), std::string::npos);
  EXPECT_EQ(LiveFiles(), (std::set<std::string>{"mine", "theirs"}));
  const auto mine = Manifests().at(0);
  EXPECT_TRUE(first_attempt.contains(mine.manifest_path));
  EXPECT_EQ(EntriesOf(mine).at(0).sequence_number, 2);
  EXPECT_EQ(Objects().size(), 4U);  // two manifests, two lists: the first attempt's list is gone
}

TEST_F(AppendTest, AfterItHappenedItIsNotPreparedAgain) {
  Append append = NewAppend("a");
  Commit(append.Prepare(table_, kNowMs).value());
  EXPECT_EQ(append.Prepare(table_, kNowMs).error().code, Code::kAlreadyExists);
}

TEST_F(AppendTest, DiscardAllLeavesNothing) {
  Append append = NewAppend("a");
  ASSERT_TRUE(append.Prepare(table_, kNowMs));
  ASSERT_TRUE(append.Prepare(table_, kNowMs));
  EXPECT_EQ(Objects().size(), 3U);
  ASSERT_TRUE(append.DiscardAll());
  EXPECT_TRUE(Objects().empty());
}

TEST_F(AppendTest, MergesAtTheMinimumCount) {
  table_.properties["commit.manifest.min-count-to-merge"] = "3";
  const Snapshot first = AppendFile("a");
  const Snapshot second = AppendFile("b");
  EXPECT_EQ(Manifests().size(), 2U);
  Append append = NewAppend("c");
  const Snapshot third = Commit(append.Prepare(table_, kNowMs).value());
  const auto manifests = Manifests();
  ASSERT_EQ(manifests.size(), 1U);
  EXPECT_EQ(manifests[0].added_files_count, 1);
  EXPECT_EQ(manifests[0].existing_files_count, 2);
  EXPECT_EQ(manifests[0].sequence_number, 3);
  EXPECT_EQ(manifests[0].min_sequence_number, 1);
  EXPECT_EQ(manifests[0].added_snapshot_id, third.snapshot_id);
  const auto entries = EntriesOf(manifests[0]);
  EXPECT_EQ(entries[0].status, EntryStatus::kAdded);
  EXPECT_EQ(entries[0].sequence_number, 3);
  EXPECT_EQ(entries[1].status, EntryStatus::kExisting);
  EXPECT_EQ(entries[1].snapshot_id, second.snapshot_id);
  EXPECT_EQ(entries[1].file_sequence_number, 2);
  EXPECT_EQ(entries[2].snapshot_id, first.snapshot_id);
  EXPECT_EQ(entries[2].sequence_number, 1);
  EXPECT_EQ(LiveFiles(), (std::set<std::string>{"a", "b", "c"}));

  const auto before = Objects().size();
  ASSERT_TRUE(append.DiscardMerged());
  EXPECT_EQ(Objects().size(), before - 1);
  EXPECT_EQ(LiveFiles().size(), 3U);
}

TEST_F(AppendTest, AMergeOfALostAttemptIsRemoved) {
  table_.properties["commit.manifest.min-count-to-merge"] = "2";
  AppendFile("a");
  Append append = NewAppend("b");
  const auto before = Objects().size();
  ASSERT_TRUE(append.Prepare(table_, kNowMs));
  EXPECT_EQ(Objects().size(), before + 3);  // added, merged, list
  ASSERT_TRUE(append.DiscardAttempt());
  EXPECT_EQ(Objects().size(), before + 1);
  Commit(append.Prepare(table_, kNowMs).value());
  EXPECT_EQ(LiveFiles(), (std::set<std::string>{"a", "b"}));
}

TEST_F(AppendTest, WithoutMergingEveryManifestStays) {
  table_.properties = {{"commit.manifest-merge.enabled", "false"},
                       {"commit.manifest.min-count-to-merge", "2"}};
  for (const char* const name : {"a", "b", "c"}) AppendFile(name);
  EXPECT_EQ(Manifests().size(), 3U);
}

TEST_F(AppendTest, KeepsEveryFieldOfForeignFilesInAMerge) {
  AppendFile("a");
  ManifestFile foreign;
  foreign.added_snapshot_id = 77;
  foreign.sequence_number = 1;
  foreign.min_sequence_number = 1;
  foreign.added_files_count = 1;
  AddForeign(foreign, golden::Bytes("java_added.avro"));
  table_.properties["commit.manifest.min-count-to-merge"] = "2";
  AppendFile("b");
  const auto manifests = Manifests();
  ASSERT_EQ(manifests.size(), 1U);
  const DataFile kept = EntriesOf(manifests[0]).at(2).data_file;
  EXPECT_TRUE(kept == golden::Entries("java_added").at(0).data_file);
}

TEST_F(AppendTest, CarriesWhatItCannotWriteAgain) {
  AppendFile("a");
  ManifestFile partitioned;  // says it is of our spec, and is not
  partitioned.added_files_count = 2;
  partitioned.sequence_number = 1;
  AddForeign(partitioned, golden::Bytes("java_partitioned.avro"));
  ManifestFile other_spec = partitioned;
  other_spec.partition_spec_id = 9;
  other_spec.partitions = {FieldSummary{
      .contains_null = true, .contains_nan = {}, .lower_bound = "x", .upper_bound = {}}};
  ManifestFile deletes = partitioned;
  deletes.content = ManifestContent::kDeletes;
  deletes.key_metadata = "k";
  auto list = Manifests();
  other_spec.manifest_path = "s3://lake/other";
  deletes.manifest_path = "s3://lake/deletes";
  list.push_back(other_spec);
  list.push_back(deletes);
  ASSERT_TRUE(store_.Put(Uri::Parse(table_.CurrentSnapshot()->manifest_list).value(),
                         EncodeManifestList(ManifestListHeader{}, list).value(),
                         store::PutMode::kReplace));
  const ManifestFile foreign = list.at(1);

  table_.properties["commit.manifest.min-count-to-merge"] = "2";
  AppendFile("b");
  const auto manifests = Manifests();
  ASSERT_EQ(manifests.size(), 4U);
  EXPECT_EQ(manifests[0].existing_files_count, 1);
  EXPECT_TRUE(manifests[1] == foreign);
  EXPECT_TRUE(manifests[2] == other_spec);
  EXPECT_TRUE(manifests[3] == deletes);
}

TEST_F(AppendTest, DropsManifestsWithoutLiveEntries) {
  AppendFile("a");
  ManifestFile dead;
  dead.deleted_files_count = 1;
  AddForeign(dead, golden::Bytes("java_added.avro"));
  EXPECT_EQ(Manifests().size(), 2U);
  AppendFile("b");
  EXPECT_EQ(Manifests().size(), 2U);
  EXPECT_EQ(LiveFiles(), (std::set<std::string>{"a", "b"}));
}

TEST_F(AppendTest, CountsWhatAVersion1ListLeftOut) {
  AppendFile("a");
  ManifestFile old;
  old.added_files_count = old.existing_files_count = old.deleted_files_count = -1;
  old.added_rows_count = old.existing_rows_count = old.deleted_rows_count = -1;
  AddForeign(old, golden::Bytes("v1_manifest.avro"));
  AppendFile("b");
  const ManifestFile counted = Manifests().at(2);
  EXPECT_EQ(counted.added_files_count, 1);
  EXPECT_EQ(counted.added_rows_count, 3);
  EXPECT_EQ(counted.existing_files_count, 0);
  EXPECT_EQ(counted.min_sequence_number, 0);
  EXPECT_EQ(EntriesOf(counted).at(0).sequence_number, 0);
}

TEST_F(AppendTest, HonoursTheMetadataPathAndNeverGoesBackInTime) {
  table_.properties["write.metadata.path"] = "s3://lake/elsewhere/";
  Append append = NewAppend("a");
  const Snapshot snapshot = Commit(append.Prepare(table_, 5).value());
  EXPECT_TRUE(snapshot.manifest_list.starts_with("s3://lake/elsewhere/snap-"));
  EXPECT_EQ(snapshot.timestamp_ms, kNowMs);
}

TEST_F(AppendTest, RefusesWhatItDoesNotWrite) {
  const auto code_of = [&](const TableMetadata& table) {
    return NewAppend("a").Prepare(table, kNowMs).error().code;
  };
  TableMetadata partitioned = table_;  // and the file has no value for it
  partitioned.partition_specs[0].fields = {{1, 1000, "a", "identity"}};
  EXPECT_EQ(code_of(partitioned), Code::kInvalid);
  EXPECT_EQ(Append(store_, random_, {}).Prepare(table_, kNowMs).error().code, Code::kInvalid);
  Append twice(store_, random_, {.files = {File("a"), File("a")}, .summary = {}});
  EXPECT_EQ(twice.Prepare(table_, kNowMs).error().code, Code::kInvalid);
  EXPECT_TRUE(Objects().empty());
}

TEST_F(AppendTest, AListThatIsGoneIsNamed) {
  const Snapshot snapshot = AppendFile("a");
  ASSERT_TRUE(store_.Remove(Uri::Parse(snapshot.manifest_list).value()));
  const auto prepared = NewAppend("b").Prepare(table_, kNowMs);
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, Code::kNotFound);
  EXPECT_NE(prepared.error().message.find(snapshot.manifest_list), std::string::npos);
}

}  // namespace
}  // namespace eider::iceberg
