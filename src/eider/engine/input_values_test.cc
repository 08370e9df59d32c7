// Distinct values of a column: from every kind of file, in order, and never more than is allowed.
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class InputValues : public EngineFixture {
 protected:
  static constexpr int kManyValues = 1000;

  Result<std::vector<std::optional<std::string>>> Values(const FileRef& input,
                                                         const std::string& column,
                                                         int values_max = kManyValues) {
    return engine_->DistinctValues({input}, column, values_max, {});
  }

  // The values as one text, null as (null), or the error.
  std::string Text(const FileRef& input, const std::string& column) {
    const auto values = Values(input, column);
    if (!values) return values.error().message;
    std::string text;
    for (const auto& value : *values) text += (text.empty() ? "" : ",") + value.value_or("(null)");
    return text;
  }
};

TEST_F(InputValues, AreSortedByBytesWithNullLast) {
  const FileRef input = MakeParquet(
      "SELECT * FROM (VALUES ('b'), ('ä'), ('a'), (NULL), ('B'), (''), ('a'), ('(null)')) t(v)");
  const auto values = Values(input, "v");
  ASSERT_TRUE(values.has_value()) << values.error().message;
  EXPECT_THAT(*values, ElementsAre("", "(null)", "B", "a", "b", "ä", std::nullopt));
}

TEST_F(InputValues, ComeFromEveryFormat) {
  EXPECT_EQ(Text(MakeFile("k,v\n1,x\n2,y\n3,x\n", "a.csv"), "v"), "x,y");
  EXPECT_EQ(Text(MakeFile("{\"v\": \"x\"}\n{\"v\": null}\n{\"v\": \"y\"}\n", "a.json"), "v"),
            "x,y,(null)");
  const std::string made = (root_ / "made").string();
  for (const char* name : {"gz gzip", "zst zstd"}) {
    const std::string extension = std::string(name).substr(0, std::string(name).find(' '));
    const std::string codec = std::string(name).substr(extension.size() + 1);
    Plain("COPY (SELECT 'x' AS v, 1 AS w) TO " + Literal(made) + " (FORMAT csv, COMPRESSION " +
          codec + ")");
    EXPECT_EQ(Text(Adopt(made, "it's*.csv." + extension), "v"), "x");
    Plain("COPY (SELECT 'x' AS v) TO " + Literal(made) + " (FORMAT json, COMPRESSION " + codec +
          ")");
    EXPECT_EQ(Text(Adopt(made, "it's*.json." + extension), "v"), "x");
  }
}

TEST_F(InputValues, AreTextsOfEveryType) {
  const FileRef input = MakeParquet(
      "SELECT i % 3 AS number, i % 2 = 0 AS truth, DATE '2024-01-01' + (i % 2)::INTEGER AS day, "
      "(i % 2) / 4 AS fraction, ['eu', 'us'][1 + i % 2]::ENUM('eu', 'us') AS region, "
      "CASE WHEN i % 2 = 0 THEN '\\x00a'::BLOB END AS bytes FROM range(5000) t(i)");
  EXPECT_EQ(Text(input, "number"), "0,1,2");
  EXPECT_EQ(Text(input, "truth"), "false,true");
  EXPECT_EQ(Text(input, "day"), "2024-01-01,2024-01-02");
  EXPECT_EQ(Text(input, "fraction"), "0.0,0.25");
  EXPECT_EQ(Text(input, "region"), "eu,us");
  EXPECT_EQ(Text(input, "bytes"), "\\x00a,(null)");
}

TEST_F(InputValues, AreFoundAcrossRowGroupsWithAndWithoutDictionaries) {
  for (const char* options : {", ROW_GROUP_SIZE 10000", ", DICTIONARY_SIZE_LIMIT 1",
                              ", ROW_GROUP_SIZE 2048, CODEC zstd"}) {
    const FileRef input = MakeParquet(
        "SELECT CASE WHEN i % 100 < 99 THEN 'value number ' || lpad((i // 1000)::VARCHAR, 3, '0') "
        "END AS v FROM range(100000) t(i)",
        "data.parquet", options);
    const auto values = Values(input, "v", 101);
    ASSERT_TRUE(values.has_value()) << options << values.error().message;
    ASSERT_EQ(values->size(), 101U) << options;
    EXPECT_EQ(values->front(), "value number 000");
    EXPECT_EQ((*values)[99], "value number 099");
    EXPECT_EQ(values->back(), std::nullopt);
  }
}

