#include "eider/routes/store_health.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::routes {

StoreHealth::StoreHealth(std::string store_name, Milliseconds retry_interval, spdlog::logger& log)
    : store_name_(std::move(store_name)), retry_interval_(retry_interval), log_(log) {}

bool StoreHealth::MayAsk(TimePoint now) {
  if (!has_trouble_) return true;
  const std::lock_guard lock(mutex_);
  if (!trouble_) return true;
  // A clock that was set back must not silence the store until it is right again.
  const bool is_time = now >= next_try_ || now + retry_interval_ < next_try_;
  if (is_time) next_try_ = now + retry_interval_;
  return is_time;
}

void StoreHealth::Answered(TimePoint now) {
  if (!has_trouble_) return;
  const std::lock_guard lock(mutex_);
  if (!trouble_) return;
  if (is_told_) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - trouble_->since);
    log_.warn("{} answers again, after {} s in which {} were served without it", store_name_,
              seconds.count(),
              served_in_trouble_ == 1 ? "1 route" : fmt::format("{} routes", served_in_trouble_));
  }
  trouble_.reset();
  has_trouble_ = false;
  is_told_ = false;
  served_in_trouble_ = 0;
}

void StoreHealth::Failed(const Error& error, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (trouble_) {
    trouble_->error = error;
  } else {
    trouble_ = StoreTrouble{now, error};
  }
  has_trouble_ = true;
  next_try_ = now + retry_interval_;
}

void StoreHealth::ServedStale() {
  const std::lock_guard lock(mutex_);
  ++served_.stale;
  Tell("the last known routes serve");
}

void StoreHealth::ServedFromNext(std::string_view next_name) {
  const std::lock_guard lock(mutex_);
  ++served_.from_next;
  Tell(fmt::format("{} serves", next_name));
}

void StoreHealth::Tell(std::string_view what_serves) {
  if (!trouble_) return;
  served_.why = trouble_->error;
  ++served_in_trouble_;
  if (is_told_) return;
  is_told_ = true;
  log_.warn("{} does not answer, {} in its place: {}", store_name_, what_serves,
            trouble_->error.message);
}

std::optional<StoreTrouble> StoreHealth::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

ServedInstead StoreHealth::TakeServed() {
  const std::lock_guard lock(mutex_);
  return std::exchange(served_, {});
}

std::string ServedInsteadText(const ServedInstead& served) {
  const auto counted = [](std::int64_t count) {
    return count == 1 ? std::string("1 route") : fmt::format("{} routes", count);
  };
  std::string text;
  if (served.stale > 0) text = counted(served.stale) + " as last known";
  if (served.from_next > 0) {
    if (!text.empty()) text += " and ";
    text += counted(served.from_next) + " from the next store";
  }
  text += " served in place of a routing table that does not answer; see `eider routes status`";
  if (served.why) text += ": " + served.why->message;
  return text;
}

}  // namespace eider::routes
