// The fields of manifest.json, and the names in its fileSchema.
#include "eider/worker/inventory_manifest.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/lower_case.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/codec/shortened_text.h"

namespace eider::worker {
namespace {

using codec::Json;

constexpr std::string_view kBucketArn = ":s3:::";  // arn:aws:s3:::bucket, arn:aws-cn:s3:::bucket

std::unexpected<Error> NoManifest(std::string_view why) {
  return Fail(Code::kCorrupt, fmt::format("this is no manifest.json of an S3 Inventory: {}", why));
}

// "VersionId" as Parquet has it, "version_id"; "ETag" is "e_tag".
std::string SnakeCase(std::string_view name) {
  std::string snake;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_upper = std::isupper(static_cast<unsigned char>(name[i])) != 0;
    if (is_upper && i > 0) snake += '_';
    snake += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
  }
  return snake;
}

// "Bucket, Key, VersionId, …"
std::vector<std::string> CsvColumns(std::string_view schema) {
  std::vector<std::string> columns;
  while (!schema.empty()) {
    const std::size_t comma = std::min(schema.find(','), schema.size());
    std::string_view name = schema.substr(0, comma);
    schema.remove_prefix(std::min(comma + 1, schema.size()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    columns.push_back(SnakeCase(name));
  }
  return columns;
}

bool IsNameLetter(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

// "message s3.inventory { required binary bucket (UTF8); optional int64 size; … }": the third word
// of each field.
std::vector<std::string> ParquetColumns(std::string_view schema) {
  std::vector<std::string> columns;
  std::vector<std::string> words;
  schema.remove_prefix(std::min(schema.find('{') + 1, schema.size()));
  std::string word;
  for (const char letter : schema) {
    if (IsNameLetter(letter)) {
      word += letter;
      continue;
    }
    if (!word.empty()) words.push_back(std::exchange(word, {}));
    if (letter != ';') continue;
    if (words.size() >= 3) columns.push_back(words[2]);
    words.clear();
  }
  return columns;
}

Status CheckColumns(const InventoryManifest& manifest) {
  constexpr auto kNeeded = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"bucket", "Bucket"}, {"key", "Key"}, {"size", "Size"}, {"e_tag", "ETag"}});
  for (const auto& [column, field] : kNeeded) {
    if (manifest.Has(column)) continue;
    return Fail(Code::kInvalid,
                fmt::format("the inventory of bucket '{}' lacks the field {}, without which a file "
                            "is not told from another content of its name: add it to the optional "
                            "fields of the inventory's configuration",
                            manifest.source_bucket, field));
  }
  return {};
}

Result<InventoryManifest> Read(const Json& json) {
  InventoryManifest manifest;
  manifest.source_bucket = json.at("sourceBucket").get<std::string>();
  const auto arn = json.at("destinationBucket").get<std::string>();
  const std::size_t colon = arn.find(kBucketArn);
  const std::string bucket =
      colon == std::string::npos ? arn : arn.substr(colon + kBucketArn.size());
  const auto created = json.at("creationTimestamp").get<std::string>();
  std::int64_t millis = 0;
  const auto read = std::from_chars(created.data(), created.data() + created.size(), millis);
  if (read.ec != std::errc() || read.ptr != created.data() + created.size()) {
    return NoManifest("creationTimestamp is " + codec::ShortName(created));
  }
  manifest.created = TimePoint(Milliseconds(millis));
  const std::string format = LowerCase(json.at("fileFormat").get<std::string>());
  const auto schema = json.at("fileSchema").get<std::string>();
  if (format == "csv") {
    manifest.columns = CsvColumns(schema);
  } else if (format == "parquet") {
    manifest.format = InventoryFormat::kParquet;
    manifest.columns = ParquetColumns(schema);
  } else {
    return Fail(Code::kUnsupported,
                fmt::format("the inventory of bucket '{}' is in the format {}, which cannot be "
                            "read: let the inventory's configuration write CSV or Parquet",
                            manifest.source_bucket, codec::ShortName(format)));
  }
  for (const Json& file : json.at("files")) {
    manifest.files.push_back({Uri{"s3", bucket, file.at("key").get<std::string>()},
                              file.at("size").get<std::uint64_t>(),
                              LowerCase(file.at("MD5checksum").get<std::string>())});
  }
  EIDER_CHECK(CheckColumns(manifest));
  return manifest;
}

}  // namespace

bool InventoryManifest::Has(std::string_view column) const {
  return std::ranges::find(columns, column) != columns.end();
}

Result<InventoryManifest> ParseInventoryManifest(const std::string& text) {
  EIDER_ASSIGN(const Json json, codec::ParseJson(text));
  try {
    return Read(json);
  } catch (const std::exception& error) {
    return NoManifest(error.what());
  }
}

}  // namespace eider::worker
