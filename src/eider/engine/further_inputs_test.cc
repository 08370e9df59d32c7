// Joins with what a route declares beside its file: objects, prefixes and tables of the catalog.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

using iceberg::TypeKind;
using testing::ElementsAre;
using testing::HasSubstr;

class FurtherInputs : public EngineFixture {
 protected:
  void SetUp() override {
    EngineFixture::SetUp();
    input_ = MakeParquet("SELECT * FROM (VALUES ('de', 1), ('us', 2), ('xx', 3)) t(code, n)");
    for (const char* name : {"a", "b"}) {
      MakeReference("dim/" + std::string(name) + ".parquet",
                    "SELECT '" + std::string(name) + "' AS name");
    }
    MakeReference("dim/deep/c.parquet", "SELECT 'c' AS name");
    MakeReference("dimension/secret.parquet", "SELECT 'secret' AS name");
    MakeReference("secret.parquet", "SELECT 'secret' AS name");
  }

  // Makes s3://other/<key>.
  void MakeReference(const std::string& key, const std::string& select) {
    const std::filesystem::path path = root_ / "other" / key;
    std::filesystem::create_directories(path.parent_path());
    Plain("COPY (" + select + ") TO " + Literal(path.string()) + " (FORMAT parquet)");
  }

  // The only value of column v, or the error.
  std::string ValueOf(Query query) {
    query.input = input_;
    const auto schema = engine_->Describe(query);
    if (!schema) return schema.error().message;
    const WriteTarget target{.table_name = "t",
                             .schema = schema->schema,
                             .data_location = {"s3", "lake", "t"},
                             .file_prefix = "run"};
    const auto files = FilesOf(query, target, {});
    if (!files) return files.error().message;
    if (files->empty()) return "(no rows)";
    return PlainText("SELECT string_agg(v, ' ' ORDER BY v) FROM " +
                     Literal(LocalPath(files->front())));
  }

  std::string NamesIn(const std::string& path, std::vector<Uri> inputs) {
    return ValueOf({.sql = "SELECT name AS v FROM read_parquet(" + Literal(path) + ")" +
                           " WHERE EXISTS (FROM '{s3_input_path}')",
                    .input = {},
                    .inputs = std::move(inputs)});
  }

  // bronze.countries with these rows, or without any.
  InputTable Countries(const std::string& select) {
    const iceberg::Schema schema{.fields = {Column(4, "code", Of(TypeKind::kString)),
                                            Column(7, "name", Of(TypeKind::kString)),
                                            Column(9, "people", Of(TypeKind::kLong))}};
    InputTable table{{{"bronze"}, "countries"}, schema, {}};
    if (select.empty()) return table;
    const FileRef source = MakeParquet(select, "countries.parquet");
    const WriteTarget target{.table_name = "bronze.countries",
                             .schema = table.schema,
                             .data_location = {"s3", "lake", "countries"},
                             .file_prefix = "c"};
    auto files = FilesOf({kReadAll, source}, target, {});
    EXPECT_TRUE(files.has_value()) << files.error().message;
    table.files = *std::move(files);
    return table;
  }

  static constexpr const char* kCountries =
      "SELECT * FROM (VALUES ('de', 'Germany', 83), ('us', 'America', 340)) t(code, name, people)";

  FileRef input_;
};

TEST_F(FurtherInputs, AreObjectsByTheirUri) {
  const std::vector<Uri> inputs = {{"s3", "other", "dim/a.parquet"}};
  EXPECT_EQ(NamesIn("s3://other/dim/a.parquet", inputs), "a");
  for (const char* path : {"s3://other/dim/b.parquet", "s3://other/dim/*.parquet",
                           "s3://other/dim/a.*", "s3://other/dim/deep/../a.parquet"}) {
    EXPECT_THAT(NamesIn(path, inputs),
                testing::AllOf(HasSubstr("may read only its input file s3://in/data.parquet, not " +
                                         std::string(path)),
                               HasSubstr("declared in the route's `inputs`")));
  }
}

