// `eider explain`: which route a file takes and why, and what its query would do to the table.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/app/commands.h"
#include "eider/app/find_work.h"
#include "eider/app/json_line.h"
#include "eider/app/outcome_line.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/preview_text.h"
#include "eider/app/text_table.h"
#include "eider/app/work_journal.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/kept_rows.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/partition_term.h"
#include "eider/iceberg/sort_term.h"
#include "eider/ledger/record_json.h"
#include "eider/pipeline/explain_file.h"
#include "eider/routing/router.h"

namespace eider::app {
namespace {

using pipeline::FileExplanation;
using pipeline::PartExplanation;

JsonLine ErrorJson(const std::optional<Error>& error) {
  if (!error) return nullptr;
  return {{"message", codec::ShortMessage(error->message)}, {"code", CodeName(error->code)}};
}

JsonLine JsonOf(const engine::Preview& sample) {
  JsonLine rows = JsonLine::array();
  for (const std::vector<std::string>& row : sample.rows) {
    JsonLine& line = rows.emplace_back(JsonLine::object());
    for (std::size_t i = 0; i < row.size(); ++i) line[sample.columns[i]] = row[i];
  }
  return rows;
}

JsonLine JsonOf(const engine::ExplainedReader& reader) {
  JsonLine options = JsonLine::object();
  for (const auto& [name, value] : reader.options) options[name] = value;
  return {{"reader", reader.reader},
          {"file", reader.file},
          {"options", std::move(options)},
          {"renamed", reader.renamed}};
}

JsonLine JsonOf(const engine::Explanation& query) {
  JsonLine columns = JsonLine::array();
  for (const engine::ExplainedColumn& column : query.columns) {
    columns.push_back({{"result", column.result_column},
                       {"result_type", column.result_type},
                       {"column", column.table_column},
                       {"type", column.table_type},
                       {"how", column.how}});
  }
  JsonLine problems = JsonLine::array();
  for (const std::string& problem : query.problems) {
    problems.push_back(codec::ShortMessage(problem));
  }
  JsonLine readers = JsonLine::array();
  for (const engine::ExplainedReader& reader : query.readers) readers.push_back(JsonOf(reader));
  return {{"sql", query.sql},
          {"readers", std::move(readers)},
          {"columns", std::move(columns)},
          {"problems", std::move(problems)},
          {"rows", query.rows},
          {"rows_are_exact", query.rows_are_exact},
          {"input_bytes", query.input_bytes}};
}

// Data files of about the target size, at least one; compressed rows take about what they took in
// the input.
std::int64_t EstimatedFiles(const PartExplanation& part) {
  if (!part.query || part.target_file_size_bytes <= 0) return 1;
  const auto bytes = static_cast<std::int64_t>(part.query->input_bytes);
  return std::max<std::int64_t>(1, bytes / part.target_file_size_bytes);
}

bool IsPartitioned(const PartExplanation& part) {
  return !part.partitions.empty() && part.partitions != iceberg::SpecText({}, {});
}

// Behind the rows of a query: "unpartitioned, 1 data file".
std::string LayoutText(const PartExplanation& part) {
  const std::int64_t files = EstimatedFiles(part);
  std::string text;
  if (IsPartitioned(part)) {
    text =
        fmt::format("partitioned by {}, a data file for each partition at least", part.partitions);
  } else {
    text = "unpartitioned, " + Counted(files, "data file");
  }
  const bool is_sorted = !part.sort_order.empty() && part.sort_order != iceberg::SortText({}, {});
  return is_sorted ? fmt::format("{}; sort order {}", text, part.sort_order) : text;
}

bool KeepsRows(const routes::Route& route) {
  return engine::KeepsRows(route.query_sql) ||
         (!route.then_sql.empty() && engine::KeepsRows(route.then_sql));
}

JsonLine JsonOf(const PartExplanation& part, bool is_deep) {
  JsonLine values = JsonLine::array();
  for (const auto& value : part.values) values.push_back(value ? JsonLine(*value) : JsonLine());
  JsonLine line = {
      {"route", part.route.partition_key},
      {"values", std::move(values)},
      {"enabled", part.route.enabled},
      {"table", part.route.target_table.ToString()},
      {"table_exists", part.table_exists},
      {"is_in_already", part.is_in_already},
      {"query", part.query ? JsonOf(*part.query) : JsonLine(nullptr)},
      {"keeps_rows", KeepsRows(part.route)},
      {"kept_whole",
       part.kept_whole.empty() ? JsonLine() : JsonLine(codec::ShortMessage(part.kept_whole))},
      {"transform", part.route.transform.empty() ? JsonLine() : JsonLine(part.route.transform)},
      {"partitions", part.partitions},
      {"sort_order", part.sort_order},
      {"estimated_files", EstimatedFiles(part)},
      {"schema_changes", part.schema_steps},
      {"estimated_partitions", IsPartitioned(part) ? JsonLine() : JsonLine(1)},
      {"error", ErrorJson(part.error)}};
  if (part.sample) line["sample"] = JsonOf(*part.sample);
  if (!is_deep) return line;
  JsonLine& run = line["run"] = {{"rows", part.rows},
                                 {"data_files", part.data_files},
                                 {"partitions", part.partitions_touched}};
  ledger::AddCounts(run, part.counts);
  run["rows_rescued"] = part.rescued.rows;
  return line;
}

// What a run fails with; nothing where it does not.
std::optional<Error> RunError(const FileExplanation& explained) {
  return explained.error ? explained.error : explained.run_error;
}

JsonLine RunJson(const std::optional<Error>& error) {
  JsonLine line = {{"error", nullptr}, {"code", nullptr}};
  if (error) line["error"] = codec::ShortMessage(error->message);
  if (error) line["code"] = CodeName(error->code);
  ledger::AddPlace(line, error ? error->place : FilePlace());
  return line;
}

JsonLine JsonOf(const FileExplanation& explained, const ExplainOptions& options) {
  JsonLine steps = JsonLine::array();
  for (const routing::RouteStep& step : explained.routed.steps) {
    steps.push_back({{"strategy", step.strategy}, {"text", step.text}, {"won", step.won}});
  }
  JsonLine parts = JsonLine::array();
  for (const PartExplanation& part : explained.parts) parts.push_back(JsonOf(part, options.deep));
  return {{"file", explained.file.uri.ToString()},
          {"strategy", explained.routed.strategy},
          {"column", explained.routed.column},
          {"steps", std::move(steps)},
          {"parts", std::move(parts)},
          {"error", ErrorJson(explained.error)},
          {"held", explained.held.empty() ? JsonLine(nullptr)
                                          : JsonLine(codec::ShortMessage(explained.held))},
          {"looked_at", options.deep              ? "all"
                        : options.sample_rows > 0 ? "sample"
                                                  : "plan"},
          {"run", options.deep ? RunJson(RunError(explained)) : JsonLine(nullptr)}};
}

// Prints one file for people.
class Printer {
 public:
  Printer(Console& console, const ExplainOptions& options) : console_(console), options_(options) {}

