// Locations of new tables.
#include "eider/catalog/warehouse_location.h"

#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace eider::catalog {
namespace {

std::string WithoutTrailingSlashes(std::string location) {
  while (location.ends_with('/')) location.pop_back();
  return location;
}

}  // namespace

Result<std::string> LocationOf(const CreateTableRequest& request,
                               const std::optional<Uri>& warehouse) {
  if (request.location) return WithoutTrailingSlashes(*request.location);
  if (!warehouse) {
    return Fail(Code::kInvalid,
                fmt::format("table {} would need a location: set warehouse (EIDER_WAREHOUSE)",
                            request.name.ToString()));
  }
  Uri location = *warehouse;
  for (const std::string& level : request.name.name_space) location = location.Child(level);
  return location.Child(request.name.name).ToString();
}

}  // namespace eider::catalog
