// Items to JSON and back.
#include "eider/codec/dynamodb_item.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/base64.h"
#include "eider/codec/json.h"
#include "eider/codec/utf8.h"

namespace eider::codec {
namespace {

using Kind = AttributeValue::Kind;

struct KindSpelling {
  Kind kind;
  std::string_view field;
  std::string_view name;
};

constexpr std::array<KindSpelling, 10> kKinds = {{{Kind::kString, "S", "a string"},
                                                  {Kind::kNumber, "N", "a number"},
                                                  {Kind::kBinary, "B", "binary"},
                                                  {Kind::kBoolean, "BOOL", "a boolean"},
                                                  {Kind::kNull, "NULL", "null"},
                                                  {Kind::kMap, "M", "a map"},
                                                  {Kind::kList, "L", "a list"},
                                                  {Kind::kStringSet, "SS", "a set of strings"},
                                                  {Kind::kNumberSet, "NS", "a set of numbers"},
                                                  {Kind::kBinarySet, "BS", "a set of binaries"}}};

const KindSpelling& SpellingOf(Kind kind) {
  return kKinds[static_cast<std::size_t>(kind)];  // stands in the order of the enumeration
}

std::unexpected<Error> Wrong(const std::string& path, std::string_view what) {
  return Fail(Code::kCorrupt, fmt::format("attribute {} {}", path, what));
}

// A value of a kind that is written as one string, or an element of a set of such.
Result<std::string> ParseText(const Json& json, Kind kind, const std::string& path) {
  if (!json.is_string()) {
    return Wrong(path, fmt::format("has a {} where DynamoDB writes a string", json.type_name()));
  }
  const auto& text = json.get_ref<const std::string&>();
  if (kind != Kind::kBinary && kind != Kind::kBinarySet) return text;
  if (auto bytes = FromBase64(text)) return *std::move(bytes);
  return Wrong(path, "is binary, but its value is not Base64");
}

Result<AttributeValue> ParseValue(const Json& json, const std::string& path);

Result<Item> ParseMap(const Json& json, const std::string& path) {
  if (!json.is_object()) return Wrong(path, "is a map, but its value is no object");
  Item item;
  for (const auto& [name, value] : json.items()) {
    EIDER_ASSIGN(AttributeValue parsed, ParseValue(value, path.empty() ? name : path + "." + name));
    item.emplace(name, std::move(parsed));
  }
  return item;
}

Status ParseElements(const Json& json, const std::string& path, AttributeValue& value) {
  if (!json.is_array()) {
    return Wrong(path, fmt::format("is {}, but its value is no array", value.KindName()));
  }
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string element_path = fmt::format("{}[{}]", path, i);
    if (value.kind == Kind::kList) {
      EIDER_ASSIGN(AttributeValue element, ParseValue(json[i], element_path));
      value.list.push_back(std::move(element));
    } else {
      EIDER_ASSIGN(std::string element, ParseText(json[i], value.kind, element_path));
      value.set.push_back(std::move(element));
    }
  }
  return {};
}

// Recurses as deep as ParseJson let the document be.
Result<AttributeValue> ParseValue(const Json& json, const std::string& path) {
  if (!json.is_object() || json.size() != 1) {
    return Wrong(path, "is not an object of one field that names its kind");
  }
  const std::string& field = json.begin().key();
  const Json& content = json.begin().value();
  const auto* const spelling =
      std::ranges::find(kKinds, std::string_view(field), &KindSpelling::field);
  if (spelling == kKinds.end()) {
    return Wrong(path, fmt::format("is of a kind that is not known: '{}'", field));
  }
  AttributeValue value{.kind = spelling->kind};
  switch (value.kind) {
    case Kind::kString:
    case Kind::kNumber:
    case Kind::kBinary: {
      EIDER_ASSIGN(value.text, ParseText(content, value.kind, path));
      break;
    }
    case Kind::kBoolean:
    case Kind::kNull:
      if (!content.is_boolean()) return Wrong(path, "must be true or false");
      value.boolean = value.kind == Kind::kBoolean && content.get<bool>();
      break;
    case Kind::kMap: {
      EIDER_ASSIGN(value.map, ParseMap(content, path));
      break;
    }
    default:
      EIDER_CHECK(ParseElements(content, path, value));
  }
  return value;
}

Json ValueJson(const AttributeValue& value) {
  const auto field = [&](Json content) {
    return Json{{std::string(SpellingOf(value.kind).field), std::move(content)}};
  };
  Json elements = Json::array();
  switch (value.kind) {
    case Kind::kString:
    case Kind::kNumber:
      return field(value.text);
    case Kind::kBinary:
      return field(ToBase64(value.text));
    case Kind::kBoolean:
      return field(value.boolean);
    case Kind::kNull:
      return field(true);
    case Kind::kMap:
      return field(ItemJson(value.map));
    case Kind::kList:
      for (const AttributeValue& element : value.list) elements.push_back(ValueJson(element));
      return field(std::move(elements));
    case Kind::kBinarySet:
      for (const std::string& element : value.set) elements.push_back(ToBase64(element));
      return field(std::move(elements));
    default:
      return field(value.set);
  }
}

}  // namespace

