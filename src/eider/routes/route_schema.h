// The JSON schema of a route: the authority for the types of its attributes, and what editors and
// other programs check routes with (docs/route.schema.json, `eider routes schema`).
//
// It says types, bounds and what goes with what. What a text must hold (a table's name, the marker,
// a size) is for DecodeRoute: valijson matches patterns by std::regex, which recurses with the
// length of the text, and counts characters past the end of what is not UTF-8.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "eider/codec/json.h"
#include "eider/routes/route_attributes.h"

namespace eider::routes {

std::string_view RouteSchemaText();

// The schema, ready to check many items. Safe for concurrent calls from several threads.
class RouteSchema {
 public:
  RouteSchema();
  ~RouteSchema();
  RouteSchema(const RouteSchema&) = delete;
  RouteSchema& operator=(const RouteSchema&) = delete;

  // What the schema has against an item, one problem per attribute.
  std::vector<AttributeProblem> Check(const codec::Json& item) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

// DecodeRoute, and the schema beside it: a problem that both see is told once. For listings and
// whatever is about to be written; a lookup needs no more than DecodeRoute.
DecodedRoute DecodeChecked(codec::Json item, const RouteSchema& schema);

}  // namespace eider::routes
