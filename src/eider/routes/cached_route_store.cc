// What to do when an answer is no longer fresh.
#include "eider/routes/cached_route_store.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/routes/answer_cache.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"
#include "eider/routes/single_flight.h"
#include "eider/routes/store_health.h"

namespace eider::routes {
namespace {

// Calls that nobody waits for any more pile up to this many; then the store is not asked.
constexpr std::size_t kCallsMax = 16;

// A wrong route is what the store has, and no failure to reach it.
template <typename T>
bool IsAnswer(const Result<T>& result) {
  return result || result.error().code == Code::kInvalid;
}

Result<std::optional<Route>> Question(RouteReader& store, std::string_view key,
                                      const std::optional<Route>* /*kind*/) {
  return store.Find(key);
}

Result<RouteListing> Question(RouteReader& store, std::string_view /*key*/,
                              const RouteListing* /*kind*/) {
  return store.Patterns();
}

bool IsNegative(const Result<std::optional<Route>>& answer) {
  return !answer || !*answer;
}

bool IsNegative(const Result<RouteListing>& answer) {
  return !answer;
}

// Answers of one kind: routes by key, or (by one key, the empty one) the patterns.
template <typename T>
class Answers {
 public:
  Answers(const CacheOptions& options, const CacheDeps& deps)
      : options_(options), deps_(deps), cache_(options.entries_max), calls_(kCallsMax) {}

  Result<T> Get(std::string_view key) {
    const TimePoint now = deps_.clock.Now();
    if (auto fresh = cache_.FindFresh(key, now)) return *std::move(fresh);
    return Refresh(key, now);
  }

  void Forget(std::string_view key) {
    calls_.Leave(key);  // it may have asked before the change
    cache_.Forget(key);
  }

 private:
  using FlightPtr = typename SingleFlight<T>::FlightPtr;

  Result<T> Refresh(std::string_view key, TimePoint now) {
    const auto call = [this, key = std::string(key)] { return Ask(key); };
    std::optional<Known<T>> last = cache_.FindLast(key);
    if (last && now - last->asked_at > options_.stale_max) last.reset();
    if (!last && deps_.next == nullptr) return Judged(calls_.Run(key, call));

    FlightPtr flight;
    Result<T> asked = deps_.health.MayAsk(now) ? AskInTime(key, call, flight) : LeftAlone();
    if (IsAnswer(asked)) return asked;
    if (last && !IsNextNewer(*last)) return Stale(*std::move(last));
    Result<T> other = Question(*deps_.next, key, static_cast<const T*>(nullptr));
    if (IsAnswer(other)) {
      deps_.health.ServedFromNext(deps_.next->Name());
      return other;
    }
    if (last) return Stale(*std::move(last));
    Result<T> late = flight ? flight->Wait() : calls_.Run(key, call);
    return IsAnswer(late) ? late : NobodyAnswers(std::move(late).error(), other.error());
  }

  // What the store says, kept. On whatever thread.
  Result<T> Ask(const std::string& key) {
    const TimePoint now = deps_.clock.Now();
    // Somebody may have brought it since the caller looked.
    if (auto fresh = cache_.FindFresh(key, now)) return *std::move(fresh);
    const auto generation = cache_.generation();
    Result<T> answer = Question(deps_.store, key, static_cast<const T*>(nullptr));
    if (IsAnswer(answer)) {
      cache_.Put(key, {answer, now}, IsNegative(answer) ? options_.negative_ttl : options_.ttl,
                 generation);
    }
    return answer;
  }

  // The store's answer, or why there is none within the time limit. `flight`: what goes on, if
  // anything does.
  template <typename Call>
  Result<T> AskInTime(std::string_view key, const Call& call, FlightPtr& flight) {
    flight = calls_.Join(key, call);
    if (!flight) {
      return Judged(
          Fail(Code::kDeadlineExceeded, fmt::format("{}: {} questions wait for an answer already",
                                                    deps_.store.Name(), kCallsMax)));
    }
    if (auto outcome = flight->WaitFor(options_.timeout)) return Judged(*std::move(outcome));
    calls_.Leave(key);
    return Judged(
        Fail(Code::kDeadlineExceeded, fmt::format("{}: no answer within routing.timeout_ms: {} ms",
                                                  deps_.store.Name(), options_.timeout.count())));
  }

  // While the store has trouble and was asked a moment ago.
  Result<T> LeftAlone() {
    const auto trouble = deps_.health.trouble();
    return std::unexpected(trouble ? trouble->error
                                   : Error{Code::kUnavailable, deps_.store.Name() + " was away"});
  }

  // Tells the health what came of asking.
  Result<T> Judged(Result<T> asked) {
    const TimePoint now = deps_.clock.Now();
    if (IsAnswer(asked)) {
      deps_.health.Answered(now);
    } else if (asked.error().code != Code::kCancelled) {
      deps_.health.Failed(asked.error(), now);
    }
    return asked;
  }

  bool IsNextNewer(const Known<T>& last) {
    if (deps_.next == nullptr) return false;
    const auto trouble = deps_.health.trouble();
    if (trouble && last.asked_at + options_.ttl >= trouble->since) return false;
    const std::optional<TimePoint> next_is_of = deps_.next->AsOf();
    return next_is_of && *next_is_of > last.asked_at;
  }

  Result<T> Stale(Known<T> last) {
    deps_.health.ServedStale();
    return std::move(last.answer);
  }

  Result<T> NobodyAnswers(Error error, const Error& next_error) {
    error.message = fmt::format("no store of routes answers (see `eider routes status`): {}; {}",
                                error.message, next_error.message);
    return std::unexpected(std::move(error));
  }

  const CacheOptions options_;
  const CacheDeps deps_;
  AnswerCache<T> cache_;
  SingleFlight<T> calls_;  // last: its calls use the rest
};

}  // namespace

class CachedRouteStore::State {
 public:
  State(const CacheOptions& options, const CacheDeps& deps)
      : store(deps.store), routes(options, deps), patterns(options, deps) {}

  void Forget(std::string_view key) {
    routes.Forget(key);
    patterns.Forget("");
  }

  RouteStore& store;
  Answers<std::optional<Route>> routes;
  Answers<RouteListing> patterns;
};

CachedRouteStore::CachedRouteStore(const CacheOptions& options, const CacheDeps& deps)
    : state_(std::make_unique<State>(options, deps)) {}

CachedRouteStore::~CachedRouteStore() = default;

Result<std::optional<Route>> CachedRouteStore::Find(std::string_view key) {
  return state_->routes.Get(key);
}

Result<RouteListing> CachedRouteStore::Patterns() {
  return state_->patterns.Get("");
}

Result<RouteListing> CachedRouteStore::List() {
  return state_->store.List();
}

Status CachedRouteStore::Put(const Route& route, const RouteCondition& condition) {
  Status put = state_->store.Put(route, condition);
  state_->Forget(route.partition_key);
  return put;
}

Status CachedRouteStore::PutAll(std::span<const Route> routes) {
  Status put = state_->store.PutAll(routes);
  for (const Route& route : routes) state_->Forget(route.partition_key);
  return put;
}

Result<bool> CachedRouteStore::Remove(std::string_view key, const RouteCondition& condition) {
  auto removed = state_->store.Remove(key, condition);
  state_->Forget(key);
  return removed;
}

std::string CachedRouteStore::Name() const {
  return state_->store.Name();
}

}  // namespace eider::routes
