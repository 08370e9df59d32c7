#include "eider/worker/scheduled_listing.h"

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <utility>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/worker/comparison.h"

namespace eider::worker {
namespace {

// Files that are announced in one step of the ledger.
constexpr std::size_t kLot = 500;

}  // namespace

ScheduledListing::ScheduledListing(ListingOptions options, const ListingDeps& deps)
    : options_(std::move(options)), deps_(deps) {}

void ScheduledListing::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    for (const Uri& prefix : options_.prefixes) {
      const auto announced = List(prefix, stop);
      if (stop.stop_requested()) return;
      if (!announced) {
        deps_.log.warn("cannot list {}: {}", prefix.ToString(), announced.error().message);
      } else if (*announced > 0) {
        deps_.log.warn("no event told of {} files below {}; they are loaded now", *announced,
                       prefix.ToString());
      }
    }
    deps_.clock.SleepFor(options_.every, stop);
  }
}

Result<std::uint64_t> ScheduledListing::List(const Uri& prefix, const std::stop_token& stop) {
  std::uint64_t announced = 0;
  std::vector<FileRef> files;
  const auto announce = [&]() -> Status {
    EIDER_CHECK(deps_.announced.Announce(files));
    announced += files.size();
    files.clear();
    return {};
  };
  EIDER_CHECK(
      Compare(deps_.store, deps_.history, {.prefix = prefix, .stop = stop}, [&](Compared compared) {
        const bool is_unknown =
            compared.standing == Standing::kMissing || compared.standing == Standing::kChanged;
        if (is_unknown) files.push_back(std::move(compared.file));
        return files.size() < kLot ? Status() : announce();
      }));
  EIDER_CHECK(announce());
  return announced;
}

}  // namespace eider::worker
