// The verdicts against DuckDB's own catalog: of every function and view there is, somebody said
// whether a route may use it.
#include "eider/engine/route_functions.h"

#include <set>
#include <string>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

class RouteFunctions : public EngineFixture {
 protected:
  static std::set<std::string> Names(const std::string& sql) {
    std::set<std::string> names;
    const auto rows = Plain(sql);
    for (duckdb::idx_t row = 0; row < rows->RowCount(); ++row) {
      names.insert(rows->GetValue(0, row).ToString());
    }
    return names;
  }

  // Pragmas are statements, which no route is.
  static std::set<std::string> Functions(const std::string& types) {
    return Names("SELECT lower(function_name) FROM duckdb_functions() WHERE function_type IN (" +
                 types + ")");
  }
};

constexpr const char* kInExpressions = "'scalar', 'aggregate', 'macro'";
constexpr const char* kInFrom = "'table', 'table_macro'";

TEST_F(RouteFunctions, HaveAVerdictEach) {
  EXPECT_GT(Functions(kInExpressions).size(), 600U);
  for (const std::string& name : Functions(kInExpressions)) {
    EXPECT_NE(VerdictOnFunction(name), FunctionVerdict::kUnknown)
        << "DuckDB has a function that nobody looked at: " << name;
  }
  for (const std::string& name : Functions(kInFrom)) {
    EXPECT_NE(VerdictOnTableFunction(name), FunctionVerdict::kUnknown)
        << "DuckDB has a table function that nobody looked at: " << name;
  }
}

TEST_F(RouteFunctions, AreThoseThatDuckDbHas) {
  std::set<std::string> known = Functions(kInExpressions);
  known.merge(Functions(kInFrom));
  for (const std::string& name : NamesOfVerdicts()) {
    EXPECT_TRUE(known.contains(name)) << "DuckDB has it no more: " << name;
  }
}

TEST_F(RouteFunctions, KnowOfNoOtherKindOfFunction) {
  EXPECT_THAT(Names("SELECT function_type FROM duckdb_functions()"),
              testing::UnorderedElementsAre("scalar", "aggregate", "macro", "table", "table_macro",
                                            "pragma"));
}

// The functions whose arguments are SQL or the names of tables; found by the names that DuckDB
// gives to parameters, so that a new one is seen.
TEST_F(RouteFunctions, RefuseWhatTakesSqlOrATableAsText) {
  for (const char* name : {"json_serialize_plan", "json_serialize_sql", "json_deserialize_sql",
                           "current_setting", "pg_get_viewdef", "nextval"}) {
    EXPECT_EQ(VerdictOnFunction(name), FunctionVerdict::kRefused) << name;
  }
  for (const char* name : {"query", "query_table", "json_execute_serialized_sql", "histogram",
                           "histogram_values", "pragma_table_info", "pragma_show"}) {
    EXPECT_EQ(VerdictOnTableFunction(name), FunctionVerdict::kRefused) << name;
  }
}

// A macro that a route may call must not call, or read, what the route itself may not.
TEST_F(RouteFunctions, AllowNoMacroThatDoesWhatIsRefused) {
  const auto macros = Plain(
      "SELECT function_name, macro_definition FROM duckdb_functions() "
      "WHERE function_type = 'macro'");
  int looked_at = 0;
  for (duckdb::idx_t row = 0; row < macros->RowCount(); ++row) {
    const std::string name = macros->GetValue(0, row).ToString();
    const std::string body = macros->GetValue(1, row).ToString();
    if (VerdictOnFunction(name) != FunctionVerdict::kAllowed) continue;
    ++looked_at;
    EXPECT_EQ(body.find("SELECT"), std::string::npos) << name << ": " << body;
    for (const std::string& called :
         Names("SELECT unnest(regexp_extract_all(" + Literal(body) + ", '([a-z_]+)\"?\\(', 1))")) {
      EXPECT_NE(VerdictOnFunction(called), FunctionVerdict::kRefused) << name << ": " << called;
    }
  }
  EXPECT_GT(looked_at, 50);
}

