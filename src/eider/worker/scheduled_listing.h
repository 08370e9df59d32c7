// What no event told of: prefixes are listed from time to time, and files that the ledger does not
// know are announced to it.
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include <spdlog/logger.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/ledger/load_history.h"
#include "eider/store/object_store.h"
#include "eider/worker/announced_files.h"

namespace eider::worker {

struct ListingOptions {
  std::vector<Uri> prefixes;
  Milliseconds every{3'600'000};  // from the end of one listing to the start of the next
};

// Borrowed; all outlive the listing.
struct ListingDeps {
  store::ObjectStore& store;
  ledger::LoadHistory& history;
  AnnouncedFiles& announced;
  Clock& clock;
  spdlog::logger& log;
};

class ScheduledListing {
 public:
  ScheduledListing(ListingOptions options, const ListingDeps& deps);

  // Lists all prefixes at once, and again and again until the stop. What fails is a warning, and is
  // tried again the next time.
  void Run(const std::stop_token& stop);

 private:
  // The number of files that were announced.
  Result<std::uint64_t> List(const Uri& prefix, const std::stop_token& stop);

  const ListingOptions options_;
  const ListingDeps deps_;
};

}  // namespace eider::worker
