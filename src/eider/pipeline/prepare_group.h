// Several small files of one route, read by one query into few data files.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/engine/sql_engine.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/services.h"

namespace eider::pipeline {

// Whether the plan is one that files may share: all rows of the file to one table, by a query that
// reads nothing else and puts no row aside.
bool MayShare(const PlannedFile& file);

struct PreparedGroup {
  // By file. Its rows are in `written`, beside those of the others. Nothing: the file is to be
  // prepared apart from these.
  std::vector<std::optional<PreparedPart>> parts;
  Written written;
};

// The query over the files of a group, on a thread of its own: it may hang on one of them, deaf to
// every stop, and the others are not to wait for it. Borrows the services.
class GroupQuery {
 public:
  // The files have the same route and may share; `table` is theirs. One whose rows may be in the
  // table already has no part in it. Errors: those of RouteQuery; kUnsupported (a table that cannot
  // be written; fewer than two files to read).
  static Result<std::unique_ptr<GroupQuery>> Start(const Services& services,
                                                   std::span<PlannedFile> files,
                                                   const catalog::LoadedTable& table,
                                                   const std::stop_token& stop);

  // Ends the query, and waits for its end.
  ~GroupQuery();

  // What it gave; `files` are those that it was started with. Whatever fails, nothing is left
  // behind. Errors: those of SqlEngine::RunGroup; kDeadlineExceeded (it runs still, also after a
  // stop: it is told to end, and leaves nothing behind whenever it does).
  Result<PreparedGroup> Await(std::span<PlannedFile> files, Milliseconds longest);

 private:
  GroupQuery(const Services& services, catalog::LoadedTable table)
      : services_(services), table_(std::move(table)) {}

  void Run(const engine::Query& query, const engine::WriteTarget& target);

  const Services& services_;
  const catalog::LoadedTable table_;
  std::vector<std::size_t> sharing_;  // the files that are read, among those of the group
  std::vector<engine::InputFile> inputs_;
  std::vector<std::unique_ptr<const store::Prefetch>> openings_;  // of the inputs, where they are
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Result<engine::GroupWritten>> written_;
  bool is_given_up_ = false;
  StepTimes taken_;
  std::stop_source stop_;
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
  std::jthread thread_;  // last: ends before the rest goes
};

}  // namespace eider::pipeline
