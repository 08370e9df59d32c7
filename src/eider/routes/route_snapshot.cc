#include "eider/routes/route_snapshot.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/aws/time_text.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/codec/sha256.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"
#include "eider/routes/route_json.h"
#include "eider/routes/route_store.h"

namespace eider::routes {
namespace {

using codec::Json;

constexpr std::string_view kFormat = "eider_routes_snapshot";
constexpr std::int64_t kFormatVersion = 1;
constexpr std::string_view kProblem = "problem";
constexpr std::string_view kLineStart = "{\"PartitionKey\":\"";
constexpr std::size_t kHeaderBytesMax = 64U << 10U;

std::string TimeText(TimePoint time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(time));
}

// One line, its keys in order of their names: PartitionKey is the first of them.
Result<std::string> LineOf(const Json& json, std::string_view what) {
  try {
    return json.dump() + "\n";
  } catch (const Json::exception&) {
    return Fail(Code::kInvalid,
                fmt::format("{} is not UTF-8, which a snapshot cannot hold; put it anew", what));
  }
}

// The key at the beginning of a line, as JSON has it, and whether it stands for itself.
struct RawKey {
  std::string_view text;
  bool is_plain = true;
};

std::optional<RawKey> RawKeyOf(std::string_view line) {
  if (!line.starts_with(kLineStart)) return std::nullopt;
  RawKey key;
  for (std::size_t i = kLineStart.size(); i < line.size(); ++i) {
    if (line[i] == '"') {
      key.text = line.substr(kLineStart.size(), i - kLineStart.size());
      return key;
    }
    if (line[i] == '\\') {
      key.is_plain = false;
      ++i;
    }
  }
  return std::nullopt;
}

// The key of a line, decoded into `space` where that is needed.
std::optional<std::string_view> KeyOf(std::string_view line, std::string& space) {
  const auto raw = RawKeyOf(line);
  if (!raw || raw->is_plain) return raw ? std::optional(raw->text) : std::nullopt;
  const auto json = codec::ParseJson(line.substr(kLineStart.size() - 1, raw->text.size() + 2));
  if (!json || !json->is_string()) return std::nullopt;
  space = json->get<std::string>();
  return space;
}

}  // namespace

Result<std::string> ToSnapshot(const RouteListing& listing, const SnapshotHeader& header) {
  std::map<std::string_view, std::string> problems;  // of one key all together
  for (const RouteProblem& problem : listing.problems) {
    if (problem.partition_key.empty()) continue;  // nobody can ask for it
    std::string& text = problems[problem.partition_key];
    if (!text.empty()) text += "; ";
    text += fmt::format("{}: {}", problem.location, problem.message);
  }
  std::map<std::string_view, std::string> lines;  // sorted by key
  for (const auto& [key, problem] : problems) {
    EIDER_ASSIGN(lines[key], LineOf({{kPartitionKey, key}, {kProblem, problem}},
                                    fmt::format("the route '{}'", key)));
  }
  for (const Route& route : listing.routes) {
    if (problems.contains(route.partition_key)) continue;
    EIDER_ASSIGN(lines[route.partition_key],
                 LineOf(ToJson(route), fmt::format("the route '{}'", route.partition_key)));
  }
  std::string body;
  for (const auto& [key, line] : lines) body += line;
  EIDER_ASSIGN(std::string bytes, LineOf({{kFormat, kFormatVersion},
                                          {"taken_at", TimeText(header.taken_at)},
                                          {"source", header.source},
                                          {"routes", lines.size()},
                                          {"sha256", codec::Sha256Hex(body)}},
                                         "the name of " + header.source));
  bytes += body;
  if (bytes.size() > kSnapshotBytesMax) {
    return Fail(Code::kInvalid, fmt::format("a snapshot has at most {} bytes, the routes need {}",
                                            kSnapshotBytesMax, bytes.size()));
  }
  return bytes;
}

Result<RouteSnapshot> RouteSnapshot::Parse(std::string bytes, std::string name) {
  const std::string what = name;
  if (bytes.size() > kSnapshotBytesMax) {
    return Fail(Code::kCorrupt, fmt::format("{} has {} bytes, a snapshot has at most {}", what,
                                            bytes.size(), kSnapshotBytesMax));
  }
  RouteSnapshot snapshot(std::move(bytes), std::move(name));
  const std::string_view text = snapshot.bytes_;
  const std::size_t end = text.substr(0, kHeaderBytesMax).find('\n');
  if (end == std::string_view::npos) {
    return Fail(Code::kCorrupt,
                fmt::format("{} is no snapshot of routes: its first line is none", what));
  }
  if (auto read = snapshot.ReadHeader(text.substr(0, end), text.substr(end + 1)); !read) {
    return Fail(what, std::move(read).error());
  }
  if (auto read = snapshot.ReadLines(end + 1); !read) return Fail(what, std::move(read).error());
  return snapshot;
}

