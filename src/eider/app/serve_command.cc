// `eider serve`: sources, a worker over them, and a line for each file, until a signal comes.
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/outcome_line.h"
#include "eider/app/outcome_text.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/stop_on_signal.h"
#include "eider/app/supervisor.h"
#include "eider/app/work_journal.h"
#include "eider/app/worker_server.h"
#include "eider/base/result.h"
#include "eider/config/config.h"
#include "eider/http/server.h"
#include "eider/pipeline/outcome.h"
#include "eider/source/command_line.h"
#include "eider/source/event_source.h"
#include "eider/source/folder_source.h"
#include "eider/web/endpoints.h"
#include "eider/web/telemetry.h"
#include "eider/worker/announced_files.h"
#include "eider/worker/scheduled_listing.h"
#include "eider/worker/worker.h"

namespace eider::app {
namespace {

using pipeline::Fate;
using pipeline::Outcome;

using Sources = std::vector<std::unique_ptr<source::EventSource>>;

Status CheckSettings(const config::Config& config) {
  if (config.serve.watch.empty() && config.serve.sqs.empty() && config.serve.reconcile.empty() &&
      config.serve.listen.empty()) {
    return Fail(Code::kInvalid,
                "nothing to serve: name folders with --watch, queues with --sqs, prefixes with "
                "--reconcile, or with --listen where webhooks come (see `eider serve --help`)");
  }
  if (config.ledger.type == config::LedgerType::kNone) {
    return Fail(Code::kInvalid,
                "a worker needs a ledger, which knows what is loaded and what is not: set "
                "ledger.type to sqlite, postgres or dynamodb");
  }
  return {};
}

Result<Sources> OpenSources(Session& session) {
  Program& program = session.program;
  Sources sources;
  for (const std::string& folder : program.loaded().config.serve.watch) {
    sources.push_back(std::make_unique<source::FolderSource>(folder, program.store().local(),
                                                             program.store(), program.clock()));
  }
  for (const std::string& queue : program.loaded().config.serve.sqs) {
    EIDER_ASSIGN(sources.emplace_back(), program.OpenQueue(queue));
  }
  return sources;
}

Result<worker::ListingOptions> ListingOf(Session& session) {
  const config::Config::Serve& serve = session.program.loaded().config.serve;
  worker::ListingOptions options;
  options.every = serve.reconcile_every;
  for (const std::string& argument : serve.reconcile) {
    auto target = source::FindTarget(
        argument,
        {session.program.store(), session.program.store().local(), session.working_directory});
    if (!target) return Fail("serve.reconcile", std::move(target).error());
    options.prefixes.push_back(std::move(target->uri));
  }
  return options;
}

// Tells every file's fate, but for those that were loaded before: a start finds all that a folder
// ever held.
class Report {
 public:
  explicit Report(Session& session) : session_(session) {}

  // By one call at a time.
  void Add(const Outcome& outcome) {
    ++counts_[outcome.fate];
    if (outcome.fate == Fate::kLoaded) rows_ += outcome.result.rows;
    if (outcome.fate == Fate::kSkipped || outcome.fate == Fate::kNotBegun) return;
    if (session_.is_json) {
      PrintJson(session_.console, OutcomeLine(outcome));
    } else {
      PrintOutcome(session_.console, outcome, false);
    }
  }

  // `url`: of the server; empty: there is none.
  void Begin(const Sources& sources, const std::string& url) {
    std::vector<std::string> names;
    for (const auto& source : sources) names.push_back(source->name());
    if (session_.is_json) {
      JsonLine line = {{"serving", names}};
      if (!url.empty()) line["url"] = url;
      PrintJson(session_.console, line);
    } else {
      if (!url.empty()) names.push_back(url);
      session_.console.out << fmt::format("serving {}\n",
                                          Printable(fmt::format("{}", fmt::join(names, ", "))))
                           << std::flush;
    }
  }

