// What table pointers say when the table is not as the caller expects, in the same words whatever
// keeps the pointer.
#pragma once

#include <string>

#include "eider/base/result.h"
#include "eider/iceberg/table_name.h"

namespace eider::catalog {

Error NoSuchTable(const iceberg::TableName& table);
Error TableExists(const iceberg::TableName& table);
Error TableMoved(const iceberg::TableName& table, const std::string& expected,
                 const std::string& found);

}  // namespace eider::catalog
