// `eider table create`: a table before its first file, from a statement or from a sample.
#include <cstddef>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/app/commands.h"
#include "eider/app/find_work.h"
#include "eider/app/layout_options.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/table_text.h"
#include "eider/app/work_journal.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/codec/json.h"
#include "eider/config/regular_file.h"
#include "eider/engine/table_statement.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/ledger/loaded_files.h"
#include "eider/pipeline/target_tables.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"
#include "eider/routes/table_layout.h"

namespace eider::app {
namespace {

using iceberg::TableName;

constexpr std::size_t kStatementBytesMax = 1U << 20U;

Status CheckOptions(const TableCreateOptions& options) {
  if (options.sql_file.empty() == options.from.empty()) {
    return Fail(Code::kInvalid,
                "a table is created by a statement or of a sample: give either --sql-file FILE or "
                "--from FILE (see `eider table create --help`)");
  }
  if (!options.route.empty() && options.from.empty()) {
    return Fail(Code::kInvalid, "--route says how the rows of a file are shaped: give --from FILE");
  }
  return {};
}

// Of attributes as a route has them. Errors: kInvalid, with the first that is wrong.
Result<routes::TableLayout> ReadLayout(const codec::Json& item) {
  std::vector<routes::AttributeProblem> problems;
  routes::TableLayout layout = routes::ReadTableLayout(item, problems);
  if (!problems.empty()) return Fail(Code::kInvalid, problems.front().message);
  return layout;
}

// The layout that the options ask for, and what of the earlier one they leave open.
Result<routes::TableLayout> LayoutOf(const TableCreateOptions& options,
                                     routes::TableLayout earlier) {
  codec::Json item = codec::Json::object();
  EIDER_CHECK(SetLayout(options.layout, item));
  EIDER_ASSIGN(routes::TableLayout layout, ReadLayout(item));
  if (layout.partition_by.empty()) layout.partition_by = std::move(earlier.partition_by);
  if (layout.sort_by.empty()) layout.sort_by = std::move(earlier.sort_by);
  if (!layout.location) layout.location = std::move(earlier.location);
  layout.properties.merge(earlier.properties);  // those that are there stay
  return layout;
}

// The statement may leave out the namespace, and names no other table.
Status CheckSameName(const engine::TableStatement& statement, const TableName& name,
                     const std::string& file) {
  const std::string whole = name.ToString();
  if (statement.name == whole || whole.ends_with("." + statement.name)) return {};
  return Fail(Code::kInvalid,
              fmt::format("{} creates table {}, and not {}", file, statement.name, whole));
}

Result<routes::TableLayout> LayoutOf(const engine::TableStatement& statement) {
  return ReadLayout({{routes::kPartitionBy, statement.partition_by},
                     {routes::kSortBy, statement.sort_by},
                     {routes::kTableProperties, statement.properties}});
}

Result<pipeline::TargetTable> CreateByStatement(Session& session, const TableName& name,
                                                const TableCreateOptions& options) {
  const std::string path = std::filesystem::path(session.working_directory) / options.sql_file;
  auto sql = config::ReadTextFile(path, kStatementBytesMax);
  if (!sql) return Fail("--sql-file", std::move(sql).error());
  engine::EngineOptions engine;
  engine.temp_directory = session.program.loaded().config.engine.temp_directory;
  EIDER_ASSIGN(const engine::TableStatement statement,
               engine::ReadTableStatement(*sql, options.sql_file, engine));
  EIDER_CHECK(CheckSameName(statement, name, options.sql_file));
  EIDER_ASSIGN(routes::TableLayout layout, LayoutOf(statement));
  routes::Route route{.target_table = name};
  EIDER_ASSIGN(route.layout, LayoutOf(options, std::move(layout)));
  EIDER_ASSIGN(const auto request, pipeline::NewTableRequest(route, statement.schema));
  EIDER_ASSIGN(catalog::Catalog* const catalog, session.program.Catalog());
  EIDER_ASSIGN(auto state, catalog->Create(request));
  return pipeline::TargetTable{std::move(state)};
}

Result<routes::Route> RouteOf(Session& session, const std::string& key) {
  if (key.empty()) return routes::Route{.query_sql = "FROM '{s3_input_path}'"};
  EIDER_ASSIGN(routes::RouteReader* const store, session.program.Routes());
  EIDER_ASSIGN(std::optional<routes::Route> route, store->Find(key));
  if (!route) {
    return Fail(Code::kInvalid, fmt::format("there is no route '{}' in {}", key, store->Name()));
  }
  return *std::move(route);
}

// The file is read as foreign bytes are: one that ended the process before is not read again.
Result<pipeline::TargetTable> CreateBySample(Session& session, const TableName& name,
                                             const TableCreateOptions& options) {
  EIDER_ASSIGN(routes::Route route, RouteOf(session, options.route));
  route.target_table = name;
  EIDER_ASSIGN(route.layout, LayoutOf(options, std::move(route.layout)));
  EIDER_ASSIGN(const FileRef file, FindOneFile(session, "--from", options.from));
  EIDER_ASSIGN(const pipeline::Services services, PipelineServices(session));
  return ReadOnce(session.program.journal(), file,
                  [&] { return pipeline::CreateOfSample(services, route, file, {}); });
}

// Of a table of that name that was dropped: nobody loads them again by himself.
Status TellOfEarlierFiles(Session& session, const TableName& name) {
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  EIDER_ASSIGN(const auto loaded, ledger::FilesLoadedInto(*ledger, name.ToString()));
  if (loaded.empty()) return {};
  session.console.err << fmt::format(
      "the ledger knows {} loaded into an earlier table of that name: `eider run --force` loads "
      "them again\n",
      Counted(loaded.size(), "file"));
  return {};
}

}  // namespace

Result<int> TableCreateCommand(Session& session, const TableCreateOptions& options) {
  EIDER_CHECK(CheckOptions(options));
  EIDER_ASSIGN(const auto name, TableName::Parse(options.table));
  if (options.dry_run) session.program.BeginDryRun();
  EIDER_ASSIGN(catalog::Catalog* const catalog, session.program.Catalog());
  const auto present = catalog->Load(name);
  if (!present && present.error().code != Code::kNotFound) return std::unexpected(present.error());
  if (present) {
    PrintError(session.console, fmt::format("table {} is there already", name.ToString()));
    return kExitFailed;
  }
  auto created = options.from.empty() ? CreateByStatement(session, name, options)
                                      : CreateBySample(session, name, options);
  if (!created) {
    PrintError(session.console, created.error().message);
    return kExitFailed;
  }
  Console& console = session.console;
  if (!session.is_json) {
    const std::string left_out =
        created->left_out.empty()
            ? ""
            : fmt::format(", without columns that have no value in the file: {}",
                          fmt::join(created->left_out, ", "));
    console.out << Printable(fmt::format("{} {}{}", options.dry_run ? "would create" : "created",
                                         name.ToString(), left_out))
                << "\n\n";
  }
  PrintTable(session, name.ToString(), created->state);
  if (!options.dry_run) EIDER_CHECK(TellOfEarlierFiles(session, name));
  return kExitDone;
}

}  // namespace eider::app
