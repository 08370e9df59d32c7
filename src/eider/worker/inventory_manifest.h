// What an S3 Inventory says of itself: manifest.json.
// Source: Amazon S3 User Guide, "Locating your inventory list".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"

namespace eider::worker {

enum class InventoryFormat : std::uint8_t { kCsv, kParquet };

struct InventoryFile {
  Uri uri;
  std::uint64_t size_bytes = 0;
  std::string md5;  // lower-case hexadecimal
};

struct InventoryManifest {
  std::string source_bucket;
  TimePoint created{};  // when the bucket began to be looked through
  InventoryFormat format = InventoryFormat::kCsv;
  // The columns in their order, by the names of Parquet: "key", "version_id", "e_tag", …
  std::vector<std::string> columns;
  std::vector<InventoryFile> files;

  bool Has(std::string_view column) const;
};

// Errors: kUnsupported (ORC), kCorrupt (anything else that is not such a manifest), kInvalid (it
// lacks a field without which a file has no identity; says which, and what to do).
Result<InventoryManifest> ParseInventoryManifest(const std::string& text);

}  // namespace eider::worker
