// Ways out of the sandbox, each refused: by the kind of statement, by the function, or by the file
// system that holds no grant for it.
#include <string>
#include <thread>
#include <vector>

#include "eider/engine/engine_fixture.h"

namespace eider::engine {
namespace {

class Sandbox : public EngineFixture {
 protected:
  void SetUp() override {
    EngineFixture::SetUp();
    input_ = MakeParquet("SELECT 1 AS x", "data.parquet");
    MakeParquet("SELECT 'secret' AS x", "other.parquet");
    MakeFile("secret\n", "other.csv");
    std::filesystem::copy(root_ / "in/other.parquet", root_ / "other/other.parquet");
    std::filesystem::create_directories(root_ / "lake/t/data");
    std::filesystem::copy(root_ / "in/other.parquet", root_ / "lake/t/data/old.parquet");
  }

  // The error of running `sql`, which names its input beside whatever else it tries.
  Result<std::vector<iceberg::DataFile>> Try(const std::string& sql) {
    const iceberg::Schema schema{.fields = {Column(1, "x", Of(iceberg::TypeKind::kString))}};
    return Run(input_, schema, sql);
  }

  FileRef input_;
};

TEST_F(Sandbox, RefusesEveryWayToReadOtherFiles) {
  const std::string temp = (root_ / "tmp").string();
  const std::string local = (root_ / "in/other.parquet").string();
  const std::vector<std::string> sources = {
      "read_text('/etc/passwd')",
      "read_blob('/etc/passwd')",
      "read_text('file:///etc/passwd')",
      "read_text('file:/etc/passwd')",
      "read_text('/proc/self/environ')",
      "read_text('../../../etc/passwd')",
      "read_csv('/etc/passwd')",
      "read_csv('file:///etc/passwd', header = false)",
      "sniff_csv('/etc/passwd')",
      "read_json('/etc/passwd')",
      "read_json('https://example.com/x.json')",
      "read_parquet('http://example.com/x.parquet')",
      "read_parquet('hf://datasets/x/y.parquet')",
      "read_parquet('gcs://in/other.parquet')",
      "read_parquet('s3a://in/other.parquet')",
      "read_parquet('s3://in/other.parquet')",
      "read_parquet('s3://other/other.parquet')",
      "read_parquet('s3://in/*.parquet')",
      "read_parquet('s3://in/**')",
      "read_parquet(['{s3_input_path}', 's3://in/other.parquet'])",
      "read_parquet('{s3_input_path}/../other.parquet')",
      "read_parquet('file://" + local + "')",
      "read_parquet('" + local + "')",
      "read_parquet('s3://lake/t/data/old.parquet')",
      "read_parquet('s3://lake/t/data/*')",
      "read_parquet('s3://lake/t/data/run-0.parquet')",
      "read_text('" + temp + "/*')",
      "read_text('" + temp + "/*/*')",
      "parquet_metadata('s3://in/other.parquet')",
      "parquet_schema('" + local + "')",
      "parquet_kv_metadata('s3://in/other.parquet')",
      "parquet_file_metadata('s3://in/other.parquet')",
      "parquet_bloom_probe('s3://in/other.parquet', 'x', 1)",
      "read_csv('s3://in/other.csv')",
      "'/etc/passwd'",
      "'s3://in/other.parquet'",
      "'s3://in/other.csv'",
      "'/etc/hosts.csv'",
      "glob('/etc/*')",
      "glob('s3://in/*')",
      "glob('" + temp + "/*')",
      "read_duckdb('/tmp/x.db')",
  };
  for (const std::string& source : sources) {
    EXPECT_THAT(
        Try("SELECT count(*)::VARCHAR AS x FROM " + source + " t, (FROM '{s3_input_path}') u"),
        FailsWith(Code::kInvalid, ""))
        << source;
  }
  EXPECT_THAT(FilesInLake(), testing::ElementsAre("old.parquet"));
}

TEST_F(Sandbox, RefusesEveryWayOutOfDeclaredInputs) {
  MakeParquet("SELECT 'open' AS x", "dim/open.parquet");
  const iceberg::Schema schema{.fields = {Column(1, "x", Of(iceberg::TypeKind::kString))}};
  const WriteTarget target{.table_name = "t",
                           .schema = schema,
                           .data_location = {"s3", "lake", "t/data"},
                           .file_prefix = "run"};
  Query query{.sql = "SELECT u.x FROM 's3://in/dim/open.parquet' u, '{s3_input_path}'",
              .input = input_,
              .inputs = {{"s3", "in", "dim/"}, {"s3", "in", "one.parquet"}},
              .tables = {{{{"bronze"}, "declared"}, schema, {}}}};
  ASSERT_TRUE(engine_->Run(query, target, {}).has_value());
  for (const std::string source : {
           "read_parquet('s3://in/other.parquet')",
           "read_parquet('s3://in/dim/../other.parquet')",
           "read_parquet('s3://in/dim/x/../../other.parquet')",
           "read_parquet('s3://in/dim/./open.parquet')",
           "read_parquet('s3://in/*.parquet')",
           "read_parquet('s3://in/d*/open.parquet')",
           "read_parquet('s3://in/dim/**/../*.parquet')",
           "read_parquet('s3://in/one.parquet/../other.parquet')",
           "read_parquet('s3://in/on[e].parquet')",
           "read_parquet(['s3://in/dim/open.parquet', 's3://in/other.parquet'])",
           "read_parquet('s3://in/dim')",
           "read_text('s3://other/*')",
           "read_text('/etc/*')",
           "read_text('file:///etc/passwd')",
           "glob('s3://in/dim/*')",
           "bronze.undeclared",
           "silver.declared",
           "information_schema.tables",
           "pg_catalog.pg_tables",
           "system.information_schema.schemata",
       }) {
    query.sql = "SELECT count(*)::VARCHAR AS x FROM " + source + " t, (FROM '{s3_input_path}') u";
    EXPECT_THAT(engine_->Run(query, target, {}), FailsWith(Code::kInvalid, "")) << source;
  }
}

TEST_F(Sandbox, RefusesEveryOtherStatement) {
  const std::string read = " FROM '{s3_input_path}'";
  const std::vector<std::string> statements = {
      "ATTACH '/tmp/x.db' AS x",
      "ATTACH '{s3_input_path}' AS x",
      "DETACH memory",
      "USE memory",
      "COPY (SELECT 1" + read + ") TO '/tmp/x.parquet'",
      "COPY (SELECT 1" + read + ") TO 's3://lake/t/data/x.parquet'",
      "CREATE TABLE t AS SELECT *" + read,
      "CREATE TEMP TABLE t AS SELECT *" + read,
      "CREATE VIEW t AS SELECT *" + read,
      "CREATE SECRET s (TYPE s3, KEY_ID '{s3_input_path}')",
      "DROP SECRET s",
      "CREATE MACRO m() AS '{s3_input_path}'",
      "INSERT INTO t SELECT *" + read,
      "UPDATE t SET x = '{s3_input_path}'",
      "DELETE FROM t WHERE x = '{s3_input_path}'",
      "EXPORT DATABASE '/tmp/x'",
      "IMPORT DATABASE '/tmp/x'",
      "LOAD '/tmp/x.duckdb_extension'",
      "LOAD icu",
      "INSTALL httpfs",
      "SET memory_limit = '1TB'",
      "SET VARIABLE v = '{s3_input_path}'",
      "RESET memory_limit",
      "PRAGMA database_list",
      "PRAGMA enable_profiling",
      "CALL enable_logging()",
      "CALL pragma_version()",
      "EXPLAIN SELECT *" + read,
      "EXPLAIN ANALYZE SELECT *" + read,
      "DESCRIBE SELECT *" + read,
      "SUMMARIZE SELECT *" + read,
      "SHOW TABLES",
      "SELECT * FROM (DESCRIBE SELECT *" + read + ")",
      "PREPARE p AS SELECT *" + read,
      "EXECUTE p",
      "BEGIN TRANSACTION",
      "CHECKPOINT",
      "VACUUM",
      "SELECT 1" + read + "; SELECT 2" + read,
      "SELECT 1" + read + "; DROP TABLE t",
      "",
      ";",
      "-- nothing",
      "PIVOT (SELECT 'k' AS k" + read + ") ON k USING count(*)",
      "SELECT ?" + read,
      "SELECT $name" + read,
      "SELEC 1" + read,
      "WITH d AS (DELETE FROM t RETURNING *) SELECT *" + read,
  };
  for (const std::string& statement : statements) {
    EXPECT_THAT(engine_->Check(statement), FailsWith(Code::kInvalid, "route SQL")) << statement;
    EXPECT_FALSE(Try(statement).has_value()) << statement;
  }
}

TEST_F(Sandbox, RefusesFunctionsThatReachBeyondTheQuery) {
  const std::vector<std::string> calls = {
      "SELECT * FROM query('SELECT 1') t, (FROM '{s3_input_path}') u",
      "SELECT * FROM QUERY('SELECT 1') t, (FROM '{s3_input_path}') u",
      "SELECT * FROM system.main.query('SELECT 1') t, (FROM '{s3_input_path}') u",
      "SELECT * FROM query_table('s3://in/other.parquet') t, (FROM '{s3_input_path}') u",
      "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1')) t, "
      "(FROM '{s3_input_path}') u",
      "SELECT * FROM enable_logging() t, (FROM '{s3_input_path}') u",
      "SELECT * FROM enable_profiling() t, (FROM '{s3_input_path}') u",
      "SELECT * FROM duckdb_secrets() t, (FROM '{s3_input_path}') u",
      "SELECT * FROM which_secret('s3://in/x', 's3') t, (FROM '{s3_input_path}') u",
      "SELECT * FROM duckdb_settings() t, (FROM '{s3_input_path}') u",
      "SELECT * FROM duckdb_temporary_files() t, (FROM '{s3_input_path}') u",
      "SELECT * FROM duckdb_logs() t, (FROM '{s3_input_path}') u",
      "SELECT * FROM checkpoint() t, (FROM '{s3_input_path}') u",
      "SELECT * FROM arrow_scan(1, 2, 3) t, (FROM '{s3_input_path}') u",
      "SELECT * FROM seq_scan('x') t, (FROM '{s3_input_path}') u",
      "SELECT * FROM pragma_user_agent() t, (FROM '{s3_input_path}') u",
      "SELECT getenv('HOME') FROM '{s3_input_path}'",
      "SELECT current_setting('temp_directory') FROM '{s3_input_path}'",
      "SELECT main.current_setting('temp_directory') FROM '{s3_input_path}'",
      "SELECT list_transform([1], lambda e: write_log('x')) FROM '{s3_input_path}'",
      "SELECT (SELECT getenv('HOME')) FROM '{s3_input_path}'",
      "SELECT 1 FROM '{s3_input_path}' ORDER BY getenv('HOME')",
      "SELECT 1 FROM '{s3_input_path}' LIMIT length(getenv('HOME'))",
      "SELECT count(*) FILTER (getenv('HOME') = '') FROM '{s3_input_path}'",
  };
  for (const std::string& call : calls) {
    EXPECT_THAT(engine_->Check(call), FailsWith(Code::kInvalid, "not for routes")) << call;
  }
}

TEST_F(Sandbox, LocksWhatAWayAroundTheParserWouldReach) {
  // The statement check is the first wall; this looks at the second, the instance itself.
  EXPECT_THAT(Try("SELECT x::VARCHAR AS x FROM '{s3_input_path}', duckdb_settings"),
              FailsWith(Code::kInvalid, ""));
  EXPECT_THAT(Try("SELECT m.x::VARCHAR AS x FROM '{s3_input_path}' m, memory.main.other"),
              FailsWith(Code::kInvalid, ""));
}

TEST_F(Sandbox, SpillsIntoAPrivateDirectoryThatGoesAway) {
  std::vector<std::filesystem::path> entries;
  for (const auto& entry : std::filesystem::directory_iterator(root_ / "tmp")) {
    entries.push_back(entry.path());
  }
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(std::filesystem::status(entries[0]).permissions(), std::filesystem::perms::owner_all);
  for (const auto& entry : std::filesystem::directory_iterator(entries[0])) {
    EXPECT_EQ(entry.path().filename(), "owner.lock");
  }
  engine_.reset();
  EXPECT_FALSE(std::filesystem::exists(entries[0]));
}

TEST_F(Sandbox, KeepsTheGrantsOfConcurrentQueriesApart) {
  const FileRef other = Ref({"s3", "in", "other.parquet"});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 20; ++round) {
        const FileRef& own = i % 2 == 0 ? input_ : other;
        const FileRef& foreign = i % 2 == 0 ? other : input_;
        EXPECT_TRUE(engine_->Describe({kReadAll, own}).has_value());
        const std::string steal =
            "SELECT u.x FROM '" + foreign.uri.ToString() + "' u, (FROM '{s3_input_path}') v";
        EXPECT_THAT(engine_->Describe({steal, own}), FailsWith(Code::kInvalid, "may read only"));
      }
    });
  }
}

}  // namespace
}  // namespace eider::engine
