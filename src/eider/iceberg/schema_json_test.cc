// Schemas and type names as JSON, against what PyIceberg 0.12 writes.
#include "eider/iceberg/schema_json.h"

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eider/codec/json.h"
#include "eider/iceberg/type_json.h"

namespace eider::iceberg {
namespace {

using codec::Json;

// Made by PyIceberg 0.12: tests/golden/make_table_metadata.py.
Json Golden(const std::string& key) {
  std::ifstream file(EIDER_SOURCE_DIR "/tests/golden/table_metadata/fresh_ids.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return codec::ParseJson(text).value()[key];
}

TEST(SchemaJson, FreshIdsAreThoseThatPyIcebergGives) {
  const Result<Schema> given = SchemaFromJson(Golden("given"));
  const Result<Schema> fresh = SchemaFromJson(Golden("fresh"));
  ASSERT_TRUE(given.has_value()) << given.error().message;
  ASSERT_TRUE(fresh.has_value()) << fresh.error().message;
  EXPECT_NE(*given, *fresh);
  EXPECT_EQ(AssignFreshIds(*given), *fresh);
}

TEST(SchemaJson, WritesWhatPyIcebergWrites) {
  const Json golden = Golden("fresh");
  EXPECT_EQ(SchemaToJson(SchemaFromJson(golden).value()), golden);
}

TEST(SchemaJson, IdentifiersAreAbsentWhenThereAreNone) {
  EXPECT_EQ(SchemaToJson(Schema{.schema_id = 3}),
            Json::parse(R"({"type": "struct", "schema-id": 3, "fields": []})"));
}

TEST(SchemaJson, ErrorsCarryThePath) {
  const Json json = Json::parse(
      R"({"type": "struct", "fields": [{"id": 1, "name": "a", "required": true, "type": 7}]})");
  const Result<Schema> nested = SchemaFromJson(json, "schemas[2]");
  ASSERT_FALSE(nested.has_value());
  EXPECT_EQ(nested.error().code, Code::kCorrupt);
  EXPECT_EQ(nested.error().message,
            "JSON field schemas[2].fields[0].type must be a string, but is 7");
  const Result<Schema> alone = SchemaFromJson(json);
  EXPECT_EQ(alone.error().message, "JSON field fields[0].type must be a string, but is 7");
}

TEST(SchemaJson, KeepsDefaultValues) {
  const Json json = Json::parse(R"json({"type": "struct", "schema-id": 0, "fields": [
      {"id": 1, "name": "a", "required": true, "type": "int", "initial-default": 7,
       "write-default": 8},
      {"id": 2, "name": "b", "required": false, "type": "decimal(9, 2)",
       "initial-default": "14.20"}]})json");
  const Result<Schema> schema = SchemaFromJson(json);
  ASSERT_TRUE(schema.has_value()) << schema.error().message;
  EXPECT_EQ(schema->fields[0].initial_default, "7");
  EXPECT_EQ(schema->fields[0].write_default, "8");
  EXPECT_EQ(schema->fields[1].write_default, std::nullopt);
  EXPECT_EQ(SchemaToJson(*schema), json);
}

TEST(TypeJson, ReadsEverySpelling) {
  const Type decimal{.kind = TypeKind::kDecimal, .precision = 9, .scale = 2};
  EXPECT_EQ(PrimitiveFromText("decimal(9, 2)"), decimal);
  EXPECT_EQ(PrimitiveFromText("decimal(9,2)"), decimal);
  EXPECT_EQ(PrimitiveFromText("decimal( 9 , 2 )"), decimal);
  EXPECT_EQ(PrimitiveToText(decimal), "decimal(9, 2)");
  EXPECT_EQ(PrimitiveFromText("fixed[16]"), (Type{.kind = TypeKind::kFixed, .length = 16}));
}

TEST(TypeJson, RefusesWhatIsNoType) {
  for (const char* text : {"", "varchar", "decimal", "decimal()", "decimal(9)", "decimal(9,)",
                           "decimal(a, b)", "decimal(9, 2", "fixed", "fixed[]", "fixed[-1]",
                           "fixed[99999999999]", "struct", "list", "Int"}) {
    const Result<Type> type = PrimitiveFromText(text);
    ASSERT_FALSE(type.has_value()) << text;
    EXPECT_EQ(type.error().code, Code::kCorrupt) << text;
  }
}

TEST(TypeJson, KeepsTypesOfVersion3AsTheyAre) {
  for (const char* text : {"timestamp_ns", "timestamptz_ns", "unknown", "variant", "geometry",
                           "geometry(OGC:CRS84)", "geography(OGC:CRS84, spherical)"}) {
    const Result<Type> type = PrimitiveFromText(text);
    ASSERT_TRUE(type.has_value()) << text;
    EXPECT_EQ(PrimitiveToText(*type), text);
  }
}

}  // namespace
}  // namespace eider::iceberg
