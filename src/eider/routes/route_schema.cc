// The schema's text, and valijson's findings as problems of attributes.
#include "eider/routes/route_schema.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "eider/codec/json.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route_attributes.h"

namespace eider::routes {
namespace {

using codec::Json;
using valijson::adapters::NlohmannJsonAdapter;

constexpr std::string_view kSchema = R"json({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "A route of Eider",
  "description": "Which table gets the rows of a file, and the SQL that shapes them.",
  "type": "object",
  "required": ["PartitionKey"],
  "properties": {
    "PartitionKey": {
      "type": "string",
      "description": "The routing key; with '*' a pattern, '*' alone is the default route."
    },
    "target_table": {
      "type": "string",
      "description": "namespace.table; levels of letters, digits, '_' and '-'."
    },
    "query_sql": {
      "type": "string",
      "description": "One SELECT with the marker {s3_input_path}."
    },
    "transform": {
      "type": "string",
      "minLength": 1,
      "description": "The operator's plug-in that the rows of query_sql go through, by its name."
    },
    "then_sql": {
      "type": "string",
      "minLength": 1,
      "description": "One SELECT over what the plug-in makes of the rows: FROM transformed."
    },
    "create_table": {
      "type": "boolean",
      "default": false,
      "description": "A missing table is created from the result's schema."
    },
    "partition_by": {
      "type": "array",
      "maxItems": 32,
      "items": { "type": "string" },
      "description": "Partitions of a table that it creates: day(ts), bucket(16, id), region."
    },
    "sort_by": {
      "type": "array",
      "maxItems": 32,
      "items": { "type": "string" },
      "description": "Sort order of a table that it creates: ts desc, name nulls last."
    },
    "table_properties": {
      "type": "object",
      "maxProperties": 1000,
      "additionalProperties": { "type": "string" },
      "description": "Properties of a table that it creates."
    },
    "location": {
      "type": "string",
      "description": "The URI of the folder of a table that it creates."
    },
    "enabled": {
      "type": "boolean",
      "default": true,
      "description": "false: the route's files are held until it is enabled."
    },
    "same_as": {
      "type": "string",
      "description": "The key of the route whose table and SQL these are."
    },
    "inputs": {
      "type": "array",
      "maxItems": 32,
      "items": { "type": "string" },
      "description": "What else the SQL may read: URIs, prefixes that end in '/', tables."
    },
    "types": {
      "type": "object",
      "maxProperties": 1000,
      "additionalProperties": { "type": "string" },
      "description": "Columns and what their values are: DECIMAL(12,2), DATE '%d/%m/%Y', …"
    },
    "encoding": {
      "type": "string",
      "description": "The encoding of its CSV files where it is not UTF-8, such as windows-1252."
    },
    "on_bad_rows": {
      "enum": ["fail", "reject"],
      "default": "fail",
      "description": "reject: rows that do not read or do not fit go to <target_table>__rejects."
    },
    "reject_max": {
      "type": ["string", "integer"],
      "description": "How many rows may be rejected before the file FAILS: 100, or 1%."
    },
    "schema": {
      "enum": ["freeze", "evolve", "evolve_with_widening", "hold"],
      "default": "freeze",
      "description": "evolve: the table gets the columns that its files have and it has not. hold: such files wait for eider schema apply."
    },
    "rescue": {
      "type": "string",
      "description": "The column that gets, as JSON, values and columns that do not fit the table, such as _rescued_data."
    },
    "lineage": {
      "type": "boolean",
      "default": false,
      "description": "true: each row gets _source_file, _source_version and _loaded_at."
    },
    "engine": {
      "type": "object",
      "properties": {
        "memory_limit": {
          "type": "string",
          "description": "Memory for a query, such as 512MiB."
        },
        "threads": { "type": "integer", "minimum": 1, "maximum": 1024 },
        "group_files": {
          "type": "integer",
          "minimum": 1,
          "maximum": 1000,
          "description": "Small files that one query may read; 1: each is read alone."
        },
        "timeout_ms": {
          "type": "integer",
          "minimum": 1,
          "maximum": 604800000,
          "description": "The longest time of one query."
        }
      },
      "additionalProperties": false,
      "description": "Limits of the route's queries."
    },
    "commit": {
      "type": "object",
      "properties": {
        "lag_ms": {
          "type": "integer",
          "minimum": 0,
          "maximum": 604800000,
          "description": "How long a file may wait for others to commit with."
        }
      },
      "additionalProperties": false,
      "description": "How the route's files are committed."
    },
    "after_load": {
      "type": "string",
      "description": "What is done with the object of a file that was loaded: tag, delete, move PREFIX or copy PREFIX."
    },
    "after_failure": {
      "type": "string",
      "description": "The same of a file that failed, where no other attempt would help."
    },
    "priority": {
      "type": "integer",
      "default": 0,
      "description": "Among patterns that match the same key the highest wins."
    },
    "description": { "type": "string" },
    "owner": { "type": "string" },
    "updated_at": {
      "type": "string",
      "description": "When `eider routes` wrote it: RFC 3339 in UTC."
    },
    "version": {
      "type": "integer",
      "minimum": 0,
      "default": 0,
      "description": "One more with each write by `eider routes`."
    }
  },
  "if": { "required": ["same_as"] },
  "then": {
    "properties": {
      "target_table": { "type": "null" },
      "query_sql": { "type": "null" }
    }
  },
  "else": { "required": ["target_table", "query_sql"] }
}
)json";

