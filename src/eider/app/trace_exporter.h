// A trace for each file, a span for each step of its way, to a collector of OpenTelemetry.
//
// Spans are sent in lots by a thread of its own and delay no file. While the collector is away they
// wait, the newest 20,000 of them, and a warning says so once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include <spdlog/logger.h>

#include "eider/app/otlp_target.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/http/transport.h"
#include "eider/metrics/otlp_spans.h"
#include "eider/pipeline/outcome.h"

namespace eider::app {

// Safe for concurrent calls from several threads. Borrows all but the target.
class TraceExporter {
 public:
  TraceExporter(OtlpTarget target, http::Transport& transport, Random& random, spdlog::logger& log);

  // Sends what is left, for at most two seconds.
  ~TraceExporter();

  TraceExporter(const TraceExporter&) = delete;
  TraceExporter& operator=(const TraceExporter&) = delete;

  // A file that was not begun has no trace.
  void Observe(const pipeline::Outcome& outcome);

  // Until all is sent that was observed before, or one attempt failed, or the time is over.
  void Flush(Milliseconds longest);

  static constexpr std::size_t kWaitingMax = 20'000;
  static constexpr std::size_t kLotMax = 512;

 private:
  using Spans = std::vector<metrics::Span>;

  // kRefused: what the collector takes for wrong it would take for wrong again.
  enum class Sent : std::uint8_t { kTaken, kRefused, kNot };

  void Work(const std::stop_token& stop);
  Sent Send(const Spans& lot, const std::stop_token& stop);
  void PutBack(Spans lot);  // with the lock

  const OtlpTarget target_;
  http::Transport& transport_;
  Random& random_;
  spdlog::logger& log_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::deque<metrics::Span> waiting_;
  std::size_t in_transit_ = 0;
  std::uint64_t attempts_ = 0;  // that ended
  bool has_trouble_ = false;    // the last attempt failed
  bool is_hurried_ = false;     // somebody waits in Flush
  std::jthread worker_;         // last: it uses all others
};

}  // namespace eider::app