  void Print(const FileExplanation& explained) {
    console_.out << Printable(explained.file.uri.ToString()) << '\n';
    for (const routing::RouteStep& step : explained.routed.steps) {
      Line(fmt::format("{} {} {}", step.won ? "=>" : "  ", step.strategy, step.text));
    }
    if (explained.error) Problem(explained.error->message);
    if (!explained.error && explained.parts.empty()) Line("   nothing would be loaded");
    for (const PartExplanation& part : explained.parts) Print(explained, part);
    if (!explained.held.empty()) {
      console_.out << '\n';
      Line("  the file would be held: " + codec::ShortMessage(explained.held));
    }
    if (!explained.parts.empty()) PrintDepth(explained);
    console_.out << std::flush;
  }

 private:
  void Line(const std::string& text) { console_.out << Printable(text) << '\n'; }

  void Problem(const std::string& message) {
    console_.out << Paint("  would fail: ", Color::kRed, console_.colors_out)
                 << PrintableMessage(message) << '\n';
  }

  static bool ReadsText(const PartExplanation& part) {
    return part.query && std::ranges::any_of(part.query->readers, [](const auto& reader) {
             return !reader.reader.starts_with("read_parquet");
           });
  }

  // Whether a part's plan has it already.
  static bool IsTold(const FileExplanation& explained) {
    const std::string& message = explained.run_error->message;
    return std::ranges::any_of(explained.parts, [&](const PartExplanation& part) {
      return (part.error && part.error->message == message) ||
             (part.query && std::ranges::count(part.query->problems, message) > 0);
    });
  }