// valijson's context {"<root>", "[engine]", "[threads]"} as "engine.threads", {"<root>",
// "[inputs]", "[2]"} as "inputs[2]"; and the value that stands there in the item.
struct Place {
  std::string path;
  const Json* value;
};

Place PlaceOf(const std::vector<std::string>& context, const Json& item) {
  Place place{{}, &item};
  for (std::size_t i = 1; i < context.size(); ++i) {
    const std::string name = context[i].substr(1, context[i].size() - 2);
    if (place.value->is_array()) {
      place.path += context[i];
      place.value = &place.value->at(std::stoul(name));
    } else {
      if (!place.path.empty()) place.path += '.';
      place.path += name;
      place.value = &place.value->at(name);
    }
  }
  return place;
}

// The text between the first quote and the last one: the name in a description.
std::string NameIn(const std::string& description) {
  const std::size_t first = description.find('\'');
  const std::size_t last = description.rfind('\'');
  return first == last ? "" : description.substr(first + 1, last - first - 1);
}

AttributeProblem ProblemOf(const valijson::ValidationResults::Error& error, const Json& item) {
  Place place = PlaceOf(error.context, item);
  const auto below = [&](const std::string& name) {
    return place.path.empty() ? name : place.path + "." + name;
  };
  if (error.description.starts_with("Missing required property")) {
    const std::string path = below(NameIn(error.description));
    return {path, fmt::format("{} is missing", path)};
  }
  if (error.description.starts_with("Object contains a property")) {
    // The words before the name have quotes of their own.
    const std::size_t colon = error.description.find(": '");
    const std::string path =
        below(NameIn(error.description.substr(std::min(colon, error.description.size()))));
    return {path, fmt::format("unknown attribute '{}'", path)};
  }
  return {place.path, Mistyped(place.path, *place.value)};
}

// Drops nulls, which are absent, and makes booleans of what spells them.
void Normalize(Json& item) {
  for (auto member = item.begin(); member != item.end();) {
    if (member->is_null()) {
      member = item.erase(member);
      continue;
    }
    if (member.key() == kEngine || member.key() == kCommit) {
      if (member->is_object()) Normalize(*member);
    } else if (TypeOf(member.key()) == AttributeType::kBoolean) {
      if (const auto boolean = BooleanOf(*member)) *member = *boolean;
    }
    ++member;
  }
}

}  // namespace

std::string_view RouteSchemaText() {
  return kSchema;
}

struct RouteSchema::Compiled {
  valijson::Schema schema;
};

RouteSchema::RouteSchema() : compiled_(std::make_unique<Compiled>()) {
  const Json document = Json::parse(kSchema);
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(NlohmannJsonAdapter(document), compiled_->schema);
}

RouteSchema::~RouteSchema() = default;

std::vector<AttributeProblem> RouteSchema::Check(const Json& item) const {
  std::vector<AttributeProblem> problems;
  try {
    valijson::Validator validator;
    const NlohmannJsonAdapter target(item);
    // Most items are right, and to say no more than that is fast.
    if (validator.validate(compiled_->schema, target, nullptr)) return problems;
    valijson::ValidationResults results;
    validator.validate(compiled_->schema, target, &results);
    for (const auto& error : results) {
      if (error.description.starts_with("Failed to validate")) continue;  // of what is in it
      AttributeProblem problem = ProblemOf(error, item);
      const auto same = std::ranges::find(problems, problem.path, &AttributeProblem::path);
      if (same == problems.end()) problems.push_back(std::move(problem));
    }
  } catch (const std::exception& exception) {
    problems.push_back(
        {"", fmt::format("cannot be checked against the JSON schema: {}", exception.what())});
  }
  return problems;
}

DecodedRoute DecodeChecked(Json item, const RouteSchema& schema) {
  DecodedRoute decoded = DecodeRoute(item);
  if (!item.is_object()) return decoded;
  Normalize(item);
  for (AttributeProblem& problem : schema.Check(item)) {
    const auto same = std::ranges::find(decoded.problems, problem.path, &AttributeProblem::path);
    if (same != decoded.problems.end()) continue;
    decoded.problems.push_back(std::move(problem));
    decoded.route.reset();
  }
  return decoded;
}

}  // namespace eider::routes
