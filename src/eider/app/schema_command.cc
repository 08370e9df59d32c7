// `eider schema list|diff|apply`: changes of tables that held files wait for.
//
// The ledger has what each file lacks; the change is worked out anew each time, for the table as it
// is. apply may be repeated: once the table has changed there is no difference, and it loads what
// still waits.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/route_output.h"
#include "eider/app/text_table.h"
#include "eider/app/time_text.h"
#include "eider/app/work_journal.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/codec/shortened_text.h"
#include "eider/commit/commit_loop.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/held_files.h"
#include "eider/pipeline/schema_work.h"

namespace eider::app {
namespace {

using iceberg::ColumnChange;
using pipeline::HeldFile;
using pipeline::Proposal;

constexpr std::size_t kStepsShown = 10;

Result<pipeline::HeldFiles> AllHeldFiles(Session& session) {
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  return pipeline::FindHeldFiles(*ledger);
}

std::vector<ColumnChange> ChangesOf(const iceberg::TableMetadata& table, const Proposal& proposal) {
  if (!proposal.evolution) return {};
  return iceberg::ChangesBetween(table.CurrentSchema(), proposal.evolution->schema);
}

// The files that wait for one table, and how it would change for them.
struct Waiting {
  iceberg::TableName name;
  std::string table_uuid;
  std::vector<HeldFile> files;
  std::vector<ColumnChange> changes;
  std::vector<pipeline::Contradiction> contradictions;
};

Result<Waiting> FindWaiting(Session& session, const std::string& table) {
  Waiting waiting;
  EIDER_ASSIGN(waiting.name, iceberg::TableName::Parse(table));
  EIDER_ASSIGN(auto held, AllHeldFiles(session));
  const auto files = held.find(waiting.name.ToString());
  if (files == held.end()) return waiting;
  waiting.files = std::move(files->second);
  EIDER_ASSIGN(catalog::Catalog* const catalog, session.program.Catalog());
  EIDER_ASSIGN(const catalog::LoadedTable state, catalog->Load(waiting.name));
  EIDER_ASSIGN(Proposal proposal, pipeline::Propose(*state.metadata, waiting.files));
  waiting.table_uuid = state.metadata->table_uuid;
  waiting.changes = ChangesOf(*state.metadata, proposal);
  waiting.contradictions = std::move(proposal.contradictions);
  return waiting;
}

JsonLine JsonOf(const std::string& table, const ColumnChange& change) {
  return {{"table", table},
          {"column", change.path},
          {"before", change.before.empty() ? JsonLine(nullptr) : JsonLine(change.before)},
          {"after", change.after}};
}

JsonLine JsonOf(const std::string& table, const pipeline::Contradiction& contradiction) {
  const bool is_in_table = contradiction.other_file.empty();
  return {{"table", table},
          {"column", contradiction.path},
          {"contradiction",
           {{{"file", contradiction.file}, {"type", iceberg::ToString(contradiction.wanted)}},
            {{"file", is_in_table ? JsonLine(nullptr) : JsonLine(contradiction.other_file)},
             {"type", iceberg::ToString(contradiction.other)}}}}};
}

void PrintForMachines(Session& session, const Waiting& waiting) {
  const std::string table = waiting.name.ToString();
  for (const ColumnChange& change : waiting.changes) {
    PrintJson(session.console, JsonOf(table, change));
  }
  for (const pipeline::Contradiction& contradiction : waiting.contradictions) {
    PrintJson(session.console, JsonOf(table, contradiction));
  }
  PrintJson(session.console, {{"summary",
                               {{"files", waiting.files.size()},
                                {"changes", waiting.changes.size()},
                                {"contradictions", waiting.contradictions.size()}}}});
}

void PrintForPeople(Session& session, const Waiting& waiting) {
  Console& console = session.console;
  const std::string table = waiting.name.ToString();
  if (waiting.files.empty()) {
    console.out << fmt::format("no files wait for a change of {}\n", Printable(table));
    return;
  }
  if (waiting.changes.empty() && waiting.contradictions.empty()) {
    console.out << "no difference\n";
  } else {
    TextTable columns({{"column"}, {"before"}, {"after"}});
    for (const ColumnChange& change : waiting.changes) {
      columns.Add({change.path, change.before.empty() ? "-" : change.before, change.after});
    }
    if (!waiting.changes.empty()) console.out << columns.ToString(console.columns);
  }
  console.out << fmt::format("{} for {}\n",
                             waiting.files.size() == 1
                                 ? "1 file waits"
                                 : fmt::format("{} files wait", waiting.files.size()),
                             Printable(table))
              << std::flush;
  for (const pipeline::Contradiction& contradiction : waiting.contradictions) {
    PrintError(console, pipeline::ToString(contradiction));
  }
}

void Print(Session& session, const Waiting& waiting) {
  if (session.is_json) return PrintForMachines(session, waiting);
  PrintForPeople(session, waiting);
}

// Asks first. Whether the table is as its files need it now.
Result<bool> ChangeTable(Session& session, const Waiting& waiting, bool yes) {
  if (waiting.changes.empty()) return true;
  if (!yes) {
    EIDER_ASSIGN(const bool is_wanted,
                 Confirm(session.console, session.is_json,
                         fmt::format("Change table {}?", waiting.name.ToString())));
    if (!is_wanted) {
      session.console.err << "nothing changed\n";
      return false;
    }
  }
  EIDER_ASSIGN(catalog::Catalog* const catalog, session.program.Catalog());
  Program& program = session.program;
  pipeline::SchemaWork work(waiting.name, waiting.table_uuid, waiting.files);
  commit::TableWork* const all[] = {&work};
  const auto committed =
      commit::CommitWork({*catalog, program.clock(), program.random(), program.log()}, all,
                         LoadOptionsOf(session).retry, {});
  if (!committed.status) {
    PrintError(session.console, committed.status.error().message);
    return false;
  }
  if (!session.is_json) {
    session.console.out << fmt::format("changed {}\n", Printable(waiting.name.ToString()))
                        << std::flush;
  }
  return true;
}

// How a table would change for the files of one route, in one line; or why that is not known.
struct ListedChange {
  std::vector<std::string> steps;
  std::size_t contradictions = 0;
  std::string error;
};

ListedChange ChangeFor(Session& session, const std::string& table,
                       const std::vector<HeldFile>& files) {
  const auto look = [&]() -> Result<ListedChange> {
    EIDER_ASSIGN(const auto name, iceberg::TableName::Parse(table));
    EIDER_ASSIGN(catalog::Catalog* const catalog, session.program.Catalog());
    EIDER_ASSIGN(const catalog::LoadedTable state, catalog->Load(name));
    EIDER_ASSIGN(const Proposal proposal, pipeline::Propose(*state.metadata, files));
    ListedChange change{.steps = {}, .contradictions = proposal.contradictions.size(), .error = {}};
    for (const ColumnChange& one : ChangesOf(*state.metadata, proposal)) {
      change.steps.push_back(iceberg::ToString(one));
    }
    return change;
  };
  auto found = look();
  if (found) return *std::move(found);
  return {.steps = {}, .contradictions = 0, .error = found.error().message};
}

std::string ChangeText(const ListedChange& change) {
  if (!change.error.empty()) return codec::ShortMessage(change.error);
  std::vector<std::string> texts;
  for (const std::string& step : change.steps) {
    if (texts.size() == kStepsShown) {
      texts.push_back(fmt::format("{} more", change.steps.size() - kStepsShown));
      break;
    }
    texts.push_back(codec::Shortened(step, codec::kWordBytesMax));
  }
  if (change.contradictions > 0) texts.push_back(Counted(change.contradictions, "contradiction"));
  return texts.empty() ? "no difference" : fmt::to_string(fmt::join(texts, ", "));
}

}  // namespace

Result<int> SchemaListCommand(Session& session) {
  EIDER_ASSIGN(const auto held, AllHeldFiles(session));
  TextTable lines({{"table"}, {"route"}, {"files", Align::kRight}, {"since (UTC)"}, {"change"}});
  for (const auto& [table, files] : held) {
    std::map<std::string, std::vector<HeldFile>> by_route;
    for (const HeldFile& file : files) by_route[file.route].push_back(file);
    for (const auto& [route, of_route] : by_route) {
      const ListedChange change = ChangeFor(session, table, of_route);
      const TimePoint since = std::ranges::min(of_route, {}, &HeldFile::since).since;
      if (session.is_json) {
        PrintJson(session.console,
                  {{"table", table},
                   {"route", route},
                   {"files", of_route.size()},
                   {"since_ms", UnixMillis(since)},
                   {"changes", change.steps},
                   {"contradictions", change.contradictions},
                   {"error", change.error.empty() ? JsonLine(nullptr)
                                                  : JsonLine(codec::ShortMessage(change.error))}});
        continue;
      }
      lines.Add({codec::ShortName(table), codec::ShortName(route), std::to_string(of_route.size()),
                 TimeText(since), ChangeText(change)});
    }
  }
  if (session.is_json) return kExitDone;
  if (held.empty()) {
    session.console.err << "no files wait for a change of a table\n";
  } else {
    session.console.out << lines.ToString(session.console.columns);
  }
  return kExitDone;
}

Result<int> SchemaDiffCommand(Session& session, const SchemaOptions& options) {
  EIDER_ASSIGN(const Waiting waiting, FindWaiting(session, options.table));
  Print(session, waiting);
  return waiting.changes.empty() && waiting.contradictions.empty() ? kExitDone : kExitFailed;
}

Result<int> SchemaApplyCommand(Session& session, const SchemaOptions& options) {
  EIDER_ASSIGN(const Waiting waiting, FindWaiting(session, options.table));
  const WorkJournal* const journal = session.program.journal();
  if (journal == nullptr || journal->run() == 1) {  // once for all workers
    Print(session, waiting);
    if (waiting.files.empty()) return kExitDone;
  }
  if (!waiting.contradictions.empty()) return kExitFailed;
  EIDER_ASSIGN(const bool is_ready, ChangeTable(session, waiting, options.yes));
  if (!is_ready) return kExitFailed;
  return RunCommand(session, {.held_for = waiting.name.ToString()});
}

}  // namespace eider::app
