// Error codes whose meaning all services share.
//
// Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
#pragma once

#include <string_view>

namespace eider::aws {

// The service refused for its load; the request surely had no effect.
bool IsThrottling(std::string_view code);

// A failure that may be over the next time, and may have come after an effect.
bool IsTransient(std::string_view code);

bool IsExpiredCredentials(std::string_view code);

// The request's time is too far from the service's.
bool IsClockSkew(std::string_view code);

}  // namespace eider::aws
