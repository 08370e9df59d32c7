// The columns of an Iceberg table as the list that Glue shows to people and query engines.
#pragma once

#include "eider/codec/json.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::catalog {

// One object per column: Name, Type (Hive's names), Comment where there is a doc, and the
// parameters iceberg.field.id, iceberg.field.optional, iceberg.field.current. Behind the current
// columns come those of earlier schemas whose names are free, as not current. Types that Hive has
// not are shown as the nearest: time and uuid as string, both timestamps as timestamp. A column
// without a doc keeps the comment that it has in `present`, the list so far.
// Source: Java Iceberg 1.10, IcebergToGlueConverter; PyIceberg 0.12 writes the same.
codec::Json GlueColumns(const iceberg::TableMetadata& table, const codec::Json& present);

}  // namespace eider::catalog
