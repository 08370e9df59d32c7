// The ledger's DynamoDB table: rows written on the condition that nobody wrote in between.
//
// Every write carries an id of its own (write_id) and names the one it replaces. A refused write
// brings the item that stands in its way; where that carries the id of the write itself, an earlier
// sending of it had arrived, and it counts as written. So every write may be repeated, and a
// time-out leaves nothing unknown. Source: Amazon DynamoDB API Reference, PutItem and
// TransactWriteItems, ReturnValuesOnConditionCheckFailure.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eider/aws/dynamodb_table.h"
#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/ledger/ledger_item.h"

namespace eider::ledger {

// A row as it shall be, and the write that it replaces.
struct RowWrite {
  StoredRow next;
  std::optional<std::string> replaced_write_id;  // none: there is no row yet
};

struct WriteOutcome {
  bool is_written = false;
  std::optional<StoredRow> present;  // when it is not; none: there is no row (any more)
};

// Rows that one transaction can hold.
inline constexpr std::size_t kRowsPerTransaction = 100;

// Safe for concurrent calls from several threads. Borrows the service, clock and random. Errors of
// all methods: kUnavailable, kDenied, kNotFound, kInvalid (another key), kCorrupt (an item that is
// none of a ledger).
class LedgerTable {
 public:
  LedgerTable(aws::JsonService& service, aws::DynamoDbTableOptions options, int keep_days,
              Clock& clock, Random& random);

  const std::string& label() const { return table_.label(); }

  Result<std::optional<StoredRow>> Get(const FileRef& file);

  Result<WriteOutcome> Put(const RowWrite& write);

  struct AllOutcome {
    bool are_written = false;
    std::vector<std::optional<WriteOutcome>> refused;  // otherwise: per write, if it was refused
  };

  // All or none, of at most kRowsPerTransaction different files.
  Result<AllOutcome> PutAll(std::span<const RowWrite> writes);

  // Removes the row that this write made; no effect when it was replaced meanwhile.
  Status RemoveIfUnchanged(const StoredRow& row);

  // Reads the whole table. `filter` as in DynamoDbTable::Scan.
  Status Scan(const codec::Json& filter, const std::function<void(StoredRow)>& visit);

 private:
  codec::Json PutJson(const RowWrite& write) const;
  Result<StoredRow> Parse(const codec::Json& item) const;
  Result<WriteOutcome> Refusal(const codec::Json& failure, const RowWrite& write);

  aws::DynamoDbTable table_;
  int keep_days_;
  Clock& clock_;
  Random& random_;
};

}  // namespace eider::ledger
