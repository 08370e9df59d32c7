// Pointers in the tables of other programs: both schema versions, views, locks.
#include "eider/catalog/sqlite_table_pointer.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"

namespace eider::catalog {
namespace {

using iceberg::TableName;
using testing::ElementsAre;
using testing::HasSubstr;

const TableName kOrders{{"bronze"}, "orders"};

// javap -constants org.apache.iceberg.jdbc.JdbcUtil (1.10.1), V0_CREATE_CATALOG_SQL: no
// iceberg_type.
constexpr const char* kJavaV0 =
    "CREATE TABLE iceberg_tables(catalog_name VARCHAR(255) NOT NULL,table_namespace VARCHAR(255)"
    " NOT NULL,table_name VARCHAR(255) NOT NULL,metadata_location VARCHAR(1000),"
    "previous_metadata_location VARCHAR(1000),PRIMARY KEY (catalog_name, table_namespace,"
    " table_name))";

// PyIceberg 0.12: SqlCatalog("lake", uri="sqlite:///x.db"); then sqlite3 x.db .schema
constexpr const char* kPyIceberg = R"(
CREATE TABLE iceberg_tables (
	catalog_name VARCHAR(255) NOT NULL,
	table_namespace VARCHAR(255) NOT NULL,
	table_name VARCHAR(255) NOT NULL,
	metadata_location VARCHAR(1000),
	previous_metadata_location VARCHAR(1000),
	iceberg_type VARCHAR(5),
	PRIMARY KEY (catalog_name, table_namespace, table_name)
);
CREATE TABLE iceberg_namespace_properties (
	catalog_name VARCHAR(255) NOT NULL,
	namespace VARCHAR(255) NOT NULL,
	property_key VARCHAR(255) NOT NULL,
	property_value VARCHAR(1000) NOT NULL,
	PRIMARY KEY (catalog_name, namespace, property_key)
);)";

class SqlTablePointerTest : public testing::Test {
 protected:
  SqlTablePointerTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-catalog-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ / "catalog.db";
  }

  ~SqlTablePointerTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<TablePointer> Open(const std::string& catalog_name = "lake") {
    auto pointer = OpenSqliteTablePointer({.path = path_,
                                           .catalog_name = catalog_name,
                                           .wait_max = Milliseconds(50),
                                           .commit_wait = Milliseconds(10)},
                                          clock_, random_);
    EXPECT_TRUE(pointer) << pointer.error().message;
    return pointer ? *std::move(pointer) : nullptr;
  }

  Error OpenFails(const std::string& path) {
    const auto pointer =
        OpenSqliteTablePointer({.path = path, .catalog_name = "lake"}, clock_, random_);
    EXPECT_FALSE(pointer);
    return pointer ? Error{} : pointer.error();
  }

  SQLite::Database Database() {
    return SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  }

  std::string Ask(const std::string& query) { return Database().execAndGet(query).getString(); }

