// A merge of two sorted lists.
#include "eider/worker/comparison.h"

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/source/command_line.h"

namespace eider::worker {
namespace {

using ledger::LoadRecord;
using ledger::State;

constexpr int kPage = 10'000;

Standing StandingOf(State state) {
  switch (state) {
    case State::kWaiting:
    case State::kClaimed:
      return Standing::kOpen;
    case State::kLoaded:
      return Standing::kLoaded;
    case State::kFailed:
      return Standing::kFailed;
    case State::kHeld:
      return Standing::kHeld;
    case State::kSkipped:
      return Standing::kSkipped;
  }
  return Standing::kFailed;
}

// The ledger's files below a prefix, one after the other.
class KnownFiles {
 public:
  KnownFiles(ledger::LoadHistory& history, std::string prefix)
      : history_(history), prefix_(std::move(prefix)) {}

  // Null behind the last one. Errors: those of ListByUri.
  Result<const LoadRecord*> Next() {
    if (at_ == page_.size() && !is_over_) EIDER_CHECK(Turn());
    return at_ == page_.size() ? nullptr : &page_[at_];
  }

  LoadRecord Take() { return std::move(page_[at_++]); }

 private:
  Status Turn() {
    EIDER_ASSIGN(page_, history_.ListByUri(prefix_, after_, kPage));
    at_ = 0;
    is_over_ = page_.empty();
    if (!is_over_) {
      after_ = {page_.back().file.uri.ToString(), page_.back().file.Version()};
    }
    return {};
  }

  ledger::LoadHistory& history_;
  const std::string prefix_;
  ledger::HistoryPlace after_;
  std::vector<LoadRecord> page_;
  std::size_t at_ = 0;
  bool is_over_ = false;
};

// Goes along the listing, and along the ledger's files beside it.
class Merge {
 public:
  Merge(ledger::LoadHistory& history, const ComparisonOptions& options,
        const std::function<Status(Compared)>& visit)
      : known_(history, options.prefix.ToString()), options_(options), visit_(visit) {}

  Status Add(const store::ObjectInfo& info) {
    if (options_.stop.stop_requested()) return Fail(Code::kCancelled, "stopped");
    if (info.uri.key.ends_with('/')) return {};  // a folder's marker
    const std::string uri = info.uri.ToString();
    EIDER_CHECK(PassBefore(&uri));
    Compared compared{.file = source::FileOf(info), .modified = info.modified};
    EIDER_CHECK(LookUp(uri, compared));
    if (options_.since && info.modified < *options_.since) return {};
    return visit_(std::move(compared));
  }

  // Behind the last object.
  Status Finish() { return PassBefore(nullptr); }

 private:
  // What the ledger knows of other URIs, up to this one (null: to the end), is gone.
  Status PassBefore(const std::string* uri) {
    while (true) {
      EIDER_ASSIGN(const LoadRecord* const record, known_.Next());
      if (record == nullptr || (uri != nullptr && record->file.uri.ToString() >= *uri)) return {};
      if (IsLater(*record)) {
        known_.Take();
        continue;
      }
      Compared gone{.file = record->file, .standing = Standing::kGone, .record = known_.Take()};
      if (ledger::IsTakenAway(*gone.record)) continue;  // as its route wants it
      if (!options_.since) EIDER_CHECK(visit_(std::move(gone)));
    }
  }

  // Whether the ledger got to know it when the listing was taken already.
  bool IsLater(const LoadRecord& record) const {
    return options_.as_of && record.first_seen >= *options_.as_of;
  }

  // A listing may name no version where the event did; the content is the same by ETag and size.
  static bool IsSame(const FileRef& known, const FileRef& listed) {
    if (known.Version() == listed.Version()) return true;
    return listed.version_id.empty() && !known.version_id.empty() && !known.etag.empty() &&
           known.etag == listed.etag && known.size_bytes == listed.size_bytes;
  }

  // Of several versions the one that is there; of the same content the one that got furthest.
  Status LookUp(const std::string& uri, Compared& compared) {
    while (true) {
      EIDER_ASSIGN(const LoadRecord* const record, known_.Next());
      if (record == nullptr || record->file.uri.ToString() != uri) return {};
      const LoadRecord known = known_.Take();
      if (!IsSame(known.file, compared.file) && !IsLater(known)) {
        if (!compared.record) compared.standing = Standing::kChanged;
        continue;
      }
      const Standing standing = StandingOf(known.state);
      if (compared.record && compared.standing <= standing) continue;
      compared.standing = standing;
      compared.file = known.file;
      compared.record = known;
    }
  }

  KnownFiles known_;
  const ComparisonOptions& options_;
  const std::function<Status(Compared)>& visit_;
};

}  // namespace

std::string_view StandingName(Standing standing) {
  static constexpr std::array<std::string_view, kStandings> kNames = {
      "loaded", "open", "failed", "held", "skipped", "missing", "changed", "gone"};
  return kNames[static_cast<std::size_t>(standing)];
}

Status Compare(store::ObjectStore& store, ledger::LoadHistory& history,
               const ComparisonOptions& options, const std::function<Status(Compared)>& visit) {
  return Compare(
      [&](const Uri& prefix, const std::function<bool(const store::ObjectInfo&)>& take) {
        return store.List(prefix, take);
      },
      history, options, visit);
}

Status Compare(const Lister& list, ledger::LoadHistory& history, const ComparisonOptions& options,
               const std::function<Status(Compared)>& visit) {
  Merge merge(history, options, visit);
  Status compared;
  EIDER_CHECK(list(options.prefix, [&](const store::ObjectInfo& info) {
    compared = merge.Add(info);
    return compared.has_value();
  }));
  EIDER_CHECK(compared);
  return merge.Finish();
}

}  // namespace eider::worker
