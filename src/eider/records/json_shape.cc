#include "eider/records/json_shape.h"

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/records/lower_name.h"

namespace eider::records {
namespace {

std::string Quoted(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

JsonShape& JsonShape::Field(std::string_view key, bool has_escape, std::size_t& hint) {
  if (is_ignored_) return *this;
  if (hint < fields_.size() && fields_[hint].name == key) return *fields_[hint++].shape;
  const auto found = places_.find(key);
  if (found != places_.end()) {
    hint = found->second + 1;
    return *fields_[found->second].shape;
  }
  if (places_left_ == 0) return Ignored();
  --places_left_;
  hint = fields_.size() + 1;
  places_.emplace(key, fields_.size());
  fields_.push_back({std::string(key), has_escape ? "" : fmt::format("\"{}\"", key),
                     std::make_unique<JsonShape>(places_left_)});
  return *fields_.back().shape;
}

JsonShape& JsonShape::Ignored() {
  if (ignored_ == nullptr) ignored_ = std::make_unique<JsonShape>(places_left_);
  ignored_->is_ignored_ = true;
  return *ignored_;
}

void JsonShape::Merge(const JsonShape& other) {
  has_boolean_ |= other.has_boolean_;
  has_number_ |= other.has_number_;
  has_string_ |= other.has_string_;
  has_object_ |= other.has_object_;
  numbers_.Merge(other.numbers_);
  strings_.Merge(other.strings_);
  std::size_t hint = 0;
  for (const auto& [name, quoted, shape] : other.fields_) {
    Field(name, quoted.empty(), hint).Merge(*shape);
  }
  if (other.element_ != nullptr) Element().Merge(*other.element_);
  if (other.ignored_ != nullptr) Ignored();
}

JsonShape& JsonShape::Element() {
  if (is_ignored_) return *this;
  if (element_ == nullptr) element_ = std::make_unique<JsonShape>(places_left_);
  return *element_;
}

std::string JsonShape::NameWithNul() const {
  if (element_ != nullptr) return element_->NameWithNul();
  for (const auto& [name, quoted, shape] : fields_) {
    if (name.find('\0') != std::string::npos) return name;
    const std::string inner = shape->NameWithNul();
    if (!inner.empty()) return fmt::format("{}.{}", name, inner);
  }
  return "";
}

std::string JsonShape::Sql() const {
  const int kinds = static_cast<int>(has_boolean_) + static_cast<int>(has_number_) +
                    static_cast<int>(has_string_) + static_cast<int>(has_object_) +
                    static_cast<int>(element_ != nullptr);
  if (kinds == 0) return "VARCHAR";
  if (kinds > 1) return "JSON";
  if (has_object_) return StructSql();
  if (element_ != nullptr) return element_->Sql() + "[]";
  return ScalarSql();
}

std::string JsonShape::ScalarSql() const {
  if (has_boolean_) return "BOOLEAN";
  if (has_string_) {
    const std::string type = strings_.Sql();
    const bool is_time = type == "DATE" || type.starts_with("TIMESTAMP");
    return is_time ? type : "VARCHAR";
  }
  const std::string type = numbers_.Sql();
  // What the reader hands on of a fraction is its double.
  return type.starts_with("DECIMAL") && !type.ends_with(",0)") ? "VARCHAR" : type;
}

std::string JsonShape::StructSql() const {
  if (fields_.empty() || IsCutShort()) return "JSON";
  std::set<std::string> seen;
  std::vector<std::string> parts;
  for (const auto& [name, quoted, shape] : fields_) {
    if (name.empty() || !seen.insert(LowerName(name)).second) return "JSON";
    parts.push_back(fmt::format("{} {}", Quoted(name), shape->Sql()));
  }
  return fmt::format("STRUCT({})", fmt::join(parts, ", "));
}

}  // namespace eider::records
