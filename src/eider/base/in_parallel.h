// The same work on each of several things, on a few threads.
#pragma once

#include <cstddef>
#include <functional>

#include "eider/base/result.h"

namespace eider {

// Calls `work(i)` once for each i below `count` and returns when all are done. At most
// `threads_max` run at a time, this thread among them; one thing starts no thread.
void InParallel(std::size_t count, std::size_t threads_max,
                const std::function<void(std::size_t)>& work);

// The same with work that can fail: all is tried, and the first failure in their order is given.
Status AllInParallel(std::size_t count, std::size_t threads_max,
                     const std::function<Status(std::size_t)>& work);

}  // namespace eider
