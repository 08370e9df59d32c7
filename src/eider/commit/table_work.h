// What one commit does to one table, as the commit loop sees it: loads today, any other change of a
// table just as well.
#pragma once

#include "eider/base/result.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"

namespace eider::commit {

// Used by one thread at a time. The loop calls LookAt and Prepare for each attempt, in this order
// and with the same state of the table; what came of the attempt follows.
class TableWork {
 public:
  virtual ~TableWork() = default;

  virtual const iceberg::TableName& table() const = 0;

  // Finds out what of the work is in the table already, by an attempt of ours or by somebody else.
  // Errors: kInvalid (it is another table by now), or why the work can no longer be done.
  virtual Status LookAt(const iceberg::TableMetadata& base) = 0;

  // Nothing is left to commit.
  virtual bool is_done() const = 0;

  // The change on top of `base`, with every file that it refers to written. Nothing of it is part
  // of the table before the change is. Errors: those of the store; kUnsupported (a table that
  // cannot be written).
  virtual Result<iceberg::TableChange> Prepare(const iceberg::TableMetadata& base) = 0;

  // The change of the last Prepare is in, and no other attempt's.
  virtual void Taken() = 0;

  // The last attempt surely is not in: what it alone has written can go.
  virtual void DiscardAttempt() = 0;

  // The work is given up, and no attempt can still come in: all that was written can go.
  virtual void DiscardAll() = 0;
};

}  // namespace eider::commit
