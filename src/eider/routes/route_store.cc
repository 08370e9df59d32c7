// What route stores have in common.
#include "eider/routes/route_store.h"

#include <cstddef>
#include <expected>
#include <span>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/routes/route.h"

namespace eider::routes {

Result<RouteListing> RouteReader::Patterns() {
  EIDER_ASSIGN(RouteListing listing, List());
  KeepPatterns(listing);
  return listing;
}

void KeepPatterns(RouteListing& listing) {
  const auto is_other = [](const auto& item) {
    return !IsPattern(item.partition_key) || item.partition_key == kDefaultKey;
  };
  std::erase_if(listing.routes, is_other);
  std::erase_if(listing.problems, is_other);
  std::erase_if(listing.notes, is_other);
}

Status RouteEditor::PutAll(std::span<const Route> routes) {
  for (std::size_t i = 0; i < routes.size(); ++i) {
    if (auto put = Put(routes[i]); !put) return PartlyWritten(i, routes.size(), put.error());
  }
  return {};
}

std::unexpected<Error> PartlyWritten(std::size_t written, std::size_t all, const Error& cause) {
  return Fail(fmt::format("{} of {} routes are written; give the command again for the others",
                          written, all),
              cause);
}

}  // namespace eider::routes
