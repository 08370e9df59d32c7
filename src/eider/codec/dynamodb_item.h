// DynamoDB's items as values: attributes by name, each of one of ten kinds.
//
// On the wire an attribute is an object of one field that names its kind: {"S": "text"},
// {"N": "3.14"}. Numbers stay the text that they are, because they have up to 38 digits. Source:
// Amazon DynamoDB API Reference, "AttributeValue".
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::codec {

struct AttributeValue;

using Item = std::map<std::string, AttributeValue, std::less<>>;

struct AttributeValue {
  enum class Kind : std::uint8_t {
    kString,
    kNumber,
    kBinary,
    kBoolean,
    kNull,
    kMap,
    kList,
    kStringSet,
    kNumberSet,
    kBinarySet
  };

  Kind kind = Kind::kNull;
  std::string text = {};  // kString: UTF-8; kNumber: digits; kBinary: the bytes themselves
  bool boolean = false;
  Item map = {};
  std::vector<AttributeValue> list = {};
  std::vector<std::string> set = {};  // as `text`

  static AttributeValue String(std::string text);
  static AttributeValue Number(std::int64_t number);
  static AttributeValue Binary(std::string bytes);
  static AttributeValue Boolean(bool value);

  // A string where the bytes are UTF-8, else binary: strings can hold nothing else.
  static AttributeValue StringOrBinary(std::string bytes);

  // For messages: "a number", "a set of strings".
  std::string_view KindName() const;

  bool operator==(const AttributeValue&) const = default;
};

// Errors: kCorrupt with the path of the attribute ("tags.owner[2]"), also for a kind that is not
// known.
Result<Item> ParseItem(const Json& json);

Json ItemJson(const Item& item);

// Attributes of an item by name. Errors of every reading method: kCorrupt with the attribute's name
// and what it is instead. A missing attribute and one of kind NULL are the same.
class ItemReader {
 public:
  explicit ItemReader(const Item& item) : item_(item) {}

  Result<std::string> String(std::string_view name) const;  // kString or kBinary
  Result<std::string> StringOrEmpty(std::string_view name) const;
  Result<std::int64_t> Int64(std::string_view name) const;
  Result<std::optional<std::int64_t>> OptionalInt64(std::string_view name) const;

 private:
  const AttributeValue* Find(std::string_view name) const;

  const Item& item_;
};

}  // namespace eider::codec
