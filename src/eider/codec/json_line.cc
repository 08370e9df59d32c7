#include "eider/codec/json_line.h"

#include <string>
#include <string_view>
#include <utility>

#include "eider/codec/escaped_text.h"
#include "eider/codec/utf8.h"

namespace eider::codec {
namespace {

constexpr std::string_view kFile = "file";
constexpr std::string_view kFileEncoded = "file_encoded";

bool IsText(const JsonLine& value) {
  return value.is_string() && IsUtf8(value.get_ref<const std::string&>());
}

// Whether JSON can hold all of it as it is.
bool IsTextAll(const JsonLine& value) {
  if (value.is_string()) return IsText(value);
  if (!value.is_structured()) return true;
  for (const auto& [name, element] : value.items()) {
    if (!IsUtf8(name) || !IsTextAll(element)) return false;
  }
  return true;
}

JsonLine AsText(const JsonLine& value) {
  if (value.is_string()) return TextForJson(value.get_ref<const std::string&>());
  if (value.is_array()) {
    JsonLine array = JsonLine::array();
    for (const JsonLine& element : value) array.push_back(AsText(element));
    return array;
  }
  if (!value.is_object()) return value;
  JsonLine object = JsonLine::object();
  for (const auto& [name, element] : value.items()) {
    object[TextForJson(name)] = AsText(element);
    if (name == kFile && element.is_string() && !IsText(element)) {
      object[std::string(kFileEncoded)] = PercentEncoded(element.get_ref<const std::string&>());
    }
  }
  return object;
}

}  // namespace

std::string TextForJson(std::string_view bytes) {
  return IsUtf8(bytes) ? std::string(bytes) : EscapeText(bytes);
}

std::string JsonLineText(const JsonLine& line) {
  const std::string text = IsTextAll(line) ? line.dump() : AsText(line).dump();
  return EscapeInJson(text);
}

}  // namespace eider::codec
