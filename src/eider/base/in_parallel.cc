// A counter that the threads draw from.
#include "eider/base/in_parallel.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace eider {

void InParallel(std::size_t count, std::size_t threads_max,
                const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto draw = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min(count, threads_max); ++i) others.emplace_back(draw);
  draw();
}

Status AllInParallel(std::size_t count, std::size_t threads_max,
                     const std::function<Status(std::size_t)>& work) {
  std::vector<Status> done(count);
  InParallel(count, threads_max, [&](std::size_t i) { done[i] = work(i); });
  for (const Status& one : done) EIDER_CHECK(one);
  return {};
}

}  // namespace eider
