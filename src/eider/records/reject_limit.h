// How many records of a file may be bad before all of it is: "100" of them, or "1%".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::records {

// One of both, or neither: there is no limit.
struct RejectLimit {
  std::optional<std::uint64_t> records = {};
  std::optional<double> percent = {};  // from 0 to 100

  bool operator==(const RejectLimit&) const = default;

  bool IsBeyond(std::uint64_t rejected, std::uint64_t all) const;
};

// Errors: kInvalid, with what there is.
Result<RejectLimit> ParseRejectLimit(std::string_view text);

// The text that ParseRejectLimit reads as this one; empty: there is none.
std::string ToText(const RejectLimit& limit);

}  // namespace eider::records
