// What a plug-in's process may not ask of the kernel, whatever the user that it runs as.
//
// Source: seccomp(2), "SECCOMP_SET_MODE_FILTER"; Linux' Documentation/userspace-api/seccomp_filter.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace eider::plugin {

// A filter of this machine's kind: no looking into other processes; and without `network` no
// sockets but those of AF_UNIX. What it refuses ends with EACCES.
std::vector<sock_filter> SyscallFilter(bool network);

// Puts it on the calling thread and all that it starts. Async-signal-safe. False: errno says why.
bool Install(std::vector<sock_filter>& filter);

}  // namespace eider::plugin
