// Whether a store of routes answers, since when it does not, and how often something else had to.
//
// A trouble is told twice, whatever it costs: when something else first serves in the store's
// place, and when the store answers again. As long as it lasts the store is asked once per
// `retry_interval` only: who is down is not helped by more questions.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <spdlog/logger.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::routes {

struct StoreTrouble {
  TimePoint since;  // of the first failure
  Error error;      // the last one
};

// Answers that were not the store's own.
struct ServedInstead {
  std::int64_t stale = 0;         // the last known ones
  std::int64_t from_next = 0;     // those of the next store, as a rule the snapshot
  std::optional<Error> why = {};  // the last failure

  bool is_any() const { return stale + from_next > 0; }
};

// Safe for concurrent calls from several threads. Borrows the log.
class StoreHealth {
 public:
  // `store_name`: what messages call the store.
  StoreHealth(std::string store_name, Milliseconds retry_interval, spdlog::logger& log);

  // Whether the store is to be asked now: it has no trouble, or it is time to try again, and then
  // for one caller only.
  bool MayAsk(TimePoint now);

  // It answered in time.
  void Answered(TimePoint now);

  // It did not, or with a failure.
  void Failed(const Error& error, TimePoint now);

  // The last known answer served, or that of the next store of that name.
  void ServedStale();
  void ServedFromNext(std::string_view next_name);

  std::optional<StoreTrouble> trouble() const;

  // What was served since the last call of this method.
  ServedInstead TakeServed();

 private:
  void Tell(std::string_view what_serves);  // with the lock

  const std::string store_name_;
  const Milliseconds retry_interval_;
  spdlog::logger& log_;

  std::atomic<bool> has_trouble_ = false;  // as trouble_, for those who only ask that

  mutable std::mutex mutex_;  // guards all below
  std::optional<StoreTrouble> trouble_;
  TimePoint next_try_{};
  bool is_told_ = false;
  std::int64_t served_in_trouble_ = 0;
  ServedInstead served_;
};

// "3 routes as last known and 1 route from the next store served …": for the end of a run.
std::string ServedInsteadText(const ServedInstead& served);

}  // namespace eider::routes
