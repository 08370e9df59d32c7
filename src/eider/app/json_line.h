// The output for machines, on the console.
#pragma once

#include "eider/app/console.h"
#include "eider/codec/json_line.h"

namespace eider::app {

using JsonLine = codec::JsonLine;

void PrintJson(Console& console, const JsonLine& line);

}  // namespace eider::app
