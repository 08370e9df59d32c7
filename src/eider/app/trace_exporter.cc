#include "eider/app/trace_exporter.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/http/transport.h"
#include "eider/pipeline/step_times.h"

namespace eider::app {
namespace {

constexpr Milliseconds kLotInterval{5'000};
constexpr Milliseconds kSendTimeMax{10'000};
constexpr Milliseconds kLastTimeMax{2'000};

// An identifier must not be 0.
std::uint64_t NewId(Random& random) {
  return std::max<std::uint64_t>(random.Next(), 1);
}

metrics::Span RootOf(const pipeline::Outcome& outcome) {
  metrics::Span root;
  root.name = "load";
  const auto& steps = outcome.steps.all();
  root.began = std::ranges::min(steps, {}, &pipeline::StepTime::began).began;
  root.ended = std::ranges::max(steps, {}, &pipeline::StepTime::ended).ended;
  root.attributes = {{"eider.file", outcome.file.uri.ToString()},
                     {"eider.version", outcome.file.Version()},
                     {"eider.outcome", std::string(pipeline::FateName(outcome.fate))},
                     {"eider.route", outcome.result.route},
                     {"eider.table", outcome.result.target_table},
                     {"eider.rows", outcome.result.rows}};
  if (outcome.result.snapshot_id) {
    root.attributes.push_back({"eider.snapshot_id", *outcome.result.snapshot_id});
  }
  if (outcome.error) {
    root.attributes.push_back({"error.type", std::string(CodeName(outcome.error->code))});
    root.error = codec::ShortMessage(outcome.error->message);
  }
  return root;
}

}  // namespace

TraceExporter::TraceExporter(OtlpTarget target, http::Transport& transport, Random& random,
                             spdlog::logger& log)
    : target_(std::move(target)),
      transport_(transport),
      random_(random),
      log_(log),
      worker_([this](const std::stop_token& stop) { Work(stop); }) {}

TraceExporter::~TraceExporter() {
  Flush(kLastTimeMax);
}

void TraceExporter::Observe(const pipeline::Outcome& outcome) {
  if (outcome.steps.all().empty()) return;
  metrics::Span root = RootOf(outcome);
  root.trace = {NewId(random_), NewId(random_)};
  root.id = NewId(random_);
  const std::lock_guard lock(mutex_);
  for (const pipeline::StepTime& time : outcome.steps.all()) {
    waiting_.push_back({.trace = root.trace,
                        .id = NewId(random_),
                        .parent = root.id,
                        .name = pipeline::StepName(time.step),
                        .began = time.began,
                        .ended = time.ended});
  }
  waiting_.push_back(std::move(root));
  while (waiting_.size() > kWaitingMax) waiting_.pop_front();
  if (waiting_.size() >= kLotMax) changed_.notify_all();
}

void TraceExporter::Flush(Milliseconds longest) {
  std::unique_lock lock(mutex_);
  const std::uint64_t attempts_before = attempts_;
  is_hurried_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, longest, [&] {
    return (waiting_.empty() && in_transit_ == 0) || (has_trouble_ && attempts_ > attempts_before);
  });
  is_hurried_ = false;
}

void TraceExporter::Work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto has_lot = [this] {
      return !waiting_.empty() && (is_hurried_ || (!has_trouble_ && waiting_.size() >= kLotMax));
    };
    changed_.wait_for(lock, stop, kLotInterval, has_lot);
    if (waiting_.empty() || stop.stop_requested()) continue;
    const std::size_t size = std::min(waiting_.size(), kLotMax);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
    Spans lot(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    in_transit_ = lot.size();
    lock.unlock();
    const Sent sent = Send(lot, stop);
    lock.lock();
    in_transit_ = 0;
    ++attempts_;
    has_trouble_ = sent != Sent::kTaken;
    if (sent == Sent::kNot) PutBack(std::move(lot));
    changed_.notify_all();
  }
}

void TraceExporter::PutBack(Spans lot) {
  const std::size_t kept = std::min(lot.size(), kWaitingMax - waiting_.size());
  waiting_.insert(waiting_.begin(),
                  std::make_move_iterator(lot.end() - static_cast<std::ptrdiff_t>(kept)),
                  std::make_move_iterator(lot.end()));
  is_hurried_ = false;  // not again and again without a pause
}

TraceExporter::Sent TraceExporter::Send(const Spans& lot, const std::stop_token& stop) {
  const std::string body = metrics::ToOtlpJson(target_.source, lot);
  const auto answer = transport_.Send({.method = "POST",
                                       .url = target_.url,
                                       .headers = target_.headers,
                                       .body = body,
                                       .timeout = kSendTimeMax},
                                      stop);
  if (answer && answer->status / 100 == 2) return Sent::kTaken;
  const bool is_refused = answer && answer->status / 100 == 4 && answer->status != 429;
  if (!has_trouble_) {
    log_.warn("traces do not reach {}: {}; {}", target_.url,
              answer ? "it answers " + std::to_string(answer->status) : answer.error().message,
              is_refused ? "they are dropped" : "they wait, files do not");
  }
  return is_refused ? Sent::kRefused : Sent::kNot;
}

}  // namespace eider::app
