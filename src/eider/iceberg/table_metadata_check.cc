// The checks that Java makes when it reads a metadata file, so that both refuse the same files.
#include "eider/iceberg/table_metadata_check.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {
namespace {

std::unexpected<Error> Wrong(std::string_view path, std::string_view what, std::int64_t value) {
  return Fail(Code::kCorrupt, fmt::format("JSON field {} {}: {}", path, what, value));
}

// The members of the list `path` have unique ids, and `chosen`, named by `chosen_path`, is one.
template <typename Member, typename Id>
Status CheckChoice(const std::vector<Member>& members, Id Member::*id, std::string_view path,
                   std::string_view chosen_path, Id chosen) {
  std::set<Id> ids;
  for (const Member& member : members) {
    if (!ids.insert(member.*id).second) return Wrong(path, "has an id twice", member.*id);
  }
  if (!ids.contains(chosen)) {
    return Wrong(chosen_path, fmt::format("names none of {}", path), chosen);
  }
  return {};
}

Status CheckSnapshots(const TableMetadata& metadata) {
  std::unordered_set<std::int64_t> ids;
  ids.reserve(metadata.snapshots.size());
  for (std::size_t i = 0; i < metadata.snapshots.size(); ++i) {
    const Snapshot& snapshot = metadata.snapshots[i];
    if (!ids.insert(snapshot.snapshot_id).second) {
      return Wrong(fmt::format("snapshots[{}].snapshot-id", i), "occurs twice",
                   snapshot.snapshot_id);
    }
    if (snapshot.sequence_number > metadata.last_sequence_number) {
      return Wrong(fmt::format("snapshots[{}].sequence-number", i),
                   fmt::format("is beyond last-sequence-number {}", metadata.last_sequence_number),
                   snapshot.sequence_number);
    }
  }
  if (metadata.current_snapshot_id && !ids.contains(*metadata.current_snapshot_id)) {
    return Wrong("current-snapshot-id", "names none of snapshots", *metadata.current_snapshot_id);
  }
  for (const auto& [name, ref] : metadata.refs) {
    if (!ids.contains(ref.snapshot_id)) {
      return Wrong(fmt::format("refs.{}.snapshot-id", name), "names none of snapshots",
                   ref.snapshot_id);
    }
  }
  return {};
}

Status CheckRefs(const TableMetadata& metadata) {
  for (const auto& [name, ref] : metadata.refs) {
    if (ref.type != "branch" && ref.type != "tag") {
      return Fail(Code::kCorrupt, fmt::format("JSON field refs.{}.type must be branch or tag, but "
                                              "is '{}'",
                                              name, ref.type));
    }
  }
  const auto main = metadata.refs.find(std::string(kMainBranch));
  if (main == metadata.refs.end()) return {};  // then there is no current snapshot
  if (main->second.snapshot_id != metadata.current_snapshot_id) {
    return Wrong(
        "refs.main.snapshot-id",
        metadata.current_snapshot_id
            ? fmt::format("differs from current-snapshot-id {}", *metadata.current_snapshot_id)
            : std::string("is set, but there is no current-snapshot-id"),
        main->second.snapshot_id);
  }
  if (main->second.type != "branch") {
    return Fail(Code::kCorrupt, "JSON field refs.main.type must be branch, but is 'tag'");
  }
  return {};
}

}  // namespace

Status CheckTableMetadata(const TableMetadata& metadata) {
  EIDER_CHECK(CheckChoice(metadata.schemas, &Schema::schema_id, "schemas", "current-schema-id",
                          metadata.current_schema_id));
  EIDER_CHECK(CheckChoice(metadata.partition_specs, &PartitionSpec::spec_id, "partition-specs",
                          "default-spec-id", metadata.default_spec_id));
  EIDER_CHECK(CheckChoice(metadata.sort_orders, &SortOrder::order_id, "sort-orders",
                          "default-sort-order-id", metadata.default_sort_order_id));
  EIDER_CHECK(CheckSnapshots(metadata));
  return CheckRefs(metadata);
}

}  // namespace eider::iceberg
