// Comparison of routes by their JSON.
#include "eider/routes/route_diff.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/codec/json.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routes/route_json.h"

namespace eider::routes {

std::vector<AttributeChange> DiffOf(const Route& before, const Route& after) {
  const codec::Json before_json = ToJson(before);
  const codec::Json after_json = ToJson(after);
  std::vector<AttributeChange> changes;
  for (const std::string_view name : kAttributes) {
    if (name == kVersion || name == kUpdatedAt) continue;
    codec::Json old_value = before_json.value(name, codec::Json());
    codec::Json new_value = after_json.value(name, codec::Json());
    if (old_value == new_value) continue;
    changes.push_back({std::string(name), std::move(old_value), std::move(new_value)});
  }
  return changes;
}

}  // namespace eider::routes
