// `eider reconcile` and `eider backfill`: all that lies below prefixes, beside the ledger.
//
// Listing and ledger are read as streams, and what is to be loaded goes to the loader meanwhile:
// neither list is ever held as a whole, unless files are to be loaded in the order of their times.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/ledger_commands.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/run_report.h"
#include "eider/app/stop_on_signal.h"
#include "eider/app/time_text.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/loader.h"
#include "eider/source/command_line.h"
#include "eider/worker/comparison.h"
#include "eider/worker/inventory.h"

namespace eider::app {
namespace {

using worker::Compared;
using worker::Standing;

// Files that go to the loader at a time.
constexpr std::size_t kLot = 100;

// How many files stand how, and what their bytes are.
class Standings {
 public:
  void Add(const Compared& compared) {
    ++files_[static_cast<std::size_t>(compared.standing)];
    if (compared.standing != Standing::kGone) ++all_;
  }

  std::uint64_t Of(Standing standing) const { return files_[static_cast<std::size_t>(standing)]; }

  std::uint64_t all() const { return all_; }

 private:
  std::array<std::uint64_t, worker::kStandings> files_{};
  std::uint64_t all_ = 0;
};

// A line for each file that is not loaded.
class ReportFile {
 public:
  // Errors: kInvalid (it cannot be written).
  static Result<ReportFile> Open(const std::string& path) {
    ReportFile report;
    if (path.empty()) return report;
    report.out_.open(path, std::ios::binary | std::ios::trunc);
    if (!report.out_) return Fail(Code::kInvalid, "cannot write the report: " + path);
    return report;
  }

  void Add(const Compared& compared) {
    if (!out_.is_open() || compared.standing == Standing::kLoaded) return;
    const auto& record = compared.record;
    const JsonLine line = {
        {"file", compared.file.uri.ToString()},
        {"version_id", compared.file.version_id},
        {"etag", compared.file.etag},
        {"size_bytes", compared.file.size_bytes},
        {"standing", worker::StandingName(compared.standing)},
        {"state", record ? JsonLine(ledger::StateName(record->state)) : JsonLine(nullptr)},
        {"error", record && !record->error.empty() ? JsonLine(codec::ShortMessage(record->error))
                                                   : JsonLine(nullptr)}};
    out_ << codec::JsonLineText(line) << '\n';
  }