  // A plan that is right says nothing of the values that nobody has looked at.
  void PrintDepth(const FileExplanation& explained) {
    console_.out << '\n';
    if (options_.deep) {
      Line("  looked at all rows, as a run does");
      if (explained.run_error && !IsTold(explained)) Problem(explained.run_error->message);
      return;
    }
    std::string seen = "the plan";
    if (std::ranges::any_of(explained.parts, ReadsText)) seen += ", all bytes of the file's text";
    if (options_.sample_rows > 0) seen += fmt::format(", {} rows at most", options_.sample_rows);
    Line(
        fmt::format("  looked at: {}; values are not converted: `--deep` tells what a run does "
                    "with all rows",
                    seen));
  }

  void Print(const FileExplanation& explained, const PartExplanation& part) {
    console_.out << '\n';
    Line(fmt::format("  route '{}'{} -> table {}{}", part.route.partition_key,
                     ValuesText(explained.routed.column, part), part.route.target_table.ToString(),
                     part.error || part.table_exists ? "" : ", which would be created"));
    if (!part.route.enabled) Line("  is disabled: the file would be held");
    if (part.is_in_already) Line("  the rows are in the table already: nothing would be loaded");
    if (part.query) Print(part, *part.query);
    if (part.error) Problem(part.error->message);
    const bool is_run =
        options_.deep && !explained.run_error && explained.held.empty() && part.route.enabled;
    if (is_run && !part.is_in_already) {
      Line("  " + CountsText(part.rows, part.counts));
      if (part.rescued.rows > 0) {
        Line(fmt::format("  {} with values rescued into {}: of {}",
                         Counted(part.rescued.rows, "row"), part.route.rescue,
                         pipeline::NamesOfLeftOut(part.rescued.columns)));
      }
      if (IsPartitioned(part)) {
        Line(fmt::format("  {}, {}", Counted(part.partitions_touched, "partition"),
                         Counted(part.data_files, "data file")));
      }
    }
    if (part.sample) console_.out << '\n' << PreviewText(*part.sample, console_.columns);
  }

  static std::string ValuesText(const std::string& column, const PartExplanation& part) {
    constexpr std::size_t kValuesMax = 5;
    if (part.values.empty()) return "";
    std::vector<std::string> values;
    for (const auto& value : part.values) {
      if (values.size() == kValuesMax) {
        values.push_back(fmt::format("{} more", part.values.size() - kValuesMax));
        break;
      }
      values.push_back(value ? fmt::format("'{}'", *value) : "null");
    }
    return fmt::format(" ({} = {})", column, fmt::join(values, ", "));
  }

  // A struct names all that is in it.
  static std::string ShortType(const std::string& type) {
    return codec::Shortened(type, codec::kWordBytesMax);
  }

  // How rows go through the SQL, and whether those of pieces may go side by side.
  void PrintFlow(const PartExplanation& part) {
    if (KeepsRows(part.route)) {
      Line(
          "  keeps rows in memory and on the temporary disk: it sorts, groups, joins or numbers "
          "them");
      return;
    }
    Line("  rows go through as they come, whatever the size of the file");
    Line(part.kept_whole.empty() ? "  may be prepared in pieces, side by side"
                                 : "  stays whole: " + codec::ShortMessage(part.kept_whole));
  }

