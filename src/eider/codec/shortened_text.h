// Texts of any length as parts of messages: cut in their middle, between two characters, with a
// mark that says how many bytes are missing. Beginning and end tell the most.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::codec {

inline constexpr std::size_t kMessageBytesMax = 2'048;
inline constexpr std::size_t kWordBytesMax = 512;  // of a message, between white space
inline constexpr std::size_t kNameBytesMax = 256;

// The text, or "beginning… (12345 bytes more) …end" of at most `bytes_max` bytes, at least 64.
std::string Shortened(std::string_view text, std::size_t bytes_max);

// The first bytes of the text, at most `bytes_max`, without a character that would be cut.
std::string_view Beginning(std::string_view text, std::size_t bytes_max);

// A column's, route's or table's name in a message.
std::string ShortName(std::string_view name);

// The place of an error in a message's fields.
FilePlace ShortPlace(FilePlace place);

// A whole message: each of its words, then all of it.
std::string ShortMessage(std::string_view message);

}  // namespace eider::codec
