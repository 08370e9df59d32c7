// A few rows of a query for people.
#pragma once

#include <string>

#include "eider/engine/sql_engine.h"

namespace eider::app {

// As a table no wider than `columns_max` (0: no limit); long values are shortened.
std::string PreviewText(const engine::Preview& preview, int columns_max);

}  // namespace eider::app
