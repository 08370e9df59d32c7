// The name of a table: a namespace of one or more levels, and the table's own name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"

namespace eider::iceberg {

struct TableName {
  std::vector<std::string> name_space;  // outermost first, never empty
  std::string name;

  // Reads "namespace.table" or "a.b.table". Levels consist of letters, digits, `_` and `-`, so that
  // no name reaches out of the warehouse. Errors: kInvalid.
  static Result<TableName> Parse(std::string_view text);

  std::string ToString() const;       // "a.b.table"
  std::string NamespaceText() const;  // "a.b"

  bool operator==(const TableName&) const = default;
  auto operator<=>(const TableName&) const = default;
};

}  // namespace eider::iceberg
