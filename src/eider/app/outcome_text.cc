// Fate, file, rows and table; below it parts, columns left out and values rescued.
#include "eider/app/outcome_text.h"

#include <ostream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/app/console.h"
#include "eider/codec/shortened_text.h"
#include "eider/ledger/load_history.h"

namespace eider::app {
namespace {

using pipeline::Fate;
using pipeline::Outcome;

// The names of a file's tables and routes; many where it goes to several.
std::string Shown(const std::string& names) {
  return Printable(codec::Shortened(names, codec::kWordBytesMax));
}

std::string Indented(const std::string& message) {
  std::string text;
  for (const char c : PrintableLines(codec::ShortMessage(message))) {
    text += c;
    if (c == '\n') text += "    ";
  }
  return text;
}

void PrintFailure(Console& console, const Outcome& outcome) {
  const ledger::LoadResult& result = outcome.result;
  console.err << Paint(fmt::format("{:<7}", pipeline::FateName(outcome.fate)), Color::kRed,
                       console.colors_err)
              << "  " << Printable(outcome.file.uri.ToString()) << '\n';
  if (!result.route.empty()) {
    console.err << fmt::format("    route {}, table {}\n", Shown(result.route),
                               Shown(result.target_table));
  }
  console.err << "    " << Indented(outcome.error ? outcome.error->message : "") << std::endl;
}

}  // namespace

void PrintOutcome(Console& console, const Outcome& outcome, bool is_dry_run) {
  if (outcome.fate == Fate::kFailed || outcome.fate == Fate::kSuperseded) {
    return PrintFailure(console, outcome);
  }
  const ledger::LoadResult& result = outcome.result;
  const bool is_loaded = outcome.fate == Fate::kLoaded;
  const std::string fate =
      fmt::format("{:<7}", is_loaded && is_dry_run ? std::string_view("WOULD LOAD")
                                                   : pipeline::FateName(outcome.fate));
  console.out << Paint(fate, is_loaded ? Color::kGreen : Color::kFaint, console.colors_out) << "  "
              << Printable(outcome.file.uri.ToString());
  if (is_loaded) {
    console.out << fmt::format("  {} to {} in {} ms", Counted(result.rows, "row"),
                               Shown(result.target_table), outcome.duration.count());
  }
  if (!outcome.note.empty()) {
    console.out << "  (" << Printable(codec::ShortMessage(outcome.note)) << ")";
  }
  console.out << '\n';
  for (const ledger::PartRecord& part : result.parts) {
    console.out << fmt::format("           {} to {} by route {}{}\n", Counted(part.rows, "row"),
                               Shown(part.target_table), Shown(part.route),
                               part.is_loaded ? "" : ", not yet");
  }
  for (const pipeline::LeftOut& made : outcome.left_out) {
    console.out << fmt::format(
        "           {} left out of the new table {}: no value in this file, so no type (the "
        "route's `types` can say one)\n",
        Printable(pipeline::NamesOfLeftOut(made.columns)), Shown(made.table));
  }
  for (const pipeline::RescuedValues& of : outcome.rescued) {
    console.out << fmt::format("           {} with values in {} that did not fit {}: of {}\n",
                               Counted(of.rows, "row"), Printable(of.column), Shown(of.table),
                               Printable(pipeline::NamesOfLeftOut(of.of_columns)));
  }
  for (const pipeline::TransformedRows& of : outcome.transformed) {
    console.out << fmt::format("           {} for {} through plug-in {}, which gave {}\n",
                               Counted(of.rows.rows_in, "row"), Shown(of.table),
                               Printable(of.rows.plugin), of.rows.rows_out);
  }
  console.out << std::flush;
}

}  // namespace eider::app
