// Demands one on top of the other, and those that the sum does not meet.
#include "eider/pipeline/held_files.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"
#include "eider/pipeline/schema_change.h"

namespace eider::pipeline {
namespace {

// The first file that asked for the column, unless the table has it.
std::string AskerOf(const std::string& path, const iceberg::Schema& table,
                    std::span<const HeldFile> files) {
  bool is_in_table = false;
  iceberg::VisitFields(table, [&](const iceberg::Field&, const std::string& other, bool) {
    is_in_table = is_in_table || other == path;
  });
  if (is_in_table) return "";
  const auto asks = [&](const HeldFile& file) {
    bool is_found = false;
    iceberg::VisitFields({.fields = file.demand.columns},
                         [&](const iceberg::Field&, const std::string& other, bool) {
                           is_found = is_found || other == path;
                         });
    return is_found;
  };
  const auto first = std::ranges::find_if(files, asks);
  return first == files.end() ? "" : first->file.uri.ToString();
}

}  // namespace

Result<HeldFiles> FindHeldFiles(ledger::Ledger& ledger) {
  EIDER_ASSIGN(auto records, ledger.Query({.limit = std::numeric_limits<int>::max(),
                                           .only_with_schema_change = true}));
  // The history is newest first; files of one claim stay in the order of their URIs.
  std::ranges::stable_sort(records, {}, &ledger::LoadRecord::claimed_at);
  HeldFiles held;
  for (const ledger::LoadRecord& record : records) {
    auto changes = ParseSchemaChange(record.result.schema_change);
    if (!changes) {
      return Fail(fmt::format("the ledger's row of {}", record.file.uri.ToString()),
                  std::move(changes).error());
    }
    for (SchemaChange& change : *changes) {
      held[change.table].push_back({.file = record.file,
                                    .route = std::move(change.route),
                                    .since = record.finished_at.value_or(record.claimed_at),
                                    .demand = std::move(change.demand)});
    }
  }
  return held;
}

Result<Proposal> Propose(const iceberg::TableMetadata& table, std::span<const HeldFile> files) {
  Proposal proposal;
  auto& evolution = proposal.evolution;
  for (const HeldFile& file : files) {
    EIDER_ASSIGN(auto further, evolution ? iceberg::EvolveFurther(*evolution, file.demand)
                                         : iceberg::EvolveSchema(table, file.demand));
    if (further) evolution = std::move(further);
  }
  const iceberg::Schema& schema = evolution ? evolution->schema : table.CurrentSchema();
  for (const HeldFile& file : files) {
    for (iceberg::UnmetColumn& unmet : iceberg::UnmetColumns(schema, file.demand)) {
      std::string other = AskerOf(unmet.path, table.CurrentSchema(), files);
      proposal.contradictions.push_back({std::move(unmet.path), std::move(unmet.wanted),
                                         file.file.uri.ToString(), std::move(unmet.present),
                                         std::move(other)});
    }
  }
  return proposal;
}

std::string ToString(const Contradiction& contradiction) {
  const bool is_in_table = contradiction.other_file.empty();
  return fmt::format(
      "column {}: {} needs {}, {} {}; no type of Iceberg's holds both: let the route's SELECT cast "
      "the column, and `eider run {}` looks at that file anew",
      contradiction.path, contradiction.file, iceberg::ToString(contradiction.wanted),
      is_in_table ? "the table has" : contradiction.other_file + " needs",
      iceberg::ToString(contradiction.other), contradiction.file);
}

}  // namespace eider::pipeline
