#include "eider/web/counted_files.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "eider/base/result.h"

namespace eider::web {

Result<Counts> CountedFiles::Get() {
  std::unique_lock asking(asking_, std::try_to_lock);
  {
    const std::lock_guard lock(mutex_);
    const TimePoint now = clock_.Now();
    const bool is_fresh = last_ && now >= fresh_from_ && now < fresh_until_;
    if (last_ && (is_fresh || !asking)) return *last_;
  }
  if (!asking) {
    asking.lock();  // the first answer of all is on its way
    const std::lock_guard lock(mutex_);
    if (last_) return *last_;
  }
  const TimePoint begun = clock_.Now();
  Result<Counts> counts = history_.Count({});
  const TimePoint ended = clock_.Now();
  const std::lock_guard lock(mutex_);
  fresh_from_ = ended;
  fresh_until_ = ended + std::max(kFreshFor, kRestsPerCount * (ended - begun));
  last_ = counts;
  return counts;
}

}  // namespace eider::web
