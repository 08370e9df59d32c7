#include "eider/engine/distrusted_statistics.h"

#include <cstddef>

#include <duckdb/common/type_visitor.hpp>
#include <duckdb/common/types.hpp>
#include <duckdb/planner/operator/logical_get.hpp>

#include "eider/engine/reader_call.h"

namespace eider::engine {
namespace {

bool MayBeNan(const duckdb::LogicalType& type) {
  using duckdb::LogicalTypeId;
  return duckdb::TypeVisitor::Contains(type, [](const duckdb::LogicalType& part) {
    return part.id() == LogicalTypeId::FLOAT || part.id() == LogicalTypeId::DOUBLE;
  });
}

bool LooksAtNan(const ColumnUse& use, const duckdb::LogicalGet& get) {
  for (std::size_t i = 0; i < get.returned_types.size(); ++i) {
    if (MayBeNan(get.returned_types[i]) && use.IsUsed({&get, i})) return true;
  }
  return false;
}

}  // namespace

void DistrustNanStatistics(const ColumnUse& use) {
  for (duckdb::LogicalGet* get : use.gets()) {
    if (ReaderKindOf(get->function.name) != ReaderKind::kParquet) continue;
    if (!LooksAtNan(use, *get)) continue;
    get->function.filter_pushdown = false;
    get->function.filter_prune = false;
    get->function.statistics = nullptr;
    get->function.statistics_extended = nullptr;
    get->function.get_partition_stats = nullptr;
  }
}

}  // namespace eider::engine
