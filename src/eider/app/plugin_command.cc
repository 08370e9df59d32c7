// `eider plugin test`: a plug-in with the rows of one file, before any route names it.
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/app/commands.h"
#include "eider/app/find_work.h"
#include "eider/app/json_line.h"
#include "eider/app/preview_text.h"
#include "eider/app/text_table.h"
#include "eider/app/work_journal.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/config/plugin_program.h"
#include "eider/engine/query.h"
#include "eider/engine/sql_engine.h"

namespace eider::app {
namespace {

constexpr int kShownRows = 5;

struct Tried {
  engine::Exported rows;
  engine::Explanation plan;
  engine::Preview first;
  Milliseconds took{0};  // its start and the file
};

Result<Tried> Try(engine::SqlEngine& engine, const engine::Query& query, Clock& clock) {
  Tried tried;
  const auto take = [](std::string_view /*bytes*/) -> Status { return {}; };
  const TimePoint started = clock.Now();
  EIDER_ASSIGN(tried.rows, engine.Export(query, engine::RowFormat::kArrow, {}, take, {}));
  tried.took = clock.Now() - started;
  EIDER_ASSIGN(tried.plan, engine.Explain(query, nullptr, "(new)"));
  EIDER_ASSIGN(tried.first, engine.FirstRows(query, kShownRows));
  return tried;
}

void TellJson(Session& session, const engine::Transformed& rows, const Tried& tried) {
  JsonLine columns = JsonLine::array();
  for (const engine::ExplainedColumn& column : tried.plan.columns) {
    columns.push_back({{"name", column.result_column},
                       {"type", column.result_type},
                       {"table_type", column.table_type}});
  }
  PrintJson(session.console, {{"plugin", rows.plugin},
                              {"rows_in", rows.rows_in},
                              {"rows_out", rows.rows_out},
                              {"duration_ms", tried.took.count()},
                              {"columns", std::move(columns)},
                              {"problems", tried.plan.problems}});
}

void TellText(Session& session, const engine::Transformed& rows, const Tried& tried) {
  Console& console = session.console;
  console.out << fmt::format("{} through plug-in {}, which gave {}, in {} ms\n\n",
                             Counted(rows.rows_in, "row"), Printable(rows.plugin), rows.rows_out,
                             tried.took.count());
  TextTable columns({{"column"}, {"type"}, {"of a new table"}});
  for (const engine::ExplainedColumn& column : tried.plan.columns) {
    columns.Add({column.result_column, column.result_type, column.table_type});
  }
  console.out << columns.ToString(console.columns) << '\n';
  for (const std::string& problem : tried.plan.problems) {
    console.out << PrintableMessage(problem) << '\n';
  }
  console.out << PreviewText(tried.first, console.columns) << std::flush;
}

}  // namespace

Result<int> PluginTestCommand(Session& session, const PluginTestOptions& options) {
  session.program.BeginDryRun();
  engine::Query query;
  EIDER_ASSIGN(query.transform.emplace().program,
               config::FindPlugin(session.program.loaded().config.plugins, options.name));
  query.sql =
      options.sql.empty() ? fmt::format("SELECT * FROM '{}'", engine::kInputMarker) : options.sql;
  EIDER_ASSIGN(query.input, FindOneFile(session, "FILE", options.file));
  EIDER_ASSIGN(engine::SqlEngine* const engine, session.program.Engine());
  const auto tried = ReadOnce(session.program.journal(), query.input,
                              [&] { return Try(*engine, query, session.program.clock()); });
  if (!tried) {
    PrintError(session.console, tried.error().message);
    return kExitFailed;
  }
  const engine::Transformed rows = tried->rows.transformed.value_or(engine::Transformed{});
  session.is_json ? TellJson(session, rows, *tried) : TellText(session, rows, *tried);
  return kExitDone;
}

}  // namespace eider::app
