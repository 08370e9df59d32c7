// Claims that are in work, and nothing else.
#include "eider/ledger/no_ledger.h"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/ledger/claim_rules.h"
#include "eider/ledger/ledger_rows.h"
#include "eider/ledger/rules_ledger.h"

namespace eider::ledger {
namespace {

using Identity = std::pair<std::string, std::string>;  // URI, version

Identity RowKeyOf(const FileRef& file) {
  return {file.uri.ToString(), file.Version()};
}

class RowsInWork final : public LedgerRows, private LedgerStep {
 public:
  // The rules fail before they store, and a row that is refused changes nothing.
  Status Atomically(const std::function<Status(LedgerStep&)>& work) override {
    const std::scoped_lock lock(mutex_);
    return work(*this);
  }

  Result<std::vector<LoadRecord>> FindWaiting(TimePoint /*now*/, int /*limit*/) override {
    return Fail(Code::kUnsupported, "no files wait, because no ledger is kept");
  }

  Result<std::vector<LoadRecord>> FindErrands(const HistoryPlace& /*after*/,
                                              int /*limit*/) override {
    return std::unexpected(NoHistory());
  }

  Result<std::vector<LoadRecord>> Query(const HistoryFilter& /*filter*/) override {
    return std::unexpected(NoHistory());
  }

  Result<std::vector<LoadRecord>> ListByUri(const std::string& /*uri_prefix*/,
                                            const HistoryPlace& /*after*/, int /*limit*/) override {
    return std::unexpected(NoHistory());
  }

  Result<std::vector<HistoryCount>> Count(const HistoryFilter& /*filter*/) override {
    return std::unexpected(NoHistory());
  }

 private:
  static Error NoHistory() {
    return {Code::kUnsupported,
            "there is no load history, because no ledger is kept; configure one (ledger.type: "
            "sqlite, postgres or dynamodb) to have it from then on"};
  }

  Result<std::optional<ClaimRow>> Find(const FileRef& file) override {
    const auto found = rows_.find(RowKeyOf(file));
    if (found == rows_.end()) return std::nullopt;
    return found->second;
  }

  // Forgets the file when its work has ended, unless another claim has it by now.
  Status Store(const ClaimRow& row) override {
    const FileRef& file = row.record.file;
    if (row.record.state == State::kWaiting) {
      return Fail(Code::kUnsupported,
                  fmt::format("a file can only wait where there is a ledger: configure ledger.type "
                              "(sqlite, postgres or dynamodb): {}",
                              file.uri.ToString()));
    }
    if (row.record.state == State::kHeld) {
      return Fail(Code::kUnsupported,
                  fmt::format("a route can only hold files where there is a ledger: configure "
                              "ledger.type (sqlite, postgres or dynamodb), or let the route load "
                              "them: {}",
                              file.uri.ToString()));
    }
    if (row.record.state == State::kClaimed) {
      rows_[RowKeyOf(file)] = row;
      return {};
    }
    const auto found = rows_.find(RowKeyOf(file));
    if (found != rows_.end() && found->second.claim_id == row.claim_id) rows_.erase(found);
    return {};
  }

  std::mutex mutex_;
  std::map<Identity, ClaimRow> rows_;
};

}  // namespace

std::unique_ptr<Ledger> NewNoLedger(Clock& clock, Random& random) {
  return NewRulesLedger(std::make_unique<RowsInWork>(), {.remembers = false}, clock, random);
}

}  // namespace eider::ledger
