// The marker is a value: whatever letters a key has, exactly that object is read.
#include <string>
#include <utility>
#include <vector>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

// Keys without an extension, which each test adds.
const std::vector<std::string>& HostileKeys() {
  static const std::vector<std::string> keys = {
      "plain",       "it's",
      "''",          "a'); DROP TABLE x; --",
      "*",           "?",
      "[x]",         "[a-z]",
      "{a,b}",       "**/deep",
      "with space",  "ñandú",
      "日本/東京",   "🦆",
      "%20",         "a+b",
      "#frag",       "a?b=c",
      ";--",         "$$",
      "$1",          "back\\slash",
      "new\nline",   "tab\there",
      "\"quoted\"",  "dots.in.name",
      "year 2024/x", "{s3_input_path}",
      "a:b",         "~/x",
      "|pipe",       "s3:",
  };
  return keys;
}

class InputBinding : public EngineFixture, public testing::WithParamInterface<std::string> {
 protected:
  // Decoys that a pattern would match as well.
  void MakeDecoys(const std::string& extension) {
    for (const char* decoy : {"a", "b", "x", "its", "deep"}) {
      MakeParquet("SELECT 'wrong' AS v", decoy + extension);
    }
  }

  // The only value of column v that the SQL gives.
  std::string ValueOf(const FileRef& input, const std::string& sql) {
    const auto schema = engine_->Describe({sql, input});
    if (!schema) return schema.error().message;
    const auto files = Run(input, schema->schema, sql);
    if (!files) return files.error().message;
    return PlainText("SELECT string_agg(v, '|') FROM read_parquet(" +
                     Literal(LocalPath(files->front())) + ")");
  }
};

TEST_P(InputBinding, ReadsExactlyThatParquet) {
  MakeDecoys(".parquet");
  const FileRef input = MakeParquet("SELECT 'right' AS v", GetParam() + ".parquet");
  EXPECT_EQ(ValueOf(input, kReadAll), "right");
}

TEST_P(InputBinding, ReadsFromTheMarkerAsATable) {
  const FileRef input = MakeParquet("SELECT 'right' AS v", GetParam() + ".parquet");
  EXPECT_EQ(ValueOf(input, "FROM '{s3_input_path}'"), "right");
}

TEST_P(InputBinding, ReadsCsvAndJson) {
  const FileRef csv = MakeFile("v,w\nright,1\n", GetParam() + ".csv");
  EXPECT_EQ(ValueOf(csv, "SELECT v FROM read_csv('{s3_input_path}')"), "right");
  const FileRef json = MakeFile("{\"v\": \"right\"}\n", GetParam() + ".json");
  EXPECT_EQ(ValueOf(json, "SELECT v FROM read_json('{s3_input_path}')"), "right");
}

TEST_P(InputBinding, MarkerAndFilenameAreTheTrueUri) {
  const FileRef input = MakeParquet("SELECT 1 AS x", GetParam() + ".parquet");
  const std::string uri = "s3://in/" + GetParam() + ".parquet";
  EXPECT_EQ(ValueOf(input, "SELECT '{s3_input_path}' AS v FROM read_parquet('{s3_input_path}')"),
            uri);
  EXPECT_EQ(ValueOf(input,
                    "SELECT filename AS v FROM read_parquet('{s3_input_path}', "
                    "filename = true)"),
            uri);
}

INSTANTIATE_TEST_SUITE_P(Keys, InputBinding, testing::ValuesIn(HostileKeys()),
                         [](const auto& key) { return "Key" + std::to_string(key.index); });

class Marker : public InputBinding {};

