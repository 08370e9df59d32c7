// How a table's rows are divided into partitions, as its metadata says it. Source: Iceberg
// specification, "Partition Specs".
#pragma once

#include <string>
#include <vector>

namespace eider::iceberg {

struct PartitionField {
  int source_id = 0;
  int field_id = 0;
  std::string name;
  std::string transform;  // "identity", "bucket[16]", "day", …

  bool operator==(const PartitionField&) const = default;
};

struct PartitionSpec {
  int spec_id = 0;
  std::vector<PartitionField> fields;  // empty: unpartitioned

  bool operator==(const PartitionSpec&) const = default;
};

}  // namespace eider::iceberg
