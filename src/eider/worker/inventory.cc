// Files to a folder, and their rows by the engine.
#include "eider/worker/inventory.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/md5.h"
#include "eider/engine/sql_literal.h"
#include "eider/engine/table_query.h"

namespace eider::worker {
namespace {

constexpr std::uint64_t kManifestBytesMax = 64ULL << 20U;
constexpr std::size_t kPieceBytes = 8U << 20U;

// The number that the text is; 0 where it is none.
std::int64_t NumberOf(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Cells of the rows that RowsSql gives.
store::ObjectInfo InfoOf(const std::string& bucket, const std::vector<std::string>& cells) {
  store::ObjectInfo info;
  info.uri = {"s3", bucket, cells[0]};
  info.size_bytes = static_cast<std::uint64_t>(NumberOf(cells[1]));
  info.etag = cells[2];
  std::erase(info.etag, '"');
  info.version_id = cells[3] == "null" ? "" : cells[3];  // as in a listing
  info.modified = TimePoint(Milliseconds(NumberOf(cells[4])));
  return info;
}

}  // namespace

Result<Inventory> Inventory::Open(store::ObjectStore& store, const Uri& manifest,
                                  const engine::EngineOptions& engine, std::stop_token stop) {
  const std::string reading = "cannot read the inventory " + manifest.ToString();
  auto text = store::ReadAll(store, manifest, kManifestBytesMax);
  if (!text) return Fail(reading, std::move(text).error());
  auto parsed = ParseInventoryManifest(*text);
  if (!parsed) return Fail(reading, std::move(parsed).error());
  Inventory inventory(store, *std::move(parsed), engine, std::move(stop));
  EIDER_ASSIGN(inventory.directory_, engine::PrivateDirectory::Make(engine.temp_directory));
  for (const InventoryFile& file : inventory.manifest_.files) {
    const bool is_csv = inventory.manifest_.format == InventoryFormat::kCsv;
    const std::string path = fmt::format("{}/{}.{}", inventory.directory_->path(),
                                         inventory.files_.size(), is_csv ? "csv" : "parquet");
    if (Status fetched = inventory.Fetch(file, path); !fetched) {
      return Fail(reading, std::move(fetched).error());
    }
    inventory.files_.push_back(Uri{"file", "", path});
  }
  return inventory;
}

Status Inventory::Fetch(const InventoryFile& file, const std::string& path) const {
  EIDER_ASSIGN(const auto reader, store_->Open(file.uri, {.stop = stop_}));
  EIDER_ASSIGN(codec::Md5 md5, codec::Md5::Begin());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  std::vector<char> piece(kPieceBytes);
  const std::uint64_t size = reader->info().size_bytes;
  for (std::uint64_t at = 0; at < size; at += kPieceBytes) {
    if (stop_.stop_requested()) return Fail(Code::kCancelled, "stopped");
    const auto bytes = std::span(piece).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, size - at)));
    EIDER_CHECK(reader->ReadAt(at, bytes));
    md5.Add({bytes.data(), bytes.size()});
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  out.close();
  if (!out) {
    return Fail(Code::kUnavailable, fmt::format("cannot write {} to {} (engine.temp_directory): is "
                                                "the disk full?",
                                                file.uri.ToString(), path));
  }
  const std::string sum = md5.Hex();
  if (size == file.size_bytes && sum == file.md5) return {};
  return Fail(Code::kCorrupt,
              fmt::format("file {} has {} bytes and the MD5 {}, and the manifest says {} bytes and "
                          "{}: it is not the file of this inventory, or is damaged",
                          file.uri.ToString(), size, sum, file.size_bytes, file.md5));
}

std::string Inventory::RowsSql(const Uri& prefix) const {
  const bool is_csv = manifest_.format == InventoryFormat::kCsv;
  std::vector<std::string> paths;
  for (const Uri& file : files_) paths.push_back(engine::SqlLiteral(file.ToString()));
  std::string rows = fmt::format("read_parquet([{}])", fmt::join(paths, ", "));
  if (is_csv) {
    std::vector<std::string> columns;
    for (const std::string& name : manifest_.columns) {
      columns.push_back(engine::SqlLiteral(name) + ": 'VARCHAR'");
    }
    const bool is_packed = manifest_.files.front().uri.key.ends_with(".gz");
    rows = fmt::format(
        "read_csv([{}], auto_detect = false, header = false, delim = ',', quote = '\"', "
        "escape = '\"', compression = '{}', columns = {{{}}})",
        fmt::join(paths, ", "), is_packed ? "gzip" : "none", fmt::join(columns, ", "));
  }
  const auto text = [&](const char* column) {
    return manifest_.Has(column) ? fmt::format("coalesce(CAST({} AS VARCHAR), '')", column)
                                 : std::string("''");
  };
  std::string time = "0";
  if (has_times()) {
    time = is_csv ? "epoch_ms(CAST(last_modified_date AS TIMESTAMPTZ))"
                  : "epoch_ms(last_modified_date)";
  }
  // Keys in CSV are form-encoded: a blank is '+'.
  std::string sql = fmt::format(
      "SELECT {} AS \"key\", coalesce(CAST(\"size\" AS BIGINT), 0), {}, {}, coalesce({}, 0) FROM "
      "{} "
      "WHERE bucket = {} AND starts_with({}, {})",
      is_csv ? "url_decode(replace(\"key\", '+', ' '))" : "\"key\"", text("e_tag"),
      text("version_id"), time, rows, engine::SqlLiteral(manifest_.source_bucket),
      is_csv ? "url_decode(replace(\"key\", '+', ' '))" : "\"key\"",
      engine::SqlLiteral(prefix.key));
  if (manifest_.Has("is_latest")) sql += " AND CAST(is_latest AS BOOLEAN)";
  if (manifest_.Has("is_delete_marker")) {
    sql += " AND NOT coalesce(CAST(is_delete_marker AS BOOLEAN), false)";
  }
  return sql + " ORDER BY 1";
}

Status Inventory::List(const Uri& prefix,
                       const std::function<bool(const store::ObjectInfo&)>& visit) const {
  if (prefix.scheme != "s3" || prefix.bucket != manifest_.source_bucket) {
    return Fail(Code::kInvalid, fmt::format("the inventory is of bucket '{}', and tells nothing of "
                                            "{}",
                                            manifest_.source_bucket, prefix.ToString()));
  }
  if (files_.empty()) return {};
  const engine::AnswerVisitor visitor{.begin = [](const std::vector<std::string>&) {},
                                      .row =
                                          [&](const std::vector<std::string>& cells) {
                                            return visit(InfoOf(prefix.bucket, cells));
                                          }};
  return engine::VisitRows(*store_, engine_, {RowsSql(prefix), files_, "the inventory's files"},
                           visitor, stop_);
}

}  // namespace eider::worker
