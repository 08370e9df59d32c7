// One JSON object per line, its keys in the order they are given: the output for machines.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "eider/app/console.h"

namespace eider::app {

using JsonLine = nlohmann::ordered_json;

// Bytes that are not UTF-8 become U+FFFD. Without the end of the line.
std::string JsonLineText(const JsonLine& line);

void PrintJson(Console& console, const JsonLine& line);

}  // namespace eider::app