AttributeValue AttributeValue::String(std::string text) {
  return {.kind = Kind::kString, .text = std::move(text)};
}

AttributeValue AttributeValue::Number(std::int64_t number) {
  return {.kind = Kind::kNumber, .text = std::to_string(number)};
}

AttributeValue AttributeValue::Binary(std::string bytes) {
  return {.kind = Kind::kBinary, .text = std::move(bytes)};
}

AttributeValue AttributeValue::Boolean(bool value) {
  return {.kind = Kind::kBoolean, .boolean = value};
}

AttributeValue AttributeValue::StringOrBinary(std::string bytes) {
  return IsUtf8(bytes) ? String(std::move(bytes)) : Binary(std::move(bytes));
}

std::string_view AttributeValue::KindName() const {
  return SpellingOf(kind).name;
}

Result<Item> ParseItem(const Json& json) {
  if (!json.is_object()) {
    return Fail(Code::kCorrupt,
                fmt::format("an item must be an object, not of type {}", json.type_name()));
  }
  return ParseMap(json, "");
}

Json ItemJson(const Item& item) {
  Json json = Json::object();
  for (const auto& [name, value] : item) json[name] = ValueJson(value);
  return json;
}

const AttributeValue* ItemReader::Find(std::string_view name) const {
  const auto found = item_.find(name);
  return found == item_.end() || found->second.kind == Kind::kNull ? nullptr : &found->second;
}

Result<std::string> ItemReader::String(std::string_view name) const {
  const AttributeValue* const value = Find(name);
  if (value == nullptr) return Wrong(std::string(name), "is missing");
  if (value->kind == Kind::kString || value->kind == Kind::kBinary) return value->text;
  return Wrong(std::string(name), fmt::format("must be a string, not {}", value->KindName()));
}

Result<std::string> ItemReader::StringOrEmpty(std::string_view name) const {
  if (Find(name) == nullptr) return std::string();
  return String(name);
}

Result<std::int64_t> ItemReader::Int64(std::string_view name) const {
  EIDER_ASSIGN(const auto number, OptionalInt64(name));
  if (!number) return Wrong(std::string(name), "is missing");
  return *number;
}

Result<std::optional<std::int64_t>> ItemReader::OptionalInt64(std::string_view name) const {
  const AttributeValue* const value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->kind != Kind::kNumber) {
    return Wrong(std::string(name), fmt::format("must be a number, not {}", value->KindName()));
  }
  const char* const text_end = value->text.data() + value->text.size();
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(value->text.data(), text_end, number);
  if (failure != std::errc() || end != text_end || value->text.empty()) {
    return Wrong(std::string(name),
                 fmt::format("must be an integer of 64 bits, not {}", value->text));
  }
  return number;
}

}  // namespace eider::codec
