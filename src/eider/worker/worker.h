// The worker: deliveries from sources to the loader, their ends back to the sources, for months.
//
// Each source has a thread that receives and one that settles, so that none waits for another. A
// delivery is settled when each of its files has its outcome. A file that several deliveries name,
// of whichever source, is in work once. While the ledger cannot be asked, files wait here, and no
// source hears of it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/pipeline/loader.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/services.h"
#include "eider/source/delivery_book.h"
#include "eider/source/event_source.h"

namespace eider::worker {

struct WorkerOptions {
  pipeline::LoadOptions load;
  int deliveries_max = 2'000;  // of one source, that are not settled
  Milliseconds drain{30'000};  // from the stop until what is in work is interrupted
  // Of every file; one call at a time. Empty: nobody wants to know.
  pipeline::OnOutcome on_outcome = {};
};

// How things are with a source.
struct SourceStatus {
  std::string name;
  std::size_t open = 0;  // deliveries that are not settled
  std::string problem;   // why it cannot be asked at the moment; empty: it can
};

// How a delivery whose file ended so is settled: kWrong for what will fail again as long as file
// and route are the same.
source::Settlement SettlementOf(const pipeline::Outcome& outcome);

class Worker {
 public:
  // Borrows services and sources, which outlive it.
  Worker(const pipeline::Services& services, WorkerOptions options,
         std::vector<source::EventSource*> sources);

  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Works until the stop is requested. Then nothing more is received, files that are not begun are
  // handed back, those in work get `drain` to end, and every end is told to its source.
  void Run(const std::stop_token& stop);

  // Both are safe while Run runs, from any thread.
  std::vector<SourceStatus> status() const;

  // Why nothing can be loaded at the moment; empty: it can.
  std::string problem() const;

 private:
  struct Feed {
    source::EventSource* source = nullptr;
    std::size_t open = 0;
    std::string problem;
    std::deque<source::Settled> ended;  // to be told
  };

  struct Open {
    Feed* feed = nullptr;
    std::string id;
  };

  void ReceiveAll(Feed& feed, const std::stop_token& stop);
  bool AwaitRoom(Feed& feed, const std::stop_token& stop);
  void Take(Feed& feed, source::Delivery delivery);
  void NoteProblem(Feed& feed, const Error& error);
  void Submit(const std::vector<FileRef>& files);
  void TakeOutcome(const pipeline::Outcome& outcome);
  bool KeepsBack(const pipeline::Outcome& outcome);
  void EndStall();
  void TryStalled(const std::stop_token& stop);
  void HandBackStalled();
  void TakeEnded();
  void SettleAll(Feed& feed);
  void Drain();

  const pipeline::Services& services_;
  const WorkerOptions options_;
  std::stop_source interrupt_;  // of what is in work

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable_any changed_;
  std::deque<Feed> feeds_;
  source::DeliveryBook book_;
  std::map<std::size_t, Open> open_;  // deliveries by their number in the book
  std::size_t numbers_ = 0;
  bool is_over_ = false;          // no delivery is open, and none comes
  std::vector<FileRef> stalled_;  // for which the ledger could not be asked
  std::string problem_;           // why it could not, the last time; empty: it could
  bool is_stopping_ = false;

  pipeline::Loader loader_;
};

}  // namespace eider::worker