 private:
  std::ofstream out_;
};

bool IsToLoad(Standing standing, const ReconcileOptions& options) {
  switch (standing) {
    case Standing::kMissing:
    case Standing::kChanged:
    case Standing::kSkipped:
    case Standing::kOpen:
      return true;
    case Standing::kFailed:
      return options.failed;
    case Standing::kLoaded:
    case Standing::kHeld:
    case Standing::kGone:
      return false;
  }
  return false;
}

Result<std::vector<Uri>> PrefixesOf(Session& session, const std::vector<std::string>& arguments) {
  std::vector<Uri> prefixes;
  for (const std::string& argument : arguments) {
    EIDER_ASSIGN(
        source::Target target,
        source::FindTarget(argument, {session.program.store(), session.program.store().local(),
                                      session.working_directory}));
    prefixes.push_back(std::move(target.uri));
  }
  return prefixes;
}

// What is compared with the ledger.
struct Place {
  std::vector<Uri> prefixes;
  std::optional<worker::Inventory> inventory = {};  // nothing: they are listed
};

// Before the engine starts its threads, but behind StopOnSignal.
Result<Place> PlaceOf(Session& session, const std::vector<Uri>& prefixes,
                      const ReconcileOptions& options, const std::stop_token& stop) {
  Place place{prefixes};
  if (options.inventory.empty()) return place;
  EIDER_ASSIGN(const std::vector<Uri> manifest, PrefixesOf(session, {options.inventory}));
  EIDER_ASSIGN(place.inventory, worker::Inventory::Open(session.program.store(), manifest.front(),
                                                        session.program.OptionsOfEngine(), stop));
  if (!place.inventory->has_times() && (!options.since.empty() || options.by_time)) {
    return Fail(Code::kInvalid,
                "--since and --order time need the field LastModifiedDate, which the inventory "
                "lacks: add it to the optional fields of the inventory's configuration");
  }
  return place;
}

// Goes through all prefixes.
Status CompareAll(Session& session, const Place& place, const ReconcileOptions& options,
                  const std::stop_token& stop, const std::function<Status(Compared)>& visit) {
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  std::optional<TimePoint> since;
  if (!options.since.empty()) {
    auto time = ParseTime(options.since, session.program.clock().Now());
    if (!time) return Fail("--since", std::move(time).error());
    since = *time;
  }
  for (const Uri& prefix : place.prefixes) {
    worker::ComparisonOptions compare{.prefix = prefix, .since = since, .stop = stop};
    if (!place.inventory) {
      EIDER_CHECK(worker::Compare(session.program.store(), *ledger, compare, visit));
      continue;
    }
    compare.as_of = place.inventory->created();
    const worker::Lister lister = [&](const Uri& uri, const auto& take) {
      return place.inventory->List(uri, take);
    };
    EIDER_CHECK(worker::Compare(lister, *ledger, compare, visit));
  }
  return {};
}

// The file as it is to be loaded. An inventory without versions does not tell the identity of an
// object that has one: the store is asked. Nothing: it is not there any more.
Result<std::optional<FileRef>> FileToLoad(Session& session, const Place& place, FileRef file) {
  if (!place.inventory || place.inventory->has_versions()) return file;
  auto info = session.program.store().Stat(file.uri);
  if (info) return source::FileOf(*info);
  if (info.error().code == Code::kNotFound) return std::nullopt;
  return std::unexpected(std::move(info).error());
}

// Hands files on in lots.
class Lots {
 public:
  explicit Lots(std::function<Status(const std::vector<FileRef>&)> take) : take_(std::move(take)) {}

  Status Add(FileRef file) {
    files_.push_back(std::move(file));
    return files_.size() < kLot ? Status() : Flush();
  }

  Status Flush() { return files_.empty() ? Status() : take_(std::exchange(files_, {})); }

