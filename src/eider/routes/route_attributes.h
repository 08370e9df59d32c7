// A route as named attributes: the one reading of them that every route store shares, so that a
// mistake is told in the same words wherever it was made.
//
// An item is a JSON object: every store fills one from what it has (a row, an item, a node). Texts
// that spell true or false are taken for booleans where one is wanted. Null is absent, but for the
// attributes that a route must have. The table of all attributes is in docs/formats.md, "Routes".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

struct AttributeProblem {
  std::string path;  // of the attribute, there or not: "engine.threads", "inputs[2]"
  std::string message;
};

struct DecodedRoute {
  std::string partition_key;               // as far as it is known
  std::optional<Route> route;              // when there is no problem
  std::vector<AttributeProblem> problems;  // in the order of the attributes
  std::vector<AttributeProblem> unknown;   // attributes that mean nothing here
};

// Decides alone whether an item is a route, for whoever needs one fast; the JSON schema adds
// nothing to its verdict.
DecodedRoute DecodeRoute(const codec::Json& item);

// The route of one item, or kInvalid with every problem; unknown attributes are passed over.
// `location` is where the item lies.
Result<Route> RouteOf(const codec::Json& item, const std::string& location);

// Adds the item's route, or its problems, and a note for each unknown attribute.
void AddToListing(DecodedRoute decoded, const std::string& location, RouteListing& listing);

// The error for whoever asks for a route that is wrong.
Error WrongRoute(std::string_view key, std::string_view reasons);

}  // namespace eider::routes
