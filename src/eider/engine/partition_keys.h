// The values by which rows are told apart into partitions, as columns of a plan.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <duckdb/planner/expression.hpp>

#include "eider/iceberg/partition.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/sort_order.h"
#include "eider/iceberg/transform.h"
#include "eider/iceberg/type.h"

namespace eider::engine {

// What a transform makes of a column of the table.
struct PartitionKey {
  std::string name;    // for messages: "partition field `day` of table a.b"
  std::string source;  // SQL over the table's columns by their InputName
  iceberg::Transform transform;
  iceberg::TypeKind source_kind;
  iceberg::TypeKind value_kind;  // by which the key's values are serialized as the partition's
};

struct PartitionKeys {
  std::vector<PartitionKey> keys;
  std::vector<std::optional<std::size_t>> of_columns;  // by partition column; nothing: always null
};

// By what rows are put in order within their partition.
struct SortKey {
  PartitionKey key;
  bool is_descending = false;
  bool has_nulls_last = false;
};

// The keys of an order; none where it is not to be had: its column was dropped, its transform is
// not known or takes no values of the column's type.
std::vector<SortKey> SortKeysOf(const iceberg::SortOrder& order, const iceberg::Schema& schema,
                                const std::string& table_name);

// The keys of partition columns whose sources are in the schema. That of a float is its bits as an
// integer: rows in the order of the number itself would be of one partition for 0.0 and -0.0.
PartitionKeys KeysOf(const std::vector<iceberg::PartitionColumn>& columns,
                     const iceberg::Schema& schema, const std::string& table_name);

// The value of the key by that of its source, which is of the type that is written for it
// (WriteTypeOf). A query that evaluates it fails with kValueError where no value can be.
duckdb::unique_ptr<duckdb::Expression> TransformOf(const PartitionKey& key,
                                                   duckdb::unique_ptr<duckdb::Expression> source);

// The same for an order, in which floats go by their numbers.
duckdb::unique_ptr<duckdb::Expression> TransformOf(const SortKey& key,
                                                   duckdb::unique_ptr<duckdb::Expression> source);

}  // namespace eider::engine