TEST_F(FurtherInputs, ArePrefixesWithAllThatIsBelow) {
  const std::vector<Uri> inputs = {{"s3", "other", "dim/"}};
  EXPECT_EQ(NamesIn("s3://other/dim/a.parquet", inputs), "a");
  EXPECT_EQ(NamesIn("s3://other/dim/deep/c.parquet", inputs), "c");
  EXPECT_EQ(NamesIn("s3://other/dim/*.parquet", inputs), "a b");
  EXPECT_EQ(NamesIn("s3://other/dim/[b-z].parquet", inputs), "b");
  EXPECT_EQ(NamesIn("s3://other/dim/**/*.parquet", inputs), "a b c");
  EXPECT_EQ(NamesIn("s3://other/dim/d*/?.parquet", inputs), "c");
  EXPECT_EQ(NamesIn("s3://other/dim/*.parquet", {{"s3", "other", ""}}), "a b");
  EXPECT_EQ(NamesIn("s3://other/*.parquet", {{"s3", "other", ""}}), "secret");
  for (const char* path :
       {"s3://other/secret.parquet", "s3://other/dim/../secret.parquet",
        "s3://other/dim/./a.parquet", "s3://other/dim/*/../../secret.parquet",
        "s3://other/dimension/secret.parquet", "s3://other/dim*/secret.parquet",
        "s3://other/*/secret.parquet", "s3://other/dim", "s3://other/dim/", "s3://in/*.parquet",
        "s3://oth*/dim/a.parquet", "s3://**", "**", "/dim/*"}) {
    EXPECT_THAT(NamesIn(path, inputs), HasSubstr("may read only its input file")) << path;
  }
}

TEST_F(FurtherInputs, AreMissedByName) {
  const std::vector<Uri> inputs = {{"s3", "other", "dim/"}, {"s3", "other", "gone.parquet"}};
  for (const char* path : {"s3://other/gone.parquet", "s3://other/dim/gone.parquet"}) {
    EXPECT_THAT(NamesIn(path, inputs), HasSubstr(path));
  }
  EXPECT_THAT(NamesIn("s3://other/dim/*.csv", inputs),
              HasSubstr("no object matches s3://other/dim/*.csv"));
}

TEST_F(FurtherInputs, LeaveTheKeyOfTheInputLiteral) {
  MakeParquet("SELECT 'wrong' AS code", "dim/x.parquet");
  input_ = MakeParquet("SELECT 'right' AS code", "dim/*.parquet");
  EXPECT_EQ(ValueOf({.sql = "SELECT code AS v FROM '{s3_input_path}'",
                     .input = {},
                     .inputs = {{"s3", "in", "dim/"}}}),
            "right");
}

TEST_F(FurtherInputs, AreTablesByTheirName) {
  const InputTable table = Countries(kCountries);
  ASSERT_EQ(table.files.size(), 1U);
  for (const char* from :
       {"bronze.countries c ON c.code = o.code", "bronze.countries ON countries.code = o.code",
        "\"bronze\".\"countries\" USING (code)", "BRONZE.Countries USING (code)",
        "bronze.countries AS c(code, name) USING (code)",
        "(SELECT * FROM bronze.countries) USING (code)"}) {
    EXPECT_EQ(ValueOf({.sql = "SELECT name || ' ' || n AS v FROM '{s3_input_path}' o JOIN " +
                              std::string(from),
                       .input = {},
                       .tables = {table}}),
              "America 2 Germany 1")
        << from;
  }
}

TEST_F(FurtherInputs, AreTablesByDeeperNames) {
  InputTable table = Countries(kCountries);
  const auto count = [&](std::vector<std::string> name_space, const std::string& from) {
    table.name.name_space = std::move(name_space);
    return ValueOf({.sql = "SELECT count(*) || '' AS v FROM " + from +
                           " WHERE EXISTS (FROM '{s3_input_path}')",
                    .input = {},
                    .tables = {table}});
  };
  EXPECT_EQ(count({"a", "b"}, "a.b.countries"), "2");
  EXPECT_EQ(count({"a", "b"}, "\"a.b\".countries"), "2");
  EXPECT_EQ(count({"a", "b", "c"}, "\"a.b.c\".countries"), "2");
  EXPECT_EQ(count({"a", "b", "c"}, "a.\"b.c\".countries"), "2");
}

