// Outcomes as numbers: metrics for Prometheus, and the series of the last hour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/metrics/registry.h"
#include "eider/pipeline/outcome.h"
#include "eider/web/series.h"

namespace eider::web {

// Safe for concurrent calls from several threads. Borrows the clock.
class Telemetry {
 public:
  explicit Telemetry(Clock& clock);

  // Files that were heard of just now: their lag counts from here.
  void NoteArrivals(std::span<const FileRef> files);

  // A file's end. One that was handed back, or is in work elsewhere, has none yet.
  void Observe(const pipeline::Outcome& outcome);

  metrics::Registry& registry() { return registry_; }

  const Series& series() const { return series_; }

 private:
  using Identity = std::pair<Uri, std::string>;  // with FileRef::Version

  static constexpr std::size_t kArrivalsMax = 100'000;  // of later ones the start of their work

  double LagSeconds(const pipeline::Outcome& outcome);
  void CountLoaded(const pipeline::Outcome& outcome);
  void CountRows(const std::string& route, const std::string& table, std::int64_t rows,
                 std::int64_t rejected);
  bool IsNewCommit(const std::string& table, std::optional<std::int64_t> snapshot_id);

  Clock& clock_;
  metrics::Registry registry_;
  Series series_;
  metrics::Family<metrics::Counter>& files_;
  metrics::Family<metrics::Counter>& rows_;
  metrics::Family<metrics::Counter>& bytes_;
  metrics::Family<metrics::Counter>& rejected_;
  metrics::Family<metrics::Counter>& commits_;
  metrics::Counter& commit_retries_;
  metrics::Histogram& commit_seconds_;
  metrics::Histogram& file_seconds_;
  metrics::Histogram& lag_seconds_;

  std::mutex mutex_;  // guards what follows
  std::map<Identity, TimePoint> arrivals_;
  std::map<std::string, std::int64_t> last_snapshots_;  // by table
};

}  // namespace eider::web
