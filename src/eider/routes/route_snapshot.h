// All routes of a routing table at one moment, as the bytes of one object.
//
//   {"eider_routes_snapshot":1,"routes":2,"sha256":"9f86…","source":"routing table routes in
//    eu-west-1","taken_at":"2026-11-24T12:00:00Z"}           on one line
//   {"PartitionKey":"src-a","query_sql":"…","target_table":"bronze.orders"}
//   {"PartitionKey":"src-b","problem":"routing table routes in eu-west-1: query_sql is missing"}
//
// The first line says what follows: `routes` further lines, and the SHA-256 of all bytes after the
// first line. They are sorted by PartitionKey, bytewise, each key once; each begins with its
// PartitionKey. A route that is wrong stays wrong, with its problem: it is never "no route".
//
// Opening hashes the bytes and looks at every key, and parses no route: a hundred thousand are open
// in milliseconds. A Find is a binary search over the lines, and parses one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

inline constexpr std::uint64_t kSnapshotBytesMax = 256ULL << 20U;

// What a snapshot says of itself.
struct SnapshotHeader {
  TimePoint taken_at{};
  std::string source;      // the store that it was taken of
  std::size_t routes = 0;  // right and wrong ones
};

// The bytes of a snapshot. Errors: kInvalid (a route that is not UTF-8, which JSON cannot hold;
// more bytes than a snapshot may have).
Result<std::string> ToSnapshot(const RouteListing& listing, const SnapshotHeader& header);

// Never changes: safe for concurrent calls from several threads.
class RouteSnapshot {
 public:
  // `name`: what messages call it. Errors: kCorrupt (no snapshot, cut off, changed, out of order),
  // kUnsupported (made by a newer Eider).
  static Result<RouteSnapshot> Parse(std::string bytes, std::string name);

  const SnapshotHeader& header() const { return header_; }

  // Errors: kInvalid (the route is wrong).
  Result<std::optional<Route>> Find(std::string_view key) const;

  RouteListing List() const;

  // As List, of the keys that are patterns; kDefaultKey is not among them.
  RouteListing Patterns() const;

 private:
  RouteSnapshot(std::string bytes, std::string name)
      : bytes_(std::move(bytes)), name_(std::move(name)) {}

  Status ReadHeader(std::string_view line, std::string_view rest);
  Status ReadLines(std::size_t offset);
  std::string_view LineAt(std::size_t index) const;
  void AddLine(std::size_t index, RouteListing& listing) const;

  std::string bytes_;
  std::string name_;
  SnapshotHeader header_;
  std::vector<std::uint32_t> starts_;  // of the lines of routes, and one behind the last
  std::vector<std::size_t> patterns_;  // indexes of lines
};

}  // namespace eider::routes
