#include "eider/engine/sandbox_pool.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "eider/base/result.h"

namespace eider::engine {
namespace {

bool IsSame(const EngineOptions& one, const EngineOptions& other) {
  return one.memory_limit_bytes == other.memory_limit_bytes && one.threads == other.threads;
}

}  // namespace

Result<std::unique_ptr<SandboxPool>> SandboxPool::Open(const EngineOptions& options) {
  EIDER_ASSIGN(auto base, Sandbox::Open(options));
  return std::unique_ptr<SandboxPool>(new SandboxPool(options, std::move(base)));
}

EngineOptions SandboxPool::Clamped(const QueryLimits& limits) const {
  EngineOptions options = options_;
  options.memory_limit_bytes = std::min(
      options_.memory_limit_bytes, limits.memory_limit_bytes.value_or(options_.memory_limit_bytes));
  options.threads = std::min(options_.threads, limits.threads.value_or(options_.threads));
  return options;
}

bool SandboxPool::AreSame(const QueryLimits& one, const QueryLimits& other) const {
  return IsSame(Clamped(one), Clamped(other));
}

Result<SharedSandbox> SandboxPool::For(const QueryLimits& limits) {
  const EngineOptions wanted = Clamped(limits);
  if (IsSame(wanted, options_)) return base_;

  const std::lock_guard lock(mutex_);
  auto found = std::ranges::find_if(
      limited_, [&](const Limited& limited) { return IsSame(limited.options, wanted); });
  if (found != limited_.end()) {
    std::rotate(found, found + 1, limited_.end());
    return limited_.back().sandbox;
  }
  EIDER_ASSIGN(SharedSandbox sandbox, Sandbox::Open(wanted));
  if (limited_.size() == kLimitsMax) limited_.erase(limited_.begin());
  limited_.push_back({wanted, sandbox});
  return sandbox;
}

}  // namespace eider::engine
