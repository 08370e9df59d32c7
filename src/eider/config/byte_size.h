// Sizes as people write them: "2GiB", "512 MB", "1073741824".
//
// KiB, MiB, GiB and TiB are powers of 1024; kB, MB, GB and TB powers of 1000; no unit, or B, is
// bytes. Upper and lower case are the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::config {

// Errors: kInvalid (no number, an unknown unit, more than 64 bits).
Result<std::uint64_t> ParseByteSize(std::string_view text);

// The shortest exact form in powers of 1024: "2GiB", "1000B".
std::string ByteSizeText(std::uint64_t size_bytes);

}  // namespace eider::config
