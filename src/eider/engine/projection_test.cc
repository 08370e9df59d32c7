// Result columns against table columns: what fits, what is filled up, what is refused and how.
#include "eider/engine/projection.h"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {
namespace {

using iceberg::Schema;
using iceberg::Type;
using iceberg::TypeKind;

Type Decimal(int precision, int scale) {
  Type type = Of(TypeKind::kDecimal);
  type.precision = precision;
  type.scale = scale;
  return type;
}

Type List(Type element, bool required = false) {
  Type type = Of(TypeKind::kList);
  type.fields = {Column(90, "element", std::move(element), required)};
  return type;
}

Type Map(Type key, Type value, bool required = false) {
  Type type = Of(TypeKind::kMap);
  type.fields = {Column(91, "key", std::move(key), true),
                 Column(92, "value", std::move(value), required)};
  return type;
}

Type Struct(std::vector<iceberg::Field> fields) {
  Type type = Of(TypeKind::kStruct);
  type.fields = std::move(fields);
  return type;
}

class Projection : public EngineFixture {
 protected:
  void SetUp() override {
    EngineFixture::SetUp();
    input_ = MakeParquet("SELECT 1 AS x");
  }

  // Runs `SELECT <columns>` into a table of `schema`.
  auto Into(const Schema& schema, const std::string& columns) {
    return Run(input_, schema, "SELECT " + columns + " FROM '{s3_input_path}'");
  }

  // The rows as the plain DuckDB shows them, or the error.
  std::string Rows(const Schema& schema, const std::string& columns) {
    const auto files = Into(schema, columns);
    if (!files) return files.error().message;
    const std::string source = Literal(LocalPath(files->front()));
    // Of one column the bare value, without the quotes that it has inside of a row.
    if (schema.fields.size() == 1) return PlainText("SELECT v FROM " + source);
    return PlainText("SELECT string_agg(t::VARCHAR, ';') FROM " + source + " t");
  }

  // SQL value, type of the column, what is then read from the file.
  using Converted = std::vector<std::tuple<std::string, Type, std::string>>;

  void ExpectConverted(const Converted& cases) {
    for (const auto& [sql, type, text] : cases) {
      EXPECT_EQ(Rows(One(type), sql + " AS v"), text) << sql << " into " << iceberg::ToString(type);
    }
  }

  static Schema One(Type type, bool required = false) {
    return iceberg::AssignFreshIds({.fields = {Column(1, "v", std::move(type), required)}});
  }

