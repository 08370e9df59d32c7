// A route: which table gets the rows of a file, and the SQL that shapes them.
//
// The attributes carry the names of the routing table's items: PartitionKey, target_table,
// query_sql (with the marker {s3_input_path}) and the optional create_table.
#pragma once

#include <string>

#include "eider/iceberg/table_name.h"

namespace eider::routing {

struct Route {
  std::string partition_key;
  iceberg::TableName target_table;
  std::string query_sql;
  bool create_table = false;  // a missing table is created from the result's schema
};

}  // namespace eider::routing
