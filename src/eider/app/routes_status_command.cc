// `eider routes status` and `snapshot`: whether each store of routes answers, and the snapshot for
// when the first one does not.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/route_stores.h"
#include "eider/app/stop_at.h"
#include "eider/app/time_text.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/routes/route_snapshot.h"
#include "eider/routes/route_store.h"
#include "eider/routes/snapshot_refresh.h"
#include "eider/routes/snapshot_route_store.h"

namespace eider::app {
namespace {

// One store of the list, as it is now.
struct StoreStatus {
  config::RouteStoreKind kind;
  std::string name;
  std::optional<Error> error = {};  // none: it answers
  Milliseconds taken{};
  std::optional<std::size_t> routes = {};  // where that costs nothing
  std::optional<routes::SnapshotHeader> snapshot = {};
};

Result<routes::SnapshotHeader> LookAtSnapshot(Session& session) {
  EIDER_ASSIGN(const Uri uri, session.program.route_stores().SnapshotUri());
  EIDER_ASSIGN(const auto snapshot, routes::ReadSnapshot(session.program.store(), uri));
  return snapshot.header();
}

// Asks as a file would, which waits for as long at most; a wrong route is an answer, too.
Status AskOnce(Session& session, StoreStatus& status) {
  const config::Config::Routing& config = session.program.loaded().config.routing;
  Clock& clock = session.program.clock();
  const StopAt stop_at(clock, clock.Now() + config.timeout, {});
  EIDER_ASSIGN(const auto store, session.program.route_stores().Open(status.kind, stop_at.token()));
  status.name = store->Name();
  const auto route = store->Find(routes::kDefaultKey);
  if (!route && route.error().code == Code::kCancelled) {
    return Fail(Code::kDeadlineExceeded,
                fmt::format("{}: no answer within routing.timeout_ms: {} ms", status.name,
                            config.timeout.count()));
  }
  if (!route && route.error().code != Code::kInvalid) return std::unexpected(route.error());
  if (status.kind == config::RouteStoreKind::kFile) {
    EIDER_ASSIGN(const routes::RouteListing listing, store->List());
    status.routes = listing.routes.size();
  }
  return {};
}

StoreStatus StatusOf(Session& session, config::RouteStoreKind kind) {
  StoreStatus status{.kind = kind, .name = session.program.route_stores().NameOf(kind)};
  Clock& clock = session.program.clock();
  const TimePoint started = clock.Now();
  if (kind == config::RouteStoreKind::kSnapshot) {
    auto header = LookAtSnapshot(session);
    if (header) {
      status.routes = header->routes;
      status.snapshot = *std::move(header);
    } else {
      status.error = header.error();
    }
  } else if (const Status asked = AskOnce(session, status); !asked) {
    status.error = asked.error();
  }
  status.taken = clock.Now() - started;
  return status;
}

std::int64_t AgeSeconds(const StoreStatus& status, TimePoint now) {
  return std::chrono::duration_cast<std::chrono::seconds>(now - status.snapshot->taken_at).count();
}

void PrintJsonStatus(Session& session, const StoreStatus& status, std::size_t position) {
  JsonLine line = {{"store", config::WordFor(status.kind)},
                   {"position", position},
                   {"name", status.name},
                   {"answers", !status.error},
                   {"milliseconds", status.taken.count()},
                   {"routes", nullptr},
                   {"taken_at", nullptr},
                   {"age_seconds", nullptr},
                   {"source", nullptr},
                   {"error", nullptr},
                   {"code", nullptr}};
  if (status.routes) line["routes"] = *status.routes;
  if (status.snapshot) {
    line["taken_at"] = IsoSeconds(status.snapshot->taken_at);
    line["age_seconds"] = AgeSeconds(status, session.program.clock().Now());
    line["source"] = status.snapshot->source;
  }
  if (status.error) {
    line["error"] = status.error->message;
    line["code"] = CodeName(status.error->code);
  }
  PrintJson(session.console, line);
}

void PrintTextStatus(Session& session, const StoreStatus& status, std::size_t position) {
  Console& console = session.console;
  std::string text = fmt::format("answers in {} ms", status.taken.count());
  if (status.error) {
    text = "does not answer: " + status.error->message;
  } else if (status.snapshot) {
    text = fmt::format("{} of {}, taken {} ({} s ago), its hash is right",
                       Counted(status.snapshot->routes, "route"), status.snapshot->source,
                       IsoSeconds(status.snapshot->taken_at),
                       AgeSeconds(status, session.program.clock().Now()));
  } else if (status.routes) {
    text += ", " + Counted(*status.routes, "route");
  }
  console.out << fmt::format("{} {}: ", position, Printable(status.name))
              << Paint(Printable(text), status.error ? Color::kRed : Color::kGreen,
                       console.colors_out)
              << '\n';
}

void PrintCache(Session& session) {
  const config::Config::Routing& config = session.program.loaded().config.routing;
  if (session.is_json) {
    PrintJson(session.console, {{"cache",
                                 {{"ttl_ms", config.cache_ttl.count()},
                                  {"negative_ttl_ms", config.cache_negative_ttl.count()},
                                  {"stale_max_ms", config.stale_max.count()},
                                  {"timeout_ms", config.timeout.count()},
                                  {"snapshot_refresh_ms", config.snapshot_refresh.count()}}}});
    return;
  }
  session.console.out << fmt::format(
      "a route is kept for {} ms, that there is none for {} ms; while a store does not answer "
      "within {} ms, what is known serves up to an age of {} ms\n",
      config.cache_ttl.count(), config.cache_negative_ttl.count(), config.timeout.count(),
      config.stale_max.count());
}

}  // namespace

Result<int> RoutesStatusCommand(Session& session) {
  bool all_answer = true;
  std::size_t position = 0;
  for (const config::RouteStoreKind kind : session.program.loaded().config.routing.stores) {
    const StoreStatus status = StatusOf(session, kind);
    all_answer &= !status.error;
    ++position;
    if (session.is_json) {
      PrintJsonStatus(session, status, position);
    } else {
      PrintTextStatus(session, status, position);
    }
  }
  PrintCache(session);
  return all_answer ? kExitDone : kExitFailed;
}

Result<int> RoutesSnapshotCommand(Session& session) {
  EIDER_ASSIGN(const Uri uri, session.program.route_stores().SnapshotUri());
  if (session.program.loaded().config.routing.stores.front() == config::RouteStoreKind::kSnapshot) {
    return Fail(Code::kInvalid,
                "the snapshot is the only store of routing.store, so there is nothing to take it "
                "of; name the routing table before it, as in dynamodb,snapshot");
  }
  EIDER_ASSIGN(routes::RouteReader* const routes, session.program.Routes());
  EIDER_ASSIGN(
      const routes::SnapshotHeader written,
      routes::WriteSnapshot(*routes, session.program.store(), uri, session.program.clock()));
  EIDER_CHECK(session.program.store().Sync({&uri, 1}));
  if (session.is_json) {
    PrintJson(session.console, {{"snapshot", uri.ToString()},
                                {"routes", written.routes},
                                {"taken_at", IsoSeconds(written.taken_at)},
                                {"source", written.source}});
  } else {
    session.console.out << fmt::format("{} of {} written to {}\n", Counted(written.routes, "route"),
                                       Printable(written.source), Printable(uri.ToString()));
  }
  return kExitDone;
}

}  // namespace eider::app
