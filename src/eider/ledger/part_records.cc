// Parts to JSON and back.
#include "eider/ledger/part_records.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/codec/dynamodb_item.h"
#include "eider/codec/json.h"

namespace eider::ledger {
namespace {

using codec::Json;
using codec::JsonObject;

// What a part grows by when it is LOADED: "snapshot_id":null becomes a number of up to 20
// characters, "rows":0 one of up to 19, and "counts" have three of up to 13, more than any file
// has.
constexpr std::size_t kGrowthBytes = 86;

Json NumberOrNull(std::optional<std::int64_t> number) {
  return number ? Json(*number) : Json(nullptr);
}

// Read, filtered, rejected.
Json JsonOf(const RowCounts& counts) {
  return Json::array({NumberOrNull(counts.read), NumberOrNull(counts.filtered), counts.rejected});
}

Json JsonOf(const PartRecord& part) {
  Json values = Json::array();
  for (const auto& value : part.values) values.push_back(value ? Json(*value) : Json(nullptr));
  Json json = {{"route", part.route},
               {"values", std::move(values)},
               {"target_table", part.target_table},
               {"commit_token", part.commit_token},
               {"is_loaded", part.is_loaded},
               {"snapshot_id", NumberOrNull(part.snapshot_id)},
               {"rows", part.rows},
               {"route_version", part.route_version},
               {"sql_hash", part.sql_hash}};
  if (part.counts != RowCounts()) json["counts"] = JsonOf(part.counts);
  return json;
}

Result<std::vector<std::optional<std::string>>> ReadValues(const JsonObject& object) {
  const Json* const array = object.Find("values");
  if (array == nullptr || !array->is_array()) {
    return Fail(Code::kCorrupt,
                fmt::format("JSON field {} must be an array", object.PathOf("values")));
  }
  std::vector<std::optional<std::string>> values;
  values.reserve(array->size());
  for (const Json& value : *array) {
    if (!value.is_null() && !value.is_string()) {
      return Fail(Code::kCorrupt, fmt::format("JSON field {}[{}] must be a string or null",
                                              object.PathOf("values"), values.size()));
    }
    values.push_back(value.is_null() ? std::nullopt
                                     : std::optional(value.get_ref<const std::string&>()));
  }
  return values;
}

// Parts of earlier programs, and planned ones, have none.
Result<RowCounts> ReadCounts(const JsonObject& object) {
  const Json* const array = object.Find("counts");
  if (array == nullptr) return RowCounts();
  const bool is_sound =
      array->is_array() && array->size() == 3 && std::ranges::all_of(*array, [](const Json& count) {
        return count.is_null() || count.is_number_integer();
      });
  if (!is_sound) {
    return Fail(Code::kCorrupt, fmt::format("JSON field {} must be an array of three numbers",
                                            object.PathOf("counts")));
  }
  const auto at = [&](std::size_t index) {
    const Json& count = (*array)[index];
    return count.is_null() ? std::nullopt : std::optional(count.get<std::int64_t>());
  };
  return RowCounts{.read = at(0), .filtered = at(1), .rejected = at(2).value_or(0)};
}

Result<PartRecord> ReadPart(const JsonObject& object) {
  PartRecord part;
  EIDER_ASSIGN(part.route, object.String("route"));
  EIDER_ASSIGN(part.values, ReadValues(object));
  EIDER_ASSIGN(part.target_table, object.String("target_table"));
  EIDER_ASSIGN(part.commit_token, object.String("commit_token"));
  EIDER_ASSIGN(part.is_loaded, object.Bool("is_loaded"));
  EIDER_ASSIGN(part.snapshot_id, object.OptionalInt64("snapshot_id"));
  EIDER_ASSIGN(part.rows, object.Int64("rows"));
  EIDER_ASSIGN(part.route_version, object.Int64("route_version"));
  EIDER_ASSIGN(part.sql_hash, object.String("sql_hash"));
  EIDER_ASSIGN(part.counts, ReadCounts(object));
  return part;
}

bool IsUtf8(const std::string& text) {
  return codec::AttributeValue::StringOrBinary(text).kind == codec::AttributeValue::Kind::kString;
}

// JSON is UTF-8: other bytes would come back changed, and the part would not be known again.
Status CheckText(const FileRef& file, std::string_view what, const std::string& text) {
  if (IsUtf8(text)) return {};
  return Fail(Code::kInvalid,
              fmt::format("{} is not UTF-8, so that the ledger cannot keep it; route by a column "
                          "of valid text: {}",
                          what, file.uri.ToString()));
}

}  // namespace

std::string PartsText(std::span<const PartRecord> parts) {
  if (parts.empty()) return "";
  Json array = Json::array();
  for (const PartRecord& part : parts) array.push_back(JsonOf(part));
  return codec::ToJsonText(array);
}

Result<std::vector<PartRecord>> ParseParts(std::string_view text) {
  if (text.empty()) return std::vector<PartRecord>();
  auto array = codec::ParseJson(text);
  if (!array) return Fail("parts", std::move(array).error());
  return ReadParts(*array);
}

Result<std::vector<PartRecord>> ReadParts(const Json& array) {
  if (!array.is_array()) return Fail(Code::kCorrupt, "parts must be a JSON array");
  std::vector<PartRecord> parts;
  parts.reserve(array.size());
  for (const Json& element : array) {
    EIDER_ASSIGN(const JsonObject object,
                 JsonObject::Of(element, fmt::format("parts[{}]", parts.size())));
    EIDER_ASSIGN(PartRecord part, ReadPart(object));
    parts.push_back(std::move(part));
  }
  return parts;
}

Status CheckParts(const FileRef& file, std::span<const PartRecord> parts) {
  std::size_t values = 0;
  std::size_t growth_bytes = 0;
  for (const PartRecord& part : parts) {
    EIDER_CHECK(CheckText(file, "the key of a route", part.route));
    EIDER_CHECK(CheckText(file, "the name of table " + part.target_table, part.target_table));
    for (const auto& value : part.values) {
      if (value) EIDER_CHECK(CheckText(file, "a value of the routing column", *value));
    }
    values += part.values.size();
    if (!part.is_loaded) growth_bytes += kGrowthBytes;
  }
  const std::size_t bytes = PartsText(parts).size() + growth_bytes;
  if (bytes <= kPartsBytesMax) return {};
  return Fail(Code::kInvalid,
              fmt::format("the file has {} parts with {} values of the routing column, which take "
                          "{} bytes in the ledger: it keeps {} at most of one file; route by a "
                          "column with fewer or shorter values, or split the file: {}",
                          parts.size(), values, bytes, kPartsBytesMax, file.uri.ToString()));
}

// A quotation mark inside a value is escaped, so that no value can look like the field.
std::string TargetTableText(std::string_view target_table) {
  return "\"target_table\":" + codec::ToJsonText(Json(std::string(target_table)));
}

std::string RouteText(std::string_view route) {
  return "\"route\":" + codec::ToJsonText(Json(std::string(route)));
}

}  // namespace eider::ledger
