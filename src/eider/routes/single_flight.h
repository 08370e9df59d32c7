// Calls that are made once for all who wait for them, and that nobody has to wait for to the end.
//
// A call runs on a thread of its own (Join) or on that of the first who asks (Run). Who has waited
// long enough leaves it: it goes on, its outcome is there for those who still wait, and the next
// who asks for the key begins a new one. What a call does itself, such as keeping its answer, is
// done before anybody can begin another call of the key.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::routes {

// Safe for concurrent calls from several threads. Destroyed, it waits for its threads: whoever
// wants that to be soon ends what they call.
template <typename T>
class SingleFlight {
 public:
  using Call = std::function<Result<T>()>;

  // One call, under way or done.
  class Flight {
   public:
    // The outcome; nothing when it has not come within `limit`, of the machine's time.
    std::optional<Result<T>> WaitFor(Milliseconds limit) {
      std::unique_lock lock(mutex_);
      landed_.wait_for(lock, limit, [this] { return outcome_.has_value(); });
      return outcome_;
    }

    Result<T> Wait() {
      std::unique_lock lock(mutex_);
      landed_.wait(lock, [this] { return outcome_.has_value(); });
      return *outcome_;
    }

    bool has_landed() {
      const std::lock_guard lock(mutex_);
      return outcome_.has_value();
    }

   private:
    friend class SingleFlight;

    void Land(Result<T> outcome) {
      const std::lock_guard lock(mutex_);
      outcome_ = std::move(outcome);
      landed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable landed_;
    std::optional<Result<T>> outcome_;
  };

  using FlightPtr = std::shared_ptr<Flight>;  // shared: the call's thread and all who wait for it

  explicit SingleFlight(std::size_t threads_max) : threads_max_(threads_max) {}

  // The flight of that key, or a new one that makes `call`. Null: as many as may be are under way.
  FlightPtr Join(std::string_view key, Call call) {
    const std::lock_guard lock(mutex_);
    if (const auto found = flights_.find(key); found != flights_.end()) return found->second;
    std::erase_if(threads_, [](const Thread& thread) { return thread.flight->has_landed(); });
    if (threads_.size() >= threads_max_) return nullptr;
    auto flight = std::make_shared<Flight>();  // shared: see FlightPtr
    try {
      threads_.push_back(
          {flight, std::jthread([this, key = std::string(key), flight, call = std::move(call)] {
             Fly(key, flight, call);
           })});
    } catch (const std::system_error&) {
      return nullptr;  // the machine has no thread left
    }
    flights_.emplace(key, flight);
    return flight;
  }

  // The outcome of the call of that key, which is made on this thread unless it is under way.
  Result<T> Run(std::string_view key, const Call& call) {
    std::unique_lock lock(mutex_);
    if (const auto found = flights_.find(key); found != flights_.end()) {
      const FlightPtr flight = found->second;
      lock.unlock();
      return flight->Wait();
    }
    const auto flight = std::make_shared<Flight>();  // shared: see FlightPtr
    flights_.emplace(key, flight);
    lock.unlock();
    Fly(key, flight, call);
    return flight->Wait();
  }

  // From now on nobody joins the call of that key that is under way.
  void Leave(std::string_view key) {
    const std::lock_guard lock(mutex_);
    if (const auto found = flights_.find(key); found != flights_.end()) flights_.erase(found);
  }

 private:
  struct Thread {
    FlightPtr flight;
    std::jthread thread;
  };

  // Lands last: whoever waits for this thread to end may hold the lock.
  void Fly(std::string_view key, const FlightPtr& flight, const Call& call) {
    Result<T> outcome = Guarded(call);
    {
      const std::lock_guard lock(mutex_);
      const auto found = flights_.find(key);
      if (found != flights_.end() && found->second == flight) flights_.erase(found);
    }
    flight->Land(std::move(outcome));
  }

  static Result<T> Guarded(const Call& call) {
    try {
      return call();
    } catch (const std::exception& exception) {
      return Fail(Code::kInternal, exception.what());
    }
  }

  const std::size_t threads_max_;
  std::mutex mutex_;  // guards all below
  std::map<std::string, FlightPtr, std::less<>> flights_;
  std::list<Thread> threads_;  // last: their calls end before the rest goes
};

}  // namespace eider::routes
