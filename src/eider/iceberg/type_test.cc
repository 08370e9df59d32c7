// Types as text, and their equality.
#include "eider/iceberg/type.h"

#include <gtest/gtest.h>

namespace eider::iceberg {
namespace {

TEST(Type, PrintsAsTheSpecificationWritesIt) {
  EXPECT_EQ(ToString(Type{.kind = TypeKind::kTimestamptz}), "timestamptz");
  EXPECT_EQ(ToString(Type{.kind = TypeKind::kDecimal, .precision = 9, .scale = 2}), "decimal(9,2)");
  EXPECT_EQ(ToString(Type{.kind = TypeKind::kFixed, .length = 16}), "fixed[16]");
}

TEST(Type, PrintsNestedTypes) {
  const Type key{.kind = TypeKind::kString};
  const Type value{.kind = TypeKind::kDouble};
  const Type map{.kind = TypeKind::kMap,
                 .fields = {{3, "key", true, key, {}}, {4, "value", false, value, {}}}};
  const Type row{
      .fields = {{1, "a", true, Type{.kind = TypeKind::kInt}, {}}, {2, "b", false, map, {}}}};
  const Type list{.kind = TypeKind::kList, .fields = {{5, "element", false, row, {}}}};
  EXPECT_EQ(ToString(list), "list<struct<a: int, b: map<string, double>>>");
  EXPECT_EQ(ToString(Type{}), "struct<>");
}

TEST(Type, DiffersByEveryAttribute) {
  const Type decimal{.kind = TypeKind::kDecimal, .precision = 9, .scale = 2};
  EXPECT_NE(decimal, (Type{.kind = TypeKind::kDecimal, .precision = 9, .scale = 3}));
  EXPECT_NE(decimal, (Type{.kind = TypeKind::kDecimal, .precision = 10, .scale = 2}));
  EXPECT_NE((Type{.kind = TypeKind::kFixed, .length = 1}),
            (Type{.kind = TypeKind::kFixed, .length = 2}));
}

}  // namespace
}  // namespace eider::iceberg
