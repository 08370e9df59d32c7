// The summary of an append: what it added, and the table's totals after it.
//
// Source: Iceberg specification, "Optional Snapshot Summary Fields"; Java: SnapshotSummary,
// SnapshotProducer. Values are decimal texts.
#pragma once

#include <vector>

#include "eider/iceberg/manifest.h"
#include "eider/iceberg/snapshot.h"

namespace eider::iceberg {

// `parent` is null before the first snapshot: totals then begin at 0. A total that the parent does
// not have, or that is no number, stays missing. Of `user_keys` those are dropped whose names
// belong to computed values, the missing ones too: a wrong total is worse than none.
Summary AppendSummary(const std::vector<DataFile>& added, const Summary& user_keys,
                      const Snapshot* parent);

}  // namespace eider::iceberg
