// `eider query`: what a route's SQL, or any, makes of a file, for people and for pipes.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/find_work.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/preview_text.h"
#include "eider/app/work_journal.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/engine/sql_engine.h"
#include "eider/pipeline/route_query.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"
#include "eider/routing/same_as.h"

namespace eider::app {
namespace {

constexpr int kTableRows = 40;

// Errors: kInvalid (no such route), those of the store of routes.
Result<routes::Route> FindRoute(Session& session, const std::string& key) {
  EIDER_ASSIGN(routes::RouteReader* const routes, session.program.Routes());
  EIDER_ASSIGN(const auto route, routes->Find(key));
  if (!route) {
    return Fail(Code::kInvalid,
                fmt::format("no route with this PartitionKey in {}: '{}'; SQL holds {}",
                            routes->Name(), key, engine::kInputMarker));
  }
  return routing::FollowSameAs(*routes, *route);
}

Result<engine::Query> QueryOf(Session& session, const QueryOptions& options, const FileRef& file) {
  if (HasSql(options)) {
    engine::Query query;
    query.sql = options.route_or_sql;
    query.input = file;
    return query;
  }
  EIDER_ASSIGN(const routes::Route route, FindRoute(session, options.route_or_sql));
  EIDER_ASSIGN(const pipeline::Services services, PipelineServices(session));
  return pipeline::RouteQuery(services, file, route);
}

// One more than is shown tells whether there are others.
Status ShowRows(Session& session, engine::SqlEngine& engine, const engine::Query& query,
                std::optional<int> limit) {
  const int rows_max = limit.value_or(kTableRows);
  EIDER_ASSIGN(engine::Preview preview, engine.FirstRows(query, rows_max + 1));
  const bool has_more = std::ssize(preview.rows) > rows_max;
  if (has_more) preview.rows.resize(static_cast<std::size_t>(rows_max));
  session.console.out << PreviewText(preview, session.console.columns) << std::flush;
  if (has_more) {
    session.console.err << fmt::format(
        "the first {}; `--limit N` shows others, `--format csv` all\n", Counted(rows_max, "row"));
  } else if (preview.rows.empty()) {
    session.console.err << "no rows\n";
  }
  return {};
}

Status WriteRows(Session& session, engine::SqlEngine& engine, const engine::Query& query,
                 engine::RowFormat format, std::optional<int> limit) {
  std::ostream& out = session.console.out;
  const auto take = [&](std::string_view bytes) -> Status {
    if (out.write(bytes.data(), std::ssize(bytes))) return {};
    return Fail(Code::kUnavailable, "standard output takes no more");
  };
  const auto rows_max = limit ? std::optional(static_cast<std::uint64_t>(*limit)) : std::nullopt;
  EIDER_ASSIGN(const engine::Exported exported, engine.Export(query, format, rows_max, take, {}));
  if (!out.flush()) return Fail(Code::kUnavailable, "standard output takes no more");
  if (exported.rows_rejected > 0) {
    session.console.err << fmt::format("{} would be set aside and are not among these\n",
                                       Counted(exported.rows_rejected, "row"));
  }
  return {};
}

// Nothing: a table for people.
std::optional<engine::RowFormat> FormatOf(const Session& session, const std::string& format) {
  if (format == "arrow") return engine::RowFormat::kArrow;
  if (format == "csv") return engine::RowFormat::kCsv;
  if (format == "json" || (format.empty() && session.is_json)) return engine::RowFormat::kJson;
  return std::nullopt;
}

Status Answer(Session& session, const QueryOptions& options, const FileRef& file) {
  EIDER_ASSIGN(const engine::Query query, QueryOf(session, options, file));
  EIDER_ASSIGN(engine::SqlEngine* const engine, session.program.Engine());
  const auto format = FormatOf(session, options.format);
  if (!format) return ShowRows(session, *engine, query, options.limit);
  if (format == engine::RowFormat::kArrow && session.console.out_is_terminal) {
    return Fail(Code::kInvalid,
                "an Arrow stream is no text for a terminal: `eider query … "
                "--format arrow > rows.arrows`");
  }
  return WriteRows(session, *engine, query, *format, options.limit);
}

}  // namespace

bool HasSql(const QueryOptions& options) {
  return options.route_or_sql.find(engine::kInputMarker) != std::string::npos;
}

Result<int> QueryCommand(Session& session, const QueryOptions& options) {
  session.program.BeginDryRun();
  EIDER_ASSIGN(const FileRef file, FindOneFile(session, "FILE", options.file));
  const Status answered =
      ReadOnce(session.program.journal(), file, [&] { return Answer(session, options, file); });
  if (answered) return kExitDone;
  PrintError(session.console, answered.error().message);
  return kExitFailed;
}

}  // namespace eider::app
