// Take what was added or left, tell it, write down what was done.
#include "eider/errands/errands.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/in_parallel.h"
#include "eider/base/result.h"
#include "eider/errands/event.h"
#include "eider/ledger/claim_owner.h"

namespace eider::errands {
namespace {

using ledger::LoadRecord;

constexpr int kPageFiles = 1'000;          // of one question to the ledger
constexpr std::size_t kRecordedMax = 200;  // in one step of the ledger
constexpr std::size_t kRefusedMax = 5;     // events that a target refuses, of one attempt

constexpr std::size_t kObjectsAtATime = 8;

// As messages call it.
std::string BucketOf(const LoadRecord& record) {
  const Uri& uri = record.file.uri;
  return uri.bucket.empty() ? "local files" : fmt::format("{}://{}", uri.scheme, uri.bucket);
}

constexpr RetryLimits kAskAgain{.num_retries = 1 << 30,
                                .min_wait = Milliseconds(1'000),
                                .max_wait = Milliseconds(300'000),
                                .total_timeout = Milliseconds::max()};

}  // namespace

Errands::Errands(const ErrandsDeps& deps, std::vector<std::unique_ptr<Target>> targets,
                 ErrandsOptions options)
    : deps_(deps), options_(options) {
  for (std::unique_ptr<Target>& target : targets) {
    std::string id = TargetId(target->address());
    targets_.push_back({std::move(target), std::move(id), {}});
  }
  has_looked_ = options_.looking != Looking::kAlways;
  if (!has_looked_) {
    const std::lock_guard lock(mutex_);
    Begin();
  }
}

Errands::~Errands() = default;

// With the mutex held: the thread begins when there is something to do.
void Errands::Begin() {
  if (thread_.joinable()) return;
  if (options_.looking != Looking::kNever) {
    next_look_ = deps_.clock.Now();
    has_looked_ = false;
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { Work(stop); });
}

std::string Errands::TextFor(const std::string& claim_id,
                             const std::optional<routes::AfterLoad>& object) const {
  Errand errand{.claim_id = claim_id, .notify = {}, .object = object};
  for (const Telling& telling : targets_) errand.notify.push_back(telling.id);
  return ErrandText(errand);
}

void Errands::Add(std::vector<LoadRecord> ended) {
  const std::lock_guard lock(mutex_);
  const std::size_t room = options_.kept_max - std::min(options_.kept_max, added_.size());
  const auto end = ended.begin() + static_cast<std::ptrdiff_t>(std::min(room, ended.size()));
  std::move(ended.begin(), end, std::back_inserter(added_));
  Begin();
  changed_.notify_all();
}

void Errands::AwaitTries(Milliseconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [this] { return added_.empty() && !is_at_work_ && has_looked_; });
}

void Errands::Work(const std::stop_token& stop) {
  while (true) {
    std::vector<LoadRecord> added;
    {
      std::unique_lock lock(mutex_);
      is_at_work_ = false;
      changed_.notify_all();
      const auto has_some = [this] { return !added_.empty(); };
      if (const auto due = NextDue()) {
        const Milliseconds wait = std::max(*due - deps_.clock.Now(), Milliseconds::zero());
        changed_.wait_for(lock, stop, wait, has_some);
      } else {
        changed_.wait(lock, stop, has_some);
      }
      if (stop.stop_requested()) return;
      is_at_work_ = true;
      added = std::exchange(added_, {});
    }
    Take(std::move(added));
    Round(stop);
    if (IsTimeToLook() && !stop.stop_requested()) Look();
  }
}

bool Errands::IsTimeToLook() {
  const std::lock_guard lock(mutex_);
  return next_look_ && *next_look_ <= deps_.clock.Now();
}

// Page after page, so that what waits for one target keeps nothing from the others.
void Errands::Look() {
  ledger::HistoryPlace place;
  while (true) {
    auto page = deps_.ledger.FindErrands(place, kPageFiles);
    if (!page) {
      NoteAway(ledger_, "the ledger", page.error());
      break;
    }
    NoteThere(ledger_, "the ledger");
    const bool is_last = page->size() < static_cast<std::size_t>(kPageFiles);
    if (!page->empty()) {
      place = {page->back().file.uri.ToString(), page->back().file.Version()};
    }
    std::erase_if(*page, [this](const LoadRecord& record) { return !IsLeft(record); });
    if (!page->empty()) {
      Take(*std::move(page));
      Round({});
    }
    if (is_last) break;
  }
  const std::lock_guard lock(mutex_);
  next_look_ = deps_.clock.Now() + options_.look_every;
  has_looked_ = true;
}

// Whether whoever ended the file will not do its errands any more.
bool Errands::IsLeft(const LoadRecord& record) const {
  const auto owner = ledger::ClaimOwner::Parse(record.owner);
  const auto self = ledger::CurrentClaimOwner();
  if (owner && self && ledger::IsSurelyDead(*owner, *self)) return true;
  return deps_.clock.Now() - ledger::ChangedAt(record) >= options_.left_after;
}

void Errands::Take(std::vector<LoadRecord> records) {
  std::set<std::string> known;
  for (const Open& open : open_) known.insert(open.errand.claim_id);
  for (LoadRecord& record : records) {
    auto errand = ParseErrand(record.result.errands);
    if (!errand) {
      deps_.log.error("the errands of {} are not readable: {}", record.file.uri.ToString(),
                      errand.error().message);
      errand = Errand{};  // nobody else can read them either
    }
    // Of a target that is not configured any more nothing is left to do.
    std::erase_if(errand->notify, [this](const std::string& id) {
      return std::ranges::find(targets_, id, &Telling::id) == targets_.end();
    });
    if (done_.contains(errand->claim_id) || !known.insert(errand->claim_id).second) continue;
    std::string in_ledger = record.result.errands;
    open_.push_back({std::move(record), *std::move(errand), std::move(in_ledger)});
  }
}

void Errands::Round(const std::stop_token& stop) {
  std::vector<Telling*> due;
  for (Telling& telling : targets_) {
    if (IsDue(telling.party)) due.push_back(&telling);
  }
  std::vector<Answers> answers(due.size());
  InParallel(due.size(), due.size(), [&](std::size_t i) { answers[i] = Tell(*due[i], stop); });
  if (!stop.stop_requested()) {
    for (std::size_t i = 0; i < due.size(); ++i) Take(*due[i], answers[i]);
  }
  RunObjectErrands(stop);
  Record();
  Forget();
}

// What a target is to be told, event by event, until it takes none.
Errands::Answers Errands::Tell(Telling& telling, const std::stop_token& stop) const {
  Answers answers;
  std::vector<const LoadRecord*> records;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    const auto& ids = open_[i].errand.notify;
    if (std::ranges::find(ids, telling.id) == ids.end() || !IsDue(open_[i].refusal)) continue;
    answers.asked.push_back(i);
    records.push_back(&open_[i].record);
  }
  answers.is_told.assign(records.size(), true);
  for (const Event& event : EventsOf(records)) {
    if (!answers.away) {
      const Status told = telling.target->Tell(event, stop);
      if (told) continue;
      // One that it refuses hinders no other.
      if (told.error().code == Code::kInvalid && answers.refused.size() < kRefusedMax) {
        answers.refused.emplace_back(answers.asked[event.records.front()], told.error());
      } else {
        answers.away = told.error();
      }
    }
    for (const std::size_t record : event.records) answers.is_told[record] = false;
  }
  return answers;
}

void Errands::Take(Telling& telling, const Answers& answers) {
  if (answers.asked.empty()) return;
  const std::string& name = telling.target->name();
  for (const auto& [place, error] : answers.refused) {
    Open& open = open_[place];
    NoteAway(open.refusal,
             fmt::format("{} refuses the event of {}", name, open.record.file.uri.ToString()),
             error);
  }
  if (answers.away) {
    NoteAway(telling.party, name, *answers.away);
  } else {
    NoteThere(telling.party, name);
  }
  for (std::size_t i = 0; i < answers.asked.size(); ++i) {
    if (answers.is_told[i]) std::erase(open_[answers.asked[i]].errand.notify, telling.id);
  }
}

void Errands::RunObjectErrands(const std::stop_token& stop) {
  std::vector<Open*> due;
  for (Open& open : open_) {
    if (open.errand.object && IsDue(buckets_[BucketOf(open.record)])) due.push_back(&open);
  }
  std::vector<Result<std::string>> done(due.size());
  InParallel(due.size(), kObjectsAtATime, [&](std::size_t i) {
    if (stop.stop_requested()) {
      done[i] = Fail(Code::kCancelled, "stopped");
    } else {
      done[i] = RunObjectErrand(deps_.objects, due[i]->record, *due[i]->errand.object);
    }
  });
  std::map<std::string, std::optional<Error>> problems;  // by bucket; empty: there is none
  for (std::size_t i = 0; i < due.size(); ++i) {
    std::optional<Error>& problem = problems[BucketOf(due[i]->record)];
    if (done[i]) {
      due[i]->errand.object.reset();
      due[i]->afterwards = *std::move(done[i]);
    } else if (!problem) {
      problem = done[i].error();
    }
  }
  if (stop.stop_requested()) return;
  for (const auto& [bucket, problem] : problems) {
    if (problem) {
      NoteAway(buckets_[bucket], bucket, *problem);
    } else {
      NoteThere(buckets_[bucket], bucket);
    }
  }
}

// Writes down what was done.
void Errands::Record() {
  if (!IsDue(ledger_)) return;
  std::vector<Open*> changed;
  for (Open& open : open_) {
    if (ErrandText(open.errand) != open.in_ledger) changed.push_back(&open);
  }
  for (std::size_t begin = 0; begin < changed.size(); begin += kRecordedMax) {
    const auto batch =
        std::span(changed).subspan(begin, std::min(kRecordedMax, changed.size() - begin));
    std::vector<ledger::Ledger::ErrandsRun> runs;
    for (const Open* open : batch) {
      runs.push_back({.file = open->record.file,
                      .before = open->in_ledger,
                      .left = ErrandText(open->errand),
                      .afterwards = open->afterwards});
    }
    if (const Status recorded = deps_.ledger.RecordErrands(runs); !recorded) {
      return NoteAway(ledger_, "the ledger", recorded.error());
    }
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i]->in_ledger = std::move(runs[i].left);
  }
  if (!changed.empty()) NoteThere(ledger_, "the ledger");
}

