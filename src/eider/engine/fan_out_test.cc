// Parts of a file: what each route's SQL sees of it, and that all of them come out, or none.
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/engine/testing/engine_fixture.h"
#include "eider/store/memory_store.h"

namespace eider::engine {
namespace {

using iceberg::TypeKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Values = std::vector<std::optional<std::string>>;

// A part of a file and the route for it.
struct Route {
  Values values;
  std::string sql;
};

// A store in memory that counts what is read of it.
class CountingStore final : public store::MemoryStore {
 public:
  Result<std::unique_ptr<store::ObjectReader>> Open(const Uri& uri,
                                                    const store::OpenOptions& options) override {
    EIDER_ASSIGN(auto reader, store::MemoryStore::Open(uri, options));
    return std::make_unique<CountingReader>(std::move(reader), bytes_read_);
  }

  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  class CountingReader final : public store::ObjectReader {
   public:
    CountingReader(std::unique_ptr<store::ObjectReader> inner, std::atomic<std::uint64_t>& bytes)
        : inner_(std::move(inner)), bytes_(bytes) {}

    const store::ObjectInfo& info() const override { return inner_->info(); }

    Status ReadAt(std::uint64_t offset, std::span<char> out) override {
      bytes_ += out.size();
      return inner_->ReadAt(offset, out);
    }

   private:
    std::unique_ptr<store::ObjectReader> inner_;
    std::atomic<std::uint64_t>& bytes_;
  };

  std::atomic<std::uint64_t> bytes_read_ = 0;
};

class FanOut : public EngineFixture {
 protected:
  static constexpr const char* kOrders =
      "SELECT i AS id, CASE WHEN i % 4 < 3 THEN ['de', 'it''s', 'us'][1 + i % 4] END AS region, "
      "i * 2 AS amount FROM range(10000) t(i)";

  // Runs one part for each route, told apart by `column`, into tables t0, t1, … that get the schema
  // of their own SQL.
  Result<std::vector<std::vector<iceberg::DataFile>>> RunRoutes(
      const FileRef& input, const std::vector<Route>& routes, const std::string& column = "region",
      std::stop_token stop = {}) {
    schemas_.clear();
    schemas_.reserve(routes.size());
    std::vector<PartQuery> parts;
    for (const Route& route : routes) {
      Query query{.sql = route.sql, .input = input, .part = RowFilter{column, route.values}};
      auto schema = engine_->Describe(query);
      if (!schema) return std::unexpected(std::move(schema).error());
      schemas_.push_back(std::move(schema->schema));
      const std::string table = fmt::format("t{}", parts.size());
      parts.push_back({std::move(query),
                       {.table_name = table,
                        .schema = schemas_.back(),
                        .data_location = {"s3", "lake", table},
                        .file_prefix = "run"}});
    }
    return FilesOf(parts, std::move(stop));
  }

  // One line of what `select` says of the rows of each part, or the error.
  std::vector<std::string> Lines(const FileRef& input, const std::vector<Route>& routes,
                                 const std::string& select, const std::string& column = "region") {
    const auto files = RunRoutes(input, routes, column);
    if (!files) return {files.error().message};
    std::vector<std::string> lines;
    for (const auto& part : *files) {
      std::string paths;
      for (const auto& file : part) paths += (paths.empty() ? "" : ", ") + Literal(LocalPath(file));
      lines.push_back(part.empty()
                          ? "(no files)"
                          : PlainText("SELECT " + select + " FROM read_parquet([" + paths + "])"));
    }
    return lines;
  }

