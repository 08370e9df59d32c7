// The attributes that say how a route's table is made: partition_by, sort_by, table_properties and
// location.
#pragma once

#include <vector>

#include "eider/codec/json.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"

namespace eider::routes {

// Of the item, with what is wrong added to `problems`. Whether the columns are there is known only
// when there is a table to make.
TableLayout ReadTableLayout(const codec::Json& item, std::vector<AttributeProblem>& problems);

}  // namespace eider::routes
