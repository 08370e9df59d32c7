// Conditional requests, and what their refusals say.
#include "eider/ledger/ledger_table.h"

#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/backoff.h"

namespace eider::ledger {
namespace {

using aws::Failure;
using codec::Json;

constexpr std::string_view kConditionFailed = "ConditionalCheckFailed";

// A single write and a transaction on the same item refuse each other for a moment.
bool IsPassingConflict(const Failure& failure) {
  if (failure.code == "TransactionConflictException" ||
      failure.code == "TransactionInProgressException") {
    return true;
  }
  if (failure.code != "TransactionCanceledException") return false;
  const auto reasons = failure.details.find("CancellationReasons");
  if (reasons == failure.details.end() || !reasons->is_array()) return false;
  bool has_conflict = false;
  for (const Json& reason : *reasons) {
    const std::string code = reason.is_object() ? reason.value("Code", "") : "";
    if (code == kConditionFailed) return false;
    has_conflict = has_conflict || code == "TransactionConflict" || code == "ThrottlingError" ||
                   code == "ProvisionedThroughputExceeded";
  }
  return has_conflict;
}

Backoff NewBackoff(Clock& clock, Random& random) {
  return Backoff({.num_retries = 30,
                  .min_wait = Milliseconds(20),
                  .max_wait = Milliseconds(1'000),
                  .total_timeout = Milliseconds(30'000)},
                 clock, random);
}

}  // namespace

LedgerTable::LedgerTable(aws::JsonService& service, aws::DynamoDbTableOptions options,
                         int keep_days, Clock& clock, Random& random)
    : table_(service, std::move(options)), keep_days_(keep_days), clock_(clock), random_(random) {}

Result<std::optional<StoredRow>> LedgerTable::Get(const FileRef& file) {
  EIDER_ASSIGN(const auto item, table_.Get(LedgerKeyOf(file)));
  if (!item) return std::nullopt;
  auto row = ParseLedgerItem(*item);
  if (!row) return Fail(label(), std::move(row).error());
  return *std::move(row);
}

Result<WriteOutcome> LedgerTable::Put(const RowWrite& write) {
  Backoff backoff = NewBackoff(clock_, random_);
  while (true) {
    const auto answer = table_.Invoke("PutItem", PutJson(write));
    if (answer) return WriteOutcome{.is_written = true, .present = {}};
    const Failure& failure = answer.error();
    if (failure.code == "ConditionalCheckFailedException") return Refusal(failure.details, write);
    const auto wait = IsPassingConflict(failure) ? backoff.NextWait() : std::nullopt;
    if (!wait) return std::unexpected(failure.error);
    clock_.SleepFor(*wait, std::stop_token());
  }
}

Result<LedgerTable::AllOutcome> LedgerTable::PutAll(std::span<const RowWrite> writes) {
  Json puts = Json::array();
  for (const RowWrite& write : writes) {
    Json put = PutJson(write);
    put["TableName"] = table_.name();
    puts.push_back({{"Put", std::move(put)}});
  }
  Backoff backoff = NewBackoff(clock_, random_);
  while (true) {
    // The token makes a repeated sending the same request; after a refusal it is a new one.
    const auto answer = table_.Invoke(
        "TransactWriteItems", {{"TransactItems", puts}, {"ClientRequestToken", NewUuid(random_)}});
    if (answer) return AllOutcome{.are_written = true, .refused = {}};
    const Failure& failure = answer.error();
    if (IsPassingConflict(failure)) {
      const auto wait = backoff.NextWait();
      if (!wait) return std::unexpected(failure.error);
      clock_.SleepFor(*wait, std::stop_token());
      continue;
    }
    const auto reasons = failure.details.find("CancellationReasons");
    if (failure.code != "TransactionCanceledException" || reasons == failure.details.end() ||
        reasons->size() != writes.size()) {
      return std::unexpected(failure.error);
    }
    AllOutcome outcome;
    bool is_explained = false;
    for (std::size_t i = 0; i < writes.size(); ++i) {
      outcome.refused.emplace_back();
      if ((*reasons)[i].value("Code", "") != kConditionFailed) continue;
      EIDER_ASSIGN(const WriteOutcome refused, Refusal((*reasons)[i], writes[i]));
      outcome.are_written = outcome.are_written || refused.is_written;  // all of them were
      outcome.refused.back() = refused;
      is_explained = true;
    }
    if (!is_explained) return std::unexpected(failure.error);
    return outcome;
  }
}

Status LedgerTable::RemoveIfUnchanged(const StoredRow& row) {
  const auto answer = table_.Invoke(
      "DeleteItem", {{"Key", table_.KeyJson(LedgerKeyOf(row.row.record.file))},
                     {"ConditionExpression", "write_id = :replaced"},
                     {"ExpressionAttributeValues", {{":replaced", {{"S", row.write_id}}}}}});
  if (answer || answer.error().code == "ConditionalCheckFailedException") return {};
  return std::unexpected(answer.error().error);
}

Status LedgerTable::Scan(const Json& filter, const std::function<void(StoredRow)>& visit) {
  return table_.Scan(filter, [&](const codec::Item& item) -> Status {
    auto row = ParseLedgerItem(item);
    if (!row) return Fail(label(), std::move(row).error());
    visit(*std::move(row));
    return {};
  });
}

Json LedgerTable::PutJson(const RowWrite& write) const {
  Json put = {{"Item", codec::ItemJson(ItemOf(write.next, keep_days_))},
              {"ReturnValuesOnConditionCheckFailure", "ALL_OLD"}};
  if (write.replaced_write_id) {
    put["ConditionExpression"] = "write_id = :replaced";
    put["ExpressionAttributeValues"] = {{":replaced", {{"S", *write.replaced_write_id}}}};
  } else {
    put["ConditionExpression"] = "attribute_not_exists(#key)";
    put["ExpressionAttributeNames"] = {{"#key", kLedgerKey}};
  }
  return put;
}

Result<StoredRow> LedgerTable::Parse(const Json& json) const {
  auto item = codec::ParseItem(json);
  auto row = item ? ParseLedgerItem(*item) : std::unexpected(std::move(item).error());
  if (!row) return Fail(label(), std::move(row).error());
  return *std::move(row);
}

Result<WriteOutcome> LedgerTable::Refusal(const Json& failure, const RowWrite& write) {
  const auto item = failure.find("Item");
  WriteOutcome outcome;
  if (item != failure.end()) {
    EIDER_ASSIGN(outcome.present, Parse(*item));
  } else {  // there is none, or the endpoint does not bring it along
    EIDER_ASSIGN(outcome.present, Get(write.next.row.record.file));
  }
  outcome.is_written = outcome.present && outcome.present->write_id == write.next.write_id;
  return outcome;
}

}  // namespace eider::ledger
