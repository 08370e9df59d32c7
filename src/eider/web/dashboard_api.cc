#include "eider/web/dashboard_api.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/iso_time.h"
#include "eider/base/result.h"
#include "eider/codec/escaped_text.h"
#include "eider/codec/json_line.h"
#include "eider/ledger/load_history.h"
#include "eider/ledger/record_json.h"
#include "eider/source/command_line.h"
#include "eider/web/answer.h"
#include "eider/web/standing.h"

namespace eider::web {
namespace {

using codec::JsonLine;
using http::ServerRequest;
using http::ServerResponse;

constexpr int kPageMax = 200;
constexpr int kRedrivenMax = 10'000;
constexpr int kVersionsMax = 1'000;
constexpr int kLookedAtForSnapshots = 1'000;

// Ids have more digits than the numbers of a browser.
void MakeIdsText(JsonLine& record) {
  if (record["snapshot_id"].is_number()) {
    record["snapshot_id"] = std::to_string(record["snapshot_id"].get<std::int64_t>());
  }
}

// `id`: what stands for the file after `uri=`, whatever its bytes.
JsonLine JsonOf(const ledger::LoadRecord& record) {
  JsonLine line = ledger::RecordJson(record);
  MakeIdsText(line);
  for (JsonLine& part : line["parts"]) MakeIdsText(part);
  line["id"] = codec::PercentEncoded(record.file.uri.ToString());
  return line;
}

std::string ParameterOf(const ServerRequest& request, std::string_view name) {
  return std::string(request.FindParameter(name).value_or(std::string_view()));
}

Result<int> NumberOf(const ServerRequest& request, std::string_view name, int low, int high,
                     int otherwise) {
  const auto text = request.FindParameter(name);
  if (!text) return otherwise;
  int number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < low || number > high) {
    return Fail(Code::kInvalid,
                fmt::format("{} is a number from {} to {}, not '{}'", name, low, high, *text));
  }
  return number;
}

// Without state, limit and skip.
ledger::HistoryFilter FilterOf(const ServerRequest& request) {
  ledger::HistoryFilter filter;
  filter.route = ParameterOf(request, "route");
  filter.target_table = ParameterOf(request, "table");
  filter.error_code = ParameterOf(request, "code");
  filter.error_text = ParameterOf(request, "text");
  return filter;
}

Result<ledger::HistoryFilter> PageOf(const ServerRequest& request) {
  ledger::HistoryFilter filter = FilterOf(request);
  EIDER_ASSIGN(filter.limit, NumberOf(request, "limit", 1, kPageMax, 50));
  EIDER_ASSIGN(filter.skip, NumberOf(request, "skip", 0, 1'000'000'000, 0));
  const std::string state = ParameterOf(request, "state");
  if (!state.empty()) {
    filter.state = ledger::StateOf(state);
    if (!filter.state) {
      return Fail(Code::kInvalid,
                  fmt::format("state is {}, not '{}'", ledger::StateNames(), state));
    }
  }
  return filter;
}

// All that the ledger knows of one URI; it comes first of all that begin like it.
Result<std::vector<ledger::LoadRecord>> VersionsOf(ledger::LoadHistory& history,
                                                   const std::string& uri) {
  EIDER_ASSIGN(std::vector<ledger::LoadRecord> records, history.ListByUri(uri, {}, kVersionsMax));
  std::erase_if(
      records, [&](const ledger::LoadRecord& record) { return record.file.uri.ToString() != uri; });
  return records;
}

std::int64_t CountState(const Counts& counts, ledger::State state) {
  std::int64_t files = 0;
  for (const ledger::HistoryCount& count : counts) files += count.state == state ? count.files : 0;
  return files;
}

struct Total {
  std::map<std::string_view, std::int64_t> files;  // by state
  std::int64_t rows = 0;
  std::uint64_t bytes = 0;
  TimePoint newest{};

  void Add(const ledger::HistoryCount& count) {
    files[ledger::StateName(count.state)] += count.files;
    newest = std::max(newest, count.newest);
    if (count.state != ledger::State::kLoaded) return;
    rows += count.rows;
    bytes += count.size_bytes;
  }

  void WriteTo(JsonLine& line) const {
    line["files"] = JsonLine::object();
    for (const auto& [state, number] : files) line["files"][std::string(state)] = number;
    line["rows"] = rows;
    line["bytes"] = bytes;
    line["newest"] = IsoMillis(newest);
  }
};

struct LastSnapshot {
  std::int64_t id = 0;
  TimePoint time{};
};

using LastSnapshots = std::map<std::string, LastSnapshot>;  // by table

LastSnapshots SnapshotsOf(const std::vector<ledger::LoadRecord>& newest_first) {
  LastSnapshots last;
  const auto add = [&](const std::string& table, std::optional<std::int64_t> id, TimePoint time) {
    if (id) last.try_emplace(table, LastSnapshot{*id, time});
  };
  for (const ledger::LoadRecord& record : newest_first) {
    const TimePoint time = ledger::ChangedAt(record);
    add(record.result.target_table, record.result.snapshot_id, time);
    for (const ledger::PartRecord& part : record.result.parts) {
      add(part.target_table, part.snapshot_id, time);
    }
  }
  return last;
}

}  // namespace

DashboardApi::DashboardApi(const Services& services, CountedFiles& counts, std::string program)
    : services_(services),
      counts_(counts),
      program_(std::move(program)),
      started_(services.pipeline.clock.Now()) {}

ServerResponse DashboardApi::Now(const ServerRequest& /*request*/) {
  const auto counts = counts_.Get();
  std::uint64_t files = 0;
  std::uint64_t rows = 0;
  const auto points = services_.telemetry.series().Read();
  constexpr std::size_t kMinute = 6;  // steps
  for (std::size_t i = points.size() - 1 - kMinute; i + 1 < points.size(); ++i) {
    files += points[i].loaded;
    rows += points[i].rows;
  }
  JsonLine sources = JsonLine::array();
  for (const worker::SourceStatus& source : services_.worker.status()) {
    sources.push_back(
        {{"name", source.name},
         {"open", source.open},
         {"problem", source.problem.empty() ? JsonLine(nullptr) : JsonLine(source.problem)}});
  }
  const auto number = [&](ledger::State state) {
    return counts ? JsonLine(CountState(*counts, state)) : JsonLine(nullptr);
  };
  return JsonAnswer(200,
                    {{"program", program_},
                     {"time", IsoMillis(services_.pipeline.clock.Now())},
                     {"started", IsoMillis(started_)},
                     {"ledger_up", counts.has_value() && IsLedgerUp(services_)},
                     {"problem", counts ? JsonLine(nullptr) : JsonLine(counts.error().message)},
                     {"in_work", number(ledger::State::kClaimed)},
                     {"waiting", number(ledger::State::kWaiting)},
                     {"failed", number(ledger::State::kFailed)},
                     {"held", number(ledger::State::kHeld)},
                     {"files_in_last_minute", files},
                     {"rows_in_last_minute", rows},
                     {"sources", std::move(sources)}});
}

ServerResponse DashboardApi::LastHour(const ServerRequest& /*request*/) {
  JsonLine line = {{"time", IsoMillis(services_.pipeline.clock.Now())},
                   {"step_seconds", Series::kStep.count() / 1'000}};
  for (const SeriesPoint& point : services_.telemetry.series().Read()) {
    line["loaded"].push_back(point.loaded);
    line["failed"].push_back(point.failed);
    line["rows"].push_back(point.rows);
    line["bytes"].push_back(point.bytes);
    line["lag_seconds_max"].push_back(point.lag_seconds_max);
    line["lag_seconds_mean"].push_back(
        point.loaded == 0 ? 0.0 : point.lag_seconds_sum / static_cast<double>(point.loaded));
  }
  return JsonAnswer(200, line);
}

ServerResponse DashboardApi::Routes(const ServerRequest& /*request*/) {
  const auto counts = counts_.Get();
  if (!counts) return ErrorAnswer(counts.error());
  std::map<std::pair<std::string, std::string>, Total> totals;
  for (const ledger::HistoryCount& count : *counts) {
    totals[{count.route, count.target_table}].Add(count);
  }
  JsonLine routes = JsonLine::array();
  for (const auto& [names, total] : totals) {
    JsonLine line = {{"route", names.first}, {"table", names.second}};
    total.WriteTo(line);
    routes.push_back(std::move(line));
  }
  return JsonAnswer(200, {{"routes", std::move(routes)}});
}

ServerResponse DashboardApi::Tables(const ServerRequest& /*request*/) {
  const auto counts = counts_.Get();
  if (!counts) return ErrorAnswer(counts.error());
  const auto newest = services_.pipeline.ledger.Query(
      {.state = ledger::State::kLoaded, .limit = kLookedAtForSnapshots, .only_with_rows = true});
  if (!newest) return ErrorAnswer(newest.error());
  LastSnapshots snapshots = SnapshotsOf(*newest);
  std::map<std::string, Total> totals;
  for (const ledger::HistoryCount& count : *counts) {
    if (!count.target_table.empty()) totals[count.target_table].Add(count);
  }
  for (const auto& [table, snapshot] : snapshots) totals.try_emplace(table);  // of parts
  JsonLine tables = JsonLine::array();
  for (const auto& [table, total] : totals) {
    JsonLine line = {{"table", table}};
    total.WriteTo(line);
    const auto last = snapshots.find(table);
    const bool is_known = last != snapshots.end();
    line["snapshot_id"] = is_known ? JsonLine(std::to_string(last->second.id)) : JsonLine(nullptr);
    line["snapshot_time"] = is_known ? JsonLine(IsoMillis(last->second.time)) : JsonLine(nullptr);
    tables.push_back(std::move(line));
  }
  return JsonAnswer(200, {{"tables", std::move(tables)}});
}

ServerResponse DashboardApi::Files(const ServerRequest& request) {
  auto filter = PageOf(request);
  if (!filter) return ErrorAnswer(filter.error());
  const auto page = static_cast<std::size_t>(filter->limit++);  // one more tells that there is more
  const auto records = services_.pipeline.ledger.Query(*filter);
  if (!records) return ErrorAnswer(records.error());
  JsonLine files = JsonLine::array();
  for (std::size_t i = 0; i < std::min(page, records->size()); ++i) {
    files.push_back(JsonOf((*records)[i]));
  }
  return JsonAnswer(200, {{"files", std::move(files)}, {"more", records->size() > page}});
}

ServerResponse DashboardApi::File(const ServerRequest& request) {
  const auto uri = request.FindParameter("uri");
  if (!uri || uri->empty()) return ErrorAnswer(400, "which file? Its URI goes after ?uri=");
  auto records = VersionsOf(services_.pipeline.ledger, std::string(*uri));
  if (!records) return ErrorAnswer(records.error());
  if (records->empty()) {
    return ErrorAnswer(404, fmt::format("the ledger knows no file {}", codec::EscapeText(*uri)));
  }
  std::ranges::stable_sort(*records, std::ranges::greater(), ledger::ChangedAt);
  JsonLine versions = JsonLine::array();
  for (const ledger::LoadRecord& record : *records) versions.push_back(JsonOf(record));
  return JsonAnswer(200, {{"file", std::string(*uri)}, {"versions", std::move(versions)}});
}

ServerResponse DashboardApi::Redrive(const ServerRequest& request) {
  ledger::HistoryFilter filter = FilterOf(request);
  filter.state = ledger::State::kFailed;
  filter.limit = kRedrivenMax;
  const std::string uri = ParameterOf(request, "uri");
  const bool is_chosen = !filter.route.empty() || !filter.target_table.empty() ||
                         !filter.error_code.empty() || !filter.error_text.empty() ||
                         ParameterOf(request, "all") == "1";
  if (uri.empty() && !is_chosen) {
    return ErrorAnswer(400,
                       "which files? Name one by uri, some by route, table, code or text, or "
                       "all of them by all=1");
  }
  auto records = uri.empty() ? services_.pipeline.ledger.Query(filter)
                             : VersionsOf(services_.pipeline.ledger, uri);
  if (!records) return ErrorAnswer(records.error());
  std::vector<FileRef> files;
  for (const ledger::LoadRecord& record : *records) {
    if (record.state == ledger::State::kFailed) files.push_back(record.file);
  }
  source::AddPresentVersions(files, services_.pipeline.store);
  if (!files.empty()) {
    const Status announced = services_.announced.Announce(files);
    if (!announced) return ErrorAnswer(announced.error());
    services_.telemetry.NoteArrivals(files);
  }
  return JsonAnswer(200, {{"announced", files.size()},
                          {"more", records->size() == static_cast<std::size_t>(kRedrivenMax)}});
}

}  // namespace eider::web
