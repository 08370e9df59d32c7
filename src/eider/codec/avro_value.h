// One Avro datum of any type, as a value.
//
// Widths are folded: int and long are 64-bit integers, float and double are doubles, and string,
// bytes, fixed and the symbol of an enum are strings of bytes. A union is the value of its branch;
// which branch it was is not kept. Names live in the schema, once: a record is its fields' values
// in the order of the schema's fields.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace eider::codec {

struct AvroValue;

struct AvroArray {
  std::vector<AvroValue> items;
};

struct AvroMap {
  std::vector<std::pair<std::string, AvroValue>>
      entries;  // in the order of the file; keys may repeat
};

struct AvroRecord {
  std::vector<AvroValue> fields;  // as many, and in the order, as the schema has
};

// Usage: `if (const auto* id = value.If<std::int64_t>())`; move strings out through a non-const
// value: `std::move(*value.If<std::string>())`.
struct AvroValue {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, AvroArray, AvroMap,
               AvroRecord>
      data;

  AvroValue() = default;  // null

  AvroValue(bool value) : data(value) {}  // NOLINT: a literal is a value

  AvroValue(int value) : data(std::int64_t{value}) {}  // NOLINT

  AvroValue(std::int64_t value) : data(value) {}  // NOLINT

  AvroValue(double value) : data(value) {}  // NOLINT

  AvroValue(std::string value) : data(std::move(value)) {}  // NOLINT

  AvroValue(const char* value) : data(std::string(value)) {}  // NOLINT: else it were a bool

  AvroValue(AvroArray value) : data(std::move(value)) {}  // NOLINT

  AvroValue(AvroMap value) : data(std::move(value)) {}  // NOLINT

  AvroValue(AvroRecord value) : data(std::move(value)) {}  // NOLINT

  bool IsNull() const { return std::holds_alternative<std::monostate>(data); }

  // The content when it is a T (one of the alternatives above), else null.
  template <typename T>
  const T* If() const {
    return std::get_if<T>(&data);
  }

  template <typename T>
  T* If() {
    return std::get_if<T>(&data);
  }
};

bool operator==(const AvroValue& a, const AvroValue& b);

inline bool operator==(const AvroArray& a, const AvroArray& b) {
  return a.items == b.items;
}

inline bool operator==(const AvroMap& a, const AvroMap& b) {
  return a.entries == b.entries;
}

inline bool operator==(const AvroRecord& a, const AvroRecord& b) {
  return a.fields == b.fields;
}

inline bool operator==(const AvroValue& a, const AvroValue& b) {
  return a.data == b.data;
}

}  // namespace eider::codec
