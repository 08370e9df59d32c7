// Reading of numbers, with or without a percent sign.
#include "eider/records/reject_limit.h"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"

namespace eider::records {
namespace {

constexpr double kPercentMax = 100;

template <typename Number>
bool ReadAll(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool RejectLimit::IsBeyond(std::uint64_t rejected, std::uint64_t all) const {
  if (records) return rejected > *records;
  return percent &&
         static_cast<double>(rejected) * kPercentMax > *percent * static_cast<double>(all);
}

Result<RejectLimit> ParseRejectLimit(std::string_view text) {
  RejectLimit limit;
  if (text.ends_with('%')) {
    double percent = 0;
    const bool is_number = ReadAll(text.substr(0, text.size() - 1), percent);
    if (is_number && percent >= 0 && percent <= kPercentMax) {
      limit.percent = percent;
      return limit;
    }
  } else if (std::uint64_t records = 0; ReadAll(text, records)) {
    limit.records = records;
    return limit;
  }
  return Fail(Code::kInvalid,
              fmt::format("reject_max is a number of rows, such as 100, or a part of them, such as "
                          "1% or 0.5%, not '{}'",
                          codec::ShortName(text)));
}

std::string ToText(const RejectLimit& limit) {
  if (limit.records) return std::to_string(*limit.records);
  return limit.percent ? fmt::format("{}%", *limit.percent) : "";
}

}  // namespace eider::records
