// Where this machine keeps the certificates that it trusts.
//
// libcurl looks where the distribution that built it keeps them; a program that runs on another
// one has to look itself.
#pragma once

#include <functional>
#include <string>

namespace eider::http {

// The first known place that `is_file` finds: Debian's, Fedora's and Amazon Linux's, openSUSE's,
// Alpine's. Empty: none, and libcurl's own default is left.
std::string FindCaBundle(const std::function<bool(const std::string&)>& is_file);

}  // namespace eider::http
