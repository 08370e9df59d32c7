// The one type that holds all values of a place in JSON: of a column, of a field, of an element.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eider/records/text_type.h"

namespace eider::records {

// How many places one text may have: what has more keys than that is told as JSON, unseen.
inline constexpr std::size_t kJsonPlacesMax = 100'000;

class JsonShape;

struct JsonField {
  std::string name;
  std::string quoted;  // the key as it stood, in its quotes; empty: it had escapes
  std::unique_ptr<JsonShape> shape;
};

// Used by one thread.
class JsonShape {
 public:
  // `places_left` is shared by all shapes of one text and outlives them.
  explicit JsonShape(std::size_t& places_left) : places_left_(places_left) {}

  void AddNull() {}

  void AddBoolean() { has_boolean_ = true; }

  void AddNumber(std::string_view text) {
    has_number_ = true;
    numbers_.Add(text);
  }

  // `text` without its quotes; escapes still in it.
  void AddString(std::string_view text) {
    has_string_ = true;
    strings_.Add(text);
  }

  // An object: `Field` for each of its keys follows.
  void AddObject() { has_object_ = true; }

  // The shape of a key's values. `hint` is where the key is thought to stand and is moved on.
  JsonShape& Field(std::string_view key, bool has_escape, std::size_t& hint);

  // The field that the hint means; null: none.
  const JsonField* Expected(std::size_t hint) const {
    return hint < fields_.size() ? &fields_[hint] : nullptr;
  }

  // A list: the shape of its elements.
  JsonShape& Element();

  // Adds all that was added to the other.
  void Merge(const JsonShape& other);

  bool HasValues() const { return has_boolean_ || has_number_ || has_string_ || HasNested(); }

  bool HasNested() const { return has_object_ || element_ != nullptr; }

  bool HasOnlyObjects() const {
    return has_object_ && !has_boolean_ && !has_number_ && !has_string_ && element_ == nullptr;
  }

  const std::vector<JsonField>& fields() const { return fields_; }

  // Whether keys of it have no place of their own.
  bool IsCutShort() const { return ignored_ != nullptr; }

  // The dotted name of the first field in it that has a NUL; empty: none.
  std::string NameWithNul() const;

  // Whether Sql is BIGINT, and 32 bits hold each value.
  bool FitsInt() const { return Sql() == "BIGINT" && numbers_.FitsInt(); }

  // A type of DuckDB: where kinds of values are mixed, or keys differ by case only, it is JSON.
  std::string Sql() const;

 private:
  JsonShape& Ignored();
  std::string ScalarSql() const;
  std::string StructSql() const;

  std::size_t& places_left_;
  bool is_ignored_ = false;  // takes all that has no place of its own
  bool has_boolean_ = false;
  bool has_number_ = false;
  bool has_string_ = false;
  bool has_object_ = false;
  TextType numbers_;
  TextType strings_;
  std::vector<JsonField> fields_;
  std::map<std::string, std::size_t, std::less<>> places_;
  std::unique_ptr<JsonShape> element_;
  std::unique_ptr<JsonShape> ignored_;
};

}  // namespace eider::records