  FileRef input_;
};

TEST_F(Projection, ConvertsPrimitivesThatFit) {
  ExpectConverted({
      {"true", Of(TypeKind::kBoolean), "true"},
      {"(-128)::TINYINT", Of(TypeKind::kInt), "-128"},
      {"255::UTINYINT", Of(TypeKind::kInt), "255"},
      {"(-32768)::SMALLINT", Of(TypeKind::kInt), "-32768"},
      {"65535::USMALLINT", Of(TypeKind::kInt), "65535"},
      {"2147483647::INTEGER", Of(TypeKind::kInt), "2147483647"},
      {"(-2147483648)::INTEGER", Of(TypeKind::kLong), "-2147483648"},
      {"4294967295::UINTEGER", Of(TypeKind::kLong), "4294967295"},
      {"9223372036854775807::BIGINT", Of(TypeKind::kLong), "9223372036854775807"},
      {"9223372036854775807::UBIGINT", Of(TypeKind::kLong), "9223372036854775807"},
      {"(-9223372036854775808)::HUGEINT", Of(TypeKind::kLong), "-9223372036854775808"},
      {"sum(7)", Of(TypeKind::kLong), "7"},
      {"18446744073709551615::UBIGINT", Decimal(20, 0), "18446744073709551615"},
      {"12345::HUGEINT", Decimal(7, 2), "12345.00"},
      {"99999999999999999999999999999999999999::HUGEINT", Decimal(38, 0),
       "99999999999999999999999999999999999999"},
      {"5::UHUGEINT", Decimal(38, 0), "5"},
      {"(-2147483648)::INTEGER", Decimal(12, 2), "-2147483648.00"},
      {"65535::USMALLINT", Of(TypeKind::kFloat), "65535.0"},
      {"4294967295::UINTEGER", Of(TypeKind::kDouble), "4294967295.0"},
      {"1.5::FLOAT", Of(TypeKind::kFloat), "1.5"},
      {"1.5::FLOAT", Of(TypeKind::kDouble), "1.5"},
      {"'nan'::DOUBLE", Of(TypeKind::kDouble), "nan"},
      {"(-12.34)::DECIMAL(4,2)", Decimal(4, 2), "-12.34"},
      {"(-12.34)::DECIMAL(4,2)", Decimal(20, 4), "-12.3400"},
      {"'é🦆'", Of(TypeKind::kString), "é🦆"},
      {"'b'::ENUM('a', 'b')", Of(TypeKind::kString), "b"},
      {"-12::BIGINT", Of(TypeKind::kString), "-12"},
      {"'{\"a\":1}'::JSON", Of(TypeKind::kString), "{\"a\":1}"},
      {"'f79c3e09-677c-4bbd-a479-3f349cb785e7'::UUID", Of(TypeKind::kUuid),
       "f79c3e09-677c-4bbd-a479-3f349cb785e7"},
      {"'f79c3e09-677c-4bbd-a479-3f349cb785e7'::UUID", Of(TypeKind::kString),
       "f79c3e09-677c-4bbd-a479-3f349cb785e7"},
      {"'ab'::BLOB", Of(TypeKind::kBinary), "ab"},
      {"DATE '1969-12-31'", Of(TypeKind::kDate), "1969-12-31"},
      {"TIME '23:59:59.999999'", Of(TypeKind::kTime), "23:59:59.999999"},
      {"TIMESTAMP '1969-12-31 23:59:59.999999'", Of(TypeKind::kTimestamp),
       "1969-12-31 23:59:59.999999"},
      {"'2020-01-02 03:04:05'::TIMESTAMP_S", Of(TypeKind::kTimestamp), "2020-01-02 03:04:05"},
      {"'2020-01-02 03:04:05.678'::TIMESTAMP_MS", Of(TypeKind::kTimestamp),
       "2020-01-02 03:04:05.678"},
      {"'2020-01-02 03:04:05+02'::TIMESTAMPTZ = '2020-01-02 01:04:05+00'::TIMESTAMPTZ",
       Of(TypeKind::kBoolean), "true"},
      {"'2020-01-02 03:04:05+02'::TIMESTAMPTZ", Of(TypeKind::kTimestamptz),
       "2020-01-02 01:04:05+00"},
      {"'2020-01-02 03:04:05.678901'::TIMESTAMP_NS", Of(TypeKind::kTimestamp),
       "2020-01-02 03:04:05.678901"},
      {"16777216::INTEGER", Of(TypeKind::kFloat), "16777216.0"},
      {"9007199254740992::BIGINT", Of(TypeKind::kDouble), "9007199254740992.0"},
      {"(-9223372036854775808)::HUGEINT", Of(TypeKind::kDouble), "-9.223372036854776e+18"},
      {"NULL::BIGINT", Of(TypeKind::kDouble), "NULL"},
      {"NULL", Of(TypeKind::kInt), "NULL"},
  });
}

TEST_F(Projection, RefusesValuesThatAreNotTheSameWhenCastBack) {
  const std::vector<std::pair<std::string, Type>> cases = {
      {"'2020-01-02 03:04:05.678901234'::TIMESTAMP_NS", Of(TypeKind::kTimestamp)},
      {"16777217::INTEGER", Of(TypeKind::kFloat)},
      {"9007199254740993::BIGINT", Of(TypeKind::kDouble)},
      {"9223372036854775807::BIGINT", Of(TypeKind::kDouble)},
  };
  for (const auto& [sql, type] : cases) {
    EXPECT_THAT(Into(One(type), sql + " AS v"),
                FailsWith(Code::kInvalid, "which this value does not fit: "))
        << sql << " into " << iceberg::ToString(type);
  }
}

TEST_F(Projection, ConvertsNestedTypesByTheirParts) {
  ExpectConverted({
      {"NULL", Struct({Column(2, "a", Of(TypeKind::kInt))}), "NULL"},
      {"[1, NULL]", List(Of(TypeKind::kLong)), "[1, NULL]"},
      {"NULL::INT[]", List(Of(TypeKind::kLong)), "NULL"},
      {"[]", List(Of(TypeKind::kLong)), "[]"},
      {"[1, 2]::INTEGER[2]", List(Of(TypeKind::kLong)), "[1, 2]"},
      {"['a']::VARCHAR[1]", List(Of(TypeKind::kString)), "[a]"},
      {"[[1], NULL, []]", List(List(Of(TypeKind::kLong))), "[[1], NULL, []]"},
      {"MAP {'a': 1}", Map(Of(TypeKind::kString), Of(TypeKind::kLong)), "{a=1}"},
      {"MAP {'a': 1}", Map(Of(TypeKind::kString), Of(TypeKind::kInt)), "{a=1}"},
      {"NULL::MAP(VARCHAR, INT)", Map(Of(TypeKind::kString), Of(TypeKind::kLong)), "NULL"},
      {"{'b': 2, 'a': 1}",
       Struct({Column(2, "a", Of(TypeKind::kLong)), Column(3, "b", Of(TypeKind::kInt)),
               Column(4, "c", Of(TypeKind::kString))}),
       "{'a': 1, 'b': 2, 'c': NULL}"},
      {"NULL::STRUCT(b INT)",
       Struct({Column(2, "a", Of(TypeKind::kLong)), Column(3, "b", Of(TypeKind::kInt))}), "NULL"},
      {"[{'B': {'n': 5}}]",
       List(Struct({Column(3, "b", Struct({Column(5, "n", Of(TypeKind::kLong))}))})),
       "[{'b': {'n': 5}}]"},
      {"MAP {1: {'x': [2]}}",
       Map(Of(TypeKind::kLong), Struct({Column(3, "x", List(Of(TypeKind::kLong)))})),
       "{1={'x': [2]}}"},
      {"{'it''s \"q\"': 1}", Struct({Column(3, "it's \"q\"", Of(TypeKind::kLong))}),
       "{'it\\'s \"q\"': 1}"},
  });
}

TEST_F(Projection, RefusesWhatLoses) {
  const std::vector<std::pair<std::string, Type>> cases = {
      {"1::BIGINT", Of(TypeKind::kInt)},
      {"1::UINTEGER", Of(TypeKind::kInt)},
      {"1::HUGEINT", Of(TypeKind::kInt)},
      {"1::UHUGEINT", Of(TypeKind::kLong)},
      {"1::INTEGER", Decimal(11, 2)},
      {"1.5::DOUBLE", Of(TypeKind::kFloat)},
      {"1.5::DOUBLE", Decimal(10, 2)},
      {"1.50::DECIMAL(10,2)", Decimal(10, 1)},
      {"1.50::DECIMAL(10,2)", Decimal(10, 3)},
      {"1.50::DECIMAL(10,2)", Of(TypeKind::kDouble)},
      {"'1'", Of(TypeKind::kInt)},
      {"true", Of(TypeKind::kInt)},
      {"DATE '2020-01-01'", Of(TypeKind::kTimestamp)},
      {"TIMESTAMP '2020-01-01 00:00:00'", Of(TypeKind::kTimestamptz)},
      {"TIMESTAMPTZ '2020-01-01 00:00:00+00'", Of(TypeKind::kTimestamp)},
      {"'2020-01-01'::TIMESTAMP_NS", Of(TypeKind::kTimestamptz)},
      {"'10:00:00+01'::TIMETZ", Of(TypeKind::kTime)},
      {"INTERVAL 1 DAY", Of(TypeKind::kString)},
      {"'101'::BIT", Of(TypeKind::kString)},
      {"union_value(a := 1)", Of(TypeKind::kInt)},
      {"'x'::BLOB", Of(TypeKind::kString)},
      {"'x'", Of(TypeKind::kBinary)},
      {"[1.5::DOUBLE]", List(Of(TypeKind::kInt))},
      {"{'a': 1}", List(Of(TypeKind::kInt))},
      {"[1]", Of(TypeKind::kInt)},
      {"MAP {'a': 1}", Map(Of(TypeKind::kInt), Of(TypeKind::kInt))},
  };
  for (const auto& [sql, type] : cases) {
    EXPECT_THAT(Into(One(type), sql + " AS v"), FailsWith(Code::kInvalid, "bronze.orders is"))
        << sql << " into " << iceberg::ToString(type);
  }
}

TEST_F(Projection, MatchesByNameAndFillsUp) {
  const Schema schema{.fields = {Column(1, "a", Of(TypeKind::kInt)),
                                 Column(2, "B", Of(TypeKind::kInt)),
                                 Column(3, "c", Of(TypeKind::kString))}};
  EXPECT_EQ(Rows(schema, "2 AS b, 1 AS A"), "{'a': 1, 'B': 2, 'c': NULL}");
}

TEST_F(Projection, TellsEverythingThatDoesNotFitAtOnce) {
  const Schema schema{.fields = {
                          Column(1, "id", Of(TypeKind::kLong), true),
                          Column(2, "price", Of(TypeKind::kInt)),
                          Column(3, "s", Struct({Column(4, "a", Of(TypeKind::kInt), true)})),
                      }};
  const auto result = Into(schema, "1.5::DOUBLE AS price, 1 AS extra, {'z': 1} AS s");
  ASSERT_THAT(result, FailsWith(Code::kInvalid, "bronze.orders"));
  EXPECT_THAT(result.error().message,
              testing::AllOf(testing::HasSubstr("required column id (long)"),
                             testing::HasSubstr("column price of table bronze.orders is int, the "
                                                "result has DOUBLE"),
                             testing::HasSubstr("CAST(… AS INTEGER)"),
                             testing::HasSubstr("column extra of the result is not in table"),
                             testing::HasSubstr("column s.z of the result"),
                             testing::HasSubstr("required column s.a (int)"),
                             testing::HasSubstr("file s3://in/data.parquet")));
}

TEST_F(Projection, RefusesAmbiguousNames) {
  EXPECT_THAT(Into(One(Of(TypeKind::kInt)), "1 AS v, 2 AS v"),
              FailsWith(Code::kInvalid, "there twice"));
  EXPECT_THAT(Into(One(Of(TypeKind::kInt)), "1 AS V, 2 AS \"v \""),
              FailsWith(Code::kInvalid, "not in table"));
  const Schema schema{
      .fields = {Column(1, "a", Of(TypeKind::kInt)), Column(2, "A", Of(TypeKind::kInt))}};
  EXPECT_THAT(Into(schema, "1 AS a"), FailsWith(Code::kUnsupported, "differ only in case"));
}

TEST_F(Projection, RefusesNamesWithANul) {
  using std::string_literals::operator""s;
  const FileRef csv = MakeFile("id,a\0b\n1,x\n"s, "nul.csv");
  const std::string all = "SELECT * FROM read_csv('{s3_input_path}')";
  const std::string story = "column a\0b has a NUL character in its name: rename it in the file"s;
  EXPECT_THAT(engine_->Describe({all, csv}), FailsWith(Code::kInvalid, story));
  const Schema schema{.fields = {Column(1, "id", Of(TypeKind::kLong))}};
  EXPECT_THAT(Run(csv, schema, all), FailsWith(Code::kInvalid, story));
  EXPECT_TRUE(Run(csv, schema, "SELECT id FROM read_csv('{s3_input_path}')").has_value());
  const Schema hostile{
      .fields = {Column(1, "id", Of(TypeKind::kLong)), Column(2, "a\0b"s, Of(TypeKind::kString))}};
  EXPECT_THAT(Run(csv, hostile, "SELECT id FROM read_csv('{s3_input_path}')"),
              FailsWith(Code::kUnsupported, "column a\0b of table bronze.orders has a NUL"s));
}

TEST_F(Projection, RefusesFixedColumns) {
  Type fixed = Of(TypeKind::kFixed);
  fixed.length = 4;
  EXPECT_THAT(Into(One(fixed), "'abcd'::BLOB AS v"), FailsWith(Code::kUnsupported, "fixed[4]"));
}

TEST_F(Projection, ChecksTheRangeOfWideIntegers) {
  const auto too_large = Into(One(Of(TypeKind::kLong)), "9223372036854775808::HUGEINT AS v");
  ASSERT_THAT(too_large, FailsWith(Code::kInvalid, "column v of table bronze.orders is long"));
  EXPECT_THAT(too_large.error().message,
              testing::AllOf(testing::HasSubstr("9223372036854775808"),
                             testing::HasSubstr("s3://in/data.parquet")));
  EXPECT_THAT(Into(One(Decimal(3, 0)), "1000::UBIGINT AS v"),
              FailsWith(Code::kInvalid, "decimal(3"));
  EXPECT_THAT(Into(One(List(Of(TypeKind::kLong))), "[18446744073709551615::UBIGINT] AS v"),
              FailsWith(Code::kInvalid, "column v.element"));
}

TEST_F(Projection, RefusesNullsInRequiredColumns) {
  const auto required_a = [](Type type) { return Struct({Column(2, "a", std::move(type), true)}); };
  const std::vector<std::tuple<Schema, std::string, std::string>> cases = {
      {One(Of(TypeKind::kInt), true), "NULL::INT AS v", "column v "},
      {One(Of(TypeKind::kInt), true), "NULL AS v", "column v "},
      {One(List(Of(TypeKind::kInt), true)), "[1, NULL] AS v", "column v.element "},
      {One(Map(Of(TypeKind::kInt), Of(TypeKind::kInt), true)), "MAP {1: NULL::INT} AS v",
       "column v.value "},
      {One(required_a(Of(TypeKind::kInt))), "{'a': NULL::INT} AS v", "column v.a "},
      {One(required_a(Of(TypeKind::kInt)), true), "NULL::STRUCT(a INT) AS v", "column v "},
      {One(List(required_a(List(Of(TypeKind::kInt), true)))), "[{'a': [NULL::INT]}] AS v",
       "column v.element.a.element "},
  };
  for (const auto& [schema, sql, text] : cases) {
    const auto result = Into(schema, sql);
    ASSERT_THAT(result, FailsWith(Code::kInvalid, text)) << sql;
    EXPECT_THAT(result.error().message, testing::HasSubstr("s3://in/data.parquet"));
    EXPECT_TRUE(FilesInLake().empty());
  }
  EXPECT_EQ(Rows(One(required_a(Of(TypeKind::kInt))), "NULL::STRUCT(a INT) AS v"), "NULL");
  EXPECT_EQ(Rows(One(List(Of(TypeKind::kInt), true)), "[]::INT[] AS v"), "[]");
  EXPECT_EQ(Rows(One(Of(TypeKind::kInt), true), "7 AS v"), "7");
}

TEST_F(Projection, MakesTheSchemaOfANewTable) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"true", "boolean"},
      {"1::TINYINT", "int"},
      {"1::USMALLINT", "int"},
      {"1::INTEGER", "int"},
      {"1::UINTEGER", "long"},
      {"1::BIGINT", "long"},
      {"1::UBIGINT", "decimal(20,0)"},
      {"1::HUGEINT", "decimal(38,0)"},
      {"1::UHUGEINT", "decimal(38,0)"},
      {"1::FLOAT", "float"},
      {"1::DOUBLE", "double"},
      {"1::DECIMAL(9,2)", "decimal(9,2)"},
      {"'x'", "string"},
      {"'b'::ENUM('a', 'b')", "string"},
      {"'{}'::JSON", "string"},
      {"uuid()", "uuid"},
      {"'x'::BLOB", "binary"},
      {"DATE '2020-01-01'", "date"},
      {"TIME '10:00:00'", "time"},
      {"TIMESTAMP '2020-01-01 00:00:00'", "timestamp"},
      {"'2020-01-01'::TIMESTAMP_S", "timestamp"},
      {"'2020-01-01'::TIMESTAMP_MS", "timestamp"},
      {"'2020-01-01'::TIMESTAMP_NS", "timestamp"},
      {"TIMESTAMPTZ '2020-01-01 00:00:00+00'", "timestamptz"},
      {"[1]", "list<int>"},
      {"[1]::INT[1]", "list<int>"},
      {"MAP {'a': [1]}", "map<string, list<int>>"},
      {"{'a': 1, 'b': 'x'}", "struct<a: int, b: string>"},
  };
  for (const auto& [sql, type] : cases) {
    const std::string select = "SELECT " + sql + " AS v FROM '{s3_input_path}'";
    const Schema schema = Described(input_, select);
    ASSERT_EQ(schema.fields.size(), 1U) << sql;
    EXPECT_EQ(iceberg::ToString(schema.fields[0].type), type) << sql;
    EXPECT_FALSE(schema.fields[0].required);
    EXPECT_EQ(schema.fields[0].id, 1);
    EXPECT_TRUE(Run(input_, schema, select).has_value()) << sql;
  }
}

TEST_F(Projection, RefusesNewColumnsWithoutAnIcebergType) {
  for (const char* sql :
       {"NULL", "INTERVAL 1 DAY", "'10:00:00+01'::TIMETZ", "'101'::BIT", "union_value(a := 1)",
        "[INTERVAL 1 DAY]", "{'a': NULL}", "row(1, 2)", "1::VARIANT", "1::BIGNUM"}) {
    const auto schema =
        engine_->Describe({std::string("SELECT ") + sql + " AS v FROM '{s3_input_path}'", input_});
    EXPECT_THAT(schema, FailsWith(Code::kInvalid, "column v: ")) << sql;
  }
  EXPECT_THAT(engine_->Describe({"SELECT 1 AS v, 2 AS V FROM '{s3_input_path}'", input_}),
              FailsWith(Code::kInvalid, "twice"));
}

}  // namespace
}  // namespace eider::engine
