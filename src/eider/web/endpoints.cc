#include "eider/web/endpoints.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/json_line.h"
#include "eider/ledger/load_history.h"
#include "eider/metrics/registry.h"
#include "eider/web/answer.h"
#include "eider/web/page.h"
#include "eider/web/process_gauges.h"
#include "eider/web/standing.h"
#include "eider/web/take_events.h"

namespace eider::web {
namespace {

using http::ServerRequest;
using http::ServerResponse;

// kChange: a reader that shows that it means it.
enum class Who : std::uint8_t { kEverybody, kReader, kSender, kChange };

constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view TypeOf(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return "image/svg+xml";
}

ServerResponse TextAnswer(int status, std::string text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(text)};
}

ServerResponse Denied(const Error& error) {
  ServerResponse answer = ErrorAnswer(401, error.message);
  answer.headers.push_back({"WWW-Authenticate", "Bearer"});
  return answer;
}

metrics::Sample OneOrZero(metrics::LabelValues labels, bool is_one) {
  return {std::move(labels), is_one ? 1.0 : 0.0};
}

}  // namespace

struct Endpoints::Endpoint {
  std::string_view path;
  std::string_view method;  // GET answers HEAD as well
  Who who;
  ServerResponse (Endpoints::*answer)(const ServerRequest&);
};

std::span<const Endpoints::Endpoint> Endpoints::All() {
  static constexpr auto kAll = std::to_array<Endpoint>({
      {"/events", "POST", Who::kSender, &Endpoints::Events},
      {"/events", "HEAD", Who::kSender, &Endpoints::Hello},
      {"/healthz", "GET", Who::kEverybody, &Endpoints::Healthy},
      {"/readyz", "GET", Who::kEverybody, &Endpoints::Ready},
      {"/metrics", "GET", Who::kReader, &Endpoints::Metrics},
      {"/api/now", "GET", Who::kReader, &Endpoints::Now},
      {"/api/series", "GET", Who::kReader, &Endpoints::LastHour},
      {"/api/routes", "GET", Who::kReader, &Endpoints::Routes},
      {"/api/tables", "GET", Who::kReader, &Endpoints::Tables},
      {"/api/files", "GET", Who::kReader, &Endpoints::Files},
      {"/api/file", "GET", Who::kReader, &Endpoints::File},
      {"/api/redrive", "POST", Who::kChange, &Endpoints::Redrive},
      {"/", "GET", Who::kEverybody, &Endpoints::Page},
      {"/file", "GET", Who::kEverybody, &Endpoints::Page},
      {"/page.css", "GET", Who::kEverybody, &Endpoints::Page},
      {"/page.js", "GET", Who::kEverybody, &Endpoints::Page},
      {"/icon.svg", "GET", Who::kEverybody, &Endpoints::Page},
  });
  return kAll;
}

Endpoints::Endpoints(const Services& services, EndpointOptions options)
    : services_(services),
      options_(std::move(options)),
      counts_(services_.pipeline.ledger, services_.pipeline.clock),
      api_(services_, counts_, options_.program),
      events_bucket_(options_.events_per_second, services_.pipeline.clock) {
  AddGauges().value();  // their names are constants, and each is there once
}

Status Endpoints::CheckAccess(const Endpoint& endpoint, const ServerRequest& request) const {
  switch (endpoint.who) {
    case Who::kEverybody:
      return {};
    case Who::kSender:
      return CheckSender(options_.access, request);
    case Who::kReader:
      return CheckReader(options_.access, request);
    case Who::kChange:
      break;
  }
  EIDER_CHECK(CheckReader(options_.access, request));
  return CheckChange(request);
}

ServerResponse Endpoints::Handle(const ServerRequest& request) {
  std::vector<std::string_view> allowed;
  for (const Endpoint& endpoint : All()) {
    if (endpoint.path != request.path) continue;
    const bool is_read = endpoint.method == "GET";
    if (endpoint.method != request.method && !(is_read && request.method == "HEAD")) {
      allowed.push_back(endpoint.method);
      if (is_read) allowed.push_back("HEAD");
      continue;
    }
    const Status access = CheckAccess(endpoint, request);
    return access ? (this->*endpoint.answer)(request) : Denied(access.error());
  }
  if (allowed.empty()) return ErrorAnswer(404, "there is nothing at this path");
  const std::string allow = fmt::format("{}", fmt::join(allowed, ", "));
  ServerResponse answer = ErrorAnswer(405, "this path takes " + allow);
  answer.headers.push_back({"Allow", allow});
  return answer;
}

ServerResponse Endpoints::Events(const ServerRequest& request) {
  if (!events_bucket_.Take()) {
    return ErrorAnswer(429, fmt::format("more than {} requests with events in a second",
                                        options_.events_per_second));
  }
  return TakeEvents(services_, request);
}

// MinIO asks so at its start whether somebody is here.
ServerResponse Endpoints::Hello(const ServerRequest& /*request*/) {
  return TextAnswer(200, "");
}

