// Which column of a result goes to which column of a table, by their names.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "eider/iceberg/type.h"

namespace eider::engine {

// For every field the index of the source of its name, or none.
struct NameMatch {
  std::vector<std::optional<std::size_t>> source_of_field;
  std::vector<std::size_t> unused_sources;
};

// Exactly the same names first, then those that differ by case alone, where that is one.
NameMatch MatchNames(const std::vector<std::string>& sources,
                     const std::vector<iceberg::Field>& fields);

}  // namespace eider::engine
