// Matching of keys by patterns of '*'.
#include <cstddef>
#include <string_view>

#include "eider/routes/route.h"

namespace eider::routes {

bool IsPattern(std::string_view partition_key) {
  return partition_key.find('*') != std::string_view::npos;
}

// Each piece between two stars is found at its first place: a later one could only be worse for the
// pieces that follow.
bool MatchesPattern(std::string_view pattern, std::string_view key) {
  const std::size_t first_star = pattern.find('*');
  if (first_star == std::string_view::npos) return pattern == key;
  if (!key.starts_with(pattern.substr(0, first_star))) return false;
  key.remove_prefix(first_star);
  pattern.remove_prefix(first_star + 1);
  for (std::size_t star = pattern.find('*'); star != std::string_view::npos;
       star = pattern.find('*')) {
    const std::size_t found = key.find(pattern.substr(0, star));
    if (found == std::string_view::npos) return false;
    key.remove_prefix(found + star);
    pattern.remove_prefix(star + 1);
  }
  return key.ends_with(pattern);
}

}  // namespace eider::routes
