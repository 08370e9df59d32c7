// Column bounds for manifests: typed values to single-value serialization.
//
// Which bounds are cut says metrics_mode.h, and bound_truncation.h cuts them. Source: Iceberg
// specification, "Appendix D: Single-value serialization".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::iceberg {

// Little-endian: int, date; long, time (µs), timestamp(tz) (µs). Boolean: one byte.
std::string SerializeInt(std::int32_t value);
std::string SerializeLong(std::int64_t value);
std::string SerializeFloat(float value);
std::string SerializeDouble(double value);
std::string SerializeBoolean(bool value);
// Minimal two's complement, big-endian, of the unscaled value.
__extension__ using Int128 = __int128;
std::string SerializeDecimal(Int128 unscaled);
// 16 bytes big-endian of a canonical UUID text. Errors: kInvalid.
Result<std::string> SerializeUuid(std::string_view text);

}  // namespace eider::iceberg
