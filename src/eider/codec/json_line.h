// One JSON object per line, its keys in the order they are given: the output for machines.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace eider::codec {

using JsonLine = nlohmann::ordered_json;

// The text itself, or, where it is not UTF-8, EscapeText of it.
std::string TextForJson(std::string_view bytes);

// Without the end of the line. A text that is not UTF-8, which JSON cannot hold, is written as the
// console shows it (TextForJson); a member `file` has `file_encoded` beside it then, the same bytes
// percent-encoded. What does not show is written as `\uHHHH`, which changes no value.
std::string JsonLineText(const JsonLine& line);

}  // namespace eider::codec
