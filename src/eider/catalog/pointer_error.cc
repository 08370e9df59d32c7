// Messages of table pointers.
#include "eider/catalog/pointer_error.h"

#include <string>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/table_name.h"

namespace eider::catalog {

Error NoSuchTable(const iceberg::TableName& table) {
  return {Code::kNotFound, fmt::format("there is no table {} in the catalog", table.ToString())};
}

Error TableExists(const iceberg::TableName& table) {
  return {Code::kAlreadyExists,
          fmt::format("there is a table or view {} in the catalog already", table.ToString())};
}

Error TableMoved(const iceberg::TableName& table, const std::string& expected,
                 const std::string& found) {
  return {Code::kConflict,
          fmt::format("another commit changed table {} first: expected metadata file {}, found {}",
                      table.ToString(), expected, found)};
}

}  // namespace eider::catalog
