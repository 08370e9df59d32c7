#include "eider/engine/path_pattern.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace eider::engine {
namespace {

std::vector<std::string_view> Segments(std::string_view text) {
  std::vector<std::string_view> segments;
  while (true) {
    const std::size_t slash = text.find('/');
    segments.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    text.remove_prefix(slash + 1);
  }
}

// Takes one element off the front of the pattern, which is not `*`, and says whether it matches.
bool TakeElement(std::string_view& pattern, char letter) {
  const char first = pattern.front();
  if (first != '[') {
    pattern.remove_prefix(1);
    return first == '?' || first == letter;
  }
  const std::size_t end = pattern.find(']', 2);  // a `]` in the first place is one of the letters
  if (end == std::string_view::npos) {
    pattern = {};
    return false;
  }
  std::string_view set = pattern.substr(1, end - 1);
  pattern.remove_prefix(end + 1);
  const bool is_negated = set.starts_with('!') && set.size() > 1;
  if (is_negated) set.remove_prefix(1);
  bool is_in = false;
  while (!set.empty()) {
    const bool is_range = set.size() >= 3 && set[1] == '-';
    const char last = is_range ? set[2] : set[0];
    is_in = is_in || (set[0] <= letter && letter <= last);
    set.remove_prefix(is_range ? 3 : 1);
  }
  return is_in != is_negated;
}

// Goes back to the last `*` only, so that the time is bounded by the product of both lengths.
bool SegmentMatches(std::string_view pattern, std::string_view segment) {
  std::optional<std::string_view> after_star;
  std::string_view rest_at_star;
  while (!segment.empty()) {
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      after_star = pattern;
      rest_at_star = segment;
      continue;
    }
    if (!pattern.empty() && TakeElement(pattern, segment.front())) {
      segment.remove_prefix(1);
      continue;
    }
    if (!after_star) return false;
    rest_at_star.remove_prefix(1);  // the star takes one letter more
    pattern = *after_star;
    segment = rest_at_star;
  }
  return pattern.find_first_not_of('*') == std::string_view::npos;
}

}  // namespace

std::string_view LiteralPart(std::string_view pattern) {
  return pattern.substr(0, pattern.find_first_of("*?["));
}

// Row by row of the table of (segments of the pattern, segments of the path), so that `**` costs
// their product at most.
bool MatchesPath(std::string_view pattern, std::string_view path) {
  const auto segments = Segments(path);
  std::vector<bool> reached(segments.size() + 1);  // how much of the path the pattern so far takes
  reached[0] = true;
  for (const std::string_view part : Segments(pattern)) {
    std::vector<bool> next(segments.size() + 1);
    for (std::size_t i = 0; i <= segments.size(); ++i) {
      if (part == "**") {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else if (i > 0) {
        next[i] = reached[i - 1] && SegmentMatches(part, segments[i - 1]);
      }
    }
    reached = std::move(next);
  }
  return reached.back();
}

bool HasDotSegment(std::string_view path) {
  return std::ranges::any_of(
      Segments(path), [](std::string_view segment) { return segment == "." || segment == ".."; });
}

}  // namespace eider::engine
