#include "eider/errands/event.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/codec/json.h"
#include "eider/codec/sha256.h"
#include "eider/codec/shortened_text.h"
#include "eider/errands/errand.h"

namespace eider::errands {
namespace {

using codec::Json;
using ledger::LoadRecord;
using ledger::PartRecord;
using ledger::RowCounts;
using ledger::State;

constexpr int kEventVersion = 1;
constexpr std::size_t kIdDigits = 32;

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json NumberOrNull(std::optional<std::int64_t> number) {
  return number ? Json(*number) : Json(nullptr);
}

// "2024-01-31T10:00:00.123Z".
std::string TimeText(TimePoint time) {
  return fmt::format("{:%FT%T}.{:03}Z", std::chrono::floor<std::chrono::seconds>(time),
                     UnixMillis(time) % 1000);
}

std::string TimeOf(const LoadRecord& record) {
  return TimeText(ledger::ChangedAt(record));
}

Json FileOf(const LoadRecord& record) {
  return {{"uri", record.file.uri.ToString()},
          {"version_id", TextOrNull(record.file.version_id)},
          {"etag", TextOrNull(record.file.etag)},
          {"size_bytes", record.file.size_bytes},
          {"route", TextOrNull(record.result.route)}};
}

// A file's share of one table.
struct Share {
  std::size_t record = 0;  // its place
  std::string route;
  std::string token;
  std::int64_t rows = 0;
  RowCounts counts = {};
};

Json FileOf(const LoadRecord& record, const Share& share) {
  Json file = FileOf(record);
  file["route"] = TextOrNull(share.route);
  file["commit_token"] = share.token;
  file["rows"] = share.rows;
  file["rows_read"] = NumberOrNull(share.counts.read);
  file["rows_filtered"] = NumberOrNull(share.counts.filtered);
  file["rows_rejected"] = share.counts.rejected;
  file["loaded_at"] = TimeOf(record);
  return file;
}

std::string IdOf(std::string_view what) {
  return codec::Sha256Hex(what).substr(0, kIdDigits);
}

// SNS takes 128 characters of ASCII without blanks.
std::string GroupOf(const std::string& table) {
  return table.empty() ? "-" : codec::Sha256Hex(table);
}

using Snapshot = std::pair<std::string, std::optional<std::int64_t>>;  // of a table

struct Commit {
  Snapshot snapshot;
  std::vector<Share> shares;
};

// As many files are listed as the event has room for.
Event EventOf(const Commit& commit, std::span<const LoadRecord* const> records) {
  Event event{.id = {},
              .type = "loaded",
              .group = GroupOf(commit.snapshot.first),
              .body = {},
              .records = {}};
  std::string tokens;
  std::int64_t rows = 0;
  TimePoint time{};
  for (const Share& share : commit.shares) {
    tokens += " " + share.token;
    rows += share.rows;
    time = std::max(time, ledger::ChangedAt(*records[share.record]));
    event.records.push_back(share.record);
  }
  const auto& [table, snapshot_id] = commit.snapshot;
  event.id = IdOf(fmt::format("loaded {} {}{}", table, snapshot_id.value_or(0), tokens));
  Json body = {{"version", kEventVersion},
               {"id", event.id},
               {"type", event.type},
               {"time", TimeText(time)},
               {"table", table},
               {"snapshot_id", NumberOrNull(snapshot_id)},
               {"rows", rows},
               {"file_count", commit.shares.size()},
               {"all_files_listed", false},
               {"files", Json::array()}};
  std::size_t bytes = codec::ToJsonText(body).size();
  Json& files = body["files"];
  for (const Share& share : commit.shares) {
    Json file = FileOf(*records[share.record], share);
    bytes += codec::ToJsonText(file).size() + 1;
    if (bytes > kEventBytesMax) break;
    files.push_back(std::move(file));
  }
  body["all_files_listed"] = files.size() == commit.shares.size();
  event.body = codec::ToJsonText(body);
  return event;
}

Event EventOf(const LoadRecord& record, std::size_t place) {
  const bool is_held = record.state == State::kHeld;
  Event event{.id = {},
              .type = is_held ? "held" : "failed",
              .group = GroupOf(record.result.target_table),
              .body = {},
              .records = {place}};
  const auto errand = ParseErrand(record.result.errands);
  event.id = IdOf(
      fmt::format("{} {} {}", event.type, record.commit_token, errand ? errand->claim_id : ""));
  Json body = {{"version", kEventVersion},
               {"id", event.id},
               {"type", event.type},
               {"time", TimeOf(record)},
               {"table", TextOrNull(record.result.target_table)},
               {"file", FileOf(record)},
               {"code", TextOrNull(record.error_code)},
               {"error", codec::ShortMessage(record.error)}};
  const FilePlace& at = record.error_place;
  if (at.line != 0) body["line"] = at.line;
  if (!at.column.empty()) body["column"] = at.column;
  if (at.value) body["value"] = *at.value;
  event.body = codec::ToJsonText(body);
  return event;
}

}  // namespace

std::vector<Event> EventsOf(std::span<const LoadRecord* const> records) {
  std::vector<Commit> commits;
  std::map<Snapshot, std::size_t> places;
  std::vector<Event> others;
  const auto add = [&](Snapshot snapshot, Share share) {
    const auto [place, is_new] = places.try_emplace(snapshot, commits.size());
    if (is_new) commits.push_back({std::move(snapshot), {}});
    commits[place->second].shares.push_back(std::move(share));
  };
  for (std::size_t i = 0; i < records.size(); ++i) {
    const LoadRecord& record = *records[i];
    const ledger::LoadResult& result = record.result;
    if (record.state != State::kLoaded) {
      others.push_back(EventOf(record, i));
    } else if (result.parts.empty()) {
      add({result.target_table, result.snapshot_id},
          {i, result.route, record.commit_token, result.rows, result.counts});
    } else {
      for (const PartRecord& part : result.parts) {
        add({part.target_table, part.snapshot_id},
            {i, part.route, part.commit_token, part.rows, part.counts});
      }
    }
  }
  std::vector<Event> events;
  for (const Commit& commit : commits) events.push_back(EventOf(commit, records));
  std::ranges::move(others, std::back_inserter(events));
  return events;
}

}  // namespace eider::errands
