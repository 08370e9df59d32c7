// `eider run`: files in, outcomes out, one line each.
#include <chrono>
#include <cstddef>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/outcome_line.h"
#include "eider/app/progress_bar.h"
#include "eider/app/stop_on_signal.h"
#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/config/yaml_document.h"
#include "eider/pipeline/load_files.h"
#include "eider/source/command_line.h"
#include "eider/source/s3_event.h"

namespace eider::app {
namespace {

using pipeline::Fate;
using pipeline::Outcome;

constexpr std::size_t kEventSizeBytesMax = 16U << 20U;

// What is to be done, from arguments and event.
struct Work {
  source::Listing listing;
  std::vector<source::BadRecord> bad_records;
};

Result<std::string> ReadEvent(Session& session, const std::string& path) {
  if (path != "-") {
    const std::string whole = path.starts_with('/') ? path : session.working_directory + "/" + path;
    return config::ReadTextFile(whole, kEventSizeBytesMax);
  }
  std::string text;
  char buffer[1U << 14U];
  while (session.console.in.read(buffer, sizeof buffer), session.console.in.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(session.console.in.gcount()));
    if (text.size() > kEventSizeBytesMax) {
      return Fail(Code::kInvalid, fmt::format("more than {} bytes", kEventSizeBytesMax));
    }
  }
  return text;
}

Result<Work> FindWork(Session& session, const RunOptions& options) {
  Work work;
  EIDER_ASSIGN(work.listing, source::ListArguments(options.uris, {session.rooms.store(),
                                                                  session.rooms.store().local(),
                                                                  session.working_directory}));
  if (options.event.empty()) return work;
  const std::string what =
      options.event == "-" ? "event on standard input" : "event " + options.event;
  auto text = ReadEvent(session, options.event);
  if (!text) return Fail(what, std::move(text).error());
  auto event = source::ParseS3Event(*text);
  if (!event) return Fail(what, std::move(event).error());
  work.bad_records = std::move(event->bad_records);
  source::Listing listing = source::Complete(std::move(event->files), session.rooms.store());
  std::ranges::move(listing.files, std::back_inserter(work.listing.files));
  std::ranges::move(listing.unreachable, std::back_inserter(work.listing.unreachable));
  return work;
}

// Prints outcomes as they come and counts them. Used by one thread at a time.
class Report {
 public:
  Report(Session& session, std::size_t files)
      : session_(session),
        console_(session.console),
        bar_(session.console, files, !session.is_json),
        started_(session.rooms.clock().Now()) {}

  void Add(const Outcome& outcome) {
    ++counts_[static_cast<std::size_t>(outcome.fate)];
    bar_.Step([&] {
      if (session_.is_json) {
        PrintJson(console_, OutcomeLine(outcome));
      } else {
        PrintLine(outcome);
      }
    });
  }

  void AddBadRecord(const source::BadRecord& record) {
    ++counts_[static_cast<std::size_t>(Fate::kFailed)];
    if (session_.is_json) {
      PrintJson(console_, {{"event_record", record.index},
                           {"state", "FAILED"},
                           {"error", record.message},
                           {"code", CodeName(Code::kCorrupt)}});
    } else {
      PrintError(console_, fmt::format("record {} of the event is not usable: {}", record.index,
                                       record.message));
    }
  }

  // The exit code.
  int Finish() {
    bar_.Finish();
    const std::size_t loaded = counts_[static_cast<std::size_t>(Fate::kLoaded)];
    const std::size_t skipped = counts_[static_cast<std::size_t>(Fate::kSkipped)];
    const std::size_t failed = counts_[static_cast<std::size_t>(Fate::kFailed)];
    if (session_.is_json) {
      PrintJson(console_,
                {{"summary", {{"loaded", loaded}, {"skipped", skipped}, {"failed", failed}}}});
    } else {
      const Milliseconds taken = session_.rooms.clock().Now() - started_;
      console_.out << fmt::format("{} loaded, {} skipped, {} failed, {} rows in {:.2f} s\n", loaded,
                                  skipped, failed, rows_, static_cast<double>(taken.count()) / 1000)
                   << std::flush;
    }
    return failed == 0 ? kExitDone : kExitFailed;
  }

