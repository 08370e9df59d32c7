// Names and types of transforms as the specification's table has them.
#include "eider/iceberg/transform.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

const std::vector<Type> kPrimitives = {
    {TypeKind::kBoolean},
    {TypeKind::kInt},
    {TypeKind::kLong},
    {TypeKind::kFloat},
    {TypeKind::kDouble},
    {.kind = TypeKind::kDecimal, .precision = 9, .scale = 2},
    {TypeKind::kDate},
    {TypeKind::kTime},
    {TypeKind::kTimestamp},
    {TypeKind::kTimestamptz},
    {TypeKind::kString},
    {TypeKind::kUuid},
    {.kind = TypeKind::kFixed, .length = 4},
    {TypeKind::kBinary},
};

// The types that it takes, and what becomes of them: "int -> int".
std::set<std::string> Takes(const std::string& text) {
  const Transform transform = ParseTransform(text).value();
  std::set<std::string> taken;
  for (const Type& source : kPrimitives) {
    const auto type = TransformedType(transform, source);
    if (type) taken.insert(ToString(source) + " -> " + ToString(*type));
  }
  return taken;
}

TEST(Transform, IsReadAndWrittenAsTableMetadataHasIt) {
  for (const char* text :
       {"identity", "bucket[16]", "truncate[4]", "year", "month", "day", "hour", "void"}) {
    const auto transform = ParseTransform(text);
    ASSERT_TRUE(transform) << text;
    EXPECT_EQ(ToString(*transform), text);
  }
}

TEST(Transform, OfAnotherKindIsRefusedByItsName) {
  for (const char* text : {"zorder", "bucket", "bucket[]", "bucket[0]", "bucket[-1]", "bucket[4",
                           "day[1]", "truncate[99999999999]", "Identity", ""}) {
    const auto transform = ParseTransform(text);
    ASSERT_FALSE(transform) << text;
    EXPECT_EQ(transform.error().code, Code::kUnsupported);
    EXPECT_NE(transform.error().message.find("`" + std::string(text) + "`"), std::string::npos);
  }
}

TEST(Transform, TakesTheTypesOfTheSpecification) {
  EXPECT_EQ(Takes("identity").size(), kPrimitives.size());
  EXPECT_EQ(Takes("void").size(), kPrimitives.size());
  EXPECT_EQ(
      Takes("bucket[8]"),
      (std::set<std::string>{"int -> int", "long -> int", "decimal(9,2) -> int", "date -> int",
                             "time -> int", "timestamp -> int", "timestamptz -> int",
                             "string -> int", "uuid -> int", "fixed[4] -> int", "binary -> int"}));
  EXPECT_EQ(Takes("truncate[8]"),
            (std::set<std::string>{"int -> int", "long -> long", "decimal(9,2) -> decimal(9,2)",
                                   "string -> string", "binary -> binary"}));
  const std::set<std::string> of_dates = {"date -> int", "timestamp -> int", "timestamptz -> int"};
  EXPECT_EQ(Takes("year"), of_dates);
  EXPECT_EQ(Takes("month"), of_dates);
  EXPECT_EQ(Takes("day"),
            (std::set<std::string>{"date -> date", "timestamp -> date", "timestamptz -> date"}));
  EXPECT_EQ(Takes("hour"), (std::set<std::string>{"timestamp -> int", "timestamptz -> int"}));
}

}  // namespace
}  // namespace eider::iceberg
