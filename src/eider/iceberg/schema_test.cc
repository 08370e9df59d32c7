// Paths and ids of nested fields, and the schemas that no table can have.
#include "eider/iceberg/schema.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "eider/iceberg/metadata_limits.h"

namespace eider::iceberg {
namespace {

Type Primitive(TypeKind kind) {
  return Type{.kind = kind};
}

Type ListOf(int id, Type element) {
  return Type{.kind = TypeKind::kList, .fields = {{id, "element", true, std::move(element)}}};
}

Type MapOf(int key_id, Type key, int value_id, Type value) {
  return Type{.kind = TypeKind::kMap,
              .fields = {{key_id, "key", true, std::move(key)},
                         {value_id, "value", false, std::move(value)}}};
}

Type StructOf(std::vector<Field> fields) {
  return Type{.fields = std::move(fields)};
}

// id, s: struct<b: list<struct<c>>>, m: map<string, int>
Schema Nested() {
  const Type row = StructOf({{6, "c", false, Primitive(TypeKind::kDate)}});
  const Type outer = StructOf({{4, "b", false, ListOf(5, row)}});
  return Schema{.fields = {{1, "id", true, Primitive(TypeKind::kLong)},
                           {2, "s", true, outer},
                           {3, "m", false,
                            MapOf(7, Primitive(TypeKind::kString), 8, Primitive(TypeKind::kInt))}}};
}

std::string Refusal(const Schema& schema) {
  const Status status = CheckSchema(schema);
  if (status) return "accepted";
  EXPECT_EQ(status.error().code, Code::kInvalid);
  return status.error().message;
}

Schema OneColumn(Type type) {
  return Schema{.fields = {{1, "c", false, std::move(type)}}};
}

TEST(Schema, FindsColumnsByTheirExactName) {
  const Schema schema = Nested();
  ASSERT_NE(schema.FindColumn("s"), nullptr);
  EXPECT_EQ(schema.FindColumn("s")->id, 2);
  EXPECT_EQ(schema.FindColumn("S"), nullptr);
  EXPECT_EQ(schema.FindColumn("s.b"), nullptr);
}

TEST(Schema, VisitsEveryFieldWithItsPath) {
  std::vector<std::string> visited;
  VisitFields(Nested(), [&](const Field& field, const std::string& path, bool repeated) {
    visited.push_back(std::to_string(field.id) + " " + path + (repeated ? " repeated" : ""));
  });
  EXPECT_EQ(visited, (std::vector<std::string>{"1 id", "2 s", "4 s.b", "5 s.b.element repeated",
                                               "6 s.b.element.c repeated", "3 m",
                                               "7 m.key repeated", "8 m.value repeated"}));
}

TEST(Schema, KnowsItsHighestId) {
  EXPECT_EQ(HighestFieldId(Nested()), 8);
  EXPECT_EQ(HighestFieldId(Schema{}), 0);
}

TEST(CheckSchema, AcceptsWhatATableCanHave) {
  EXPECT_EQ(Refusal(Nested()), "accepted");
  EXPECT_EQ(Refusal(Schema{}), "accepted");
  EXPECT_EQ(Refusal(OneColumn({.kind = TypeKind::kDecimal, .precision = 38, .scale = 38})),
            "accepted");
}

TEST(CheckSchema, RefusesNames) {
  EXPECT_EQ(Refusal(Schema{.fields = {{1, "", false, Primitive(TypeKind::kInt)}}}),
            "a column without a name");
  EXPECT_EQ(Refusal(Schema{.fields = {{1, "a", false, Primitive(TypeKind::kInt)},
                                      {2, "a", false, Primitive(TypeKind::kLong)}}}),
            "two columns have the same name: 'a'");
  EXPECT_EQ(Refusal(OneColumn(ListOf(2, StructOf({{3, "", false, Primitive(TypeKind::kInt)}})))),
            "a field without a name inside column 'c.element'");
}

TEST(CheckSchema, RefusesTypesOutOfRange) {
  EXPECT_EQ(Refusal(OneColumn({.kind = TypeKind::kDecimal, .precision = 39})),
            "column 'c': a decimal has a precision of 1 to 38 digits, not 39");
  EXPECT_EQ(Refusal(OneColumn({.kind = TypeKind::kDecimal, .precision = 9, .scale = 10})),
            "column 'c': a decimal's scale is 0 to its precision 9, not 10");
  EXPECT_EQ(Refusal(OneColumn({.kind = TypeKind::kFixed, .length = 0})),
            "column 'c': a fixed has a length of 1 or more, not 0");
  EXPECT_EQ(Refusal(OneColumn({.kind = TypeKind::kList})),
            "column 'c': a list<> cannot have 0 children");
}

TEST(CheckSchema, RefusesAnOptionalMapKey) {
  Type map = MapOf(2, Primitive(TypeKind::kString), 3, Primitive(TypeKind::kInt));
  map.fields[0].required = false;
  EXPECT_EQ(Refusal(OneColumn(map)), "column 'c': a map's key must be required");
}

TEST(CheckSchema, TakesIdentifiersThatOccurOncePerRow) {
  Schema schema = Nested();
  schema.identifier_field_ids = {1};
  EXPECT_EQ(Refusal(schema), "accepted");
  for (const int id : {2, 3, 6, 7, 99}) {  // a struct, a map, inside a list, a map's key, nothing
    schema.identifier_field_ids = {id};
    EXPECT_NE(Refusal(schema), "accepted") << id;
  }
  Schema floating{.fields = {{1, "f", true, Primitive(TypeKind::kDouble)}},
                  .identifier_field_ids = {1}};
  EXPECT_NE(Refusal(floating).find("required double"), std::string::npos);
}

// A list of a list of …, `depth` levels.
Type Nested(TypeKind kind, int depth) {
  Type type{.kind = TypeKind::kLong};
  for (int level = 0; level < depth; ++level) {
    type = Type{.kind = kind, .fields = {{0, "element", false, std::move(type)}}};
  }
  return type;
}

TEST(CheckSchema, RefusesATypeDeeperThanMetadataMayBe) {
  for (const TypeKind kind : {TypeKind::kList, TypeKind::kStruct}) {
    Schema schema;
    schema.fields = {{1, "deep", false, Nested(kind, kTypeDepthMax)}};
    EXPECT_TRUE(CheckSchema(schema).has_value());
    schema.fields = {{1, "deep", false, Nested(kind, kTypeDepthMax + 1)}};
    const Status deeper = CheckSchema(schema);
    ASSERT_FALSE(deeper.has_value());
    EXPECT_EQ(deeper.error().code, Code::kUnsupported);
    EXPECT_NE(deeper.error().message.find("column 'deep' is nested deeper than the 64 levels"),
              std::string::npos);
  }
}

TEST(CheckSchema, RefusesTooManyFieldsAndTooLongNames) {
  Schema schema;
  schema.fields = {{1, std::string(kFieldNameBytesMax, 'n'), false, {.kind = TypeKind::kLong}}};
  EXPECT_TRUE(CheckSchema(schema).has_value());
  schema.fields.front().name += 'n';
  Status refused = CheckSchema(schema);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_LT(refused.error().message.size(), 300U);

  schema.fields.clear();
  for (std::size_t i = 0; i < kFieldsMax; ++i) {
    schema.fields.push_back({0, "c" + std::to_string(i), false, {.kind = TypeKind::kLong}});
  }
  EXPECT_TRUE(CheckSchema(schema).has_value());
  schema.fields.push_back({0, "more", false, {.kind = TypeKind::kLong}});
  refused = CheckSchema(schema);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace eider::iceberg
