// Printing of JSON lines.
#include "eider/app/json_line.h"

#include <ostream>

#include "eider/app/console.h"

namespace eider::app {

void PrintJson(Console& console, const JsonLine& line) {
  console.out << line.dump(-1, ' ', false, JsonLine::error_handler_t::replace) << std::endl;
}

}  // namespace eider::app
