// Printing of JSON lines.
#include "eider/app/json_line.h"

#include <ostream>
#include <string>

#include "eider/app/console.h"

namespace eider::app {

std::string JsonLineText(const JsonLine& line) {
  return line.dump(-1, ' ', false, JsonLine::error_handler_t::replace);
}

void PrintJson(Console& console, const JsonLine& line) {
  console.out << JsonLineText(line) << std::endl;
}

}  // namespace eider::app
