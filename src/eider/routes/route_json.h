// A route as a JSON object of its attributes, and back: the form of JSON lines, snapshots and
// items.
//
//   {"PartitionKey": "src-a", "target_table": "bronze.orders", "query_sql": "SELECT …",
//    "engine": {"memory_limit": "512MiB", "threads": 2}, "inputs": ["s3://ref/rates/", "ref.fx"]}
#pragma once

#include "eider/codec/json.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"

namespace eider::routes {

// The attributes that are set: those that have their default are left out.
codec::Json ToJson(const Route& route);

// The same route, or everything that is wrong: DecodeRoute, and never an exception.
DecodedRoute FromJson(const codec::Json& json);

}  // namespace eider::routes
