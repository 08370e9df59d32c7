// Warnings about risky SQL, and silence about good SQL.
#include <set>
#include <string>
#include <vector>

#include "eider/engine/route_functions.h"
#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Lint : public EngineFixture {
 protected:
  static std::vector<std::string> Codes(const std::string& sql) {
    std::vector<std::string> codes;
    for (const LintWarning& warning : engine::Lint(sql)) codes.push_back(warning.code);
    return codes;
  }
};

TEST_F(Lint, IsSilentAboutGoodSql) {
  for (const char* sql : {
           "SELECT id, name FROM '{s3_input_path}'",
           "SELECT id, upper(name) AS name FROM read_parquet('{s3_input_path}') WHERE id > 3",
           "SELECT a.id, b.name FROM '{s3_input_path}' a JOIN bronze.b b ON a.id = b.id",
           "SELECT a.id, b.name FROM '{s3_input_path}' a, bronze.b b WHERE a.id = b.id",
           "SELECT a.id FROM '{s3_input_path}' a, bronze.b b WHERE a.t BETWEEN b.begin AND b.end",
           "SELECT a.id FROM '{s3_input_path}' a LEFT JOIN bronze.b USING (id)",
           "SELECT a.id FROM '{s3_input_path}' a ASOF JOIN bronze.b b ON a.id = b.id AND a.t >= "
           "b.t",
           "SELECT id, u.item FROM '{s3_input_path}' t, unnest(t.items) u(item)",
           "SELECT id, unnest(items) AS item FROM '{s3_input_path}'",
           "SELECT id, m FROM '{s3_input_path}', (SELECT max(id) AS m FROM '{s3_input_path}')",
           "SELECT id, x.y FROM '{s3_input_path}' t, (SELECT t.id + 1 AS y) x",
           "SELECT id FROM '{s3_input_path}' ORDER BY id LIMIT 10",
           "SELECT id FROM '{s3_input_path}' a WHERE EXISTS (FROM bronze.b WHERE b.id = a.id LIMIT "
           "1)",
           "SELECT count(*) AS n, sum(x) AS s FROM '{s3_input_path}'",
           "SELECT id, '{s3_input_path}' AS source, filename FROM '{s3_input_path}'",
           "WITH c AS (SELECT id, name FROM '{s3_input_path}') SELECT * FROM c",
           "SELECT * FROM (SELECT id, name FROM '{s3_input_path}')",
           "SELECT id, row_number() OVER (PARTITION BY k ORDER BY t) AS n FROM '{s3_input_path}'",
           "SELECT id FROM '{s3_input_path}' TABLESAMPLE reservoir(10 ROWS) REPEATABLE (7)",
           "SELECT age(a, b) AS age, day AS today FROM '{s3_input_path}'",
           "SELECT id FROM '{s3_input_path}' UNION ALL SELECT id FROM '{s3_input_path}'",
       }) {
    EXPECT_THAT(Codes(sql), IsEmpty()) << sql;
  }
}

TEST_F(Lint, WarnsOfWhatIsNotTheSameAgain) {
  for (const char* expression :
       {"random()", "uuid()", "now()", "today()", "current_date", "current_timestamp",
        "CURRENT_TIMESTAMP", "gen_random_uuid()", "setseed(0.5)", "age(born)",
        "list_transform([1], lambda x: x + random())", "(SELECT max(id + random()) FROM t)",
        "CASE WHEN now() > t THEN 1 END", "rank() OVER (ORDER BY random())"}) {
    const std::string sql = "SELECT " + std::string(expression) + " AS v FROM '{s3_input_path}'";
    EXPECT_THAT(Codes(sql), ElementsAre("non-deterministic")) << sql;
  }
  EXPECT_THAT(Codes("SELECT id FROM '{s3_input_path}' WHERE t < now() ORDER BY random()"),
              ElementsAre("non-deterministic", "non-deterministic"));
  EXPECT_THAT(Codes("SELECT id FROM '{s3_input_path}' USING SAMPLE 10"),
              ElementsAre("non-deterministic"));
  EXPECT_THAT(Codes("WITH c AS (SELECT uuid() AS id FROM '{s3_input_path}') SELECT id FROM c"),
              ElementsAre("non-deterministic"));
  EXPECT_THAT(engine::Lint("SELECT random() AS v FROM '{s3_input_path}'").front().message,
              HasSubstr("random() gives other values"));
}