TEST_F(Marker, IsBoundWhereverAStringStands) {
  const FileRef input = MakeParquet("SELECT 1 AS x", "it's.parquet");
  const std::string uri = "s3://in/it's.parquet";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"SELECT 'from {s3_input_path}!' AS v", "from " + uri + "!"},
      {"WITH c AS (SELECT '{s3_input_path}' AS v) SELECT * FROM c", uri},
      {"WITH c AS (FROM '{s3_input_path}') SELECT x::VARCHAR AS v FROM c", "1"},
      {"SELECT (SELECT max('{s3_input_path}')) AS v", uri},
      {"SELECT 'y' AS v WHERE EXISTS (FROM '{s3_input_path}')", "y"},
      {"SELECT list_transform(['{s3_input_path}'], lambda p: p || '{s3_input_path}')[1] AS v",
       uri + uri},
      {"SELECT CASE WHEN true THEN '{s3_input_path}' END AS v", uri},
      {"FROM (VALUES ('{s3_input_path}')) t(v)", uri},
      {"SELECT v FROM (SELECT 'a' AS v UNION ALL SELECT '{s3_input_path}') WHERE v <> 'a'", uri},
      {"SELECT 'z' AS v FROM read_parquet(['{s3_input_path}'])", "z"},
      {"SELECT min('{s3_input_path}') OVER () AS v", uri},
      {"SELECT 'o' AS v FROM '{s3_input_path}' ORDER BY x || '{s3_input_path}' LIMIT 1", "o"},
      {"SELECT v FROM (SELECT 1 AS k) a JOIN (SELECT 1 AS k, '{s3_input_path}' AS v) b USING (k)",
       uri},
      {"SELECT $$ {s3_input_path}$$ AS v", " " + uri},
      {"PIVOT (SELECT 'k' AS k, '{s3_input_path}' AS s) ON k IN ('k' AS v) USING max(s)", uri},
      {"WITH RECURSIVE r(v, n) AS (SELECT '{s3_input_path}', 1 UNION ALL SELECT v, n + 1 FROM r "
       "WHERE n < 2) SELECT v FROM r WHERE n = 2",
       uri},
      {"SELECT {'p': '{s3_input_path}'}.p AS v", uri},
  };
  for (const auto& [sql, value] : cases) EXPECT_EQ(ValueOf(input, sql), value) << sql;
}

TEST_F(Marker, MustBeThereAndInAString) {
  EXPECT_TRUE(engine_->Check(kReadAll).has_value());
  EXPECT_THAT(engine_->Check("SELECT 1"), FailsWith(Code::kInvalid, "does not name its input"));
  EXPECT_THAT(engine_->Check("SELECT 1 AS \"{s3_input_path}\" FROM '{s3_input_path}'"),
              FailsWith(Code::kInvalid, "outside of a string"));
}

TEST_F(Marker, ReadsCompressedTextByItsExtension) {
  const std::string made = (root_ / "made").string();
  for (const auto& [extension, codec] :
       std::vector<std::pair<std::string, std::string>>{{".gz", "gzip"}, {".zst", "zstd"}}) {
    Plain("COPY (SELECT 'right' AS v, 1 AS w) TO " + Literal(made) + " (FORMAT csv, COMPRESSION " +
          codec + ")");
    const FileRef csv = Adopt(made, "a*b.csv" + extension);
    EXPECT_EQ(ValueOf(csv, "SELECT v FROM read_csv('{s3_input_path}')"), "right") << codec;
    EXPECT_EQ(ValueOf(csv, "SELECT v FROM '{s3_input_path}'"), "right") << codec;
    Plain("COPY (SELECT 'right' AS v) TO " + Literal(made) + " (FORMAT json, COMPRESSION " + codec +
          ")");
    const FileRef json = Adopt(made, "a*b.json" + extension);
    EXPECT_EQ(ValueOf(json, "SELECT v FROM read_json('{s3_input_path}')"), "right") << codec;
    EXPECT_EQ(ValueOf(json, "SELECT v FROM '{s3_input_path}'"), "right") << codec;
  }
}

TEST_F(Marker, ReadsALocalFileByItsFileUri) {
  MakeParquet("SELECT 'right' AS v", "x.parquet");
  const FileRef input = Ref({"file", "", (root_ / "in/x.parquet").string()});
  EXPECT_EQ(ValueOf(input, "SELECT v FROM '{s3_input_path}'"), "right");
  EXPECT_EQ(ValueOf(input, "SELECT '{s3_input_path}' AS v"),
            "file://" + (root_ / "in/x.parquet").string());
}

TEST_F(InputBinding, AKeyThatIsNoUtf8IsNotTheFaultOfTheRoute) {
  const FileRef input = MakeFile("id\n1\n", "wrong\xff.csv");
  for (const char* sql : {"SELECT * FROM read_csv('{s3_input_path}')", "FROM '{s3_input_path}'",
                          "SELECT '{s3_input_path}' AS x"}) {
    EXPECT_THAT(engine_->Describe({sql, input}),
                FailsWith(Code::kUnsupported,
                          "object keys that are not UTF-8 cannot be read by DuckDB, whose texts "
                          "are: s3://in/wrong\xff.csv"));
  }
  EXPECT_THAT(engine_->DistinctValues({input}, "id", 10, {}),
              FailsWith(Code::kUnsupported, "object keys that are not UTF-8"));
}

}  // namespace
}  // namespace eider::engine
