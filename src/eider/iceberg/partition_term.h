// The partitions of a new table, as people write them: `day(ts)`, `bucket(16, id)`, `region`, each
// with a name of its own where it needs one (`day(ts) as ts_date`). Source of names and ids:
// Iceberg Java, PartitionSpec.Builder.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/iceberg/column_term.h"
#include "eider/iceberg/partition_spec.h"
#include "eider/iceberg/schema.h"

namespace eider::iceberg {

struct PartitionTerm {
  ColumnTerm term;
  std::string name = {};  // of the field; empty: that which Java gives it, as "ts_day"

  bool operator==(const PartitionTerm&) const = default;
};

// Errors: kInvalid.
Result<PartitionTerm> ParsePartitionTerm(std::string_view text);

std::string ToString(const PartitionTerm& term);

// The spec, with field ids from 1000 and the schema's own ids as sources. Errors: kInvalid (those
// of FindSource, a term twice, two transforms of time of one column, a name that is there already).
Result<PartitionSpec> MakePartitionSpec(const Schema& schema, std::span<const PartitionTerm> terms);

// "day(ts), bucket(16, id)", or "unpartitioned": any spec of a table with that schema.
std::string SpecText(const Schema& schema, const PartitionSpec& spec);

}  // namespace eider::iceberg