TEST_F(FurtherInputs, ReadColumnsByTheirIdsNotTheirNames) {
  InputTable table = Countries(kCountries);
  table.schema.fields[1].name = "label";                                      // renamed
  table.schema.fields.push_back(Column(12, "flag", Of(TypeKind::kBoolean)));  // added later
  EXPECT_EQ(ValueOf({.sql = "SELECT label || coalesce(flag::VARCHAR, '-') AS v FROM "
                            "bronze.countries WHERE EXISTS (FROM '{s3_input_path}')",
                     .input = {},
                     .tables = {table}}),
            "America- Germany-");
}

TEST_F(FurtherInputs, MayBeTablesWithoutRows) {
  const InputTable table = Countries("");
  EXPECT_EQ(ValueOf({.sql = "SELECT o.code || coalesce(c.name, '?') || typeof(c.people) AS v "
                            "FROM '{s3_input_path}' o LEFT JOIN bronze.countries c USING (code) "
                            "WHERE n = 1",
                     .input = {},
                     .tables = {table}}),
            "de?BIGINT");
  EXPECT_EQ(ValueOf({.sql = "SELECT name AS v FROM bronze.countries WHERE '{s3_input_path}' <> ''",
                     .input = {},
                     .tables = {table}}),
            "(no rows)");
}

TEST_F(FurtherInputs, AreNotTablesThatTheRouteDoesNotDeclare) {
  const InputTable table = Countries(kCountries);
  for (const std::string name :
       {"bronze.secrets", "silver.countries", "a.bronze.countries", "information_schema.tables",
        "main.countries", "memory.main.countries"}) {
    const Query query{.sql = "SELECT 1 AS v FROM " + name + ", '{s3_input_path}'",
                      .input = input_,
                      .tables = {table}};
    const auto schema = engine_->Describe(query);
    ASSERT_THAT(schema, FailsWith(Code::kInvalid, "reads table " + name + ", which its route"));
    EXPECT_THAT(schema.error().message, HasSubstr("add it to the route's `inputs`"));
  }
  EXPECT_THAT(
      engine_->Describe({.sql = "FROM bronze.countries AT (VERSION => 1), '{s3_input_path}'",
                         .input = input_,
                         .tables = {table}}),
      FailsWith(Code::kInvalid, "AT is not for routes"));
}

TEST_F(FurtherInputs, OfSqlAreToldByName) {
  const auto names = TablesNamed(
      "WITH local AS (FROM bronze.b) SELECT * FROM '{s3_input_path}', local, a.b.c, bronze.b x "
      "WHERE n IN (SELECT n FROM \"a.b.c\".d)");
  ASSERT_TRUE(names.has_value()) << names.error().message;
  EXPECT_THAT(*names, ElementsAre("a.b.c", "a.b.c.d", "bronze.b"));
  EXPECT_THAT(TablesNamed("SELECT 1"), FailsWith(Code::kInvalid, "does not name its input"));
}

TEST_F(FurtherInputs, AreSeenByEachPartWhole) {
  const InputTable table = Countries(kCountries);
  const std::string sql =
      "SELECT o.code, count(*)::VARCHAR AS v FROM '{s3_input_path}' o, bronze.countries, "
      "'s3://other/dim/*.parquet' GROUP BY o.code";
  const iceberg::Schema schema{
      .fields = {Column(1, "code", Of(TypeKind::kString)), Column(2, "v", Of(TypeKind::kString))}};
  std::vector<PartQuery> parts;
  for (const char* code : {"de", "us"}) {
    parts.push_back({{.sql = sql,
                      .input = input_,
                      .inputs = {{"s3", "other", "dim/"}},
                      .tables = {table},
                      .part = RowFilter{"code", {code}}},
                     {.table_name = code,
                      .schema = schema,
                      .data_location = {"s3", "lake", code},
                      .file_prefix = "run"}});
  }
  const auto files = FilesOf(parts);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  EXPECT_EQ(
      PlainText("SELECT string_agg(code || v) FROM " + Literal(LocalPath((*files)[1].front()))),
      "us4");
}

}  // namespace
}  // namespace eider::engine
