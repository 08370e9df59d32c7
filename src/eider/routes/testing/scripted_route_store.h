// A route store for tests: answers as it was told to, late if need be, and counts its questions.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/result.h"
#include "eider/routes/memory_route_store.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

class ScriptedRouteStore final : public RouteStore {
 public:
  explicit ScriptedRouteStore(RouteListing listing = {}) : routes_(std::move(listing)) {}

  ~ScriptedRouteStore() override { Release(); }

  // From now on every question fails; nothing: none does.
  void FailWith(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }

  // From now on questions wait for Release.
  void Hold() {
    const std::lock_guard lock(mutex_);
    is_held_ = true;
  }

  void Release() {
    const std::lock_guard lock(mutex_);
    is_held_ = false;
    changed_.notify_all();
  }

  void WaitForQuestions(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return questions_ >= count; });
  }

  int questions() {
    const std::lock_guard lock(mutex_);
    return questions_;
  }

  Result<std::optional<Route>> Find(std::string_view key) override {
    EIDER_CHECK(Question());
    return routes_.Find(key);
  }

  Result<RouteListing> List() override {
    EIDER_CHECK(Question());
    return routes_.List();
  }

  Status Put(const Route& route, const RouteCondition& condition = {}) override {
    return routes_.Put(route, condition);
  }

  Result<bool> Remove(std::string_view key, const RouteCondition& condition = {}) override {
    return routes_.Remove(key, condition);
  }

  std::string Name() const override { return "routing table scripted"; }

 private:
  Status Question() {
    std::unique_lock lock(mutex_);
    ++questions_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !is_held_; });
    if (error_) return std::unexpected(*error_);
    return {};
  }

  MemoryRouteStore routes_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::optional<Error> error_;
  bool is_held_ = false;
  int questions_ = 0;
};

}  // namespace eider::routes
