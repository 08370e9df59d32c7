// The change of a table's schema that held files wait for, as the commit loop makes it.
#pragma once

#include <span>
#include <string>

#include "eider/base/result.h"
#include "eider/commit/table_work.h"
#include "eider/iceberg/table_change.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"
#include "eider/pipeline/held_files.h"

namespace eider::pipeline {

// Each attempt works the change out anew, for the table as it is then: what others have changed
// meanwhile is no change any more. The proposal's schema is all that it commits.
class SchemaWork final : public commit::TableWork {
 public:
  // Borrows the files. `table_uuid`: of the table that was looked at.
  SchemaWork(iceberg::TableName table, std::string table_uuid, std::span<const HeldFile> files);

  const iceberg::TableName& table() const override { return table_; }

  // Errors: kInvalid (another table, or a contradiction by now), those of Propose.
  Status LookAt(const iceberg::TableMetadata& base) override;

  bool is_done() const override { return is_done_; }

  Result<iceberg::TableChange> Prepare(const iceberg::TableMetadata& base) override;

  void Taken() override { is_done_ = true; }

  // Nothing is written but what the catalog writes.
  void DiscardAttempt() override {}

  void DiscardAll() override {}

 private:
  const iceberg::TableName table_;
  const std::string table_uuid_;
  const std::span<const HeldFile> files_;
  Proposal proposal_;  // for the base that was looked at last
  bool is_done_ = false;
};

}  // namespace eider::pipeline
