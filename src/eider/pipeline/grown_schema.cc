// Extra columns, and missing and wider ones, by the engine's own plan of the query.
#include "eider/pipeline/grown_schema.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/routes/route.h"

namespace eider::pipeline {
namespace {

// Columns of the rows that the table lacks, or whose values it may not hold; the one for what is
// rescued is among them, though the table may have it.
std::set<std::string> UnfitColumns(const engine::Explanation& explanation, const Misfit& misfit) {
  const FilePlace& place = misfit.place;
  std::set<std::string> unfit(misfit.rescued.begin(), misfit.rescued.end());
  unfit.insert(misfit.query.rescue);
  for (const engine::ExplainedColumn& column : explanation.columns) {
    const bool has_failed = place.value && column.result_column == place.column;
    if (has_failed || column.fit == engine::ColumnFit::kExtra ||
        column.fit == engine::ColumnFit::kLossy) {
      unfit.insert(column.result_column);
    }
  }
  unfit.erase("");
  return unfit;
}

}  // namespace

Result<std::optional<iceberg::SchemaEvolution>> GrownSchema(const Services& services,
                                                            const Misfit& misfit) {
  const routes::Route& route = misfit.part.route;
  if (route.schema == routes::SchemaContract::kFreeze) {
    return std::optional<iceberg::SchemaEvolution>();
  }
  const iceberg::Schema& schema =
      misfit.so_far ? misfit.so_far->schema : misfit.table.CurrentSchema();
  EIDER_ASSIGN(const engine::Explanation explanation,
               services.engine.Explain(misfit.query, &schema, misfit.part.table().ToString()));
  iceberg::SchemaDemand demand{.widens = route.schema != routes::SchemaContract::kEvolve};
  for (const engine::ExplainedColumn& column : explanation.columns) {
    demand.optional.insert(column.missing.begin(), column.missing.end());
  }
  // A null has no value.
  if (!misfit.place.column.empty() && !misfit.place.value) {
    demand.optional.insert(misfit.place.column);
  }
  const std::set<std::string> unfit = UnfitColumns(explanation, misfit);
  if (!unfit.empty()) {
    EIDER_ASSIGN(engine::NewTable rows, services.engine.Describe(misfit.query));
    std::erase_if(rows.schema.fields,
                  [&](const iceberg::Field& field) { return !unfit.contains(field.name); });
    demand.columns = std::move(rows.schema.fields);
  }
  return misfit.so_far ? iceberg::EvolveFurther(*misfit.so_far, demand)
                       : iceberg::EvolveSchema(misfit.table, demand);
}

}  // namespace eider::pipeline
