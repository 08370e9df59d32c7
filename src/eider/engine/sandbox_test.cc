// Ways out of the sandbox, each refused: by the kind of statement, by the function, or by the file
// system that holds no grant for it.
#include "eider/engine/sandbox.h"

#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/statement/select_statement.hpp>

#include "eider/engine/query_session.h"
#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

class SandboxTest : public EngineFixture {
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

TEST_F(SandboxTest, RefusesEveryWayToReadOtherFiles) {
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

TEST_F(SandboxTest, RefusesEveryWayOutOfDeclaredInputs) {
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
  ASSERT_TRUE(FilesOf(query, target, {}).has_value());
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
    EXPECT_THAT(FilesOf(query, target, {}), FailsWith(Code::kInvalid, "")) << source;
  }
}

TEST_F(SandboxTest, RefusesEveryOtherStatement) {
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

TEST_F(SandboxTest, RefusesFunctionsThatReachBeyondTheQuery) {
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

TEST_F(SandboxTest, RefusesFunctionsThatTakeSqlOrNamesAsTextWhereverTheyStand) {
  const std::vector<std::string> calls = {
      "SELECT * FROM histogram('pg_catalog.pg_settings', name) t, (FROM '{s3_input_path}') u",
      "SELECT * FROM histogram_values('duckdb_logs', message) t, (FROM '{s3_input_path}') u",
      "SELECT * FROM system.main.Histogram('sqlite_master', sql) t, (FROM '{s3_input_path}') u",
      "SELECT * FROM summary((FROM '{s3_input_path}'))",
      "SELECT * FROM sql_auto_complete('SEL') t, (FROM '{s3_input_path}') u",
      "SELECT json_serialize_plan('FROM pg_settings') FROM '{s3_input_path}'",
      "SELECT JSON_Serialize_Plan('FROM pg_settings') FROM '{s3_input_path}'",
      "SELECT system.main.json_serialize_plan('SELECT 1') FROM '{s3_input_path}'",
      "SELECT x.json_serialize_plan() FROM (SELECT 'SELECT 1' AS x FROM '{s3_input_path}')",
      "SELECT ('SELECT 1').json_serialize_sql() FROM '{s3_input_path}'",
      "SELECT json_deserialize_sql(x) FROM '{s3_input_path}'",
      "SELECT {a: json_serialize_plan('SELECT 1')} FROM '{s3_input_path}'",
      "SELECT MAP {'a': json_serialize_plan('SELECT 1')} FROM '{s3_input_path}'",
      "SELECT 1 FROM '{s3_input_path}' QUALIFY json_serialize_plan('SELECT 1') = ''",
      "SELECT 1 FROM '{s3_input_path}' GROUP BY json_serialize_plan('SELECT 1')",
      "SELECT 1 FROM '{s3_input_path}' HAVING json_serialize_plan('SELECT 1') = ''",
      "SELECT max(json_serialize_plan('SELECT 1')) OVER () FROM '{s3_input_path}'",
      "SELECT max(x) OVER (ORDER BY json_serialize_plan('SELECT 1')) FROM '{s3_input_path}'",
      "SELECT max(x) OVER (PARTITION BY json_serialize_plan('SELECT 1')) FROM '{s3_input_path}'",
      "SELECT max(x) OVER w FROM '{s3_input_path}' "
      "WINDOW w AS (ORDER BY json_serialize_plan('SELECT 1'))",
      "SELECT max(x) OVER (ROWS getenv('HOME')::INT PRECEDING) FROM '{s3_input_path}'",
      "SELECT string_agg(x, ',' ORDER BY getenv('HOME')) FROM '{s3_input_path}'",
      "SELECT DISTINCT ON (getenv('HOME')) x FROM '{s3_input_path}'",
      "SELECT * REPLACE (getenv('HOME') AS x) FROM '{s3_input_path}'",
      "SELECT COLUMNS(c -> c = getenv('HOME')) FROM '{s3_input_path}'",
      "SELECT 1 FROM '{s3_input_path}' LIMIT (SELECT length(getenv('HOME')))",
      "SELECT 1 FROM '{s3_input_path}' LIMIT 1 OFFSET length(getenv('HOME'))",
      "SELECT 1 FROM '{s3_input_path}' POSITIONAL JOIN (SELECT getenv('HOME'))",
      "SELECT 1 FROM '{s3_input_path}' a JOIN '{s3_input_path}' b ON getenv('HOME') = ''",
      "SELECT * FROM (FROM '{s3_input_path}') PIVOT (max(getenv('HOME')) FOR x IN (1))",
      "SELECT * FROM (FROM '{s3_input_path}') UNPIVOT (v FOR n IN (getenv('HOME')))",
      "SELECT * FROM '{s3_input_path}', (VALUES (getenv('HOME')))",
      "SELECT * FROM '{s3_input_path}', LATERAL (SELECT getenv('HOME'))",
      "SELECT * FROM read_csv('{s3_input_path}', nullstr = getenv('HOME'))",
      "SELECT * FROM range(getenv('HOME')::INT), '{s3_input_path}'",
      "WITH t AS (SELECT getenv('HOME')) FROM '{s3_input_path}'",
      "WITH RECURSIVE t AS (SELECT '' a UNION ALL SELECT getenv('HOME') FROM t) "
      "SELECT * FROM t, '{s3_input_path}'",
      "SELECT pg_sleep(1) FROM '{s3_input_path}'",
      "SELECT pg_get_viewdef(1) FROM '{s3_input_path}'",
      "SELECT get_block_size('memory') FROM '{s3_input_path}'",
      "SELECT format_type(1, 1) FROM '{s3_input_path}'",
      "SELECT current_query() FROM '{s3_input_path}'",
      "SELECT getvariable('x') FROM '{s3_input_path}'",
      "SELECT nextval('s') FROM '{s3_input_path}'",
      "SELECT __internal_decompress_string(1) FROM '{s3_input_path}'",
  };
  for (const std::string& call : calls) {
    EXPECT_THAT(engine_->Check(call), FailsWith(Code::kInvalid, "not for routes")) << call;
  }
}

TEST_F(SandboxTest, RefusesViewsOfTheSystemByTheirBareNames) {
  for (const std::string sql : {
           "SELECT t.* FROM pg_settings t, '{s3_input_path}'",
           "SELECT t.* FROM \"PG_Settings\" t, '{s3_input_path}'",
           "SELECT t.* FROM '{s3_input_path}', 'sqlite_master' t",
           "SELECT t.* FROM '{s3_input_path}', (TABLE duckdb_logs) t",
           "SELECT (SELECT count(*) FROM sqlite_master) FROM '{s3_input_path}'",
           "SELECT 1 FROM '{s3_input_path}' LIMIT (SELECT count(*) FROM sqlite_master)",
           "SELECT 1 FROM '{s3_input_path}' WHERE EXISTS (FROM pg_tables)",
           "SELECT 1 FROM '{s3_input_path}' ORDER BY (SELECT max(name) FROM pg_settings)",
           "SELECT * FROM '{s3_input_path}' POSITIONAL JOIN pg_settings",
           "SELECT * FROM '{s3_input_path}' UNION ALL BY NAME FROM pg_settings",
           "SELECT * FROM pg_settings PIVOT (max(setting) FOR name IN ('threads')), "
           "'{s3_input_path}'",
           "WITH t AS (FROM pg_settings) SELECT * FROM t, '{s3_input_path}'",
           // A name of WITH stands for the query behind it after its end only, and only inside.
           "WITH pg_settings AS (FROM pg_settings) SELECT * FROM pg_settings, '{s3_input_path}'",
           "WITH a AS (FROM pg_settings), pg_settings AS (SELECT 1) "
           "SELECT * FROM a, '{s3_input_path}'",
           "SELECT * FROM (WITH pg_settings AS (SELECT 1) FROM pg_settings), pg_settings, "
           "'{s3_input_path}'",
           "WITH RECURSIVE pg_settings AS (SELECT name FROM pg_settings UNION ALL SELECT name FROM "
           "pg_settings WHERE false) SELECT * FROM pg_settings, '{s3_input_path}'",
       }) {
    EXPECT_THAT(engine_->Check(sql), FailsWith(Code::kInvalid, "not for routes")) << sql;
    EXPECT_THAT(Try(sql), FailsWith(Code::kInvalid, "not for routes")) << sql;
  }
}

TEST_F(SandboxTest, LetsARouteCallItsOwnTablesLikeViewsOfTheSystem) {
  for (const std::string sql : {
           "WITH sqlite_master AS (SELECT 'own' AS x FROM '{s3_input_path}') FROM sqlite_master",
           "WITH Sqlite_Master AS (SELECT 'own' AS x FROM '{s3_input_path}') FROM SQLITE_MASTER",
           "WITH pg_settings AS MATERIALIZED (SELECT 'own' AS x FROM '{s3_input_path}') "
           "SELECT (SELECT max(x) FROM pg_settings) AS x",
           "WITH pg_settings AS (SELECT 'own' AS x FROM '{s3_input_path}'), "
           "pg_tables AS (FROM pg_settings) FROM pg_tables",
           "WITH RECURSIVE pg_settings AS (SELECT 'ow' AS x FROM '{s3_input_path}' UNION ALL "
           "SELECT x || 'n' FROM pg_settings WHERE x = 'ow') FROM pg_settings WHERE x = 'own'",
           "SELECT pg_settings.x FROM (SELECT 'own' AS x FROM '{s3_input_path}') pg_settings",
       }) {
    const auto written = Try(sql);
    ASSERT_TRUE(written.has_value()) << sql << ": " << written.error().message;
    ASSERT_EQ(written->size(), 1U) << sql;
    EXPECT_EQ(PlainText("SELECT x FROM " + Literal(LocalPath(written->front()))), "own") << sql;
    std::filesystem::remove(LocalPath(written->front()));
  }
}

TEST_F(SandboxTest, RefusesInThePlanWhatTheParserDoesNotSee) {
  // The statement check is the first wall; this looks at the second, what the names resolved to.
  const auto sandbox = engine::Sandbox::Open({.temp_directory = (root_ / "tmp").string()});
  ASSERT_TRUE(sandbox.has_value()) << sandbox.error().message;
  for (const char* sql :
       {"FROM pg_settings", "SELECT (SELECT max(name) FROM duckdb_settings())",
        "WITH a AS MATERIALIZED (FROM sqlite_master) SELECT * FROM a, range(3)",
        "SELECT format_type(1, 2)", "SELECT * FROM range(3) t(i), LATERAL (FROM duckdb_logs)",
        "FROM histogram('duckdb_logs', message)", "FROM query('FROM pg_catalog.pg_class')"}) {
    QuerySession session(**sandbox, *store_, {});
    duckdb::Parser parser;
    parser.ParseQuery(sql);
    BoundSql bound;
    bound.select = duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
        std::move(parser.statements.front()));
    EXPECT_THAT(session.Bind(bound), FailsWith(Code::kInvalid, "what is not for routes")) << sql;
  }
}

TEST_F(SandboxTest, SpillsIntoAPrivateDirectoryThatGoesAway) {
  std::vector<std::filesystem::path> entries;
  for (const auto& entry : std::filesystem::directory_iterator(root_ / "tmp")) {
    entries.push_back(entry.path());
  }
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(std::filesystem::status(entries[0]).permissions(), std::filesystem::perms::owner_all);
  EXPECT_TRUE(std::filesystem::is_empty(entries[0]));
  engine_.reset();
  EXPECT_FALSE(std::filesystem::exists(entries[0]));
}

TEST_F(SandboxTest, KeepsTheGrantsOfConcurrentQueriesApart) {
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
