// The sandboxes of an engine: one with the limits of the configuration, and a few with lower ones,
// each for the routes that ask for the same.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/engine/sandbox.h"

namespace eider::engine {

// shared: by the pool, which forgets it for another, and the queries that still run in it.
using SharedSandbox = std::shared_ptr<Sandbox>;

// Safe for concurrent calls from several threads.
class SandboxPool {
 public:
  // Errors: kInvalid (options), kUnavailable.
  static Result<std::unique_ptr<SandboxPool>> Open(const EngineOptions& options);

  // That of the configuration.
  Sandbox& base() { return *base_; }

  // Limits above the configuration's, or none, are the configuration's. Those of another memory or
  // number of threads are a DuckDB of their own, with memory of its own; kLimitsMax of them are
  // kept, those used last. Errors: kInvalid (limits that are too low), kUnavailable.
  Result<SharedSandbox> For(const QueryLimits& limits);

  static constexpr std::size_t kLimitsMax = 4;

  // Whether both have the same sandbox.
  bool AreSame(const QueryLimits& one, const QueryLimits& other) const;

 private:
  SandboxPool(EngineOptions options, std::unique_ptr<Sandbox> base)
      : options_(std::move(options)), base_(std::move(base)) {}

  EngineOptions Clamped(const QueryLimits& limits) const;

  struct Limited {
    EngineOptions options;
    SharedSandbox sandbox;
  };

  EngineOptions options_;  // as given
  SharedSandbox base_;

  std::mutex mutex_;
  std::vector<Limited> limited_;  // the one used last is the last
};

}  // namespace eider::engine
