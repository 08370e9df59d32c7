// The fields that `eider run --json` and the log of `eider lambda` share.
#include "eider/app/outcome_line.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/app/console.h"
#include "eider/app/json_line.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/load_history.h"

namespace eider::app {

std::string_view FateName(pipeline::Fate fate) {
  switch (fate) {
    case pipeline::Fate::kLoaded:
      return "LOADED";
    case pipeline::Fate::kSkipped:
      return "SKIPPED";
    case pipeline::Fate::kFailed:
      return "FAILED";
    case pipeline::Fate::kHeld:
      return "HELD";
    case pipeline::Fate::kNotBegun:
      return "NOT_BEGUN";
    case pipeline::Fate::kSuperseded:
      return "SUPERSEDED";
  }
  return "FAILED";
}

void AddCounts(JsonLine& line, const ledger::RowCounts& counts) {
  const auto number_or_null = [](std::optional<std::int64_t> number) {
    return number ? JsonLine(*number) : JsonLine(nullptr);
  };
  line["rows_read"] = number_or_null(counts.read);
  line["rows_filtered"] = number_or_null(counts.filtered);
  line["rows_rejected"] = counts.rejected;
}

std::string CountsText(std::int64_t rows, const ledger::RowCounts& counts) {
  std::string text = Counted(rows, "row") + " would be written";
  if (counts.read) text += fmt::format(": {} read", *counts.read);
  if (counts.filtered) text += fmt::format(", {} filtered", *counts.filtered);
  if (counts.rejected > 0) text += fmt::format(", {} rejected", counts.rejected);
  return text;
}

void AddPlace(JsonLine& line, const FilePlace& place) {
  const FilePlace shown = codec::ShortPlace(place);
  line["line"] = shown.line == 0 ? JsonLine(nullptr) : JsonLine(shown.line);
  line["column"] = shown.column.empty() ? JsonLine(nullptr) : JsonLine(shown.column);
  line["value"] = shown.value ? JsonLine(*shown.value) : JsonLine(nullptr);
}

JsonLine PartLine(const ledger::PartRecord& part) {
  JsonLine values = JsonLine::array();
  for (const auto& value : part.values) values.push_back(value ? JsonLine(*value) : JsonLine());
  JsonLine line = {
      {"route", part.route},
      {"values", std::move(values)},
      {"table", part.target_table},
      {"loaded", part.is_loaded},
      {"rows", part.rows},
      {"snapshot_id", part.snapshot_id ? JsonLine(*part.snapshot_id) : JsonLine(nullptr)}};
  AddCounts(line, part.counts);
  return line;
}

JsonLine OutcomeLine(const pipeline::Outcome& outcome) {
  const ledger::LoadResult& result = outcome.result;
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? JsonLine(nullptr) : JsonLine(text);
  };
  JsonLine line = {
      {"file", outcome.file.uri.ToString()},
      {"state", FateName(outcome.fate)},
      {"route", text_or_null(result.route)},
      {"table", text_or_null(result.target_table)},
      {"rows", result.rows},
      {"snapshot_id", result.snapshot_id ? JsonLine(*result.snapshot_id) : JsonLine(nullptr)},
      {"error",
       outcome.error ? JsonLine(codec::ShortMessage(outcome.error->message)) : JsonLine(nullptr)},
      {"code", outcome.error ? JsonLine(CodeName(outcome.error->code)) : JsonLine(nullptr)},
      {"milliseconds", outcome.duration.count()}};
  AddCounts(line, result.counts);
  AddPlace(line, outcome.error ? outcome.error->place : FilePlace());
  for (const ledger::PartRecord& part : result.parts) line["parts"].push_back(PartLine(part));
  for (const pipeline::LeftOut& made : outcome.left_out) {
    line["left_out"].push_back({{"table", made.table}, {"columns", made.columns}});
  }
  const pipeline::StepTimes& steps = outcome.steps;
  line["steps"] = {{"ledger", steps.ledger.count()},
                   {"route", steps.route.count()},
                   {"table", steps.table.count()},
                   {"query", steps.query.count()},
                   {"commit", steps.commit.count()}};
  for (const pipeline::RescuedValues& of : outcome.rescued) {
    line["rescued"].push_back({{"table", of.table},
                               {"column", of.column},
                               {"rows", of.rows},
                               {"of_columns", of.of_columns}});
  }
  if (!outcome.note.empty()) line["note"] = codec::ShortMessage(outcome.note);
  return line;
}

}  // namespace eider::app
