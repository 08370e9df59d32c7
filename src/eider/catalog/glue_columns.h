// An Iceberg schema as the column list that Glue shows to people and query engines.
#pragma once

#include "eider/codec/json.h"
#include "eider/iceberg/schema.h"

namespace eider::catalog {

// One object per column: Name, Type (Hive's names), Comment where there is a doc, and the
// parameters iceberg.field.id, iceberg.field.optional, iceberg.field.current. Types that Hive has
// not are shown as the nearest: time and uuid as string, both timestamps as timestamp.
// Source: Java Iceberg 1.10, IcebergToGlueConverter; PyIceberg 0.12 writes the same.
codec::Json GlueColumns(const iceberg::Schema& schema);

}  // namespace eider::catalog