  SystemClock clock_;
  SeededRandom random_{7};
  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(SqlTablePointerTest, CreatesFolderDatabaseAndRows) {
  path_ = folder_ / "a" / "b" / "catalog.db";
  ASSERT_TRUE(Open()->Create({{"raw", "eu"}, "t"}, "s3://wh/1.json", {}));
  EXPECT_EQ(Ask("SELECT catalog_name || '|' || table_namespace || '|' || table_name || '|' ||"
                " metadata_location || '|' || iceberg_type FROM iceberg_tables"
                " WHERE previous_metadata_location IS NULL"),
            "lake|raw.eu|t|s3://wh/1.json|TABLE");
  EXPECT_EQ(Ask("SELECT catalog_name || '|' || namespace || '|' || property_key || '|' ||"
                " property_value FROM iceberg_namespace_properties"),
            "lake|raw.eu|exists|true");
}

TEST_F(SqlTablePointerTest, NamespaceThatIsThereStaysAsItIs) {
  Database().exec(kPyIceberg);
  Database().exec("INSERT INTO iceberg_namespace_properties VALUES ('lake','bronze','owner','me')");
  auto pointer = Open();
  ASSERT_TRUE(pointer->Create(kOrders, "s3://wh/1.json", {}));
  ASSERT_TRUE(pointer->Create({{"bronze"}, "other"}, "s3://wh/2.json", {}));
  EXPECT_EQ(Ask("SELECT group_concat(property_key) FROM iceberg_namespace_properties"), "owner");
}

TEST_F(SqlTablePointerTest, SwapKeepsThePreviousLocation) {
  auto pointer = Open();
  ASSERT_TRUE(pointer->Create(kOrders, "s3://wh/1.json", {}));
  ASSERT_TRUE(pointer->Swap({kOrders, "s3://wh/1.json", "s3://wh/2.json"}));
  EXPECT_EQ(Ask("SELECT metadata_location || ' ' || previous_metadata_location"
                " FROM iceberg_tables"),
            "s3://wh/2.json s3://wh/1.json");
}

TEST_F(SqlTablePointerTest, ConflictNamesBothLocations) {
  auto pointer = Open();
  ASSERT_TRUE(pointer->Create(kOrders, "s3://wh/1.json", {}));
  const auto lost = pointer->Swap({kOrders, "s3://wh/0.json", "s3://wh/2.json"});
  EXPECT_EQ(lost.error().code, Code::kConflict);
  EXPECT_THAT(lost.error().message, HasSubstr("s3://wh/0.json"));
  EXPECT_THAT(lost.error().message, HasSubstr("s3://wh/1.json"));
  EXPECT_EQ(pointer->Swap({{{"bronze"}, "x"}, "a", "b"}).error().code, Code::kNotFound);
}

TEST_F(SqlTablePointerTest, UsesSchemaVersion0) {
  Database().exec(kJavaV0);
  auto pointer = Open();
  ASSERT_TRUE(pointer->Create(kOrders, "s3://wh/1.json", {}));
  ASSERT_TRUE(pointer->Swap({kOrders, "s3://wh/1.json", "s3://wh/2.json"}));
  EXPECT_EQ(*pointer->Read(kOrders), "s3://wh/2.json");
  EXPECT_THAT(*pointer->List(), ElementsAre(kOrders));
  EXPECT_EQ(Ask("SELECT count(*) FROM pragma_table_info('iceberg_tables')"), "5");
}

// Java migrates with jdbc.schema-version=V1, PyIceberg with schema_version=v1.
TEST_F(SqlTablePointerTest, SurvivesTheMigrationByAnotherProgram) {
  Database().exec(kJavaV0);
  auto pointer = Open();
  ASSERT_TRUE(pointer->Create(kOrders, "s3://wh/1.json", {}));
  Database().exec("ALTER TABLE iceberg_tables ADD COLUMN iceberg_type VARCHAR(5)");
  EXPECT_EQ(*pointer->Read(kOrders), "s3://wh/1.json");  // its type is null
  ASSERT_TRUE(pointer->Create({{"bronze"}, "new"}, "s3://wh/3.json", {}));
  EXPECT_EQ(Ask("SELECT iceberg_type FROM iceberg_tables WHERE table_name = 'new'"), "TABLE");
  Database().exec("INSERT INTO iceberg_tables VALUES ('lake','bronze','v','s3://v',NULL,'VIEW')");
  EXPECT_EQ(pointer->Read({{"bronze"}, "v"}).error().code, Code::kUnsupported);
}

TEST_F(SqlTablePointerTest, RefusesViews) {
  Database().exec(kPyIceberg);
  Database().exec("INSERT INTO iceberg_tables VALUES ('lake','bronze','v','s3://v',NULL,'VIEW')");
  auto pointer = Open();
  const auto view = pointer->Read({{"bronze"}, "v"});
  EXPECT_EQ(view.error().code, Code::kUnsupported);
  EXPECT_THAT(view.error().message, HasSubstr("bronze.v is a view"));
  EXPECT_EQ(pointer->Create({{"bronze"}, "v"}, "s3://x", {}).error().code, Code::kAlreadyExists);
  EXPECT_TRUE(pointer->List()->empty());
}

TEST_F(SqlTablePointerTest, CatalogsOfOneDatabaseAreApart) {
  ASSERT_TRUE(Open("lake")->Create(kOrders, "s3://wh/1.json", {}));
  EXPECT_EQ(Open("pond")->Read(kOrders).error().code, Code::kNotFound);
  ASSERT_TRUE(Open("pond")->Create(kOrders, "s3://wh/2.json", {}));
  EXPECT_EQ(*Open("lake")->Read(kOrders), "s3://wh/1.json");
  EXPECT_EQ(Open("lake")->List()->size(), 1U);
}

TEST_F(SqlTablePointerTest, RowWithoutMetadataIsCorrupt) {
  Database().exec(kPyIceberg);
  Database().exec("INSERT INTO iceberg_tables VALUES ('lake','bronze','orders',NULL,NULL,'TABLE')");
  EXPECT_EQ(Open()->Read(kOrders).error().code, Code::kCorrupt);
}

TEST_F(SqlTablePointerTest, LockedDatabaseIsUnavailable) {
  Database().exec(kPyIceberg);
  auto pointer = Open();
  ASSERT_TRUE(pointer->Create(kOrders, "s3://wh/1.json", {}));
  SQLite::Database other = Database();
  other.exec("BEGIN EXCLUSIVE");
  EXPECT_EQ(pointer->Read(kOrders).error().code, Code::kUnavailable);
  const auto swapped = pointer->Swap({kOrders, "s3://wh/1.json", "s3://wh/2.json"});
  EXPECT_EQ(swapped.error().code, Code::kUnavailable);
  EXPECT_THAT(swapped.error().message, HasSubstr(path_));
}

// A reader lets the transaction begin and keeps it from committing: then it surely did not happen.
TEST_F(SqlTablePointerTest, CommitBlockedByAReaderIsUndone) {
  Database().exec(kPyIceberg);
  auto pointer = Open();
  ASSERT_TRUE(pointer->Create(kOrders, "s3://wh/1.json", {}));
  SQLite::Database other = Database();
  {
    SQLite::Statement reader(other, "SELECT * FROM iceberg_tables");
    ASSERT_TRUE(reader.executeStep());
    const auto swapped = pointer->Swap({kOrders, "s3://wh/1.json", "s3://wh/2.json"});
    EXPECT_EQ(swapped.error().code, Code::kUnavailable);
    EXPECT_THAT(swapped.error().message, HasSubstr("catalog " + path_ + " is being read"));
  }
  EXPECT_EQ(*pointer->Read(kOrders), "s3://wh/1.json");
  EXPECT_TRUE(pointer->Swap({kOrders, "s3://wh/1.json", "s3://wh/2.json"}));
}

TEST_F(SqlTablePointerTest, NewCatalogHasAWriteAheadLog) {
  auto pointer = Open();
  EXPECT_EQ(Ask("PRAGMA journal_mode"), "wal");
  ASSERT_TRUE(pointer->Create(kOrders, "s3://wh/1.json", {}));
  SQLite::Database other = Database();
  SQLite::Statement reader(other, "SELECT * FROM iceberg_tables");
  ASSERT_TRUE(reader.executeStep());
  EXPECT_TRUE(pointer->Swap({kOrders, "s3://wh/1.json", "s3://wh/2.json"}));
}

TEST_F(SqlTablePointerTest, DatabaseOfAnotherProgramKeepsItsJournal) {
  for (const char* theirs : {kPyIceberg, kJavaV0, "CREATE TABLE orders (id)"}) {
    std::filesystem::remove(path_);
    Database().exec(theirs);
    ASSERT_TRUE(Open()->Create(kOrders, "s3://wh/1.json", {}));
    EXPECT_EQ(Ask("PRAGMA journal_mode"), "delete") << theirs;
  }
}

TEST_F(SqlTablePointerTest, CatalogThatMayOnlyBeReadIsRead) {
  Database().exec(kPyIceberg);
  ASSERT_TRUE(Open()->Create(kOrders, "s3://wh/1.json", {}));
  ::chmod(path_.c_str(), 0444);
  ::chmod(folder_.c_str(), 0555);
  const bool root = ::geteuid() == 0;
  constexpr uid_t kNobody = 65'534;
  if (root) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  {
    auto pointer = Open();
    EXPECT_EQ(*pointer->Read(kOrders), "s3://wh/1.json");
    const auto swapped = pointer->Swap({kOrders, "s3://wh/1.json", "s3://wh/2.json"});
    EXPECT_EQ(swapped.error().code, Code::kDenied);
  }
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ::chmod(folder_.c_str(), 0755);
}

TEST_F(SqlTablePointerTest, RefusesAFileThatIsNoDatabase) {
  std::ofstream(path_) << std::string(5'000, 'x');
  const Error error = OpenFails(path_);
  EXPECT_EQ(error.code, Code::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr(path_));
}

// Seen: a FIFO was "disk I/O error".
TEST_F(SqlTablePointerTest, WhatIsNoFileIsNamed) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(OpenFails(path_).message, "cannot use the catalog: is a FIFO, not a file: " + path_);
  EXPECT_EQ(OpenFails(folder_).code, Code::kInvalid);
}

TEST_F(SqlTablePointerTest, NamesAreDataNotSql) {
  auto pointer = Open("la'ke");
  const TableName odd{{"a'; DROP TABLE iceberg_tables; --"}, "t\"%_"};
  ASSERT_TRUE(pointer->Create(odd, "s3://wh/it's.json", {}));
  EXPECT_EQ(*pointer->Read(odd), "s3://wh/it's.json");
  EXPECT_THAT(*pointer->List(), ElementsAre(odd));
}

}  // namespace
}  // namespace eider::catalog
