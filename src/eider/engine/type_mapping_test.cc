#include "eider/engine/type_mapping.h"

#include <initializer_list>

#include <gtest/gtest.h>

#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using iceberg::Type;
using iceberg::TypeKind;

Type Holding(TypeKind kind, std::initializer_list<Type> types) {
  Type type{kind};
  for (const Type& inner : types) {
    type.fields.push_back({.id = 0, .name = "f", .required = false, .type = inner});
  }
  return type;
}

TEST(TypeMapping, FixedIsReadWhereverItStandsAndNeverWritten) {
  Type fixed{TypeKind::kFixed};
  fixed.length = 4;
  const Type list = Holding(TypeKind::kList, {fixed});
  EXPECT_TRUE(CanRead(fixed));
  EXPECT_TRUE(CanRead(list));
  EXPECT_FALSE(CanWrite(fixed));
  EXPECT_FALSE(CanWrite(list));
}

TEST(TypeMapping, WhatHoldsAVariantIsNotReadAndAStructIsWrittenWithoutIt) {
  const Type variant{TypeKind::kVariant};
  const Type mixed = Holding(TypeKind::kStruct, {Type{TypeKind::kInt}, variant});
  EXPECT_FALSE(CanRead(variant));
  EXPECT_FALSE(CanRead(mixed));
  EXPECT_TRUE(CanWrite(mixed));
  EXPECT_EQ(WrittenType(mixed), Holding(TypeKind::kStruct, {Type{TypeKind::kInt}}));
  EXPECT_FALSE(CanWrite(Holding(TypeKind::kStruct, {variant})));
  EXPECT_FALSE(CanWrite(Holding(TypeKind::kMap, {Type{TypeKind::kInt}, variant})));
}

}  // namespace
}  // namespace eider::engine