TEST_F(InputValues, MayBeLeavesOfStructs) {
  const FileRef input = MakeParquet(
      "SELECT {'city': 'Bonn', 'geo': {'Zone': 7}} AS address, 'dotted' AS \"a.b\", "
      "{'c': 'deep'} AS \"x.y\"");
  EXPECT_EQ(Text(input, "address.city"), "Bonn");
  EXPECT_EQ(Text(input, "ADDRESS.geo.zone"), "7");
  EXPECT_EQ(Text(input, "a.b"), "dotted");
  EXPECT_EQ(Text(input, "x.y.c"), "deep");
}

TEST_F(InputValues, OfANullStructAreNull) {
  const FileRef input =
      MakeParquet("SELECT CASE WHEN i = 1 THEN {'city': 'Bonn'} END AS address FROM range(2) t(i)");
  EXPECT_EQ(Text(input, "address.city"), "Bonn,(null)");
}

TEST_F(InputValues, AboveTheLimitAreRefused) {
  const FileRef input = MakeParquet("SELECT 'v' || i AS v FROM range(200000) t(i)");
  const auto values = Values(input, "v", 100);
  ASSERT_THAT(values, FailsWith(Code::kInvalid,
                                "column v of s3://in/data.parquet has more than "
                                "100 distinct values"));
  EXPECT_THAT(values.error().message, HasSubstr("routing.column_values_max"));
  EXPECT_THAT(values.error().message, HasSubstr("another strategy"));
  const FileRef few = MakeParquet(
      "SELECT CASE WHEN i < 3 THEN 'v' || i END AS v FROM range(4) t(i)", "few.parquet");
  EXPECT_TRUE(Values(few, "v", 4).has_value());
  EXPECT_THAT(Values(few, "v", 3), FailsWith(Code::kInvalid, "more than 3 distinct values"));
}

TEST_F(InputValues, OfAMissingColumnNameTheNearest) {
  const FileRef input =
      MakeParquet("SELECT 'x' AS region, 1 AS reason, {'city': 'Bonn'} AS address, 2 AS q");
  const auto values = Values(input, "regoin");
  ASSERT_THAT(values, FailsWith(Code::kInvalid,
                                "no column regoin in s3://in/data.parquet; the "
                                "nearest are region"));
  EXPECT_THAT(Values(input, "address.town"), FailsWith(Code::kInvalid, "address.city"));
  EXPECT_THAT(Values(input, "q.x"), FailsWith(Code::kInvalid, "no column q.x"));
}

TEST_F(InputValues, OfANestedColumnAreRefused) {
  const FileRef input =
      MakeParquet("SELECT {'city': {'name': 'Bonn'}} AS address, [1] AS list, MAP {'a': 1} AS map");
  EXPECT_THAT(Values(input, "address"), FailsWith(Code::kInvalid, "such as address.city"));
  EXPECT_THAT(Values(input, "address.city"),
              FailsWith(Code::kInvalid, "such as address.city.name"));
  EXPECT_THAT(Values(input, "list"), FailsWith(Code::kInvalid, "INTEGER[]: a row has several"));
  EXPECT_THAT(Values(input, "map"),
              FailsWith(Code::kInvalid, "column map of s3://in/data.parquet"));
}

TEST_F(InputValues, NeedAReaderForTheFile) {
  EXPECT_THAT(Values(MakeFile("v\n1\n", "data.bin"), "v"),
              FailsWith(Code::kInvalid, "s3://in/data.bin: a file is read by what its name ends"));
  EXPECT_THAT(Values(MakeFile("no parquet", "bad.parquet"), "v"),
              FailsWith(Code::kCorrupt, "bad.parquet"));
  FileRef gone;
  gone.uri = {"s3", "in", "gone.parquet"};
  EXPECT_THAT(Values(gone, "v"), FailsWith(Code::kNotFound, "gone.parquet"));
}

TEST_F(InputValues, StopWhenAsked) {
  const FileRef input = MakeParquet("SELECT 1 AS v");
  std::stop_source source;
  source.request_stop();
  EXPECT_THAT(engine_->DistinctValues({input}, "v", 10, source.get_token()),
              FailsWith(Code::kCancelled, ""));
}

}  // namespace
}  // namespace eider::engine
