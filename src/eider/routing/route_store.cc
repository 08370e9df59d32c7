// What route stores have in common.
#include "eider/routing/route_store.h"

#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/routing/route.h"

namespace eider::routing {

Result<RouteListing> RouteStore::Patterns() {
  EIDER_ASSIGN(RouteListing listing, List());
  const auto is_other = [](const auto& item) {
    return !IsPattern(item.partition_key) || item.partition_key == kDefaultKey;
  };
  std::erase_if(listing.routes, is_other);
  std::erase_if(listing.problems, is_other);
  std::erase_if(listing.notes, is_other);
  return listing;
}

}  // namespace eider::routing
