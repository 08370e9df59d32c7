// What goes wrong with inputs, stores and stops, and the code that the caller gets.
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

using iceberg::TypeKind;

class QueryErrorsTest : public EngineFixture {
 protected:
  const iceberg::Schema schema_{.fields = {Column(1, "x", Of(TypeKind::kLong))}};

  std::string Bytes(const FileRef& file) {
    auto bytes = store::ReadAll(*store_, file.uri, 1U << 30U);
    return bytes ? *bytes : "";
  }
};

TEST_F(QueryErrorsTest, AFileThatIsNoParquetIsCorrupt) {
  const FileRef input = MakeFile("these are not the bytes you look for", "no.parquet");
  EXPECT_THAT(Run(input, schema_), FailsWith(Code::kCorrupt, "s3://in/no.parquet"));
  EXPECT_THAT(engine_->Describe({kReadAll, input}), FailsWith(Code::kCorrupt, "no.parquet"));
}

TEST_F(QueryErrorsTest, AnEmptyFileIsCorrupt) {
  const FileRef input = MakeFile("", "empty.parquet");
  EXPECT_THAT(Run(input, schema_), FailsWith(Code::kCorrupt, "s3://in/empty.parquet"));
}

TEST_F(QueryErrorsTest, ATruncatedParquetIsCorrupt) {
  const FileRef whole = MakeParquet("SELECT range AS x FROM range(100000)");
  const std::string bytes = Bytes(whole);
  for (const std::size_t size : {bytes.size() - 1, bytes.size() / 2, std::size_t{12}}) {
    const FileRef input = MakeFile(bytes.substr(0, size), "cut.parquet");
    EXPECT_THAT(Run(input, schema_), FailsWith(Code::kCorrupt, "s3://in/cut.parquet")) << size;
  }
}

TEST_F(QueryErrorsTest, DamagedPagesAreCorruptAndStopNoOtherFile) {
  const FileRef whole = MakeParquet("SELECT hash(range) % 1000000 AS x FROM range(100000)");
  std::string bytes = Bytes(whole);
  for (std::size_t at = 100; at < bytes.size() / 2; at += 7) bytes[at] = '\xFF';
  const FileRef input = MakeFile(bytes, "bad.parquet");
  EXPECT_THAT(Run(input, schema_), FailsWith(Code::kCorrupt, "s3://in/bad.parquet"));
  EXPECT_TRUE(FilesInLake().empty());
  const FileRef good = MakeParquet("SELECT 1::BIGINT AS x", "good.parquet");
  EXPECT_TRUE(Run(good, schema_).has_value());
}

TEST_F(QueryErrorsTest, BadTextAndBadCompressionAreCorrupt) {
  const FileRef csv = MakeFile("x\n1\n2\nthree\n", "bad.csv");
  EXPECT_THAT(Run(csv, schema_, "FROM read_csv('{s3_input_path}', columns = {'x': 'BIGINT'})"),
              FailsWith(Code::kCorrupt, "bad.csv"));
  const FileRef json = MakeFile("{\"x\": 1}\n{\"x\": ", "bad.json");
  EXPECT_THAT(Run(json, schema_, "FROM read_json('{s3_input_path}', columns = {'x': 'BIGINT'})"),
              FailsWith(Code::kCorrupt, "bad.json"));
  const FileRef gzip = MakeFile("\x1f\x8bnot gzip at all, but long enough", "bad.csv.gz");
  EXPECT_THAT(Run(gzip, schema_, "FROM read_csv('{s3_input_path}')"),
              FailsWith(Code::kCorrupt, "bad.csv.gz"));
}

TEST_F(QueryErrorsTest, AMissingObjectIsNotFound) {
  FileRef input;
  input.uri = {"s3", "in", "gone.parquet"};
  EXPECT_THAT(Run(input, schema_), FailsWith(Code::kNotFound, "gone.parquet"));
}

TEST_F(QueryErrorsTest, AReplacedObjectIsSuperseded) {
  const FileRef before = MakeParquet("SELECT 1::BIGINT AS x");
  MakeParquet("SELECT 2::BIGINT AS x, 3 AS y");
  EXPECT_THAT(Run(before, schema_), FailsWith(Code::kConflict, "superseded"));
  EXPECT_THAT(engine_->Describe({kReadAll, before}), FailsWith(Code::kConflict, "superseded"));
  FileRef any = before;
  any.etag.clear();
  EXPECT_THAT(engine_->Describe({kReadAll, any})->schema.fields, testing::SizeIs(2));
}

TEST_F(QueryErrorsTest, ErrorsOfTheSqlAreInvalid) {
  const FileRef input = MakeParquet("SELECT 1::BIGINT AS x, 'a' AS s");
  for (const char* sql :
       {"SELECT nope FROM '{s3_input_path}'", "SELECT upper(x, 1) FROM '{s3_input_path}'",
        "SELECT m.x FROM 'missing.csv' m, '{s3_input_path}'",
        "SELECT CAST(s AS BIGINT) AS x FROM '{s3_input_path}'",
        "SELECT CAST(error('mine') AS BIGINT) AS x FROM '{s3_input_path}'"}) {
    EXPECT_THAT(Run(input, schema_, sql), FailsWith(Code::kInvalid, "s3://in/data.parquet")) << sql;
  }
}

TEST_F(QueryErrorsTest, InfinitiesAndMidnightAtTheEndAreRefused) {
  const FileRef input = MakeParquet("SELECT 1 AS x");
  for (const char* value : {"'infinity'::DATE", "'-infinity'::DATE", "'infinity'::TIMESTAMP",
                            "'-infinity'::TIMESTAMPTZ", "'24:00:00'::TIME", "['infinity'::DATE]",
                            "{'a': '-infinity'::TIMESTAMP}"}) {
    const std::string sql = "SELECT " + std::string(value) + " AS x FROM '{s3_input_path}'";
    const auto result = Run(input, Described(input, sql), sql);
    ASSERT_THAT(result, FailsWith(Code::kInvalid, "of table bronze.orders: has ")) << value;
    EXPECT_THAT(result.error().message, testing::HasSubstr("s3://in/data.parquet"));
    EXPECT_TRUE(FilesInLake().empty());
  }
}

TEST_F(QueryErrorsTest, AStopBeforeOrDuringTheQueryCancelsIt) {
  const FileRef input = MakeParquet("SELECT range AS x FROM range(10)");
  std::stop_source before;
  before.request_stop();
  EXPECT_THAT(Run(input, schema_, kReadAll, before.get_token()), FailsWith(Code::kCancelled, ""));

  std::stop_source during;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    during.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  const std::string endless =
      "SELECT sum(a.range * b.range)::BIGINT AS x FROM '{s3_input_path}', range(100000000) a, "
      "range(1000000) b";
  EXPECT_THAT(Run(input, schema_, endless, during.get_token()), FailsWith(Code::kCancelled, ""));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  EXPECT_TRUE(FilesInLake().empty());
  EXPECT_TRUE(Run(input, schema_).has_value());
}

}  // namespace
}  // namespace eider::engine
