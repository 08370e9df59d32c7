// Avro schemas as the specification words them, with Iceberg's attributes.
#include "eider/codec/avro_schema.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider::codec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string ErrorOf(std::string_view json) {
  const auto schema = AvroSchema::Parse(json);
  if (schema) return "no error";
  EXPECT_EQ(schema.error().code, Code::kCorrupt);
  return schema.error().message;
}

TEST(AvroSchema, KeepsIcebergsAttributes) {
  const auto schema = AvroSchema::Parse(R"({"type": "record", "name": "r2", "fields": [
    {"name": "file_path", "type": "string", "field-id": 100, "doc": "Location"},
    {"name": "spec_id", "type": ["null", {"type": "int", "logicalType": "date"}], "field-id": 141},
    {"name": "offsets", "type": {"type": "array", "items": "long", "element-id": 133},
     "field-id": 132},
    {"name": "map", "type": {"type": "map", "values": "bytes", "key-id": 5, "value-id": 6}}]})");
  ASSERT_TRUE(schema) << schema.error().message;
  const AvroNode& root = schema->root();
  EXPECT_EQ(root.type, AvroType::kRecord);
  EXPECT_EQ(root.name, "r2");
  ASSERT_EQ(root.fields.size(), 4U);
  EXPECT_EQ(root.FieldById(132), 2U);
  EXPECT_EQ(root.FieldById(1), std::nullopt);
  EXPECT_EQ(root.FieldByName("map"), 3U);
  EXPECT_EQ(root.FieldByName("file"), std::nullopt);
  EXPECT_EQ(root.fields[1].type->type, AvroType::kUnion);
  EXPECT_EQ(root.fields[1].type->NonNull().type, AvroType::kInt);
  EXPECT_EQ(root.fields[1].type->NonNull().logical_type, "date");
  EXPECT_EQ(root.fields[2].type->element_id, 133);
  EXPECT_EQ(root.fields[2].type->element->type, AvroType::kLong);
  EXPECT_EQ(root.fields[3].type->key_id, 5);
  EXPECT_EQ(root.fields[3].type->value_id, 6);
  EXPECT_EQ(root.fields[3].field_id, std::nullopt);
}

TEST(AvroSchema, ResolvesNamesInTheirNamespace) {
  const auto schema = AvroSchema::Parse(R"({"type": "record", "name": "a", "namespace": "x.y",
    "fields": [
      {"name": "self", "type": ["null", "a"]},
      {"name": "id", "type": {"type": "fixed", "name": "id16", "size": 16}},
      {"name": "twice", "type": {"type": "x.y.id16"}},
      {"name": "inner", "type": {"type": "record", "name": "z.b", "fields": [
        {"name": "e", "type": {"type": "enum", "name": "e", "symbols": ["A", "B"]}}]}},
      {"name": "e", "type": "z.e"}]})");
  ASSERT_TRUE(schema) << schema.error().message;
  const AvroNode& root = schema->root();
  EXPECT_EQ(root.name, "x.y.a");
  EXPECT_EQ(&root.fields[0].type->NonNull(), &root);
  EXPECT_EQ(root.fields[1].type->name, "x.y.id16");
  EXPECT_EQ(root.fields[1].type->fixed_size_bytes, 16U);
  EXPECT_EQ(root.fields[2].type, root.fields[1].type);
  EXPECT_EQ(root.fields[3].type->name, "z.b");
  EXPECT_EQ(root.fields[4].type->name, "z.e");
  EXPECT_THAT(root.fields[4].type->symbols, ElementsAre("A", "B"));
}

TEST(AvroSchema, SaysWhereItIsWrong) {
  EXPECT_THAT(ErrorOf("{"), HasSubstr("not valid JSON at line 1, column 2"));
  EXPECT_THAT(ErrorOf("7"), HasSubstr("JSON field schema must be an object, but is 7"));
  EXPECT_THAT(ErrorOf(R"("strin")"), HasSubstr("unknown Avro type at schema: 'strin'"));
  EXPECT_THAT(ErrorOf(R"({"type": "array"})"), HasSubstr("schema.items is missing"));
  EXPECT_THAT(ErrorOf(R"({"type": "record", "name": "r"})"), HasSubstr("schema.fields is missing"));
  EXPECT_THAT(ErrorOf(R"({"type": "record", "name": "r", "fields": [{"name": "a"}]})"),
              HasSubstr("schema.fields[0].type is missing"));
  EXPECT_THAT(ErrorOf(R"({"type": "record", "name": "r", "fields": [
                {"name": "a", "type": "int"}, {"name": "a", "type": "int"}]})"),
              HasSubstr("two fields of one name in Avro record r: 'a'"));
  EXPECT_THAT(ErrorOf(R"({"type": "fixed", "name": "f", "size": -1})"), HasSubstr("size"));
  EXPECT_THAT(ErrorOf(R"(["null", ["int"]])"),
              HasSubstr("a union inside a union of Avro: schema[1]"));
  EXPECT_THAT(ErrorOf(R"([{"type": "fixed", "name": "f", "size": 1},
                          {"type": "fixed", "name": "f", "size": 2}])"),
              HasSubstr("two Avro types of one name: 'f'"));
}

TEST(AvroSchema, RefusesEndlessNesting) {
  std::string json;
  for (int i = 0; i < 100'000; ++i) json += R"({"type":"array","items":)";
  EXPECT_THAT(ErrorOf(json), HasSubstr("nested deeper than 128 levels"));
}

}  // namespace
}  // namespace eider::codec
