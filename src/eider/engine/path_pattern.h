// Patterns over URIs, as route SQL writes them for its further inputs.
#pragma once

#include <string_view>

namespace eider::engine {

// The part before the first of `*`, `?` and `[`; all of it where there is none.
std::string_view LiteralPart(std::string_view pattern);

// As DuckDB's own readers match paths: within a segment `*` stands for any bytes, `?` for one and
// `[a-z]` for one of these (`[!a-z]`: of the others); a segment `**` for any number of segments.
bool MatchesPath(std::string_view pattern, std::string_view path);

// Whether a segment of the path is `.` or `..`: a store of files would leave its folder by it.
bool HasDotSegment(std::string_view path);

}  // namespace eider::engine
