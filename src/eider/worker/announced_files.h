// The ledger as a source: files that were announced to it and that nobody has in work.
//
// What this process announces it gives at once; what others announced, or had in work when they
// died, it finds by looking at the ledger from time to time. A file that fails for a reason that
// may pass waits in the ledger, so that it outlives this process, and comes again later each time.
// Between its failure and that a process may die: the first look of the next one announces again
// what is FAILED by such a reason, or was not begun.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/source/event_source.h"

namespace eider::worker {

struct AnnouncedOptions {
  Milliseconds look_every{30'000};
  Milliseconds wait{1'000};  // of one Receive
  int attempts_max = 20;     // claims of a file that failed each time; then it stays FAILED
};

class AnnouncedFiles final : public source::EventSource {
 public:
  // Borrows ledger and clock.
  AnnouncedFiles(ledger::Ledger& ledger, Clock& clock, AnnouncedOptions options = {});

  const std::string& name() const override { return name_; }

  // The files are WAITING in the ledger when this returns, and are given soon. From any thread.
  // Errors: as Ledger::Announce.
  Status Announce(std::span<const FileRef> files);

  Result<std::vector<source::Delivery>> Receive(std::size_t deliveries_max,
                                                const std::stop_token& stop) override;
  Status Settle(std::span<const source::Settled> settled) override;

 private:
  struct Open {
    FileRef file;
    int attempts = 0;  // claims, this one included
  };

  Status Look();
  Status AnnounceWhatWasLeft();
  void Add(FileRef file, int attempts, TimePoint due);
  std::vector<source::Delivery> TakeDue(std::size_t deliveries_max);

  ledger::Ledger& ledger_;
  Clock& clock_;
  const AnnouncedOptions options_;
  const std::string name_ = "announced files";
  TimePoint next_look_{};  // of the thread that receives, as the next
  bool is_first_look_ = true;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Open> open_;  // by Delivery::id: given, or to be
  std::multimap<TimePoint, std::string> due_;
};

}  // namespace eider::worker
