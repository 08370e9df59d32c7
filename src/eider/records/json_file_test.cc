// JSON texts: what is none is refused with its line; what is tells its columns, whole.
#include "eider/records/json_file.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/records/testing/text_pieces.h"

namespace eider::records {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string ErrorOf(std::string text, const JsonQuestion& question = {}) {
  const auto file = ReadJson(PiecesOf(std::move(text)), question);
  return file ? "" : file.error().message;
}

std::vector<std::string> ColumnsOf(std::string text) {
  std::vector<std::string> columns;
  const auto file = ReadJson(PiecesOf(std::move(text)), {});
  if (!file) return {file.error().message};
  for (const JsonColumn& column : file->columns) {
    columns.push_back(column.name + " " + column.sql_type);
  }
  return columns;
}

TEST(JsonFileTest, CutOffAndLooseJsonIsRefused) {
  EXPECT_THAT(ErrorOf(R"(["a",4,1,)"), HasSubstr("cut off"));
  EXPECT_THAT(ErrorOf("[1,"), HasSubstr("cut off"));
  EXPECT_THAT(ErrorOf(R"([{"a":1})"), HasSubstr("cut off"));
  EXPECT_THAT(ErrorOf("{\"a\":1}\n{\"id\":0,}\n"), HasSubstr("line 2: this is not JSON, from `}`"));
  EXPECT_THAT(ErrorOf("{\"a\":NaN}\n"), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorOf("{\"a\":01}\n"), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorOf("{\"a\":1}\n{\"a\":2} x\n"), HasSubstr("line 2"));
  EXPECT_THAT(ErrorOf("[1] 2"), HasSubstr("behind the end of the array"));
  EXPECT_THAT(ErrorOf("{'a':1}"), HasSubstr("not JSON"));
}

TEST(JsonFileTest, FormatsAreTold) {
  EXPECT_EQ(ReadJson(PiecesOf("{\"a\":1}\n\n{\"a\":2}\n"), {})->format, JsonFormat::kLines);
  EXPECT_EQ(ReadJson(PiecesOf("[{\"a\":1},\n{\"a\":2}]\n"), {})->format, JsonFormat::kArray);
  EXPECT_EQ(ReadJson(PiecesOf("{\"a\":1}{\"a\":\n2}"), {})->format, JsonFormat::kValues);
}

TEST(JsonFileTest, EveryPieceSizeCountsTheSame) {
  const std::string text =
      "\xEF\xBB\xBF{\"a\":12345}\n{\"a\":\"x\\\"y\"}\n{\"b\":[1,{\"c\":null}]}\n";
  for (std::size_t bytes = 1; bytes < text.size(); ++bytes) {
    const auto file = ReadJson(PiecesOf(text, bytes), {});
    ASSERT_TRUE(file) << bytes << ": " << file.error().message;
    EXPECT_EQ(file->records, 3U) << bytes;
    EXPECT_EQ(file->columns.size(), 2U) << bytes;
  }
}

// What was seen before is known by its letters: of these keys none is another.
TEST(JsonFileTest, KeysAreComparedWithTheirEscapes) {
  EXPECT_THAT(ColumnsOf("{\"a\\u0022b\":1,\"c\":1}\n{\"a\\u0022b\":2,\"c\":\"x\"}"),
              ElementsAre("a\"b BIGINT", "c JSON"));
  EXPECT_THAT(ErrorOf("{\"a\\u0022b\":1}\n{\"a\"b\":1}"), HasSubstr("line 2"));
  EXPECT_THAT(ColumnsOf("{\"\\u0061\":1}\n{\"a\":\"x\"}"), ElementsAre("a JSON"));
  EXPECT_THAT(ColumnsOf("{\"a\":1,\"ab\":1}\n{\"ab\":1,\"a\":\"x\"}"),
              ElementsAre("a JSON", "ab BIGINT"));
  EXPECT_THAT(ColumnsOf("{\"a\" : 1}\n{\"a\"\t: 2}"), ElementsAre("a BIGINT"));
}

TEST(JsonFileTest, AControlCharacterIsInNoString) {
  for (std::size_t at = 0; at < 20; ++at) {
    std::string text(20, 'x');
    text[at] = '\x1f';
    EXPECT_THAT(ErrorOf("{\"a\":\"" + text + "\"}"), HasSubstr("line 1")) << at;
    text[at] = '\x7f';
    EXPECT_EQ(ErrorOf("{\"a\":\"" + text + "\"}"), "") << at;
    text[at] = '\xff';
    EXPECT_EQ(ErrorOf("{\"a\":\"" + text + "\"}"), "") << at;
    text[at] = '"';
    EXPECT_THAT(ErrorOf("{\"a\":\"" + text + "\"}"), HasSubstr("line 1")) << at;
    text.insert(at, 1, '\\');
    EXPECT_EQ(ErrorOf("{\"a\":\"" + text + "\"}"), "") << at;
  }
}

TEST(JsonFileTest, LinesThatEndInsideOfAValueAreCounted) {
  EXPECT_THAT(ErrorOf("{\"a\":\n[1,\n2]\n}\n{\"a\" x}"), HasSubstr("line 5"));
  EXPECT_EQ(ReadJson(PiecesOf("{\"a\":1,\n\"b\":2}\n"), {})->format, JsonFormat::kValues);
}

TEST(JsonFileTest, WholeNumbersTellWhether32BitsHoldThem) {
  const auto file = ReadJson(PiecesOf(R"({"a":-1,"b":2147483648,"c":1.5,"d":"1"})"), {});
  std::vector<std::string> small;
  for (const JsonColumn& column : file->columns) {
    if (column.fits_int) small.push_back(column.name);
  }
  EXPECT_THAT(small, ElementsAre("a"));
}

// Lines of a few megabytes, so that they are looked at in several chunks: `odd` stands in one of
// them.
std::string ManyLines(std::size_t before, const std::string& odd, std::size_t behind) {
  std::string text;
  for (std::size_t i = 0; i < before + behind; ++i) {
    if (i == before) text += odd;
    text += fmt::format("{{\"i\":{},\"x\":{}.5,\"at\":\"2024-01-01\",\"o\":{{\"k\":[{}]}}}}\n", i,
                        i, i);
  }
  return before + behind == 0 ? odd : text;
}

std::string ToldBy(const std::string& text, const JsonQuestion& question) {
  const auto file = ReadJson(PiecesOf(text, question.chunk_bytes / 2), question);
  if (!file) return file.error().message;
  std::string told =
      fmt::format("{} {} {}", static_cast<int>(file->format), file->records, file->are_objects);
  for (const JsonColumn& column : file->columns) {
    told += fmt::format(", {} {} {} {} {}", column.name, column.sql_type, column.is_scalar,
                        column.has_values, column.fits_int);
  }
  return told;
}

TEST(JsonFileTest, SeveralThreadsTellTheSameAsOne) {
  constexpr std::size_t kMany = 3'000;  // some 170 kB
  for (const std::string& odd : {
           std::string(),
           std::string("\n\n  \n"),
           std::string("{\"i\":null,\"late\":true}\n"),
           std::string("{\"x\":9007199254740993}\n"),
           std::string("{\"at\":\"12:00\"}\n"),
           std::string("{\"at\":\"2024-01-01T00:00:00Z\"}\n"),
           std::string("{\"o\":{\"k\":7}}\n"),
           std::string("{\"o\":{\"k\":[\"x\"],\"l\":{}}}\n"),
           std::string("{\"i\":3000000000}\n"),
           std::string("{\"i\":1}{\"i\":2}\n"),
           std::string("{\"i\":\n1}\n"),
           std::string("[1]\n"),
           std::string("{\"i\":1,}\n"),
           std::string("{\"i\":1\n"),
           std::string("\xEF\xBB\xBF{}\n"),
           std::string("{\"I\":1}\n"),
           std::string("7\n"),
           std::string("\"x\ny\"\n"),
           "{\"late\":\"" + std::string(80U << 10U, 'x') + "\"}\n",
       }) {
    for (const auto& [before, behind] :
         {std::pair(kMany, 10UL), std::pair(10UL, kMany), std::pair(0UL, kMany),
          std::pair(kMany, 0UL), std::pair(0UL, 0UL)}) {
      const std::string text = ManyLines(before, odd, behind);
      for (const std::size_t chunk_bytes : {std::size_t{32U << 10U}, std::size_t{100U << 10U}}) {
        EXPECT_EQ(ToldBy(text, {.threads = 3, .chunk_bytes = chunk_bytes}), ToldBy(text, {}))
            << odd.substr(0, 100) << before;
      }
    }
  }
}

// Wherever a chunk begins, a mark of byte order there is none.
TEST(JsonFileTest, AByteOrderMarkIsOneAtTheBeginningOnly) {
  const std::string line = "{\"a\":1}\n";
  std::string text;
  while (text.size() + line.size() <= 2U << 20U) text += line;
  text += "\xEF\xBB\xBF" + text;
  EXPECT_THAT(ToldBy(text, {.threads = 2}), HasSubstr("this is not JSON"));
  EXPECT_EQ(ToldBy(text, {.threads = 2}), ToldBy(text, {}));
  EXPECT_EQ(ToldBy("\xEF\xBB\xBF" + line, {.threads = 2}), ToldBy(line, {}));
}

TEST(JsonFileTest, TypesHoldForAllObjects) {
  EXPECT_THAT(
      ColumnsOf(R"({"i":1,"f":1.5,"s":"x","b":true,"n":null}
{"i":2,"f":1,"s":"","b":false,"late":3})"),
      ElementsAre("i BIGINT", "f DOUBLE", "s VARCHAR", "b BOOLEAN", "n VARCHAR", "late BIGINT"));
}

TEST(JsonFileTest, ANulInTheNameOfAFieldIsNamed) {
  using std::string_literals::operator""s;
  EXPECT_EQ(ErrorOf(R"({"s":{"t":[{"a\u0000b":1}]}})"),
            "column s.t.a\0b has a NUL character in its name: rename it in the file"s);
  EXPECT_EQ(ErrorOf(R"([[{"a\u0000b":1}]])"),
            "column json.a\0b has a NUL character in its name: rename it in the file"s);
  // Of mixed kinds the type is JSON, which has no names.
  EXPECT_THAT(ColumnsOf(R"([{"s":{"a\u0000b":1}},{"s":1}])"), ElementsAre("s JSON"));
}

TEST(JsonFileTest, IntegersStayExact) {
  EXPECT_THAT(ColumnsOf(R"({"a":12345678901234567891})"), ElementsAre("a DECIMAL(38,0)"));
  EXPECT_THAT(ColumnsOf("{\"a\":9007199254740993}\n{\"a\":1.5}"), ElementsAre("a VARCHAR"));
  EXPECT_THAT(ColumnsOf("{\"a\":" + std::string(39, '9') + "}"), ElementsAre("a VARCHAR"));
}

TEST(JsonFileTest, ObjectsAreStructsAndNeverMaps) {
  EXPECT_THAT(ColumnsOf(R"({"o":{"x":1,"y z":[true]}} {"o":{"x":2.5}})"),
              ElementsAre(R"(o STRUCT("x" DOUBLE, "y z" BOOLEAN[]))"));
  EXPECT_THAT(ColumnsOf(R"({"o":{"x":1}} {"o":"t"})"), ElementsAre("o JSON"));
  EXPECT_THAT(ColumnsOf(R"({"o":{"x":1,"X":2}})"), ElementsAre("o JSON"));
  EXPECT_THAT(ColumnsOf(R"({"o":[]})"), ElementsAre("o VARCHAR[]"));
}

TEST(JsonFileTest, DaysOfOneFormOnlyAreDates) {
  EXPECT_THAT(ColumnsOf(R"({"a":"2024-01-31","b":"01/02/2024","c":"2024-01-31T00:00:00Z"})"),
              ElementsAre("a DATE", "b VARCHAR", "c TIMESTAMP WITH TIME ZONE"));
}

TEST(JsonFileTest, KeysThatDifferByCaseAreRefused) {
  EXPECT_THAT(ErrorOf(R"({"id":1,"ID":2})"), HasSubstr("another case"));
}

TEST(JsonFileTest, ValuesThatAreNoObjectsAreOneColumn) {
  EXPECT_THAT(ColumnsOf("[1,2]"), ElementsAre("json BIGINT"));
  EXPECT_THAT(ColumnsOf("[[1],[2]]"), ElementsAre("json BIGINT[]"));
}

TEST(JsonFileTest, KeysThatAreValuesStayJson) {
  std::string text = "{\"id\":1,\"o\":{";
  for (int i = 0; i < 100'001; ++i) text += fmt::format("\"k{}\":{{\"x\":1}},", i);
  text.back() = '}';
  const auto file = ReadJson(PiecesOf(text + "}\n{\"id\":2}\n", 1U << 20U), {});
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->columns[1].sql_type, "JSON");
  EXPECT_EQ(file->records, 2U);
}

TEST(JsonFileTest, DepthAndLengthAreBounded) {
  EXPECT_THAT(ErrorOf(std::string(300, '[')), HasSubstr("deeper than 200 levels"));
  EXPECT_THAT(ErrorOf("{\"a\":\"" + std::string(200, 'x') + "\"}", {.value_bytes_max = 100}),
              HasSubstr("longer than 100 bytes"));
}

}  // namespace
}  // namespace eider::records
