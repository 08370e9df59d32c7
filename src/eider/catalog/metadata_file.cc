#include "eider/catalog/metadata_file.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "eider/codec/gzip.h"
#include "eider/iceberg/metadata_limits.h"
#include "eider/iceberg/table_metadata_json.h"

namespace eider::catalog {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";

// Any other codec is written plain, which every reader takes.
bool IsCompressed(const iceberg::TableMetadata& metadata) {
  return metadata.Property("write.metadata.compression-codec", "none") == "gzip";
}

}  // namespace

std::string NewMetadataFileName(const iceberg::TableMetadata& metadata, std::int64_t version,
                                Random& random) {
  return fmt::format("{:05}-{}{}.metadata.json", version, NewUuid(random),
                     IsCompressed(metadata) ? ".gz" : "");
}

std::int64_t NextMetadataVersion(std::string_view location) {
  const std::string_view name = location.substr(location.rfind('/') + 1);
  const std::string_view digits = name.substr(0, name.find('-'));
  std::int64_t version = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, version);
  const bool is_number = error == std::errc() && stop == end && digits.size() < name.size();
  if (!is_number || version < 0 || version > std::numeric_limits<std::int32_t>::max()) return 0;
  return version + 1;
}

Result<std::string> EncodeMetadataFile(const iceberg::TableMetadata& metadata) {
  std::string json = iceberg::TableMetadataToJson(metadata);
  if (json.size() > iceberg::kMetadataBytesMax) {
    return Fail(Code::kUnsupported,
                fmt::format("the metadata of table {} would have {} bytes, at most {} are read: "
                            "expire snapshots, or remove properties",
                            metadata.location, json.size(), iceberg::kMetadataBytesMax));
  }
  if (!IsCompressed(metadata)) return json;
  return codec::Gzip(json);
}

Result<iceberg::TableMetadata> DecodeMetadataFile(std::string_view bytes) {
  if (!bytes.starts_with(kGzipMagic)) return iceberg::ParseTableMetadata(bytes);
  EIDER_ASSIGN(const std::string json, codec::Gunzip(bytes, iceberg::kMetadataBytesMax));
  return iceberg::ParseTableMetadata(json);
}

}  // namespace eider::catalog
