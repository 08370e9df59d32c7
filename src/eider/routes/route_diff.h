// What differs between two routes of one key, attribute by attribute.
#pragma once

#include <string>
#include <vector>

#include "eider/codec/json.h"
#include "eider/routes/route.h"

namespace eider::routes {

struct AttributeChange {
  std::string name;    // "target_table", "engine"
  codec::Json before;  // null: it was not set
  codec::Json after;   // null: it is not set any more
};

// In the order in which attributes are written. The version and the time of writing are no
// difference: they tell of the writing, not of what the route does.
std::vector<AttributeChange> DiffOf(const Route& before, const Route& after);

}  // namespace eider::routes