  void Print(const PartExplanation& part, const engine::Explanation& query) {
    console_.out << "  " << PrintableLines(query.sql) << "\n";
    for (const engine::ExplainedReader& reader : query.readers) Print(reader);
    Line(fmt::format("  {}{} of an input of {}; {}", query.rows_are_exact ? "" : "about ",
                     Counted(query.rows, "row"), Counted(query.input_bytes, "byte"),
                     LayoutText(part)));
    PrintTransform(part.route);
    PrintFlow(part);
    for (const std::string& step : part.schema_steps) {
      Line("  the table would change: " + step);
    }
    TextTable columns({{"  result"}, {"type"}, {"column"}, {"type"}, {"how"}});
    for (const engine::ExplainedColumn& column : query.columns) {
      columns.Add({"  " + codec::ShortName(column.result_column), ShortType(column.result_type),
                   codec::ShortName(column.table_column), ShortType(column.table_type),
                   column.how});
    }
    console_.out << columns.ToString(console_.columns);
    for (const std::string& problem : query.problems) Problem(problem);
  }

  void PrintTransform(const routes::Route& route) {
    if (route.transform.empty()) return;
    Line(fmt::format("  then through plug-in {}{}", route.transform,
                     route.then_sql.empty() ? "" : ", and of what it makes:"));
    if (!route.then_sql.empty()) console_.out << "  " << PrintableLines(route.then_sql) << "\n";
  }

  void Print(const engine::ExplainedReader& reader) {
    std::string call = fmt::format("  reads {}('{}'", reader.reader, reader.file);
    for (const auto& [name, value] : reader.options) {
      call += fmt::format(", {} = {}", name, codec::ShortName(value));
    }
    Line(call + ")");
    if (reader.renamed.empty()) return;
    Line("  columns with another name than the file's header has: " +
         codec::ShortName(fmt::to_string(fmt::join(reader.renamed, ", "))));
  }

  Console& console_;
  const ExplainOptions& options_;
};

// As the journal counts them.
std::size_t FateOf(bool is_wrong) {
  return static_cast<std::size_t>(is_wrong ? pipeline::Fate::kFailed : pipeline::Fate::kLoaded);
}

// A file that ended an earlier process of this command is not read again.
FileExplanation Explained(const pipeline::Services& services, const FileRef& file,
                          const pipeline::LookInto& look, WorkJournal* journal) {
  auto explained = ReadOnce(journal, file, [&]() -> Result<FileExplanation> {
    return pipeline::ExplainFile(services, file, look, {});
  });
  if (explained) return *std::move(explained);
  FileExplanation crashed;
  crashed.file = file;
  crashed.error = std::move(explained).error();
  return crashed;
}

}  // namespace

Result<int> ExplainCommand(Session& session, const ExplainOptions& options) {
  if (options.uris.empty() && options.event.empty()) {
    return Fail(Code::kInvalid,
                "nothing to explain: name files or s3:// URIs, or an event with --event FILE (see "
                "`eider explain --help`)");
  }
  session.program.BeginDryRun();
  EIDER_ASSIGN(const Work work, FindWork(session, {.uris = options.uris, .event = options.event}));
  EIDER_ASSIGN(const pipeline::Services services, PipelineServices(session));
  WorkJournal* const journal = session.program.journal();
  const pipeline::LookInto look = {options.sample_rows, options.deep};
  const auto is_told = [&](const FileRef& file) {
    return journal != nullptr && journal->IsTold(file);
  };
  bool fails = journal != nullptr && journal->told().fates[FateOf(true)] > 0;
  const auto note = [&](const FileRef& file, bool is_wrong) {
    fails |= is_wrong;
    if (journal != nullptr) journal->Tell(file, FateOf(is_wrong), 0, 0);
  };
  for (const source::Unreachable& lost : work.listing.unreachable) {
    if (is_told(lost.file)) continue;
    PrintError(session.console,
               fmt::format("{}: {}", lost.file.uri.ToString(), lost.error.message));
    note(lost.file, true);
  }
  for (const FileRef& file : work.listing.files) {
    if (is_told(file)) continue;
    const FileExplanation explained = Explained(services, file, look, journal);
    note(file, !pipeline::ProblemsOf(explained).empty());
    if (session.is_json) {
      PrintJson(session.console, JsonOf(explained, options));
    } else {
      Printer(session.console, options).Print(explained);
    }
  }
  return fails ? kExitFailed : kExitDone;
}

}  // namespace eider::app
