// Reading a snapshot's manifests from the store, with everything inherited that the files leave
// out.
//
// Source: Iceberg specification, "Manifest Lists", "Sequence Number Inheritance".
#pragma once

#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/manifest_avro.h"
#include "eider/store/object_store.h"

namespace eider::iceberg {

// The manifests of a snapshot. Errors: those of reading, kCorrupt, kUnsupported.
Result<std::vector<ManifestFile>> ReadManifestList(store::ObjectStore& store,
                                                   const Snapshot& snapshot);

// Live entries of one manifest with snapshot id and sequence numbers inherited. Errors: those of
// reading, kCorrupt, kUnsupported (among them an encrypted manifest).
Result<std::vector<ManifestEntry>> ReadManifest(store::ObjectStore& store,
                                                const ManifestFile& manifest);

// The same with deleted entries, and whether it can be written again without a loss.
Result<DecodedManifest> ReadWholeManifest(store::ObjectStore& store, const ManifestFile& manifest);

// The same of several manifests, in their order: a few are read at a time, because each is a
// request of its own to the store.
std::vector<Result<DecodedManifest>> ReadWholeManifests(store::ObjectStore& store,
                                                        const std::vector<ManifestFile>& manifests);

// Fills in the counts of `manifest`, and its smallest sequence number over live entries. An entry
// that inherits its number has that of the manifest.
void CountEntries(const std::vector<ManifestEntry>& entries, ManifestFile& manifest);

// True when every count is known.
bool HasCounts(const ManifestFile& manifest);

}  // namespace eider::iceberg
