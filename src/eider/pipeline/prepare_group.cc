// A file whose rows may be in the table already has no share: what it is, is found out apart.
#include "eider/pipeline/prepare_group.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/sql_engine.h"
#include "eider/pipeline/commit_tokens.h"
#include "eider/pipeline/file_records.h"
#include "eider/pipeline/part_queries.h"
#include "eider/pipeline/prepare_file.h"
#include "eider/pipeline/route_query.h"
#include "eider/pipeline/step_times.h"
#include "eider/pipeline/target_tables.h"

namespace eider::pipeline {
namespace {

// For a query to end that is told to.
constexpr Milliseconds kEndTime{500};

PreparedPart PartOf(const PlannedPart& plan, const engine::GroupWritten::Share& share,
                    const std::string& readers) {
  PreparedPart part{plan, RecordOf(plan)};
  part.record.rows = share.rows;
  part.record.is_loaded = share.rows == 0;
  if (share.rows_read) {
    part.record.counts.read = static_cast<std::int64_t>(*share.rows_read);
    part.record.counts.filtered = *part.record.counts.read - share.rows;
  }
  part.readers = readers;
  return part;
}

}  // namespace

bool MayShare(const PlannedFile& file) {
  if (file.plan.is_fan_out() || file.plan.parts.size() != 1 || file.plan.piece) return false;
  const routes::Route& route = file.plan.parts.front().route;
  return route.enabled && !route.reject && route.inputs.empty() && route.transform.empty() &&
         !file.file.claim.interrupted_since;
}

Result<std::unique_ptr<GroupQuery>> GroupQuery::Start(const Services& services,
                                                      std::span<PlannedFile> files,
                                                      const catalog::LoadedTable& table,
                                                      const std::stop_token& stop) {
  try {
    std::unique_ptr<GroupQuery> group(new GroupQuery(services, table));
    std::vector<std::string_view> tokens;
    for (const PlannedFile& file : files) tokens.push_back(file.plan.parts.front().commit_token);
    const auto present = FindTokens(*table.metadata, tokens);
    for (std::size_t i = 0; i < files.size(); ++i) {
      PlannedFile& file = files[i];
      if (present.contains(file.plan.parts.front().commit_token)) continue;
      group->sharing_.push_back(i);
      group->inputs_.push_back({file.file.claim.file, file.opening.get()});
      if (file.opening) group->openings_.push_back(std::move(file.opening));
    }
    if (group->inputs_.size() < 2) {
      return Fail(Code::kUnsupported, "fewer than two files are not in the table already");
    }
    const PlannedFile& first = files[group->sharing_.front()];
    const PlannedPart& plan = first.plan.parts.front();
    EIDER_CHECK(CheckAppendable(*table.metadata, plan.table()));
    EIDER_ASSIGN(engine::Query query, RouteQuery(services, first.file.claim.file, first.plan, plan,
                                                 group->inputs_.front().opening));
    EIDER_ASSIGN(engine::WriteTarget target, WriteTargetOf(services, plan.table(), group->table_));
    group->on_stop_.emplace(stop, [&group = *group] { group.stop_.request_stop(); });
    group->thread_ = std::jthread([&group = *group, query = std::move(query),
                                   target = std::move(target)] { group.Run(query, target); });
    return group;
  } catch (const std::exception& error) {
    return std::unexpected(OutOfMemory(error));
  }
}

GroupQuery::~GroupQuery() {
  stop_.request_stop();
}

void GroupQuery::Run(const engine::Query& query, const engine::WriteTarget& target) {
  StepTimes taken;
  auto written = [&]() -> Result<engine::GroupWritten> {
    const StepTimer timer(services_.clock, taken, Step::kQuery);
    try {
      return services_.engine.RunGroup(query, inputs_, target, stop_.get_token());
    } catch (const std::exception& error) {
      return std::unexpected(OutOfMemory(error));
    }
  }();
  const std::lock_guard lock(mutex_);
  if (is_given_up_) {
    if (written) RemoveDataFiles(services_, written->files);
    return;
  }
  taken_ = std::move(taken);
  written_ = std::move(written);
  changed_.notify_all();
}

Result<PreparedGroup> GroupQuery::Await(std::span<PlannedFile> files, Milliseconds longest) {
  std::unique_lock lock(mutex_);
  const auto is_done = [this] { return written_.has_value(); };
  const bool came = changed_.wait_for(lock, stop_.get_token(), longest, is_done) ||
                    (stop_.stop_requested() && changed_.wait_for(lock, kEndTime, is_done));
  if (!came) {
    is_given_up_ = true;
    stop_.request_stop();
    return Fail(Code::kDeadlineExceeded,
                fmt::format("the query over all of them is not done in {} ms", longest.count()));
  }
  Result<engine::GroupWritten>& written = *written_;
  if (!written) return std::unexpected(std::move(written).error());
  PreparedGroup group;
  group.parts.resize(files.size());
  for (std::size_t i = 0; i < sharing_.size(); ++i) {
    if (!written->shares[i]) continue;
    PlannedFile& file = files[sharing_[i]];
    file.file.steps.Add(taken_);
    group.parts[sharing_[i]] =
        PartOf(file.plan.parts.front(), *written->shares[i], written->readers);
  }
  group.written = {table_.metadata->table_uuid, std::move(written->files)};
  return group;
}

}  // namespace eider::pipeline
