// Shortened column bounds for manifests: never longer than `length`, and still true.
//
// A lower bound may be cut anywhere, since a prefix sorts before the whole. An upper bound must be
// raised after the cut, and where it cannot be raised it is left out: a bound that is too low hides
// rows from every reader. Source: Iceberg specification, "Metrics modes"; Java: UnicodeUtil,
// BinaryUtil.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace eider::iceberg {

// The first `length_code_points` code points of `utf8`, which must be valid UTF-8.
std::string TruncateLowerBound(std::string_view utf8, std::size_t length_code_points);

// The smallest string of at most `length_code_points` code points that sorts at or after `utf8`,
// which must be valid UTF-8. Empty when there is none (every code point kept is U+10FFFF).
std::optional<std::string> TruncateUpperBound(std::string_view utf8,
                                              std::size_t length_code_points);

// The first `length_bytes` bytes.
std::string TruncateBinaryLowerBound(std::string_view bytes, std::size_t length_bytes);

// The smallest string of at most `length_bytes` bytes that sorts at or after `bytes`, as unsigned
// bytes. Empty when there is none (every byte kept is 0xFF).
std::optional<std::string> TruncateBinaryUpperBound(std::string_view bytes,
                                                    std::size_t length_bytes);

}  // namespace eider::iceberg