 private:
  void PrintLine(const Outcome& outcome) {
    const std::string file = Printable(outcome.file.uri.ToString());
    const ledger::LoadResult& result = outcome.result;
    if (outcome.fate == Fate::kFailed) {
      console_.err << Paint("FAILED ", Color::kRed, console_.colors_err) << "  " << file << '\n';
      if (!result.route.empty()) {
        console_.err << fmt::format("    route {}, table {}\n", Printable(result.route),
                                    Printable(result.target_table));
      }
      console_.err << "    " << Indented(outcome.error ? outcome.error->message : "") << std::endl;
      return;
    }
    rows_ += result.rows;
    const bool is_loaded = outcome.fate == Fate::kLoaded;
    console_.out << Paint(is_loaded ? "LOADED " : "SKIPPED",
                          is_loaded ? Color::kGreen : Color::kFaint, console_.colors_out)
                 << "  " << file;
    if (is_loaded) {
      console_.out << fmt::format("  {} rows to {} in {} ms", result.rows,
                                  Printable(result.target_table), outcome.duration.count());
    }
    if (!outcome.note.empty()) console_.out << "  (" << Printable(outcome.note) << ")";
    console_.out << std::endl;
  }

  static std::string Indented(const std::string& message) {
    std::string text;
    for (const char c : PrintableLines(message)) {
      text += c;
      if (c == '\n') text += "    ";
    }
    return text;
  }

  Session& session_;
  Console& console_;
  ProgressBar bar_;
  TimePoint started_;
  std::size_t counts_[3] = {};
  std::int64_t rows_ = 0;
};

Status Load(Session& session, const RunOptions& options, const Work& work, Report& report) {
  if (work.listing.files.empty() && work.listing.unreachable.empty()) return {};
  const StopOnSignal stop;  // before DuckDB starts its threads
  EIDER_ASSIGN(routing::Router* const router, session.rooms.Router());
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.rooms.Ledger());
  EIDER_ASSIGN(catalog::Catalog* const catalog, session.rooms.Catalog());
  EIDER_ASSIGN(engine::SqlEngine* const engine, session.rooms.Engine());
  const pipeline::Rooms rooms{*router,
                              *ledger,
                              *catalog,
                              *engine,
                              session.rooms.store(),
                              session.rooms.clock(),
                              session.rooms.random(),
                              session.rooms.log()};
  for (const source::Unreachable& file : work.listing.unreachable) {
    report.Add(pipeline::FailFile(rooms, file.file, file.error));
  }
  const config::Config& config = session.rooms.loaded().config;
  pipeline::LoadOptions load;
  load.force = options.force;
  load.retry = config.commit.retry;
  load.files_per_commit = config.commit.max_files;
  load.workers = config.engine.threads;
  pipeline::LoadFiles(
      rooms, work.listing.files, load, [&](const Outcome& outcome) { report.Add(outcome); },
      stop.token());
  return {};
}

}  // namespace

Result<int> RunCommand(Session& session, const RunOptions& options) {
  if (options.uris.empty() && options.event.empty()) {
    return Fail(Code::kInvalid,
                "nothing to load: name files, folders or s3:// URIs, or an event "
                "with --event FILE (see `eider run --help`)");
  }
  EIDER_ASSIGN(const Work work, FindWork(session, options));
  Report report(session, work.listing.files.size() + work.listing.unreachable.size());
  for (const source::BadRecord& record : work.bad_records) report.AddBadRecord(record);
  EIDER_CHECK(Load(session, options, work, report));
  return report.Finish();
}

}  // namespace eider::app
