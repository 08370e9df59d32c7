// Manifests and manifest lists to Avro object container files and back.
//
// Writes format versions 1 to 3 with the field names and ids of Iceberg's specification; reads what
// any writer made, matching by field id. Source: specification, "Manifests", "Manifest Lists",
// "Appendix A: Avro".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/partition.h"
#include "eider/iceberg/partition_spec.h"

namespace eider::iceberg {

// The bytes of a data manifest. `columns`: those of the spec; in version 1 every entry has its
// snapshot id. Errors: kInvalid.
Result<std::string> EncodeManifest(const Schema& schema, const PartitionSpec& spec,
                                   const std::vector<PartitionColumn>& columns,
                                   const std::vector<ManifestEntry>& entries, int format_version);

// Every entry as written (no inheritance applied). Errors: kCorrupt, kUnsupported.
Result<std::vector<ManifestEntry>> DecodeManifest(std::string_view bytes);

struct DecodedManifest {
  std::vector<ManifestEntry> entries;
  // False: some entry has a field of a newer version or another writer that a ManifestEntry does
  // not hold, so that writing the entries again would lose it.
  bool complete = true;
};

Result<DecodedManifest> DecodeWholeManifest(std::string_view bytes);

struct ManifestListHeader {
  std::int64_t snapshot_id = 0;
  std::optional<std::int64_t> parent_snapshot_id;
  std::int64_t sequence_number = 0;  // not in version 1
  int format_version = 2;
};

// "1", "2" or "3".
bool IsKnownVersion(std::string_view text);

Result<std::string> EncodeManifestList(const ManifestListHeader& header,
                                       const std::vector<ManifestFile>& manifests);

// Errors: kCorrupt, kUnsupported.
Result<std::vector<ManifestFile>> DecodeManifestList(std::string_view bytes);

}  // namespace eider::iceberg
