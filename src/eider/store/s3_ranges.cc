// Source: Amazon S3 API Reference, ListObjectsV2: `delimiter`, `start-after`; keys are in the order
// of their bytes.
#include "eider/store/s3_ranges.h"

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <iterator>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "eider/base/in_parallel.h"
#include "eider/base/result.h"
#include "eider/http/transport.h"
#include "eider/store/s3_listing.h"

namespace eider::store {
namespace {

constexpr std::size_t kSideBySide = 8;

// As many cuts leave ranges of a few pages in a bucket of a million keys.
constexpr std::size_t kCutsMax = 256;
constexpr int kLevelsMax = 6;

// Of all ranges but the one that is told just now; a page has 1,000 objects.
constexpr std::size_t kWaitingPagesMax = 64;

// The first page of what lies in a folder.
Result<std::vector<std::string>> FoldersIn(S3Requests& requests, const std::string& bucket,
                                           const std::string& folder) {
  const S3Request request{
      .action = "s3:ListBucket",
      .method = "GET",
      .uri = {"s3", bucket, ""},
      .query = {
          {"list-type", "2"}, {"delimiter", "/"}, {"encoding-type", "url"}, {"prefix", folder}}};
  EIDER_ASSIGN(const http::Response answer, requests.SendForSuccess(request));
  EIDER_ASSIGN(S3Page page, ParseS3Page(answer.body, bucket));
  return std::move(page.prefixes);
}

// At most so many of the cuts, as far apart as they come.
void ThinOut(std::vector<std::string>& cuts) {
  if (cuts.size() <= kCutsMax) return;
  for (std::size_t i = 0; i < kCutsMax; ++i) {
    std::swap(cuts[i], cuts[i * cuts.size() / kCutsMax]);
  }
  cuts.resize(kCutsMax);
}

// The ranges of one listing, each read by one thread.
class Ranges {
 public:
  Ranges(S3Requests& requests, const CutListing& listing) : requests_(requests), listing_(listing) {
    std::string after = listing.after;
    for (const std::string& cut : listing.cuts) ranges_.push_back({std::exchange(after, cut), cut});
    ranges_.push_back({after, ""});
  }

  Status Run(const std::function<bool(const ObjectInfo&)>& visit) {
    std::vector<std::jthread> threads;
    const Stop stop{*this};  // before the threads are joined
    for (std::size_t i = 0; i < std::min(kSideBySide, ranges_.size()); ++i) {
      threads.emplace_back([this] { ReadRanges(); });
    }
    return Tell(visit);
  }

 private:
  // Keys behind `after`, up to `until` and with it; empty: to the last.
  struct Range {
    std::string after;
    std::string until;
    std::deque<S3Page> pages = {};
    bool is_read = false;
    std::optional<Error> error = {};
  };

  struct Stop {
    ~Stop() {
      {
        const std::lock_guard lock(ranges.mutex_);
        ranges.stop_.request_stop();
      }
      ranges.changed_.notify_all();
    }

    Ranges& ranges;
  };

  // By each thread: the ranges in their order, as long as there are some.
  void ReadRanges() {
    while (true) {
      std::size_t index = 0;
      {
        const std::lock_guard lock(mutex_);
        if (next_ == ranges_.size() || stop_.stop_requested()) return;
        index = next_++;
      }
      ReadRange(index);
    }
  }

  void ReadRange(std::size_t index) {
    Range& range = ranges_[index];
    S3Pages pages(requests_, listing_.prefix, range.after, listing_.has_versions,
                  stop_.get_token());
    std::size_t end = index + 1;
    while (true) {
      auto page = pages.Next();
      std::unique_lock lock(mutex_);
      if (!page) range.error = std::move(page).error();
      range.is_read = range.error || !*page;
      if (!range.is_read) {
        Widen(range, end, **page);
        range.is_read = Trim(range, **page);
        range.pages.push_back(**std::move(page));
        ++waiting_;
      }
      changed_.notify_all();
      if (range.is_read) return;
      // The one that is told goes on in any case: it is what the others wait for.
      changed_.wait(lock, [&] {
        return waiting_ < kWaitingPagesMax || told_ == index || stop_.stop_requested();
      });
      if (stop_.stop_requested()) return;
    }
  }

