// Records go from the ledger to the file page by page, and rows from the engine to the console as
// they come: neither is ever held as a whole.
#include "eider/app/history_sql.h"

#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/history_filter.h"
#include "eider/app/history_text.h"
#include "eider/app/json_line.h"
#include "eider/app/stop_on_signal.h"
#include "eider/app/text_table.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/engine/private_directory.h"
#include "eider/engine/table_query.h"
#include "eider/ledger/history.h"
#include "eider/ledger/ledger.h"

namespace eider::app {
namespace {

constexpr int kPage = 10'000;

// A table for people is put together before it is shown.
constexpr std::size_t kShownRowsMax = 10'000;

// As `eider history --json` has them.
std::vector<engine::TableColumn> HistoryColumns() {
  const char* const parts =
      "STRUCT(route VARCHAR, \"values\" VARCHAR[], \"table\" VARCHAR, loaded BOOLEAN, rows BIGINT, "
      "snapshot_id BIGINT, rows_read BIGINT, rows_filtered BIGINT, rows_rejected BIGINT, "
      "commit_token VARCHAR, route_version BIGINT, sql_hash VARCHAR)[]";
  return {{"file", "VARCHAR"},
          {"state", "VARCHAR"},
          {"route", "VARCHAR"},
          {"route_version", "BIGINT"},
          {"sql_hash", "VARCHAR"},
          {"table", "VARCHAR"},
          {"rows", "BIGINT"},
          {"snapshot_id", "BIGINT"},
          {"readers", "VARCHAR"},
          {"parts", parts},
          {"error", "VARCHAR"},
          {"code", "VARCHAR"},
          {"attempts", "BIGINT"},
          {"broken_off", "BIGINT"},
          {"size_bytes", "UBIGINT"},
          {"etag", "VARCHAR"},
          {"version_id", "VARCHAR"},
          {"commit_token", "VARCHAR"},
          {"owner", "VARCHAR"},
          {"first_seen", "TIMESTAMPTZ"},
          {"claimed_at", "TIMESTAMPTZ"},
          {"finished_at", "TIMESTAMPTZ"},
          {"rows_read", "BIGINT"},
          {"rows_filtered", "BIGINT"},
          {"rows_rejected", "BIGINT"},
          {"line", "UBIGINT"},
          {"column", "VARCHAR"},
          {"value", "VARCHAR"},
          {"afterwards", "VARCHAR"}};
}

Status WriteRecords(Session& session, const ledger::HistoryFilter& filter, const std::string& path,
                    const std::stop_token& stop) {
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  ledger::HistoryPlace after;
  while (true) {
    if (stop.stop_requested()) return Fail(Code::kCancelled, "stopped");
    EIDER_ASSIGN(const auto page, ledger->ListByUri(filter.uri_prefix, after, kPage));
    if (page.empty()) break;
    for (const ledger::LoadRecord& record : page) {
      if (ledger::Fits(filter, record)) out << HistoryLine(record) << '\n';
    }
    after = {page.back().file.uri.ToString(), page.back().file.Version()};
  }
  out.close();
  if (out) return {};
  return Fail(Code::kUnavailable, "cannot write the history for the query to " + path +
                                      " (engine.temp_directory): is the disk full?");
}

// Rows for people, at most so many.
class Shown {
 public:
  void Begin(const std::vector<std::string>& columns) {
    std::vector<TextTable::Column> titles;
    for (const std::string& column : columns) titles.push_back({Printable(column)});
    table_.emplace(std::move(titles));
  }

  bool Add(const std::vector<std::string>& cells) {
    if (rows_ == kShownRowsMax) {
      is_cut_ = true;
      return false;
    }
    std::vector<std::string> shown;
    for (const std::string& cell : cells) shown.push_back(Printable(cell));
    table_->Add(std::move(shown));
    ++rows_;
    return true;
  }

  void Print(Console& console) const {
    if (table_) console.out << table_->ToString(console.columns);
    if (is_cut_) {
      console.err << fmt::format("the first {} rows; --json shows all, LIMIT in the SQL fewer\n",
                                 kShownRowsMax);
    }
  }

 private:
  std::optional<TextTable> table_;
  std::size_t rows_ = 0;
  bool is_cut_ = false;
};

// A function of DuckDB's that does not look at its end ends with the process.
engine::EngineOptions OptionsOf(const Session& session) {
  engine::EngineOptions options = session.program.OptionsOfEngine();
  options.on_stuck = [](const std::string& /*message*/) { std::_Exit(kExitUsage); };
  return options;
}

Status Answer(Session& session, const engine::TableQuestion& question,
              const std::stop_token& stop) {
  store::ObjectStore& store = session.program.store();
  if (session.is_json) {
    const engine::AnswerVisitor printer{.begin = [](const std::vector<std::string>&) {},
                                        .row =
                                            [&](const std::vector<std::string>& cells) {
                                              PrintJson(session.console,
                                                        JsonLine::parse(cells.front()));
                                              return true;
                                            }};
    return engine::AnswerQuestion(store, OptionsOf(session), question, printer, stop);
  }
  Shown shown;
  const engine::AnswerVisitor visitor{
      .begin = [&](const std::vector<std::string>& columns) { shown.Begin(columns); },
      .row = [&](const std::vector<std::string>& cells) { return shown.Add(cells); }};
  EIDER_CHECK(engine::AnswerQuestion(store, OptionsOf(session), question, visitor, stop));
  shown.Print(session.console);
  return {};
}

}  // namespace

Result<int> AskHistory(Session& session, const HistoryOptions& options) {
  EIDER_ASSIGN(const ledger::HistoryFilter filter,
               FilterOf(options, session.program.clock().Now()));
  const StopOnSignal stop;  // before DuckDB starts its threads
  EIDER_ASSIGN(const auto directory, engine::PrivateDirectory::Make(
                                         session.program.loaded().config.engine.temp_directory));
  const std::string path = directory->path() + "/history.jsonl";
  Status done = WriteRecords(session, filter, path, stop.token());
  if (done) {
    done = Answer(session,
                  {.sql = options.sql,
                   .asked_by = "--sql",
                   .table = {"history", Uri{"file", "", path}, HistoryColumns()},
                   .form = session.is_json ? engine::RowForm::kJson : engine::RowForm::kTexts},
                  stop.token());
  }
  if (!done && stop.signal() != 0) return kExitSignal + stop.signal();
  if (!done) return std::unexpected(std::move(done).error());
  return kExitDone;
}

}  // namespace eider::app