// What is done, and what is too much to keep: the ledger has it.
void Errands::Forget() {
  std::vector<Open> kept;
  for (Open& open : open_) {
    if (open.in_ledger.empty()) {
      if (done_.size() >= options_.kept_max) done_.clear();
      done_.insert(open.errand.claim_id);
    } else if (kept.size() < options_.kept_max) {
      kept.push_back(std::move(open));
    }
  }
  open_.swap(kept);
}

bool Errands::IsDue(const Party& party) const {
  return !party.backoff || party.due <= deps_.clock.Now();
}

void Errands::NoteAway(Party& party, const std::string& what, const Error& error) const {
  if (!party.backoff) {
    deps_.log.error("what is left to do for files waits: {}: {}; trying again until it can be done",
                    what, error.message);
    party.backoff.emplace(kAskAgain, deps_.clock, deps_.random);
  }
  party.due = deps_.clock.Now() + party.backoff->NextWait().value_or(kAskAgain.max_wait);
}

void Errands::NoteThere(Party& party, const std::string& what) const {
  if (!party.backoff) return;
  deps_.log.warn("{} is there again", what);
  party.backoff.reset();
}

// When there is something to do next, by what is known now.
std::optional<TimePoint> Errands::NextDue() const {
  std::optional<TimePoint> next = next_look_;
  const auto add = [&](TimePoint due) { next = next ? std::min(*next, due) : due; };
  for (const Open& open : open_) {
    if (ErrandText(open.errand) != open.in_ledger) add(ledger_.due);
    if (open.errand.object) {
      const auto bucket = buckets_.find(BucketOf(open.record));
      add(bucket == buckets_.end() ? TimePoint{} : bucket->second.due);
    }
    for (const Telling& telling : targets_) {
      const bool waits =
          std::ranges::find(open.errand.notify, telling.id) != open.errand.notify.end();
      if (waits) add(std::max(telling.party.due, open.refusal.due));
    }
  }
  return next;
}

}  // namespace eider::errands