  // A page that goes beyond its range, into those that no thread has begun, is that of them, too:
  // many small folders cost no more pages than their keys fill.
  void Widen(Range& range, std::size_t& end, const S3Page& page) {
    while (!page.objects.empty() && end == next_ && end < ranges_.size() &&
           page.objects.back().uri.key > range.until) {
      range.until = ranges_[end].until;
      ranges_[end].is_read = true;
      next_ = ++end;
    }
  }

  // Without the objects behind the range; true where there were some.
  static bool Trim(const Range& range, S3Page& page) {
    if (range.until.empty()) return false;
    const auto behind = std::ranges::find_if(
        page.objects, [&](const ObjectInfo& info) { return info.uri.key > range.until; });
    const bool is_end = behind != page.objects.end();
    page.objects.erase(behind, page.objects.end());
    return is_end;
  }

  // The next page of the range that is told; nothing behind its last.
  Result<std::optional<S3Page>> Take() {
    std::unique_lock lock(mutex_);
    Range& range = ranges_[told_];
    changed_.wait(lock, [&] { return !range.pages.empty() || range.is_read; });
    if (range.pages.empty()) {
      if (range.error) return std::unexpected(*std::move(range.error));
      return std::nullopt;
    }
    S3Page page = std::move(range.pages.front());
    range.pages.pop_front();
    --waiting_;
    changed_.notify_all();
    return page;
  }

  Status Tell(const std::function<bool(const ObjectInfo&)>& visit) {
    while (true) {
      EIDER_ASSIGN(const auto page, Take());
      if (page) {
        for (const ObjectInfo& info : page->objects) {
          if (!visit(info)) return {};
        }
        continue;
      }
      const std::lock_guard lock(mutex_);
      if (++told_ == ranges_.size()) return {};
      changed_.notify_all();
    }
  }

  S3Requests& requests_;
  const CutListing& listing_;
  std::vector<Range> ranges_;
  std::stop_source stop_;

  std::mutex mutex_;  // guards the ranges, but for their keys, and what follows
  std::condition_variable changed_;
  std::size_t next_ = 0;     // the first range that no thread has begun
  std::size_t told_ = 0;     // the one whose objects are told
  std::size_t waiting_ = 0;  // pages
};

}  // namespace

Result<std::vector<std::string>> FindCuts(S3Requests& requests, const Uri& prefix,
                                          const std::string& after) {
  std::vector<std::string> cuts;
  std::vector<std::string> folders = {prefix.key};
  for (int level = 0; level < kLevelsMax && !folders.empty() && folders.size() < kCutsMax;
       ++level) {
    std::vector<Result<std::vector<std::string>>> found(folders.size());
    InParallel(folders.size(), kSideBySide,
               [&](std::size_t i) { found[i] = FoldersIn(requests, prefix.bucket, folders[i]); });
    folders.clear();
    for (auto& inner : found) {
      if (!inner) return std::unexpected(std::move(inner).error());
      std::ranges::move(*inner, std::back_inserter(folders));
    }
    // What lies before the beginning is not looked into.
    std::erase_if(folders, [&](const std::string& folder) {
      return folder <= after && !after.starts_with(folder);
    });
    std::ranges::copy_if(folders, std::back_inserter(cuts),
                         [&](const std::string& folder) { return folder > after; });
  }
  std::ranges::sort(cuts);
  const auto twins = std::ranges::unique(cuts);
  cuts.erase(twins.begin(), twins.end());
  ThinOut(cuts);
  return cuts;
}

Status ListRanges(S3Requests& requests, const CutListing& listing,
                  const std::function<bool(const ObjectInfo&)>& visit) {
  return Ranges(requests, listing).Run(visit);
}

}  // namespace eider::store