Status RouteSnapshot::ReadHeader(std::string_view line, std::string_view rest) {
  const auto json = codec::ParseJson(line);
  if (!json) return Fail("no snapshot of routes", json.error());
  EIDER_ASSIGN(const auto header, codec::JsonObject::Of(*json));
  EIDER_ASSIGN(const std::int64_t version, header.Int64(kFormat));
  if (version != kFormatVersion) {
    return Fail(Code::kUnsupported,
                fmt::format("made by a newer Eider: version {}, this one reads {}", version,
                            kFormatVersion));
  }
  EIDER_ASSIGN(header_.source, header.String("source"));
  EIDER_ASSIGN(const std::string taken_at, header.String("taken_at"));
  const auto time = aws::ParseIsoTime(taken_at);
  if (!time) return Fail(Code::kCorrupt, fmt::format("taken_at is no time: '{}'", taken_at));
  header_.taken_at = *time;
  EIDER_ASSIGN(const std::int64_t routes, header.Int64("routes"));
  header_.routes = static_cast<std::size_t>(routes);
  EIDER_ASSIGN(const std::string wanted, header.String("sha256"));
  const std::string found = codec::Sha256Hex(rest);
  if (wanted != found) {
    return Fail(Code::kCorrupt,
                fmt::format("cut off or changed: its SHA-256 is {}, its first line says {}; write "
                            "a new one by `eider routes snapshot`",
                            found, wanted));
  }
  return {};
}

Status RouteSnapshot::ReadLines(std::size_t offset) {
  std::string previous;
  std::string space;
  while (offset < bytes_.size()) {
    const std::size_t end = bytes_.find('\n', offset);
    if (end == std::string::npos) {
      return Fail(Code::kCorrupt, fmt::format("line {} has no end", starts_.size() + 2));
    }
    const auto key = KeyOf(std::string_view(bytes_).substr(offset, end - offset), space);
    if (!key) {
      return Fail(Code::kCorrupt,
                  fmt::format("line {} does not begin with a PartitionKey", starts_.size() + 2));
    }
    if (!starts_.empty() && *key <= previous) {
      return Fail(Code::kCorrupt, fmt::format("line {} is not in the order of the keys: '{}'",
                                              starts_.size() + 2, *key));
    }
    if (IsPattern(*key) && *key != kDefaultKey) patterns_.push_back(starts_.size());
    previous = *key;
    starts_.push_back(static_cast<std::uint32_t>(offset));
    offset = end + 1;
  }
  if (starts_.size() != header_.routes) {
    return Fail(Code::kCorrupt, fmt::format("has {} routes, its first line says {}", starts_.size(),
                                            header_.routes));
  }
  starts_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  return {};
}

std::string_view RouteSnapshot::LineAt(std::size_t index) const {
  return std::string_view(bytes_).substr(starts_[index], starts_[index + 1] - starts_[index] - 1);
}

Result<std::optional<Route>> RouteSnapshot::Find(std::string_view key) const {
  std::string space;
  std::size_t low = 0;
  std::size_t high = header_.routes;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (KeyOf(LineAt(middle), space) < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == header_.routes || KeyOf(LineAt(low), space) != key) return std::nullopt;
  RouteListing listing;
  AddLine(low, listing);
  if (!listing.routes.empty()) return std::move(listing.routes.front());
  std::vector<std::string> reasons;
  for (const RouteProblem& problem : listing.problems) reasons.push_back(problem.message);
  return std::unexpected(WrongRoute(key, fmt::to_string(fmt::join(reasons, "; "))));
}

RouteListing RouteSnapshot::List() const {
  RouteListing listing;
  for (std::size_t i = 0; i < header_.routes; ++i) AddLine(i, listing);
  return listing;
}

RouteListing RouteSnapshot::Patterns() const {
  RouteListing listing;
  for (const std::size_t index : patterns_) AddLine(index, listing);
  return listing;
}

// The hash was right, so a line that is no route is what the snapshot was made with: a wrong route.
void RouteSnapshot::AddLine(std::size_t index, RouteListing& listing) const {
  std::string space;
  const std::string_view line = LineAt(index);
  const std::string key(*KeyOf(line, space));
  const auto json = codec::ParseJson(line);
  if (!json) {
    listing.problems.push_back({key, name_, json.error().message});
  } else if (json->contains(kProblem)) {
    const auto object = codec::JsonObject::Of(*json);
    const auto text = object->String(kProblem);
    listing.problems.push_back({key, name_, text ? *text : text.error().message});
  } else {
    AddToListing(FromJson(*json), name_, listing);
  }
}

}  // namespace eider::routes
