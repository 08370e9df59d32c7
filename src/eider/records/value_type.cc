#include "eider/records/value_type.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/records/text_scan.h"
#include "eider/records/text_type.h"

namespace eider::records {
namespace {

constexpr int kIntBits = 32;
constexpr int kLongBits = 64;
constexpr int kDecimalDigitsMax = 38;

struct Name {
  std::string_view lower;
  ValueForm form;
  int bits = 0;
};

// Of several names of one type the first is the one that ToText writes.
constexpr auto kNames = std::to_array<Name>({
    {"boolean", ValueForm::kBoolean},
    {"bool", ValueForm::kBoolean},
    {"integer", ValueForm::kInteger, kIntBits},
    {"int", ValueForm::kInteger, kIntBits},
    {"bigint", ValueForm::kInteger, kLongBits},
    {"long", ValueForm::kInteger, kLongBits},
    {"double", ValueForm::kDouble},
    {"float", ValueForm::kFloat},
    {"real", ValueForm::kFloat},
    {"date", ValueForm::kDate},
    {"time", ValueForm::kTime},
    {"timestamp", ValueForm::kTimestamp},
    {"timestamptz", ValueForm::kTimestampTz},
    {"timestamp with time zone", ValueForm::kTimestampTz},
    {"uuid", ValueForm::kUuid},
    {"varchar", ValueForm::kString},
    {"string", ValueForm::kString},
    {"text", ValueForm::kString},
});

// YAML takes `{amount: decimal(9,2)}` for two entries.
bool IsCutAtItsComma(std::string_view text) {
  return text.find('(') != std::string_view::npos && !text.ends_with(')');
}

std::unexpected<Error> NoType(std::string_view text) {
  if (IsCutAtItsComma(text)) {
    return Fail(Code::kInvalid,
                fmt::format("'{}' is no type: its ) is missing; between braces of YAML a type with "
                            "a comma needs quotes, as in {{amount: 'DECIMAL(12,2)'}}",
                            codec::ShortName(text)));
  }
  return Fail(
      Code::kInvalid,
      fmt::format("'{}' is no type; types are BOOLEAN, INTEGER, BIGINT, DECIMAL(digits,scale), "
                  "FLOAT, DOUBLE, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, UUID and VARCHAR, and behind "
                  "DATE, TIMESTAMP and TIMESTAMPTZ may stand a format, as in DATE '%d/%m/%Y'",
                  codec::ShortName(text)));
}

std::optional<ValueType> TypeNamed(std::string_view name) {
  for (const Name& known : kNames) {
    if (EqualsIgnoringCase(name, known.lower)) return ValueType{known.form, known.bits};
  }
  return std::nullopt;
}

bool TakeInteger(std::string_view& text, int& value) {
  text = TrimBlanks(text);
  const std::string_view digits = TakeDigits(text);
  text = TrimBlanks(text);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return !digits.empty() && parsed.ec == std::errc();
}

// "(12,2)" or "(12)".
Result<ValueType> DecimalOf(std::string_view text, std::string_view size) {
  ValueType type{ValueForm::kDecimal};
  bool is_right = TakeLetter(size, '(') && TakeInteger(size, type.digits);
  if (is_right && TakeLetter(size, ',')) is_right = TakeInteger(size, type.scale);
  if (!is_right || size != ")") return NoType(text);
  if (type.digits < 1 || type.digits > kDecimalDigitsMax || type.scale > type.digits) {
    return Fail(Code::kInvalid,
                fmt::format("a decimal has 1 to {} digits, of which none to all stand behind the "
                            "point: '{}'",
                            kDecimalDigitsMax, codec::ShortName(text)));
  }
  return type;
}

Result<ValueType> WithFormat(ValueType type, std::string_view text, std::string_view format) {
  if (format.size() < 2 || format.front() != '\'' || format.back() != '\'') return NoType(text);
  const bool is_time = type.form == ValueForm::kDate || type.form == ValueForm::kTimestamp ||
                       type.form == ValueForm::kTimestampTz;
  if (!is_time) {
    return Fail(Code::kInvalid, fmt::format("only DATE, TIMESTAMP and TIMESTAMPTZ take a format: "
                                            "'{}'",
                                            codec::ShortName(text)));
  }
  EIDER_ASSIGN(type.format, TimeFormat::Parse(format.substr(1, format.size() - 2)));
  if (type.format->has_zone() && type.form != ValueForm::kTimestampTz) {
    return Fail(Code::kInvalid, fmt::format("only TIMESTAMPTZ has an offset from UTC, which the "
                                            "format '{}' reads by %z",
                                            type.format->text()));
  }
  return type;
}

}  // namespace

Result<ValueType> ParseValueType(std::string_view text) {
  const std::string_view trimmed = TrimBlanks(text);
  const std::size_t end = trimmed.find_first_of("('");
  const std::string_view name = TrimBlanks(trimmed.substr(0, end));
  const std::string_view more =
      end == std::string_view::npos ? std::string_view() : trimmed.substr(end);
  if (EqualsIgnoringCase(name, "decimal") || EqualsIgnoringCase(name, "numeric")) {
    return DecimalOf(text, more);
  }
  auto type = TypeNamed(name);
  if (!type) return NoType(text);
  if (more.empty()) return *std::move(type);
  return WithFormat(*std::move(type), text, more);
}

std::string ToText(const ValueType& type) {
  if (type.form == ValueForm::kDecimal) {
    return fmt::format("DECIMAL({},{})", type.digits, type.scale);
  }
  std::string text;
  for (const Name& known : kNames) {
    if (known.form != type.form || known.bits != type.digits) continue;
    for (const char letter : known.lower) {
      text += letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    }
    break;
  }
  if (type.format) text += fmt::format(" '{}'", type.format->text());
  return text;
}

}  // namespace eider::records
