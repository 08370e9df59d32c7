// What lies below a prefix beside what the ledger knows of it: the proof that all is in.
//
// Both are read in the order of their URIs, side by side and page by page: memory does not grow
// with their number. A file is told by its identity, so that neither times nor names with another
// encoding are confused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/ledger/load_history.h"
#include "eider/store/object_store.h"

namespace eider::worker {

// kMissing: the ledger does not know the file. kChanged: it knows another content of it only.
// kGone: the ledger knows it, and it is not there any more. The others are the ledger's state of
// the content that is there; kOpen: WAITING or CLAIMED.
enum class Standing : std::uint8_t {
  kLoaded,
  kOpen,
  kFailed,
  kHeld,
  kSkipped,
  kMissing,
  kChanged,
  kGone,
};

inline constexpr std::size_t kStandings = 8;

// "loaded", "open", "failed", "held", "skipped", "missing", "changed", "gone".
std::string_view StandingName(Standing standing);

struct Compared {
  FileRef file;
  TimePoint modified{};  // of the object; of kGone: none
  Standing standing = Standing::kMissing;
  std::optional<ledger::LoadRecord> record = {};  // nothing: kMissing and kChanged
};

struct ComparisonOptions {
  Uri prefix;
  std::optional<TimePoint> since =
      {};  // only objects that were changed then or later, and no kGone
  // When the listing was taken, where that was not just now: what the ledger knows of later times
  // may be there all the same, and stands for what the listing has.
  std::optional<TimePoint> as_of = {};
  std::stop_token stop = {};
};

// Lists what lies below a prefix, as ObjectStore::List does.
using Lister = std::function<Status(const Uri& prefix,
                                    const std::function<bool(const store::ObjectInfo&)>& visit)>;

// Calls `visit` for each file, in the order of URIs, until it fails. Errors: its own, those of
// ObjectStore::List and LoadHistory::ListByUri, kCancelled (the stop).
Status Compare(store::ObjectStore& store, ledger::LoadHistory& history,
               const ComparisonOptions& options, const std::function<Status(Compared)>& visit);

// The same by another listing, whose errors it gives.
Status Compare(const Lister& list, ledger::LoadHistory& history, const ComparisonOptions& options,
               const std::function<Status(Compared)>& visit);

}  // namespace eider::worker
