// JSON from outside, read without exceptions and with errors that name the place.
//
// A place is written as people point at it: `snapshots[3].summary.operation`. Numbers are read as
// exact 64-bit integers or refused: snapshot ids exceed 2^53.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "eider/base/result.h"

namespace eider::codec {

using Json = nlohmann::json;

// Parses one JSON document; nothing may follow it. Nesting deeper than `depth_max` is refused, so
// that no later walk overflows the stack. Errors: kCorrupt with line and column.
Result<Json> ParseJson(std::string_view text, int depth_max = 128);

// One line of text. Bytes that are not UTF-8 become U+FFFD.
std::string ToJsonText(const Json& json);

// An object inside a document that outlives it, and its path there. Optional: absent or null.
// Errors of every reading method: kCorrupt with the path of the field and what it is instead.
class JsonObject {
 public:
  // `path` is what messages call this value; empty for the document itself.
  static Result<JsonObject> Of(const Json& value, std::string path = {});

  Result<std::int64_t> Int64(std::string_view key) const;
  Result<int> Int(std::string_view key) const;
  Result<std::string> String(std::string_view key) const;
  Result<bool> Bool(std::string_view key) const;
  Result<JsonObject> Object(std::string_view key) const;
  Result<std::vector<JsonObject>> Objects(std::string_view key) const;  // an array of objects
  Result<std::vector<std::int64_t>> Int64s(std::string_view key) const;
  Result<std::vector<std::string>> Strings(std::string_view key) const;
  Result<std::map<std::string, std::string>> StringMap(std::string_view key) const;

  Result<std::optional<std::int64_t>> OptionalInt64(std::string_view key) const;
  Result<std::optional<int>> OptionalInt(std::string_view key) const;
  Result<std::optional<std::string>> OptionalString(std::string_view key) const;
  Result<std::optional<bool>> OptionalBool(std::string_view key) const;
  Result<std::optional<JsonObject>> OptionalObject(std::string_view key) const;

  // True when the field is there and not null.
  bool Has(std::string_view key) const { return Find(key) != nullptr; }

  // The field itself, of whatever type, or null when it is absent or null.
  const Json* Find(std::string_view key) const;

  // For messages of the caller's own: "schemas[0].fields[2].type".
  std::string PathOf(std::string_view key) const;

  const Json& json() const { return *value_; }

  const std::string& path() const { return path_; }

 private:
  JsonObject(const Json& value, std::string path) : value_(&value), path_(std::move(path)) {}

  Result<const Json*> RequireArray(std::string_view key) const;

  const Json* value_;
  std::string path_;
};

}  // namespace eider::codec
