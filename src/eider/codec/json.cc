// Reading of JSON by nlohmann::json, whose exceptions end here.
#include "eider/codec/json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::codec {
namespace {

constexpr std::size_t kShownValueBytes = 60;
constexpr std::string_view kInt64 = "an integer of 64 bits";

// Line and column, both from 1, of a byte in the text.
std::string PlaceOf(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("line {}, column {}", line, before.size() - line_start + 1);
}

// The offset of the first bracket that opens a level beyond `depth_max`, or nothing. Runs before
// the parser: it builds the tree without recursion, but what walks the tree recurses.
std::optional<std::size_t> FindTooDeep(std::string_view text, int depth_max) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > depth_max) return i;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return std::nullopt;
}

// A value as a message shows it: its type and, when short enough, itself.
std::string Shown(const Json& value) {
  if (value.is_structured()) return value.is_array() ? "an array" : "an object";
  std::string text = ToJsonText(value);
  if (text.size() > kShownValueBytes) {
    return fmt::format("a {} of {} bytes", value.type_name(), text.size());
  }
  return text;
}

Error WrongType(const std::string& path, std::string_view wanted, const Json& value) {
  return Error{Code::kCorrupt,
               fmt::format("JSON field {} must be {}, but is {}", path, wanted, Shown(value))};
}

// The number when it is an integer that 64 bits hold exactly. The parser makes a double of any
// other.
std::optional<std::int64_t> ExactInt64(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (!std::in_range<std::int64_t>(number)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  return std::nullopt;
}

std::string ElementPath(const std::string& array_path, std::size_t index) {
  return fmt::format("{}[{}]", array_path, index);
}

Error Missing(const std::string& path) {
  return Error{Code::kCorrupt, fmt::format("JSON field {} is missing", path)};
}

}  // namespace

Result<Json> ParseJson(std::string_view text, int depth_max) {
  if (const auto offset = FindTooDeep(text, depth_max)) {
    return Fail(Code::kCorrupt, fmt::format("JSON is nested deeper than {} levels at {}", depth_max,
                                            PlaceOf(text, *offset)));
  }
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& error) {
    // `byte` counts from 1 and is the last one read.
    const std::size_t offset = error.byte == 0 ? 0 : error.byte - 1;
    return Fail(Code::kCorrupt, fmt::format("not valid JSON at {}", PlaceOf(text, offset)));
  } catch (const Json::exception& error) {
    // A number beyond the range of double is the one other refusal of the parser.
    return Fail(Code::kCorrupt, fmt::format("not valid JSON: {}", error.what()));
  }
}

std::string ToJsonText(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<JsonObject> JsonObject::Of(const Json& value, std::string path) {
  if (!value.is_object()) {
    return Fail(Code::kCorrupt,
                fmt::format("JSON {} must be an object, but is {}",
                            path.empty() ? "document" : "field " + path, Shown(value)));
  }
  return JsonObject(value, std::move(path));
}

const Json* JsonObject::Find(std::string_view key) const {
  const auto found = value_->find(key);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

std::string JsonObject::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

Result<std::int64_t> JsonObject::Int64(std::string_view key) const {
  EIDER_ASSIGN(const auto number, OptionalInt64(key));
  if (!number) return std::unexpected(Missing(PathOf(key)));
  return *number;
}

Result<int> JsonObject::Int(std::string_view key) const {
  EIDER_ASSIGN(const auto number, OptionalInt(key));
  if (!number) return std::unexpected(Missing(PathOf(key)));
  return *number;
}

Result<std::string> JsonObject::String(std::string_view key) const {
  EIDER_ASSIGN(auto text, OptionalString(key));
  if (!text) return std::unexpected(Missing(PathOf(key)));
  return *std::move(text);
}

Result<bool> JsonObject::Bool(std::string_view key) const {
  EIDER_ASSIGN(const auto value, OptionalBool(key));
  if (!value) return std::unexpected(Missing(PathOf(key)));
  return *value;
}

Result<JsonObject> JsonObject::Object(std::string_view key) const {
  EIDER_ASSIGN(auto object, OptionalObject(key));
  if (!object) return std::unexpected(Missing(PathOf(key)));
  return *std::move(object);
}

Result<const Json*> JsonObject::RequireArray(std::string_view key) const {
  const Json* value = Find(key);
  if (value == nullptr) return std::unexpected(Missing(PathOf(key)));
  if (!value->is_array()) return std::unexpected(WrongType(PathOf(key), "an array", *value));
  return value;
}

Result<std::vector<JsonObject>> JsonObject::Objects(std::string_view key) const {
  EIDER_ASSIGN(const Json* array, RequireArray(key));
  const std::string array_path = PathOf(key);
  std::vector<JsonObject> objects;
  objects.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    EIDER_ASSIGN(auto object, Of((*array)[i], ElementPath(array_path, i)));
    objects.push_back(std::move(object));
  }
  return objects;
}

Result<std::vector<std::int64_t>> JsonObject::Int64s(std::string_view key) const {
  EIDER_ASSIGN(const Json* array, RequireArray(key));
  std::vector<std::int64_t> numbers;
  numbers.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    const auto number = ExactInt64((*array)[i]);
    if (!number)
      return std::unexpected(WrongType(ElementPath(PathOf(key), i), kInt64, (*array)[i]));
    numbers.push_back(*number);
  }
  return numbers;
}

Result<std::vector<std::string>> JsonObject::Strings(std::string_view key) const {
  EIDER_ASSIGN(const Json* array, RequireArray(key));
  std::vector<std::string> texts;
  texts.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    const Json& value = (*array)[i];
    if (!value.is_string()) {
      return std::unexpected(WrongType(ElementPath(PathOf(key), i), "a string", value));
    }
    texts.push_back(value.get_ref<const std::string&>());
  }
  return texts;
}

Result<std::map<std::string, std::string>> JsonObject::StringMap(std::string_view key) const {
  EIDER_ASSIGN(const JsonObject object, Object(key));
  std::map<std::string, std::string> map;
  for (const auto& [name, value] : object.json().items()) {
    if (!value.is_string()) {
      return std::unexpected(WrongType(object.PathOf(name), "a string", value));
    }
    map.emplace(name, value.get_ref<const std::string&>());
  }
  return map;
}

Result<std::optional<std::int64_t>> JsonObject::OptionalInt64(std::string_view key) const {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  const auto number = ExactInt64(*value);
  if (!number) return std::unexpected(WrongType(PathOf(key), kInt64, *value));
  return number;
}

Result<std::optional<int>> JsonObject::OptionalInt(std::string_view key) const {
  EIDER_ASSIGN(const auto number, OptionalInt64(key));
  if (!number) return std::nullopt;
  if (!std::in_range<int>(*number)) {
    return std::unexpected(WrongType(PathOf(key), "an integer of 32 bits", *Find(key)));
  }
  return static_cast<int>(*number);
}

Result<std::optional<std::string>> JsonObject::OptionalString(std::string_view key) const {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return std::unexpected(WrongType(PathOf(key), "a string", *value));
  return value->get_ref<const std::string&>();
}

Result<std::optional<bool>> JsonObject::OptionalBool(std::string_view key) const {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) return std::unexpected(WrongType(PathOf(key), "true or false", *value));
  return value->get<bool>();
}

Result<std::optional<JsonObject>> JsonObject::OptionalObject(std::string_view key) const {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  return Of(*value, PathOf(key));
}

}  // namespace eider::codec