  void Finish() {
    if (session_.is_json) {
      PrintJson(session_.console, {{"summary",
                                    {{"loaded", counts_[Fate::kLoaded]},
                                     {"skipped", counts_[Fate::kSkipped]},
                                     {"failed", counts_[Fate::kFailed]},
                                     {"held", counts_[Fate::kHeld]},
                                     {"superseded", counts_[Fate::kSuperseded]},
                                     {"handed_back", counts_[Fate::kNotBegun]}}}});
      return;
    }
    session_.console.out
        << fmt::format("stopped: {} loaded, {} skipped, {} failed, {} held, {} handed back, {}\n",
                       counts_[Fate::kLoaded], counts_[Fate::kSkipped],
                       counts_[Fate::kFailed] + counts_[Fate::kSuperseded], counts_[Fate::kHeld],
                       counts_[Fate::kNotBegun], Counted(rows_, "row"))
        << std::flush;
  }

 private:
  Session& session_;
  std::map<Fate, std::uint64_t> counts_;
  std::int64_t rows_ = 0;
};

// "http://127.0.0.1:8080", with the port that was found; empty: there is no server.
std::string UrlOf(const config::Config::Serve& serve, const http::Server* server) {
  if (server == nullptr) return {};
  const std::string host = serve.listen.substr(0, serve.listen.rfind(':'));
  return fmt::format("{}://{}:{}", serve.tls_key.empty() ? "http" : "https", host, server->port());
}

worker::WorkerOptions OptionsOf(const Session& session, Report& report, web::Telemetry& telemetry) {
  const config::Config::Serve& serve = session.program.loaded().config.serve;
  worker::WorkerOptions options;
  options.load = LoadOptionsOf(session);
  options.load.commit_lag = serve.commit_lag;
  options.load.commit_interval = serve.commit_lag;
  options.deliveries_max = serve.deliveries_max;
  options.drain = serve.drain;
  options.on_outcome = [&report, &telemetry](const Outcome& outcome) {
    telemetry.Observe(outcome);
    report.Add(outcome);
  };
  return options;
}

// Ends with the stop of `stop`, when the server takes no more and has answered what it took.
void StopServer(http::Server& server, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait(lock, stop, [] { return false; });
  server.Stop();
}

}  // namespace

Status CheckServe(Session& session) {
  const config::Config& config = session.program.loaded().config;
  EIDER_CHECK(CheckSettings(config));
  EIDER_CHECK(EndpointOptionsOf(config.serve));
  EIDER_CHECK(ListingOf(session));
  EIDER_CHECK(PipelineServices(session));
  return {};
}

Result<int> ServeCommand(Session& session) {
  const config::Config::Serve& serve = session.program.loaded().config.serve;
  EIDER_CHECK(CheckSettings(session.program.loaded().config));
  EIDER_ASSIGN(web::EndpointOptions endpoint_options, EndpointOptionsOf(serve));
  if (WorkJournal* const journal = session.program.journal()) {
    journal->KeepStopGrace(serve.drain + kStopGrace);
  }
  const StopOnSignal stop;  // before DuckDB starts its threads
  EIDER_CHECK(session.program.Errands(true));
  EIDER_ASSIGN(const pipeline::Services services, LoadServices(session));
  EIDER_ASSIGN(Sources sources, OpenSources(session));
  EIDER_ASSIGN(worker::ListingOptions listing_options, ListingOf(session));
  auto announced = std::make_unique<worker::AnnouncedFiles>(services.ledger, services.clock);
  worker::AnnouncedFiles& announced_files = *announced;
  worker::ScheduledListing listing(
      std::move(listing_options),
      {session.program.store(), services.ledger, announced_files, services.clock, services.log});
  sources.push_back(std::move(announced));
  Report report(session);
  web::Telemetry telemetry(services.clock);
  std::vector<source::EventSource*> borrowed;
  for (const auto& source : sources) borrowed.push_back(source.get());
  worker::Worker worker(services, OptionsOf(session, report, telemetry), std::move(borrowed));
  web::Endpoints endpoints(
      {services, worker, announced_files, telemetry, session.program.route_stores().health()},
      std::move(endpoint_options));
  EIDER_ASSIGN(const std::unique_ptr<http::Server> server,
               StartServer(serve, endpoints, services.log));
  report.Begin(sources, UrlOf(serve, server.get()));
  {
    std::jthread closing;
    if (server) closing = std::jthread([&] { StopServer(*server, stop.token()); });
    const std::jthread lists([&] { listing.Run(stop.token()); });
    worker.Run(stop.token());
  }
  report.Finish();
  return kExitDone;
}

}  // namespace eider::app
