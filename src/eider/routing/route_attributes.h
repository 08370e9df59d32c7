// A route as named attributes: the one reading of them that every route store shares, so that a
// mistake is told in the same words wherever it was made.
//
//   PartitionKey   text, required
//   target_table   text, required: namespace.table
//   query_sql      text, required: holds the marker {s3_input_path}
//   create_table   boolean, or the text true or false; default false
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/routing/route.h"
#include "eider/routing/route_store.h"

namespace eider::routing {

inline constexpr std::string_view kPartitionKey = "PartitionKey";
inline constexpr std::string_view kTargetTable = "target_table";
inline constexpr std::string_view kQuerySql = "query_sql";
inline constexpr std::string_view kCreateTable = "create_table";

// An attribute as a store has it.
struct RouteAttribute {
  enum class Kind : std::uint8_t { kText, kBoolean, kNothing, kOther };
  std::string name;
  Kind kind = Kind::kText;
  std::string text = {};  // kText
  bool boolean = false;   // kBoolean
  std::string kind_name;  // for messages: "a list"
};

struct AttributeProblem {
  std::optional<std::size_t> position;  // of the attribute; none: one that is missing
  std::string message;
};

struct DecodedRoute {
  std::string partition_key;               // as far as it is known
  std::optional<Route> route;              // when there is no problem
  std::vector<AttributeProblem> problems;  // names first, then in the order of the table above
  std::vector<AttributeProblem> unknown;   // attributes that mean nothing here
};

DecodedRoute DecodeRoute(std::span<const RouteAttribute> attributes);

// The route of one item, or kInvalid with every problem; unknown attributes are passed over.
// `location` is where the item lies.
Result<Route> RouteOf(std::span<const RouteAttribute> attributes, const std::string& location);

// Adds the item's route, or its problems, and a note for each unknown attribute.
void AddToListing(std::span<const RouteAttribute> attributes, const std::string& location,
                  RouteListing& listing);

// The error for whoever asks for a route that is wrong.
Error WrongRoute(std::string_view key, std::string_view reasons);

}  // namespace eider::routing
