// A change of the schema, and nothing beside it.
#include "eider/pipeline/schema_work.h"

#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/schema_evolution.h"

namespace eider::pipeline {

SchemaWork::SchemaWork(iceberg::TableName table, std::string table_uuid,
                       std::span<const HeldFile> files)
    : table_(std::move(table)), table_uuid_(std::move(table_uuid)), files_(files) {}

Status SchemaWork::LookAt(const iceberg::TableMetadata& base) {
  if (base.table_uuid != table_uuid_) {
    return Fail(Code::kInvalid,
                fmt::format("table {} was dropped and made again meanwhile: it was {} and is {}; "
                            "look at the change once more",
                            table_.ToString(), table_uuid_, base.table_uuid));
  }
  EIDER_ASSIGN(proposal_, Propose(base, files_));
  if (!proposal_.contradictions.empty()) {
    return Fail(Code::kInvalid, ToString(proposal_.contradictions.front()));
  }
  is_done_ = !proposal_.evolution;
  return {};
}

Result<iceberg::TableChange> SchemaWork::Prepare(const iceberg::TableMetadata& base) {
  iceberg::TableChange change;
  change.requirements.emplace_back(iceberg::AssertTableUuid{base.table_uuid});
  iceberg::AddEvolution(base, *proposal_.evolution, change);
  return change;
}

}  // namespace eider::pipeline
