// Names of columns as DuckDB compares them.
#pragma once

#include <string>
#include <string_view>

namespace eider::records {

// Letters of ASCII in lower case: names that are equal so are one for DuckDB.
inline std::string LowerName(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace eider::records