TEST_F(Lint, KnowsEveryFunctionThatDuckDbCallsUnstable) {
  // Not for routes, or always the same in an engine of ours.
  const std::set<std::string> exceptions = {"current_database", "current_schema", "current_schemas",
                                            "error", "stats"};
  const auto unstable = Plain(
      "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'scalar' AND "
      "stability <> 'CONSISTENT' ORDER BY 1");
  ASSERT_GT(unstable->RowCount(), 15U);
  for (duckdb::idx_t row = 0; row < unstable->RowCount(); ++row) {
    const std::string name = unstable->GetValue(0, row).ToString();
    if (exceptions.contains(name)) continue;
    if (VerdictOnFunction(name) == FunctionVerdict::kRefused) continue;
    EXPECT_THAT(Codes("SELECT " + name + "() AS v FROM '{s3_input_path}'"),
                ElementsAre("non-deterministic"))
        << name;
  }
}

TEST_F(Lint, WarnsOfCrossJoins) {
  for (const char* from :
       {"'{s3_input_path}' a, bronze.b", "'{s3_input_path}' a CROSS JOIN bronze.b",
        "'{s3_input_path}' a, bronze.b WHERE a.x = 1",
        "'{s3_input_path}' a, (SELECT id FROM bronze.b) x",
        "(SELECT a.id FROM '{s3_input_path}' a, bronze.b)"}) {
    EXPECT_THAT(Codes("SELECT id FROM " + std::string(from)), ElementsAre("cross-join")) << from;
  }
}

TEST_F(Lint, WarnsOfResultsWithoutAColumnList) {
  for (const char* sql : {
           "SELECT * FROM read_parquet('{s3_input_path}')",
           "FROM '{s3_input_path}'",
           "SELECT t.* FROM '{s3_input_path}' t",
           "SELECT * EXCLUDE (id) FROM '{s3_input_path}'",
           "SELECT COLUMNS('x.*') FROM '{s3_input_path}'",
           "SELECT *, 1 AS one FROM read_csv('{s3_input_path}', header = true)",
           "WITH c AS (FROM '{s3_input_path}') SELECT * FROM c",
           "SELECT * FROM (FROM '{s3_input_path}')",
           "SELECT id FROM '{s3_input_path}' UNION ALL FROM '{s3_input_path}'",
       }) {
    EXPECT_THAT(Codes(sql), ElementsAre("no-column-list")) << sql;
  }
}

TEST_F(Lint, WarnsOfLimitsWithoutAnOrder) {
  EXPECT_THAT(Codes("SELECT id FROM '{s3_input_path}' LIMIT 10"),
              ElementsAre("limit-without-order"));
  EXPECT_THAT(Codes("SELECT id FROM (SELECT id FROM '{s3_input_path}' LIMIT 10%)"),
              ElementsAre("limit-without-order"));
  EXPECT_THAT(Codes("SELECT id FROM '{s3_input_path}' OFFSET 10"),
              ElementsAre("limit-without-order"));
}

TEST_F(Lint, LeavesErrorsToTheCheck) {
  EXPECT_THAT(Codes("SELEC random()"), IsEmpty());
  EXPECT_THAT(Codes(""), IsEmpty());
  EXPECT_THAT(Codes("DROP TABLE t"), IsEmpty());
}

TEST_F(Lint, WarnsOfReadersThatLeaveRowsOut) {
  for (const char* option :
       {"ignore_errors = true", "null_padding = true", "comment = '#'", "strict_mode = false",
        "IGNORE_ERRORS = true", "store_rejects = true"}) {
    const std::string sql =
        std::string("SELECT a FROM read_csv('{s3_input_path}', header = true, ") + option + ")";
    EXPECT_THAT(Codes(sql), ElementsAre("rows-left-out")) << sql;
  }
  EXPECT_THAT(Codes("SELECT a FROM read_json('{s3_input_path}', ignore_errors = true)"),
              ElementsAre("rows-left-out"));
  EXPECT_THAT(Codes("SELECT a FROM read_csv('{s3_input_path}', header = true, "
                    "ignore_errors = false, strict_mode = true, delim = ';')"),
              IsEmpty());
}

TEST_F(Lint, WarnsOfAHeaderThatIsLeftOpen) {
  EXPECT_THAT(Codes("SELECT a FROM read_csv('{s3_input_path}')"), ElementsAre("header-left-open"));
  EXPECT_THAT(Codes("SELECT a FROM read_csv_auto('{s3_input_path}', delim = ';')"),
              ElementsAre("header-left-open"));
  for (const char* sql : {"SELECT a FROM read_csv('{s3_input_path}', header = false)",
                          "SELECT a FROM read_csv('{s3_input_path}', columns = {'a': 'BIGINT'})",
                          "SELECT a FROM read_csv('{s3_input_path}', names = ['a'])",
                          "SELECT a FROM read_json('{s3_input_path}')"}) {
    EXPECT_THAT(Codes(sql), IsEmpty()) << sql;
  }
}

}  // namespace
}  // namespace eider::engine
