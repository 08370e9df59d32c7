// A local folder as a source: each file that is complete in it is a delivery.
//
// What lies in the folder at the start is found by looking, what comes later by the kernel's events
// (folder_watch.h); where the kernel loses some, the folder is looked through again. A file counts
// when nobody has it open for writing. Names that begin with a dot or end with `~`, `.tmp`,
// `.part`,
// `.partial`, `.filepart` or `.crdownload` are files on their way, which are renamed when they are
// complete. The ledger knows what is loaded: a start offers every file again.
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/source/event_source.h"
#include "eider/source/folder_watch.h"
#include "eider/store/local_store.h"
#include "eider/store/object_store.h"

namespace eider::source {

// Whether a file of that name is on its way, to be renamed when it is complete.
bool IsUnfinishedName(std::string_view name);

class FolderSource final : public EventSource {
 public:
  // `folder`: an absolute path. Borrows the rest; `local` knows which paths are objects of a
  // bucket.
  FolderSource(std::string folder, const store::LocalStore& local, store::ObjectStore& store,
               Clock& clock);

  const std::string& name() const override { return name_; }

  Result<std::vector<Delivery>> Receive(std::size_t deliveries_max,
                                        const std::stop_token& stop) override;
  Status Settle(std::span<const Settled> settled) override;

 private:
  struct Open {
    std::string path;
    int attempts = 0;  // so far
    bool is_given = false;
    TimePoint due{};  // where it is not given: when it is to come again
  };

  Status Begin();
  Status TakeEvents(Milliseconds wait, const std::stop_token& stop);
  void LookThrough(const std::string& folder);
  std::optional<std::string> NextPath();
  bool IsFresh(const std::string& path, TimePoint modified, Milliseconds quiet);
  std::optional<Delivery> DeliveryOf(const std::string& path);
  void GiveDue(std::size_t deliveries_max, std::vector<Delivery>& deliveries);

  const std::string folder_;
  const std::string name_;
  const store::LocalStore& local_;
  store::ObjectStore& store_;
  Clock& clock_;

  // Of the thread that receives.
  std::optional<FolderWatch> watch_;
  std::deque<std::string> arrived_;         // paths of files
  std::set<std::string> waiting_;           // the same
  std::map<std::string, TimePoint> later_;  // paths to look at again, and when
  std::deque<std::filesystem::recursive_directory_iterator> walks_;  // that are not over

  std::mutex mutex_;
  std::map<std::string, Open> open_;  // by Delivery::id
};

}  // namespace eider::source
