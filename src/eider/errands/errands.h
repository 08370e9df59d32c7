// Errands of files: commits and failures are told to targets, objects are moved or marked.
//
// The ledger has them with the end of each file, and has them until they are done: whatever dies,
// somebody finds them there. This process does those of its own files at once, and looks from time
// to time for what others left. Each is done at least once. A target that is away delays neither
// loads nor other targets: it is asked again after a growing pause, and the log says so once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <spdlog/logger.h>

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/uri.h"
#include "eider/errands/errand.h"
#include "eider/errands/object_errand.h"
#include "eider/errands/target.h"
#include "eider/ledger/ledger.h"
#include "eider/routes/after_load.h"

namespace eider::errands {

// When the ledger is looked at for what others left.
enum class Looking : std::uint8_t {
  kNever,
  kOnceNeeded,  // from the first errand of this process on
  kAlways,
};

struct ErrandsOptions {
  Looking looking = Looking::kAlways;
  Milliseconds look_every{30'000};
  // What a living process did not do in this time after a file's end counts as left.
  Milliseconds left_after{10'000};
  std::size_t kept_max = 10'000;  // in memory; what is beyond waits in the ledger
};

// Borrowed; all outlive the errands.
struct ErrandsDeps {
  ledger::Ledger& ledger;
  ObjectErrandDeps objects;
  Clock& clock;
  Random& random;
  spdlog::logger& log;
  // By which URIs files below a prefix come: those of a folder that stands for a bucket are the
  // bucket's. Empty: by the prefix itself.
  std::function<Uri(const Uri& prefix)> true_prefix = {};
};

// Safe for concurrent calls from several threads. Has a thread of its own, which waits in real
// time.
class Errands {
 public:
  Errands(const ErrandsDeps& deps, std::vector<std::unique_ptr<Target>> targets,
          ErrandsOptions options = {});

  // What is not done by then stays in the ledger.
  ~Errands();

  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;

  // The errands of a claim that ends now, for its LoadResult; empty: there are none. `object`: what
  // is to be done with the file's object.
  std::string TextFor(const std::string& claim_id,
                      const std::optional<routes::AfterLoad>& object) const;

  // As ErrandsDeps::true_prefix.
  Uri TruePrefix(const Uri& prefix) const {
    return deps_.true_prefix ? deps_.true_prefix(prefix) : prefix;
  }

  // Files whose end, with errands, is in the ledger. Does not wait.
  void Add(std::vector<ledger::LoadRecord> ended);

  // Returns when all that was added has been tried once and the ledger was looked at, or after
  // `limit`.
  void AwaitTries(Milliseconds limit);

 private:
  // Who or what cannot have its own at the moment, and when it is tried again.
  struct Party {
    std::optional<Backoff> backoff = {};
    TimePoint due{};
  };

  // A file with errands.
  struct Open {
    ledger::LoadRecord record;
    Errand errand;                // what is left of them
    std::string in_ledger;        // what the ledger has, as far as this process knows
    std::string afterwards = {};  // what was done with the object, until the ledger has it
    Party refusal = {};           // of its event by a target that takes others
  };

  struct Telling {
    std::unique_ptr<Target> target;
    std::string id;
    Party party;
  };

  // Of a target to what it was told.
  struct Answers {
    std::vector<std::size_t> asked = {};  // places in open_
    std::vector<bool> is_told = {};       // of each, whether the target has all of its events
    std::vector<std::pair<std::size_t, Error>> refused = {};  // the first file of each event
    std::optional<Error> away = {};                           // it takes none
  };

  void Begin();
  void Work(const std::stop_token& stop);
  bool IsTimeToLook();
  void Look();
  void Take(std::vector<ledger::LoadRecord> records);
  void Round(const std::stop_token& stop);
  Answers Tell(Telling& telling, const std::stop_token& stop) const;
  void Take(Telling& telling, const Answers& answers);
  void RunObjectErrands(const std::stop_token& stop);
  void Record();
  void Forget();
  bool IsLeft(const ledger::LoadRecord& record) const;
  bool IsDue(const Party& party) const;
  void NoteAway(Party& party, const std::string& what, const Error& error) const;
  void NoteThere(Party& party, const std::string& what) const;
  std::optional<TimePoint> NextDue() const;

  const ErrandsDeps deps_;
  const ErrandsOptions options_;

  // Of the thread.
  std::vector<Telling> targets_;
  Party ledger_;
  std::map<std::string, Party, std::less<>> buckets_;  // of objects
  std::vector<Open> open_;
  // Claims with nothing left, of late: who read their rows before that may hand them on again.
  std::set<std::string, std::less<>> done_;

  std::mutex mutex_;  // of what follows
  std::condition_variable_any changed_;
  std::vector<ledger::LoadRecord> added_;
  std::optional<TimePoint> next_look_;
  bool is_at_work_ = false;
  bool has_looked_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace eider::errands
