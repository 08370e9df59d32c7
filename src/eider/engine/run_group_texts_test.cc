// Several CSV or JSON files by one query: together only where one reader call reads all of them.
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "eider/engine/testing/run_group_fixture.h"

namespace eider::engine {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

using RunGroupTexts = RunGroup;

TEST_F(RunGroupTexts, GivesTheRowsOfTexts) {
  std::vector<FileRef> csv;
  std::vector<FileRef> json;
  for (int i = 0; i < 5; ++i) {
    std::string rows = "id,name,price,day\n";
    std::string lines;
    for (int row = 0; row < (i == 3 ? 0 : i * 900 + 1); ++row) {
      const std::string price = row % 9 == 4 ? "" : fmt::format("{}.25", row);
      rows += fmt::format("{},\"n, {}\",{},2024-01-0{}\n", i * 10'000 + row, row % 7, price, i + 1);
      lines += fmt::format(R"({{"id": {}, "name": "n {}", "flag": {}, "list": [{}, null]}})",
                           i * 10'000 + row, row % 7, row % 2 == 0, row);
      lines += '\n';
    }
    if (i == 3) rows += "77,x,1.25,2024-01-04\n";
    if (i == 3) lines += R"({"id": 77, "name": "x", "flag": true, "list": [1]})";
    csv.push_back(MakeFile(rows, fmt::format("{}.csv", i)));
    json.push_back(MakeFile(lines, fmt::format("{}.json", i)));
  }
  for (const int threads : {1, 4}) {
    OpenEngine({.threads = threads});
    ExpectAsAlone("SELECT * FROM read_csv('{s3_input_path}')", csv);
    ExpectAsAlone("FROM '{s3_input_path}'", csv);
    ExpectAsAlone("SELECT id, name FROM read_csv('{s3_input_path}') WHERE id % 3 = 0", csv);
    ExpectAsAlone(
        "SELECT id, upper(name) AS name, '{s3_input_path}' AS source, filename AS f FROM "
        "read_csv('{s3_input_path}', delim = ',') WHERE day > '2024-01-02'",
        csv);
    ExpectAsAlone("SELECT * FROM read_csv('{s3_input_path}', types = {'id': 'INTEGER'})", csv);
    ExpectAsAlone("SELECT * FROM read_csv('{s3_input_path}', all_varchar = true)", csv);
    ExpectAsAlone("SELECT * FROM read_json('{s3_input_path}')", json);
    ExpectAsAlone("SELECT id, flag, list[1] AS one FROM read_ndjson('{s3_input_path}') WHERE flag",
                  json);
    ExpectAsAlone("WITH t AS (FROM '{s3_input_path}') SELECT id, '{s3_input_path}' AS p FROM t",
                  json);
  }
}

TEST_F(RunGroupTexts, LeavesTextsThatReadInAnotherWayOut) {
  const std::vector<FileRef> files{
      MakeFile("a,b\n1,x\n", "0.csv"),  MakeFile("a;b\n2;x\n", "1.csv"),
      MakeFile("b,a\nx,3\n", "2.csv"),  MakeFile("a,b,c\n4,x,y\n", "3.csv"),
      MakeFile("5,x\n6,y\n", "4.csv"),  MakeFile("", "5.csv"),
      MakeFile("a,b\n7,z\n", "6.csv"),  MakeFile("\n\na,b\n8,z\n", "7.csv"),
      MakeFile("a,b\n1.5,z\n", "8.csv")};
  const auto places = [](const Result<GroupWritten>& group) {
    std::vector<std::size_t> found;
    if (!group) ADD_FAILURE() << group.error().message;
    for (std::size_t i = 0; group && i < group->shares.size(); ++i) {
      if (group->shares[i]) found.push_back(i);
    }
    return found;
  };
  schema_ = {.fields = {Column(1, "a", Of(iceberg::TypeKind::kDouble)),
                        Column(2, "b", Of(iceberg::TypeKind::kString))}};
  const auto run = [&](const std::string& sql) {
    return engine_->RunGroup({sql, files.front()}, Inputs(files), Target(schema_), {});
  };
  // Texts that are handed on become the table's values one by one: of any type.
  EXPECT_THAT(places(run("SELECT * FROM read_csv('{s3_input_path}')")), ElementsAre(0, 6, 8));
  std::filesystem::remove_all(root_ / "lake/t");
  EXPECT_THAT(places(run("SELECT a + 1 AS a, b FROM read_csv('{s3_input_path}')")),
              ElementsAre(0, 6));
}

TEST_F(RunGroupTexts, ReadsTextsOfEachEndOfLineAndPacking) {
  const std::vector<FileRef> files{MakeFile("a,b\n1,x\n2,y\n", "0.csv"),
                                   MakeFile("a,b\r\n3,x\r\n4,y\r\n", "1.csv"),
                                   MakeFile("a,b\n5,x\n6,y", "2.csv"),
                                   MakeFile("\xEF\xBB\xBF"
                                            "a,b\n7,x\n",
                                            "3.csv"),
                                   MakeFile("a,b\r\n8,\"x\r\nz\"\r\n", "4.csv")};
  ExpectAsAlone("SELECT * FROM read_csv('{s3_input_path}')", files);
}

TEST_F(RunGroupTexts, ReadsTextsInTheRoutesLetters) {
  const std::vector<FileRef> files{MakeFile("a\ncaf\xE9\n", "0.csv"),
                                   MakeFile("a\nna\xEFve\n", "1.csv")};
  Query query{.sql = "SELECT a FROM read_csv('{s3_input_path}')", .input = files.front()};
  query.encoding = "windows-1252";
  schema_ = {.fields = {Column(1, "a", Of(iceberg::TypeKind::kString))}};
  const auto group = engine_->RunGroup(query, Inputs(files), Target(schema_), {});
  ASSERT_TRUE(group.has_value()) << group.error().message;
  EXPECT_EQ(RowsIn(group->files), "{'a': café} {'a': naïve}");
  EXPECT_THAT(group->shares, Each(Optional(HasRows(1, 1U))));
}

TEST_F(RunGroupTexts, ReadsTextsByTheRoutesTypes) {
  const std::vector<FileRef> files{MakeFile("day\n01/02/2024\n", "0.csv"),
                                   MakeFile("day\n13/02/2024\n", "1.csv")};
  Query query{.sql = "SELECT day FROM read_csv('{s3_input_path}')", .input = files.front()};
  query.types = {{"day", "DATE '%d/%m/%Y'"}};
  schema_ = {.fields = {Column(1, "day", Of(iceberg::TypeKind::kDate))}};
  const auto group = engine_->RunGroup(query, Inputs(files), Target(schema_), {});
  ASSERT_TRUE(group.has_value()) << group.error().message;
  EXPECT_EQ(RowsIn(group->files), "{'day': 2024-02-01} {'day': 2024-02-13}");
}

TEST_F(RunGroupTexts, ATextThatDoesNotReadIsLeftOut) {
  const std::vector<FileRef> files{MakeFile("a,b\n1,x\n", "0.csv"), MakeFile("a,b\n3,y\n", "2.csv"),
                                   MakeFile("a,b\n1,x\n2\n", "1.csv")};
  schema_ = {.fields = {Column(1, "a", Of(iceberg::TypeKind::kLong)),
                        Column(2, "b", Of(iceberg::TypeKind::kString))}};
  ExpectOnlyTheLastLeftOut("SELECT * FROM read_csv('{s3_input_path}')", files);
}

TEST_F(RunGroupTexts, RefusesTextsThatAreNotLookedAt) {
  const std::vector<FileRef> files{MakeFile("a,b\n1,x\n", "0.csv"),
                                   MakeFile("a,b\n2,x\n", "1.csv")};
  schema_ = {.fields = {Column(1, "a", Of(iceberg::TypeKind::kLong)),
                        Column(2, "b", Of(iceberg::TypeKind::kString))}};
  for (const char* sql : {"SELECT * FROM read_csv('{s3_input_path}', ignore_errors = true)",
                          "SELECT * FROM read_csv('{s3_input_path}', null_padding = true)"}) {
    EXPECT_THAT(engine_->RunGroup({sql, files[0]}, Inputs(files), Target(schema_), {}),
                FailsWith(Code::kUnsupported, "together"));
  }
}

}  // namespace
}  // namespace eider::engine
