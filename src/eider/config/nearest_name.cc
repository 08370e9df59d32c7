// Edit distance with swaps (optimal string alignment), over three rows of its matrix.
#include "eider/config/nearest_name.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace eider::config {

int EditDistance(std::string_view a, std::string_view b) {
  std::vector<int> before_last(b.size() + 1);
  std::vector<int> last(b.size() + 1);
  std::vector<int> row(b.size() + 1);
  std::iota(last.begin(), last.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string_view NearestName(std::string_view wrong, std::span<const std::string_view> names) {
  constexpr std::size_t kLengthMax = 128;  // longer ones are no typing errors
  if (wrong.size() > kLengthMax) return {};
  std::string_view nearest;
  int nearest_distance = std::numeric_limits<int>::max();
  for (const std::string_view name : names) {
    const int distance = EditDistance(wrong, name);
    const auto longest = static_cast<int>(std::max(wrong.size(), name.size()));
    if (distance < nearest_distance && distance * 2 <= longest) {
      nearest = name;
      nearest_distance = distance;
    }
  }
  return nearest;
}

std::string NameHint(std::string_view wrong, std::span<const std::string_view> names) {
  const std::string_view nearest = NearestName(wrong, names);
  if (!nearest.empty()) return fmt::format("did you mean '{}'?", nearest);
  return fmt::format("known are: {}", fmt::join(names, ", "));
}

}  // namespace eider::config
