// The fields that `eider run --json` and the log of `eider lambda` share.
#include "eider/app/outcome_line.h"

#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/app/console.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/load_history.h"
#include "eider/ledger/record_json.h"

namespace eider::app {

std::string CountsText(std::int64_t rows, const ledger::RowCounts& counts) {
  std::string text = Counted(rows, "row") + " would be written";
  if (counts.read) text += fmt::format(": {} read", *counts.read);
  if (counts.filtered) text += fmt::format(", {} filtered", *counts.filtered);
  if (counts.rejected > 0) text += fmt::format(", {} rejected", counts.rejected);
  return text;
}

JsonLine OutcomeLine(const pipeline::Outcome& outcome) {
  const ledger::LoadResult& result = outcome.result;
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? JsonLine(nullptr) : JsonLine(text);
  };
  JsonLine line = {
      {"file", outcome.file.uri.ToString()},
      {"state", pipeline::FateName(outcome.fate)},
      {"route", text_or_null(result.route)},
      {"table", text_or_null(result.target_table)},
      {"rows", result.rows},
      {"snapshot_id", result.snapshot_id ? JsonLine(*result.snapshot_id) : JsonLine(nullptr)},
      {"error",
       outcome.error ? JsonLine(codec::ShortMessage(outcome.error->message)) : JsonLine(nullptr)},
      {"code", outcome.error ? JsonLine(CodeName(outcome.error->code)) : JsonLine(nullptr)},
      {"milliseconds", outcome.duration.count()}};
  ledger::AddCounts(line, result.counts);
  ledger::AddPlace(line, outcome.error ? outcome.error->place : FilePlace());
  for (const ledger::PartRecord& part : result.parts)
    line["parts"].push_back(ledger::PartJson(part));
  for (const pipeline::LeftOut& made : outcome.left_out) {
    line["left_out"].push_back({{"table", made.table}, {"columns", made.columns}});
  }
  const pipeline::StepTimes& steps = outcome.steps;
  using enum pipeline::Step;
  for (const pipeline::Step step : {kLedger, kRoute, kTable, kQuery, kCommit}) {
    line["steps"][std::string(pipeline::StepName(step))] = steps.Of(step).count();
  }
  for (const pipeline::RescuedValues& of : outcome.rescued) {
    line["rescued"].push_back({{"table", of.table},
                               {"column", of.column},
                               {"rows", of.rows},
                               {"of_columns", of.of_columns}});
  }
  for (const pipeline::TransformedRows& of : outcome.transformed) {
    line["transformed"].push_back({{"table", of.table},
                                   {"plugin", of.rows.plugin},
                                   {"rows_in", of.rows.rows_in},
                                   {"rows_out", of.rows.rows_out}});
  }
  if (outcome.is_in_work_elsewhere) line["in_work_elsewhere"] = true;
  if (!outcome.note.empty()) line["note"] = codec::ShortMessage(outcome.note);
  return line;
}

}  // namespace eider::app
