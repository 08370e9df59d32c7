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

#include "eider/app/time_text.h"
#include "eider/base/clock.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::app {

void Stamp(routes::Route& route, const std::optional<routes::Route>& seen, TimePoint now) {
  route.version = (seen ? seen->version : 0) + 1;
  route.updated_at = IsoSeconds(now);
}

void StampAll(std::span<routes::Route> routes, const routes::RouteListing& present, TimePoint now) {
  std::unordered_map<std::string_view, std::int64_t> versions;
  for (const routes::Route& route : present.routes) versions[route.partition_key] = route.version;
  const std::string updated_at = IsoSeconds(now);
  for (routes::Route& route : routes) {
    const auto found = versions.find(route.partition_key);
    route.version = (found == versions.end() ? 0 : found->second) + 1;
    route.updated_at = updated_at;
  }
}

}  // namespace eider::app
