#include "eider/app/json_line.h"

#include <ostream>

namespace eider::app {

void PrintJson(Console& console, const JsonLine& line) {
  console.out << codec::JsonLineText(line) << std::endl;
}

}  // namespace eider::app
