// Folders of data and metadata.
#include "eider/iceberg/locations.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/codec/sha256.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::iceberg {
namespace {

Result<Uri> FolderFromProperty(const TableMetadata& table, std::string_view property,
                               std::string_view otherwise) {
  const std::string path = table.Property(property, "");
  if (!path.empty()) return Uri::Parse(path);
  EIDER_ASSIGN(const Uri location, Uri::Parse(table.location));
  return location.Child(otherwise);
}

// Twenty bits of the name's hash as folders "0101/0110/1001/10110010", the layout of Java's
// ObjectStoreLocationProvider.
std::string EntropyFolders(std::string_view name) {
  const std::string digest = codec::Sha256Hex(name);
  const std::uint64_t bits = std::stoull(digest.substr(0, 5), nullptr, 16);
  const std::string text = fmt::format("{:020b}", bits);
  return fmt::format("{}/{}/{}/{}", text.substr(0, 4), text.substr(4, 4), text.substr(8, 4),
                     text.substr(12));
}

}  // namespace

Result<Uri> MetadataFolder(const TableMetadata& table) {
  return FolderFromProperty(table, "write.metadata.path", "metadata");
}

Result<Uri> DataFolder(const TableMetadata& table, std::string_view prefix) {
  EIDER_ASSIGN(const Uri folder, FolderFromProperty(table, "write.data.path", "data"));
  if (!table.PropertyAsBool("write.object-storage.enabled", false)) return folder;
  return folder.Child(EntropyFolders(prefix));
}

}  // namespace eider::iceberg