TEST_F(RouteFunctions, RefuseEveryViewAndTableOfTheSystem) {
  const auto names =
      Names("SELECT view_name FROM duckdb_views() UNION SELECT table_name FROM duckdb_tables()");
  EXPECT_TRUE(names.contains("pg_settings"));
  for (const std::string& name : names) {
    for (const std::string& from :
         {name, "\"" + name + "\"", duckdb::StringUtil::Upper(name), "(TABLE " + name + ")"}) {
      const std::string sql = "SELECT t.* FROM '{s3_input_path}', " + from + " t";
      EXPECT_THAT(engine_->Check(sql), FailsWith(Code::kInvalid, "not for routes")) << sql;
    }
  }
}

TEST_F(RouteFunctions, SuggestWhatWasMeant) {
  EXPECT_THAT(engine_->Check("SELECT uper(x) FROM '{s3_input_path}'"),
              FailsWith(Code::kInvalid, "there is no function uper; did you mean upper?"));
  EXPECT_THAT(engine_->Check("SELECT * FROM read_parket('{s3_input_path}')"),
              FailsWith(Code::kInvalid, "did you mean read_parquet?"));
  EXPECT_THAT(engine_->Check("SELECT zzzzzzzzzz(x) FROM '{s3_input_path}'"),
              FailsWith(Code::kInvalid, "there is no function zzzzzzzzzz"));
}

TEST_F(RouteFunctions, AllowWhatTheParserMakesOfSyntax) {
  for (const char* expression : {
           "[x FOR x IN [1, 2] IF x > 1]",
           "{'a': x}",
           "MAP {'a': x}",
           "(x, 1)",
           "x[1]",
           "'abc'[1:2]",
           "x IS DISTINCT FROM 2",
           "x::VARCHAR LIKE '1%'",
           "x::VARCHAR NOT ILIKE 'A' ESCAPE '!'",
           "x::VARCHAR SIMILAR TO '1'",
           "x::VARCHAR GLOB '*'",
           "x::VARCHAR !~ '1'",
           "x IN (1, 2)",
           "extract('year' FROM DATE '2020-01-01')",
           "TIMESTAMP '2020-01-01' AT TIME ZONE 'UTC'",
           "substring('abc' FROM 2 FOR 1)",
           "position('b' IN 'abc')",
           "trim(LEADING 'a' FROM 'abc')",
           "coalesce(x, 1)",
           "ifnull(x, 1)",
           "nullif(x, 1)",
           "if(x > 1, 1, 2)",
           "try(1 / x)",
           "5!",
           "x BETWEEN 1 AND 2",
           "INTERVAL (x) DAYS",
           "CASE x WHEN 1 THEN 2 END",
           "lower('A')",
           "count(*)",
           "count(DISTINCT x)",
           "sum(x) FILTER (x > 1)",
           "string_agg(x, ',' ORDER BY x)",
           "percentile_cont(0.5) WITHIN GROUP (ORDER BY x)",
           "list_transform([x], lambda y: y + 1)",
           "row_number() OVER ()",
           "lag(x) OVER (ORDER BY x)",
           "sum(x) OVER (ORDER BY x ROWS 1 PRECEDING)",
           "(SELECT max(x))",
           "EXISTS (SELECT 1)",
           "unnest([x])",
           "COLUMNS(*)",
           "x::VARCHAR COLLATE NOCASE",
           "('abc').upper()",
           "x.abs()",
           "current_date",
           "histogram(x)",
           "[1, 2] && [2]",
           "1 // 2",
           "'a' ^@ 'a'",
           "struct_pack(a := x)",
           "ARRAY[1]",
           "ARRAY(SELECT 1)",
           "UPPER('x')",
           "formatReadableSize(10)",
           "pg_typeof(x)",
           "json_extract('{}', '$.a')",
           "'{}'::JSON ->> 'a'",
       }) {
    const std::string sql = "SELECT " + std::string(expression) + " AS v FROM '{s3_input_path}'";
    EXPECT_TRUE(engine_->Check(sql).has_value())
        << sql << ": " << engine_->Check(sql).error().message;
  }
}

}  // namespace
}  // namespace eider::engine
