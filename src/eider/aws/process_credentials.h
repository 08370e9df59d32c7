// Credentials from a program of the user's: the profile's credential_process.
//
// Source: AWS SDKs and Tools Reference Guide, "Process credential provider". The line is split into
// arguments as a shell would, and started without one: nothing in it is expanded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eider/aws/credentials.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::aws {

inline constexpr Milliseconds kCredentialProcessTimeout{60'000};

// The arguments of a command line with '…', "…" and \ as quotes. Errors: kInvalid (an open quote,
// nothing at all).
Result<std::vector<std::string>> SplitCommand(std::string_view line);

// Runs the program and reads what it prints; what it says on stderr is dropped, it may be secret.
// Errors: kInvalid (cannot be started), kDenied (it failed), kUnavailable (it took too long and was
// killed), kCorrupt (it printed no credentials).
Result<Credentials> RunCredentialProcess(std::string_view line,
                                         Milliseconds timeout = kCredentialProcessTimeout);

}  // namespace eider::aws