 private:
  const std::function<Status(const std::vector<FileRef>&)> take_;
  std::vector<FileRef> files_;
};

void TellCounts(Session& session, const Standings& counts) {
  if (session.is_json) {
    JsonLine line = {{"files", counts.all()}};
    for (std::size_t i = 0; i < worker::kStandings; ++i) {
      const auto standing = static_cast<Standing>(i);
      line[std::string(worker::StandingName(standing))] = counts.Of(standing);
    }
    PrintJson(session.console, {{"found", std::move(line)}});
    return;
  }
  std::string text =
      fmt::format("{}: {} loaded", Counted(counts.all(), "file"), counts.Of(Standing::kLoaded));
  const auto add = [&](Standing standing, const char* words) {
    if (counts.Of(standing) > 0) text += fmt::format(", {} {}", counts.Of(standing), words);
  };
  add(Standing::kMissing, "missing");
  add(Standing::kChanged, "changed since");
  add(Standing::kFailed, "failed");
  add(Standing::kHeld, "held");
  add(Standing::kOpen, "waiting or in work");
  add(Standing::kSkipped, "skipped");
  if (counts.Of(Standing::kGone) > 0) {
    text += fmt::format("; {} in the ledger but gone", counts.Of(Standing::kGone));
  }
  session.console.out << text << '\n' << std::flush;
}

std::uint64_t NotIn(const Standings& counts) {
  return counts.all() - counts.Of(Standing::kLoaded);
}

// Only told, or left to the workers.
Result<int> Look(Session& session, const std::vector<Uri>& prefixes,
                 const ReconcileOptions& options) {
  EIDER_ASSIGN(ReportFile report, ReportFile::Open(options.report));
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  const StopOnSignal stop;
  EIDER_ASSIGN(const Place place, PlaceOf(session, prefixes, options, stop.token()));
  Standings counts;
  std::uint64_t announced = 0;
  Lots lots([&](const std::vector<FileRef>& files) {
    announced += files.size();
    return ledger->Announce(files);
  });
  EIDER_CHECK(CompareAll(session, place, options, stop.token(), [&](Compared compared) -> Status {
    counts.Add(compared);
    report.Add(compared);
    if (!options.announce || !IsToLoad(compared.standing, options)) return {};
    EIDER_ASSIGN(auto file, FileToLoad(session, place, std::move(compared.file)));
    return file ? lots.Add(*std::move(file)) : Status();
  }));
  EIDER_CHECK(lots.Flush());
  TellCounts(session, counts);
  if (options.announce) {
    if (session.is_json) {
      PrintJson(session.console, {{"summary", {{"announced", announced}}}});
    } else {
      session.console.out << fmt::format("{} wait for a worker (eider serve)\n",
                                         Counted(announced, "file"));
    }
  }
  return NotIn(counts) == 0 ? kExitDone : kExitFailed;
}

struct Dated {
  FileRef file;
  TimePoint modified{};
};

// Loads what is missing while the listing goes on.
Result<int> Load(Session& session, const std::vector<Uri>& prefixes,
                 const ReconcileOptions& options) {
  EIDER_ASSIGN(ReportFile report_file, ReportFile::Open(options.report));
  const StopOnSignal stop;  // before DuckDB starts its threads
  EIDER_ASSIGN(const Place place, PlaceOf(session, prefixes, options, stop.token()));
  // A first look tells how much there is, for the bar, where there is one.
  std::size_t expected = 0;
  if (options.is_backfill && session.console.err_is_terminal && !session.is_json) {
    EIDER_CHECK(CompareAll(session, place, options, stop.token(), [&](const Compared& compared) {
      expected += IsToLoad(compared.standing, options) ? 1 : 0;
      return Status();
    }));
  }
  EIDER_ASSIGN(const pipeline::Services services, LoadServices(session));
  RunReport report(session, expected, {.dry_run = false, .verbose = options.verbose});
  Standings counts;
  Status compared_all;
  {
    pipeline::Loader loader(services, LoadOptionsOf(session), stop.token());
    Lots lots([&](const std::vector<FileRef>& files) {
      loader.Submit(files, [&](const pipeline::Outcome& outcome) { report.Add(outcome); });
      return Status();
    });
    std::vector<Dated> by_time;
    const auto take = [&](Compared compared) -> Status {
      counts.Add(compared);
      report_file.Add(compared);
      if (!IsToLoad(compared.standing, options)) return {};
      EIDER_ASSIGN(auto file, FileToLoad(session, place, std::move(compared.file)));
      if (!file) return {};
      if (!options.by_time) return lots.Add(*std::move(file));
      by_time.push_back({*std::move(file), compared.modified});
      return {};
    };
    compared_all = CompareAll(session, place, options, stop.token(), take);
    std::ranges::stable_sort(by_time, {}, &Dated::modified);
    for (Dated& dated : by_time) EIDER_CHECK(lots.Add(std::move(dated.file)));
    EIDER_CHECK(lots.Flush());
    loader.Drain();
  }
  if (!compared_all && !stop.token().stop_requested()) return std::unexpected(compared_all.error());
  TellCounts(session, counts);
  const int exit_code = report.Finish(stop.signal());
  const bool has_others =
      counts.Of(Standing::kHeld) > 0 || (!options.failed && counts.Of(Standing::kFailed) > 0);
  return exit_code == kExitDone && has_others ? kExitFailed : exit_code;
}

}  // namespace

Result<int> ReconcileCommand(Session& session, const ReconcileOptions& options) {
  EIDER_ASSIGN(const std::vector<Uri> prefixes, PrefixesOf(session, options.uris));
  if (options.dry_run || options.announce) return Look(session, prefixes, options);
  return Load(session, prefixes, options);
}

}  // namespace eider::app
