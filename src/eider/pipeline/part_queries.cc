#include "eider/pipeline/part_queries.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/pipeline/grown_schema.h"
#include "eider/pipeline/target_tables.h"

namespace eider::pipeline {
namespace {

Result<std::vector<engine::Written>> RunAll(const Services& services, const PartQueries& work,
                                            const std::stop_token& stop) {
  if (work.parts.size() > 1) return services.engine.RunParts(work.queries, stop);
  const engine::PartQuery& only = work.queries.front();
  auto written = services.engine.Run(only.query, only.target, stop);
  if (!written) return std::unexpected(OfTable(work.parts.front()->plan, written.error()));
  std::vector<engine::Written> all;
  all.push_back(*std::move(written));
  return all;
}

// The rows of parts that did not fit: a value of theirs failed, or some were rescued.
struct Misfits {
  FilePlace place = {};
  std::span<const engine::Written> written = {};  // by part, where none failed

  std::span<const std::string> RescuedOf(std::size_t part) const {
    return written.empty() ? std::span<const std::string>() : written[part].rescued.columns;
  }
};

// The target of a part whose rows did not fit, for the table as it is to be for them; nothing where
// it stays as it is.
Result<std::optional<engine::WriteTarget>> GrowTable(const Services& services, PartQueries& work,
                                                     std::size_t i, const Misfits& misfits) {
  PreparedPart& part = *work.parts[i];
  std::optional<iceberg::SchemaEvolution>& evolution = part.written->evolution;
  const catalog::LoadedTable& table = work.tables[i];
  EIDER_ASSIGN(auto grown, GrownSchema(services, {.part = part.plan,
                                                  .query = work.queries[i].query,
                                                  .table = *table.metadata,
                                                  .so_far = evolution,
                                                  .place = misfits.place,
                                                  .rescued = misfits.RescuedOf(i)}));
  if (!grown) return std::optional<engine::WriteTarget>();
  evolution = *std::move(grown);
  const catalog::LoadedTable& state = work.grown.emplace_back(
      std::make_shared<const iceberg::TableMetadata>(WithSchema(*table.metadata, *evolution)),
      table.metadata_location);
  EIDER_ASSIGN(engine::WriteTarget target, WriteTargetOf(services, part.plan.table(), state));
  return std::optional(std::move(target));
}

// What was rescued stays so where no table can have the columns of such rows.
Result<std::optional<engine::WriteTarget>> GrowIfPossible(const Services& services,
                                                          PartQueries& work, std::size_t i,
                                                          const Misfits& misfits) {
  if (misfits.written.empty()) return GrowTable(services, work, i, misfits);
  if (misfits.RescuedOf(i).empty()) return std::optional<engine::WriteTarget>();
  auto target = GrowTable(services, work, i, misfits);
  if (target) return target;
  const Code code = target.error().code;
  if (code == Code::kInvalid || code == Code::kUnsupported) {
    return std::optional<engine::WriteTarget>();
  }
  return target;
}

// Whether any of the tables grows for rows that did not fit.
Result<bool> GrowTables(const Services& services, PartQueries& work, const Misfits& misfits) {
  bool has_grown = false;
  std::vector<engine::PartQuery> queries;
  for (std::size_t i = 0; i < work.parts.size(); ++i) {
    EIDER_ASSIGN(auto target, GrowIfPossible(services, work, i, misfits));
    has_grown = has_grown || target.has_value();
    engine::PartQuery& query = work.queries[i];
    queries.push_back({query.query, target ? *std::move(target) : query.target});
  }
  work.queries = std::move(queries);
  return has_grown;
}

// The same for values that were rescued: what the route's contract has a place for is to go there.
Result<bool> GrowForRescued(const Services& services, PartQueries& work,
                            const std::vector<engine::Written>& written) {
  const auto fits = [](const engine::Written& one) { return one.rescued.rows == 0; };
  if (std::ranges::all_of(written, fits)) return false;
  return GrowTables(services, work, {.written = written});
}

}  // namespace

Error OfTable(const PlannedPart& part, Error error) {
  if (error.code != Code::kOutOfMemory) return error;
  return Annotate("table " + part.table().ToString(), std::move(error));
}

Result<std::vector<engine::Written>> RunQueries(const Services& services, PartQueries& work,
                                                const std::stop_token& stop) {
  while (true) {  // each round fits more, or is the last
    auto written = RunAll(services, work, stop);
    if (!written) {
      if (written.error().code != Code::kInvalid) return written;
      const auto has_grown = GrowTables(services, work, {.place = written.error().place});
      if (!has_grown || !*has_grown) return written;
      continue;
    }
    const auto is_grown = GrowForRescued(services, work, *written);
    if (is_grown && !*is_grown) return written;
    for (const engine::Written& one : *written) RemoveDataFiles(services, one.files);
    if (!is_grown) return std::unexpected(is_grown.error());
  }
}

void RemoveDataFiles(const Services& services, std::span<const iceberg::DataFile> files) {
  for (const iceberg::DataFile& file : files) {
    auto uri = Uri::Parse(file.file_path);
    const Status removed = uri ? services.store.Remove(*uri) : Status(std::unexpected(uri.error()));
    if (!removed) {
      services.log.warn("data file {} is in no snapshot and could not be removed: {}",
                        file.file_path, removed.error().message);
    }
  }
}

}  // namespace eider::pipeline
