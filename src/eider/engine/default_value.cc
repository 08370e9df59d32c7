#include "eider/engine/default_value.h"

#include <cstddef>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/iceberg/type.h"

namespace eider::engine {

Result<std::optional<std::string>> DefaultText(const std::optional<std::string>& json,
                                               const iceberg::Type& type) {
  if (!json) return std::nullopt;
  EIDER_ASSIGN(const codec::Json value, codec::ParseJson(*json));
  if (value.is_null()) return std::nullopt;
  if (!type.IsPrimitive() || value.is_structured()) {
    return Fail(Code::kUnsupported,
                fmt::format("defaults of type {} are not written", iceberg::ToString(type)));
  }
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  if (type.kind != iceberg::TypeKind::kBinary) return text;
  std::string bytes;  // of hexadecimal digits
  for (std::size_t i = 0; i < text.size(); i += 2) bytes += "\\x" + text.substr(i, 2);
  return bytes;
}

}  // namespace eider::engine
