#include "eider/engine/name_match.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <duckdb/common/string_util.hpp>

namespace eider::engine {

NameMatch MatchNames(const std::vector<std::string>& sources,
                     const std::vector<iceberg::Field>& fields) {
  NameMatch match;
  match.source_of_field.resize(fields.size());
  std::vector<bool> used(sources.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto found = std::ranges::find(sources, fields[i].name);
    if (found == sources.end()) continue;
    const auto index = static_cast<std::size_t>(found - sources.begin());
    match.source_of_field[i] = index;
    used[index] = true;
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (match.source_of_field[i]) continue;
    const std::string name = duckdb::StringUtil::Lower(fields[i].name);
    std::vector<std::size_t> candidates;
    for (std::size_t s = 0; s < sources.size(); ++s) {
      if (!used[s] && duckdb::StringUtil::Lower(sources[s]) == name) candidates.push_back(s);
    }
    if (candidates.size() != 1) continue;
    match.source_of_field[i] = candidates[0];
    used[candidates[0]] = true;
  }
  for (std::size_t s = 0; s < sources.size(); ++s) {
    if (!used[s]) match.unused_sources.push_back(s);
  }
  return match;
}

}  // namespace eider::engine