  std::vector<iceberg::Schema> schemas_;
};

TEST_F(FanOut, WritesWhatEachSqlMakesOfIt) {
  const FileRef input = MakeParquet(kOrders);
  const auto files = RunRoutes(input, {{{"de"}, kReadAll},
                                       {{"it's", std::nullopt}, "SELECT id FROM '{s3_input_path}'"},
                                       {{"us"}, "SELECT count(*) AS n FROM '{s3_input_path}' t"}});
  ASSERT_TRUE(files.has_value()) << files.error().message;
  ASSERT_EQ(files->size(), 3U);
  const auto from = [&](std::size_t part) {
    return " FROM " + Literal(LocalPath((*files)[part].front()));
  };
  EXPECT_EQ(PlainText("SELECT count(*) || min(region) || max(region) || sum(id)" + from(0)),
            "2500dede12495000");
  EXPECT_EQ(PlainText("SELECT count(*) || ' ' || sum(id % 4)" + from(1)), "5000 10000");
  EXPECT_EQ(PlainText("SELECT n" + from(2)), "2500");
  EXPECT_EQ((*files)[0].front().file_path, "s3://lake/t0/run-0.parquet");
  EXPECT_EQ((*files)[2].front().file_path, "s3://lake/t2/run-0.parquet");
  EXPECT_EQ((*files)[1].front().record_count, 5000);
}

TEST_F(FanOut, GivesWhatARunOfEachPartAloneGives) {
  const FileRef input = MakeParquet(kOrders);
  const std::vector<Route> routes = {
      {{"de"}, kReadAll}, {{"us"}, kReadAll}, {{std::nullopt}, kReadAll}};
  const std::string select = "count(*) || ' ' || bit_xor(hash(id, region, amount))";
  std::vector<std::string> alone;
  for (const Route& route : routes) alone.push_back(Lines(input, {route}, select).front());
  EXPECT_EQ(Lines(input, routes, select), alone);
  EXPECT_THAT(alone, testing::Each(testing::StartsWith("2500 ")));
}

TEST_F(FanOut, KeepsEverythingThatSqlSaysOfItsReader) {
  const FileRef input = MakeParquet(kOrders);
  const std::string uri = "s3://in/data.parquet";
  const std::vector<std::string> queries = {
      // Aliases, of the table and its columns.
      "SELECT count(*) || '' AS v FROM '{s3_input_path}' o WHERE o.region <> ''",
      "SELECT count(*) || '' AS v FROM read_parquet('{s3_input_path}') o(a, b) WHERE b <> ''",
      "SELECT count(o.b) || '' AS v FROM '{s3_input_path}' o(a, b, c)",
      // The same file read more than once, also in other ways.
      "SELECT count(*) || '' AS v FROM '{s3_input_path}' a JOIN '{s3_input_path}' b USING (id)",
      "WITH o AS (FROM '{s3_input_path}') SELECT (SELECT count(*) FROM o) || '' AS v",
      "WITH o AS (FROM '{s3_input_path}') SELECT count(*) || '' AS v FROM o, "
      "(SELECT max(amount) AS m FROM o) x WHERE o.amount <= x.m",
      "WITH o AS NOT MATERIALIZED (FROM '{s3_input_path}') SELECT count(*) || '' AS v FROM "
      "(FROM o UNION ALL FROM o) WHERE id IN (SELECT id FROM o) AND id < 5000",
      "SELECT (SELECT count(*) FROM '{s3_input_path}') || '' AS v",
      "SELECT count(*) || '' AS v FROM read_parquet(['{s3_input_path}'])",
      "SELECT count(*) || '' AS v FROM (SELECT DISTINCT ON (id) * FROM '{s3_input_path}')",
      "SELECT v || '' AS v FROM (SELECT count(*) OVER () AS v FROM '{s3_input_path}' LIMIT 1)",
      "SELECT count(*) || '' AS v FROM '{s3_input_path}' a WHERE EXISTS (SELECT 1 FROM "
      "'{s3_input_path}' b WHERE b.id = a.id AND b.region IS NOT DISTINCT FROM a.region)",
  };
  for (const std::string& sql : queries) {
    EXPECT_THAT(Lines(input, {{{"de"}, sql}, {{"us"}, sql}}, "v"), ElementsAre("2500", "2500"))
        << sql;
  }
  const std::string by_name =
      "SELECT min(filename) || count(*) AS v FROM read_parquet('{s3_input_path}', filename = true)";
  const std::string virtual_name = "SELECT min(filename) || count(*) AS v FROM '{s3_input_path}'";
  const std::string row_number =
      "SELECT max(file_row_number) || ' ' || count(*) AS v FROM '{s3_input_path}'";
  EXPECT_THAT(
      Lines(input, {{{"de"}, by_name}, {{"us"}, virtual_name}, {{"it's"}, row_number}}, "v"),
      ElementsAre(uri + "2500", uri + "2500", "9997 2500"));
  EXPECT_THAT(
      Lines(input, {{{"de"}, "SELECT filename AS f, * FROM '{s3_input_path}'"}, {{"us"}, kReadAll}},
            "count(COLUMNS(*)) + 0"),
      testing::SizeIs(2));
  EXPECT_THAT(schemas_[0].fields, testing::SizeIs(4));
  EXPECT_THAT(schemas_[1].fields, testing::SizeIs(3));
}

TEST_F(FanOut, ReadsTheFileOnce) {
  CountingStore store;
  const FileRef made = MakeParquet("SELECT hash(i) AS h, i % 10 AS region FROM range(300000) t(i)");
  const auto bytes = store::ReadAll(*store_, made.uri, 1U << 30U);
  ASSERT_TRUE(store.Put(made.uri, *bytes, store::PutMode::kReplace).has_value());
  auto engine = OpenDuckDb(store, {.temp_directory = (root_ / "tmp").string()});
  ASSERT_TRUE(engine.has_value());
  engine_ = *std::move(engine);
  FileRef input = made;
  input.etag.clear();

  std::vector<Route> routes;
  for (int i = 0; i < 10; ++i) routes.push_back({{std::to_string(i)}, kReadAll});
  const auto before = store.bytes_read();
  const auto files = RunRoutes(input, routes);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  // Once for all rows, and the footer for each binding.
  EXPECT_LT(store.bytes_read() - before, bytes->size() * 3 / 2);
  EXPECT_EQ((*files)[9].front().record_count, 30000);
  // A reader with another option is another read.
  routes[3].sql = "SELECT h FROM read_parquet('{s3_input_path}', filename = true)";
  EXPECT_EQ((*RunRoutes(input, routes))[3].front().record_count, 30000);
}

TEST_F(FanOut, TakesTextFilesAndTheLeavesOfStructs) {
  const FileRef csv = MakeFile("region,n\nde,1\nus,2\nde,3\n,4\n", "a.csv");
  const std::string read_csv = "FROM read_csv('{s3_input_path}')";
  EXPECT_THAT(Lines(csv, {{{"de"}, read_csv}, {{"us"}, read_csv}, {{std::nullopt}, read_csv}},
                    "string_agg(n, ' ' ORDER BY n)"),
              ElementsAre("1 3", "2", "4"));
  EXPECT_THAT(Lines(csv, {{{"de"}, read_csv}}, "string_agg(n, ' ' ORDER BY n)"),
              ElementsAre("1 3"));
  const FileRef json = MakeFile(
      "{\"to\": {\"region\": \"de\"}, \"n\": 1}\n{\"to\": null, \"n\": 2}\n"
      "{\"to\": {\"region\": \"us\"}, \"n\": 3}\n",
      "a.json");
  const std::string read_json = "SELECT n FROM read_json('{s3_input_path}')";
  EXPECT_THAT(Lines(json, {{{"de"}, read_json}, {{"us"}, read_json}, {{std::nullopt}, read_json}},
                    "n", "to.region"),
              ElementsAre("1", "3", "2"));
}

TEST_F(FanOut, TellsPartsApartByColumnsOfEveryType) {
  const FileRef input = MakeParquet(
      "SELECT i % 2 AS i, (i % 2)::TINYINT AS tiny, i % 2 = 1 AS truth, "
      "DATE '2024-01-01' + (i % 2)::INTEGER AS day, (i % 2)::DECIMAL(9,2) AS price, "
      "(i % 2) * 0.5::DOUBLE AS half, {'in': i % 2} AS s, TIMESTAMP '2024-01-01' + "
      "INTERVAL (i % 2) SECOND AS at, ['a', 'b'][1 + i % 2]::ENUM('a', 'b') AS kind, "
      "TIMESTAMPTZ '2024-01-01 00:00:00+00' + INTERVAL (i % 2) SECOND AS zoned "
      "FROM range(100) t(i)");
  for (const std::string column :
       {"i", "tiny", "truth", "day", "price", "half", "s.in", "at", "kind", "zoned"}) {
    const auto values = engine_->DistinctValues({input}, column, 10, {});
    ASSERT_TRUE(values.has_value()) << values.error().message;
    ASSERT_EQ(values->size(), 2U) << column;
    const std::string sql = "SELECT i FROM '{s3_input_path}'";
    // Together by the rows, alone by a filter in the plan.
    EXPECT_THAT(Lines(input, {{{(*values)[0]}, sql}, {{(*values)[1]}, sql}},
                      "count(*) || ' ' || sum(i)", column),
                ElementsAre("50 0", "50 50"))
        << column;
    EXPECT_THAT(Lines(input, {{{(*values)[1]}, sql}}, "count(*) || ' ' || sum(i)", column),
                ElementsAre("50 50"))
        << column;
    EXPECT_THAT(Lines(input, {{{"07", "no such", "1.000"}, sql}}, "count(*)", column),
                ElementsAre("(no files)"))
        << column;
  }
}

TEST_F(FanOut, SpreadsManyWideParts) {
  // 300 parts of 60 texts: a chunk for each would take more memory than there is.
  OpenEngine({.memory_limit_bytes = 256ULL << 20U, .threads = 2});
  std::string columns;
  for (int i = 0; i < 60; ++i) columns += fmt::format(", 'text ' || (i + {}) AS c{}", i, i);
  const FileRef input =
      MakeParquet("SELECT i, 'p' || (i % 300) AS region" + columns + " FROM range(30000) t(i)");
  std::vector<Route> routes;
  for (int part = 0; part < 300; part += 3) {
    const auto name = [&](int n) { return std::optional(fmt::format("p{}", part + n)); };
    routes.push_back({{name(0), name(1), name(2)}, kReadAll});
  }
  const auto files = RunRoutes(input, routes);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  for (std::size_t part = 0; part < files->size(); ++part) {
    ASSERT_EQ((*files)[part].front().record_count, 300) << part;
    EXPECT_EQ(PlainText("SELECT min(i % 300) || ' ' || max(i % 300) || ' ' || max(c59) FROM " +
                        Literal(LocalPath((*files)[part].front()))),
              PlainText(fmt::format("SELECT '{0} {1} ' || max('text ' || (i + 59)) FROM "
                                    "range(30000) t(i) WHERE i % 300 BETWEEN {0} AND {1}",
                                    part * 3, part * 3 + 2)));
  }
}

TEST_F(FanOut, SpillsWhatDoesNotFitIntoTheMemory) {
  OpenEngine({.memory_limit_bytes = 64ULL << 20U, .threads = 1});
  const FileRef input = MakeParquet(
      "SELECT i, i % 2 AS region, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS text "
      "FROM range(1500000) t(i)");
  EXPECT_THAT(Lines(input, {{{"0"}, kReadAll}, {{"1"}, kReadAll}},
                    "count(*) || ' ' || sum(i) || ' ' || count(DISTINCT text)"),
              ElementsAre("750000 562499250000 750000", "750000 562500000000 750000"));
}

TEST_F(FanOut, LeavesNothingBehindWhenOnePartFails) {
  const FileRef input = MakeParquet(kOrders);
  const std::string fails = "SELECT CAST(error('mine') AS BIGINT) AS x FROM '{s3_input_path}'";
  const auto files = RunRoutes(input, {{{"de"}, kReadAll}, {{"us"}, fails}, {{"it's"}, kReadAll}});
  ASSERT_THAT(files, FailsWith(Code::kInvalid, "part of table t1"));
  EXPECT_THAT(files.error().message, HasSubstr("s3://in/data.parquet"));
  EXPECT_THAT(FilesInLake(), IsEmpty());
}

TEST_F(FanOut, RefusesSqlThatDoesNotReadTheColumn) {
  const FileRef input = MakeFile("region,n\nde,1\nus,2\n", "a.csv");
  const std::string other =
      "FROM read_csv('{s3_input_path}', header = false, skip = 1, names = ['country', 'n'])";
  EXPECT_THAT(RunRoutes(input, {{{"de"}, other}, {{"us"}, other}}),
              FailsWith(Code::kInvalid, "no column region in s3://in/a.csv"));
  EXPECT_THAT(RunRoutes(input, {{{"de"}, other}}),
              FailsWith(Code::kInvalid, "its SQL reads the file without the column"));
  EXPECT_THAT(RunRoutes(input, {{{"de"}, "SELECT '{s3_input_path}' AS path"}}),
              FailsWith(Code::kInvalid, "its SQL reads no rows of the file"));
}

TEST_F(FanOut, RefusesSqlThatReadsOtherValues) {
  // FROM 'a.csv' takes the number 1.5; this SQL the text 1.50.
  const FileRef input = MakeFile("region,n\n1.50,1\n2.50,2\n", "a.csv");
  const std::string texts = "FROM read_csv('{s3_input_path}', all_varchar = true)";
  EXPECT_THAT(*engine_->DistinctValues({input}, "region", 10, {}), ElementsAre("1.5", "2.5"));
  for (const auto& routes : {std::vector<Route>{{{"1.5"}, texts}, {{"2.5"}, texts}},
                             std::vector<Route>{{{"1.5"}, texts}}}) {
    const auto files = RunRoutes(input, routes);
    ASSERT_THAT(files, FailsWith(Code::kInvalid, "no row that its read_csv returns has '1.5'"));
    EXPECT_THAT(files.error().message, HasSubstr("the route for table t0 reads s3://in/a.csv"));
    EXPECT_THAT(FilesInLake(), IsEmpty());
  }
}

TEST_F(FanOut, ChecksThatResultsFitTheirTables) {
  const FileRef input = MakeParquet(kOrders);
  const iceberg::Schema fits = Described(input);
  const iceberg::Schema other{.fields = {Column(1, "id", iceberg::Type{TypeKind::kInt})}};
  std::vector<PartQuery> parts;
  for (const iceberg::Schema* schema : {&fits, &other}) {
    const std::string table = fmt::format("t{}", parts.size());
    parts.push_back({Query{.sql = kReadAll,
                           .input = input,
                           .part = RowFilter{"region", {table == "t0" ? "de" : "us"}}},
                     {.table_name = table,
                      .schema = *schema,
                      .data_location = {"s3", "lake", table},
                      .file_prefix = "run"}});
  }
  EXPECT_THAT(engine_->RunParts(parts, {}), FailsWith(Code::kInvalid, "does not fit table t1"));
  EXPECT_THAT(FilesInLake(), IsEmpty());
  parts[1].query.part->column = "amount";
  EXPECT_THAT(engine_->RunParts(parts, {}), FailsWith(Code::kInvalid, ""));
}

TEST_F(FanOut, StopsWhenAsked) {
  const FileRef input = MakeParquet(kOrders);
  std::stop_source source;
  source.request_stop();
  EXPECT_THAT(
      RunRoutes(input, {{{"de"}, kReadAll}, {{"us"}, kReadAll}}, "region", source.get_token()),
      FailsWith(Code::kCancelled, ""));
  EXPECT_THAT(FilesInLake(), IsEmpty());
}

}  // namespace
}  // namespace eider::engine
