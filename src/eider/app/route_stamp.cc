// Stamping of routes that are about to be written.
#include "eider/app/route_stamp.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/routing/route.h"
#include "eider/routing/route_store.h"

namespace eider::app {
namespace {

std::string TimeText(TimePoint time) {
  return fmt::format("{:%FT%TZ}", std::chrono::floor<std::chrono::seconds>(time));
}

}  // namespace

void Stamp(routing::Route& route, const std::optional<routing::Route>& seen, TimePoint now) {
  route.version = (seen ? seen->version : 0) + 1;
  route.updated_at = TimeText(now);
}

void StampAll(std::span<routing::Route> routes, const routing::RouteListing& present,
              TimePoint now) {
  std::unordered_map<std::string_view, std::int64_t> versions;
  for (const routing::Route& route : present.routes) versions[route.partition_key] = route.version;
  const std::string updated_at = TimeText(now);
  for (routing::Route& route : routes) {
    const auto found = versions.find(route.partition_key);
    route.version = (found == versions.end() ? 0 : found->second) + 1;
    route.updated_at = updated_at;
  }
}

}  // namespace eider::app
