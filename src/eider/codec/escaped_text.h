// Text from outside as it may be shown: nothing in it moves the cursor, turns the direction of
// writing, hides or breaks a line; and it can be read back to the very bytes.
//
//   \\          a backslash
//   \n \r \t    these control characters
//   \xHH        another ASCII control character, or a byte that is not UTF-8
//   \u{H…}      a code point that does not show, or looks like a blank: C1 controls, line and
//               paragraph separators, marks of direction, zero-width characters, variation
//               selectors, tags, fillers, all spaces but U+0020
//
// HH and H… are lower-case hexadecimal digits. All else stands for itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace eider::codec {

std::string EscapeText(std::string_view bytes);

// The same, but \n stays a line break; only a text of one line can be read back.
std::string EscapeLines(std::string_view bytes);

// The bytes behind a text of EscapeText, nothing where it is none.
std::optional<std::string> UnescapeText(std::string_view text);

// The same JSON or YAML, whose strings are all in double quotes, with `\uHHHH` in place of code
// points that do not show; above U+FFFF two of them in JSON, `\UHHHHHHHH` in YAML. Line breaks
// stay. What is not UTF-8 stays too.
std::string EscapeInJson(std::string_view json);
std::string EscapeInYaml(std::string_view yaml);

// Every byte but ASCII letters, digits and -._~/: as %HH in upper case.
std::string PercentEncoded(std::string_view bytes);

}  // namespace eider::codec
