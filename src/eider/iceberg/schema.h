// A table's schema: columns with ids that never change their meaning.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {

struct Schema {
  int schema_id = 0;
  std::vector<Field> fields = {};
  std::vector<int> identifier_field_ids = {};

  // The top-level column of that name, exactly, or null.
  const Field* FindColumn(std::string_view name) const;

  bool operator==(const Schema&) const = default;
};

// Visits every field in depth-first order with its dotted path ("a.b", "l.element", "m.key").
// `repeated` is true for what lies inside a list or a map.
void VisitFields(
    const Schema& schema,
    const std::function<void(const Field&, const std::string& path, bool repeated)>& visit);

// The same schema with fresh ids from 1 on, as a new table gets them: all fields of one level
// before those of the next (Java: TypeUtil.assignFreshIds).
Schema AssignFreshIds(const Schema& schema);

// The highest field id in the schema; 0 when it has none.
int HighestFieldId(const Schema& schema);

// Names are not empty and unique on each level, decimals and fixed are in range.
// Errors: kInvalid, kUnsupported (beyond metadata_limits.h).
Status CheckSchema(const Schema& schema);

}  // namespace eider::iceberg