ServerResponse Endpoints::Healthy(const ServerRequest& /*request*/) {
  return TextAnswer(200, "ok\n");
}

ServerResponse Endpoints::Ready(const ServerRequest& request) {
  const std::vector<std::string> problems = ProblemsOf(services_);
  if (problems.empty()) return TextAnswer(200, "ready\n");
  // Whoever may not read is told that something is wrong, not what: names are not for everybody.
  const bool may_read = CheckReader(options_.access, request).has_value();
  std::string text = may_read ? fmt::format("not ready: {}\n", fmt::join(problems, "; "))
                              : fmt::format(
                                    "not ready: {} of ledger and sources away; the reasons "
                                    "are told with the token\n",
                                    problems.size());
  ServerResponse answer = TextAnswer(503, codec::TextForJson(text));
  answer.headers.push_back({"Retry-After", "5"});
  return answer;
}

ServerResponse Endpoints::Metrics(const ServerRequest& /*request*/) {
  return {.headers = {{"Content-Type", std::string(metrics::kPrometheusContentType)}},
          .body = services_.telemetry.registry().ToPrometheusText()};
}

// The page knows by its own address what to show.
ServerResponse Endpoints::Page(const ServerRequest& request) {
  const bool is_file = request.path.find('.') != std::string::npos;
  const std::string name = is_file ? request.path.substr(1) : "index.html";
  for (const PageFile& file : PageFiles()) {
    if (file.name != name) continue;
    return {.headers = {{"Content-Type", std::string(TypeOf(name))},
                        {"Content-Security-Policy", std::string(kPagePolicy)}},
            .body = std::string(file.bytes)};
  }
  return ErrorAnswer(404, "there is nothing at this path");
}

Status Endpoints::AddGauges() {
  metrics::Registry& registry = services_.telemetry.registry();
  EIDER_CHECK(AddProcessGauges(registry));
  EIDER_CHECK(registry.AddReadGauges(
      {.name = "eider_source_open",
       .help = "Deliveries of a source that are not settled.",
       .labels = {"source"}},
      [this] {
        std::vector<metrics::Sample> samples;
        for (const auto& source : services_.worker.status()) {
          samples.push_back({{source.name}, static_cast<double>(source.open)});
        }
        return samples;
      }));
  EIDER_CHECK(registry.AddReadGauges(
      {.name = "eider_source_up", .help = "1: the source answers.", .labels = {"source"}}, [this] {
        std::vector<metrics::Sample> samples;
        for (const auto& source : services_.worker.status()) {
          samples.push_back(OneOrZero({source.name}, source.problem.empty()));
        }
        return samples;
      }));
  EIDER_CHECK(registry.AddReadGauges(
      {.name = "eider_ledger_up", .help = "1: the ledger answers."},
      [this] { return std::vector<metrics::Sample>{OneOrZero({}, IsLedgerUp(services_))}; }));
  EIDER_CHECK(AddRouteGauges());
  return AddWaitingGauges();
}

Status Endpoints::AddRouteGauges() {
  if (services_.route_health == nullptr) return {};
  metrics::Registry& registry = services_.telemetry.registry();
  EIDER_CHECK(registry.AddReadGauges(
      {.name = "eider_routes_up", .help = "1: the routing table answers."}, [this] {
        return std::vector<metrics::Sample>{OneOrZero({}, !services_.route_health->trouble())};
      }));
  return registry.AddReadGauges(
      {.name = "eider_routes_served_stale",
       .help = "Routes that were served while the routing table did not answer, from the start."},
      [this] {
        const routes::ServedInstead served = services_.route_health->TakeServed();
        routes_served_instead_ += served.stale + served.from_next;
        return std::vector<metrics::Sample>{
            {{}, static_cast<double>(routes_served_instead_.load())}};
      });
}

Status Endpoints::AddWaitingGauges() {
  metrics::Registry& registry = services_.telemetry.registry();
  // By the counts of those that wait; nothing while the ledger is away.
  const auto read_waiting = [this](const auto& value_of) {
    return [this, value_of]() -> std::vector<metrics::Sample> {
      const auto counts = counts_.Get();
      if (!counts) return {};
      double value = 0;
      for (const ledger::HistoryCount& count : *counts) {
        if (count.state == ledger::State::kWaiting) value = value_of(value, count);
      }
      return {{{}, value}};
    };
  };
  EIDER_CHECK(registry.AddReadGauges(
      {.name = "eider_files_waiting", .help = "Files in the ledger that nobody has begun."},
      read_waiting([](double files, const ledger::HistoryCount& count) {
        return files + static_cast<double>(count.files);
      })));
  return registry.AddReadGauges(
      {.name = "eider_oldest_waiting_seconds",
       .help = "For how long the oldest of them has waited; 0: none waits."},
      read_waiting([this](double seconds, const ledger::HistoryCount& count) {
        const Milliseconds age = services_.pipeline.clock.Now() - count.oldest;
        return std::max(seconds, static_cast<double>(age.count()) / 1'000);
      }));
}

}  // namespace eider::web
