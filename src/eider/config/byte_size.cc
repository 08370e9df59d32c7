// Sizes with units, exact or refused: never rounded, never overflowing.
#include "eider/config/byte_size.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "eider/base/lower_case.h"
#include "eider/base/result.h"

namespace eider::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size_bytes;
};

constexpr std::array kUnits = {
    Unit{"tib", 1ULL << 40U}, Unit{"gib", 1ULL << 30U},  Unit{"mib", 1ULL << 20U},
    Unit{"kib", 1ULL << 10U}, Unit{"tb", 1000000000000}, Unit{"gb", 1000000000},
    Unit{"mb", 1000000},      Unit{"kb", 1000},          Unit{"b", 1},
};

}  // namespace

Result<std::uint64_t> ParseByteSize(std::string_view text) {
  constexpr std::string_view kForms = "sizes are written as 2GiB, 512MB or 1073741824";
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc()) {
    return Fail(Code::kInvalid, fmt::format("not a size ({}): '{}'", kForms, text));
  }
  std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (rest.empty()) return number;
  const std::string unit_name = LowerCase(rest);
  const auto* const unit = std::ranges::find(kUnits, unit_name, &Unit::name);
  if (unit == kUnits.end()) {
    return Fail(Code::kInvalid, fmt::format("unknown unit '{}' ({}): '{}'", rest, kForms, text));
  }
  if (number > std::numeric_limits<std::uint64_t>::max() / unit->size_bytes) {
    return Fail(Code::kInvalid, fmt::format("more bytes than 64 bits can count: '{}'", text));
  }
  return number * unit->size_bytes;
}

std::string ByteSizeText(std::uint64_t size_bytes) {
  struct Binary {
    std::string_view name;
    unsigned shift;
  };

  for (const auto& [name, shift] :
       {Binary{"TiB", 40U}, Binary{"GiB", 30U}, Binary{"MiB", 20U}, Binary{"KiB", 10U}}) {
    const std::uint64_t count = size_bytes >> shift;
    if (count > 0 && count << shift == size_bytes) return fmt::format("{}{}", count, name);
  }
  return fmt::format("{}B", size_bytes);
}

}  // namespace eider::config
