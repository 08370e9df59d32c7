#include "eider/pipeline/prepared_record.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/codec/base64.h"
#include "eider/codec/json.h"
#include "eider/codec/sha256.h"
#include "eider/codec/utf8.h"
#include "eider/engine/call_codec.h"
#include "eider/iceberg/schema_json.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/part_records.h"
#include "eider/routes/route_json.h"
#include "eider/routing/rejects_route.h"

namespace eider::pipeline {
namespace {

using codec::Json;

constexpr int kVersion = 2;
constexpr int kVersionOfWhole = 1;  // of records that have no piece
constexpr const char* kBase64 = "base64";

// Takes a value out of a Result, or throws its message: ParsePrepared catches.
template <typename T>
T ValueOf(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

// The binary values within as texts, or as objects {"base64": "…"} where they are none.
Json AsText(Json json) {
  if (json.is_binary()) {
    const auto& binary = json.get_binary();
    std::string bytes(binary.begin(), binary.end());
    if (codec::IsUtf8(bytes)) return bytes;
    return {{kBase64, codec::ToBase64(bytes)}};
  }
  if (json.is_structured()) {
    for (Json& value : json) value = AsText(std::move(value));
  }
  return json;
}

Json AsBytes(Json json) {
  if (json.is_object() && json.size() == 1 && json.contains(kBase64)) {
    const auto bytes = codec::FromBase64(json.at(kBase64).get<std::string>());
    if (!bytes) throw std::runtime_error("a value is no Base64");
    return engine::BytesToJson(*bytes);
  }
  if (json.is_structured()) {
    for (Json& value : json) value = AsBytes(std::move(value));
  }
  return json;
}

Json TextsJson(const std::vector<std::string>& texts) {
  Json json = Json::array();
  for (const std::string& text : texts) json.push_back(AsText(engine::BytesToJson(text)));
  return json;
}

std::vector<std::string> TextsFrom(const Json& json) {
  std::vector<std::string> texts;
  for (const Json& text : json) texts.push_back(engine::BytesFrom(AsBytes(text)));
  return texts;
}

Json RecordsJson(const std::vector<ledger::PartRecord>& records) {
  return records.empty() ? Json::array() : Json::parse(ledger::PartsText(records));
}

std::vector<ledger::PartRecord> RecordsFrom(const Json& json) {
  return ValueOf(ledger::ReadParts(json));
}

// The built-in route for rejects is no route of the operator's: its key and table are enough.
Json RouteJson(const routes::Route& route) {
  return route.partition_key == routing::kRejectsKey ? Json(nullptr) : routes::ToJson(route);
}

Json PartJson(const PreparedPart& part) {
  return {{"route", RouteJson(part.plan.route)},
          {"record", RecordsJson({part.record}).front()},
          {"was_in", part.was_in},
          {"readers", AsText(engine::BytesToJson(part.readers))},
          {"left_out", TextsJson(part.left_out)},
          {"rows_rescued", part.rescued.rows},
          {"rescued", TextsJson(part.rescued.columns)},
          {"transformed", AsText(engine::ToJson(part.transformed))},
          {"rejects_of", part.rejects_of ? Json(*part.rejects_of) : Json(nullptr)}};
}

// Files of a record have the same route as a rule: it is decoded once.
class RecordRoutes {
 public:
  const routes::Route& Read(const Json& json) {
    if (json == json_) return route_;
    routes::DecodedRoute decoded = routes::FromJson(json);
    if (!decoded.route) throw std::runtime_error("its route is none");
    route_ = *std::move(decoded.route);
    json_ = json;
    return route_;
  }

 private:
  Json json_;
  routes::Route route_;
};

routes::Route RouteFrom(const Json& json, const ledger::PartRecord& record, RecordRoutes& routes) {
  if (!json.is_null()) return routes.Read(json);
  routes::Route route;
  route.partition_key = record.route;
  route.target_table = ValueOf(iceberg::TableName::Parse(record.target_table));
  return route;
}

PreparedPart PartFrom(const Json& json, RecordRoutes& routes) {
  PreparedPart part;
  part.record = RecordsFrom(Json::array({json.at("record")})).at(0);
  part.plan = {.route = RouteFrom(json.at("route"), part.record, routes),
               .values = part.record.values,
               .commit_token = part.record.commit_token};
  part.was_in = json.at("was_in").get<bool>();
  part.readers = engine::BytesFrom(AsBytes(json.at("readers")));
  part.left_out = TextsFrom(json.at("left_out"));
  part.rescued = {json.at("rows_rescued").get<std::uint64_t>(), TextsFrom(json.at("rescued"))};
  if (const auto of = json.find("transformed"); of != json.end()) {  // earlier records have none
    part.transformed = engine::TransformedFrom(AsBytes(*of));
  }
  if (const Json& of = json.at("rejects_of"); !of.is_null())
    part.rejects_of = of.get<std::size_t>();
  return part;
}

Json FileJson(const FileTally& tally) {
  Json parts = Json::array();
  for (const PreparedPart& part : tally.parts) parts.push_back(PartJson(part));
  return {{"file", AsText(engine::ToJson(tally.file.claim.file))},
          {"commit_token", tally.file.claim.commit_token},
          {"column", AsText(engine::BytesToJson(tally.plan.column))},
          {"parts_before", RecordsJson(tally.plan.parts_before)},
          {"parts", std::move(parts)}};
}

// shared: as RowsShare::file.
std::shared_ptr<FileTally> FileFrom(const Json& json, RecordRoutes& routes) {
  auto tally = std::make_shared<FileTally>();
  tally->file.claim.file = engine::FileRefFrom(AsBytes(json.at("file")));
  tally->file.claim.commit_token = json.at("commit_token").get<std::string>();
  tally->plan.column = engine::BytesFrom(AsBytes(json.at("column")));
  tally->plan.parts_before = RecordsFrom(json.at("parts_before"));
  for (const Json& part : json.at("parts")) {
    tally->parts.push_back(PartFrom(part, routes));
    const PreparedPart& parsed = tally->parts.back();
    if (parsed.rejects_of.value_or(0) > tally->parts.size()) throw std::runtime_error("rejects_of");
    if (!parsed.rejects_of) tally->plan.parts.push_back(parsed.plan);
  }
  tally->errors.resize(tally->parts.size());
  return tally;
}

Json EvolutionJson(const std::optional<iceberg::SchemaEvolution>& evolution) {
  if (!evolution) return nullptr;
  return {{"base_schema_id", evolution->base_schema_id},
          {"base_last_column_id", evolution->base_last_column_id},
          {"schema", iceberg::SchemaToJson(evolution->schema)},
          {"last_column_id", evolution->last_column_id},
          {"steps", TextsJson(evolution->steps)}};
}

std::optional<iceberg::SchemaEvolution> EvolutionFrom(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return iceberg::SchemaEvolution{.base_schema_id = json.at("base_schema_id").get<int>(),
                                  .base_last_column_id = json.at("base_last_column_id").get<int>(),
                                  .schema = ValueOf(iceberg::SchemaFromJson(json.at("schema"))),
                                  .last_column_id = json.at("last_column_id").get<int>(),
                                  .steps = TextsFrom(json.at("steps"))};
}

Json RowsJson(const PreparedRecord& record, const WaitingRows& rows) {
  Json shares = Json::array();
  for (const RowsShare& share : rows.shares) {
    const auto file = std::ranges::find(record.files, share.file);
    shares.push_back({{"file", file - record.files.begin()}, {"part", share.part}});
  }
  return {{"table", rows.table.ToString()},
          {"table_uuid", rows.table_uuid},
          {"data_files", AsText(engine::ToJson(rows.data_files))},
          {"evolution", EvolutionJson(rows.evolution)},
          {"shares", std::move(shares)}};
}

WaitingRows RowsFrom(const PreparedRecord& record, const Json& json) {
  WaitingRows rows{.table = ValueOf(iceberg::TableName::Parse(json.at("table").get<std::string>())),
                   .table_uuid = json.at("table_uuid").get<std::string>(),
                   .data_files = engine::DataFilesFrom(AsBytes(json.at("data_files"))),
                   .shares = {},
                   .evolution = EvolutionFrom(json.at("evolution")),
                   .is_recorded = true};
  for (const Json& share : json.at("shares")) {
    const auto& file = record.files.at(share.at("file").get<std::size_t>());
    const auto part = share.at("part").get<std::size_t>();
    const PreparedPart& of = file->parts.at(part);
    rows.shares.push_back({file, part, of.plan.commit_token, of.record.counts});
  }
  if (rows.data_files.empty() || rows.shares.empty()) throw std::runtime_error("rows of nobody");
  return rows;
}

Json ContentJson(const PreparedRecord& record) {
  Json files = Json::array();
  for (const auto& file : record.files) files.push_back(FileJson(*file));
  Json rows = Json::array();
  for (const WaitingRows& one : record.rows) rows.push_back(RowsJson(record, one));
  return {{"program", record.program},
          {"prepared_at_ms", UnixMillis(record.prepared_at)},
          {"files", std::move(files)},
          {"rows", std::move(rows)},
          {"piece",
           record.piece ? Json::array({record.piece->number, record.piece->of}) : Json(nullptr)}};
}

std::optional<engine::Piece> PieceFrom(const Json& json) {
  const auto piece = json.find("piece");
  if (piece == json.end() || piece->is_null()) return std::nullopt;  // earlier records have none
  engine::Piece read{piece->at(0).get<int>(), piece->at(1).get<int>()};
  if (read.number < 1 || read.number > read.of) throw std::runtime_error("its piece is none");
  return read;
}

PreparedRecord RecordFrom(const Json& json) {
  PreparedRecord record{
      .program = json.at("program").get<std::string>(),
      .prepared_at = TimePoint(Milliseconds(json.at("prepared_at_ms").get<std::int64_t>())),
      .files = {},
      .rows = {},
      .piece = PieceFrom(json)};
  RecordRoutes routes;
  for (const Json& file : json.at("files")) record.files.push_back(FileFrom(file, routes));
  for (const Json& rows : json.at("rows")) record.rows.push_back(RowsFrom(record, rows));
  const bool is_whole_or_one = record.files.size() == 1 && record.files.front()->parts.size() == 1;
  if (record.piece && (!is_whole_or_one || record.rows.size() > 1)) {
    throw std::runtime_error("a piece of more than one file or route");
  }
  return record;
}

}  // namespace

std::string PreparedReason(std::string_view name) {
  return fmt::format("prepared in {}, for `eider commit`", name);
}

std::string PreparedText(const PreparedRecord& record) {
  const std::string content = ContentJson(record).dump();
  return fmt::format(R"({{"eider_prepared":{},"prepared":{},"sha256":"{}"}})"
                     "\n",
                     record.piece ? kVersion : kVersionOfWhole, content, codec::Sha256Hex(content));
}

Result<PreparedRecord> ParsePrepared(std::string_view text, const std::string& name) {
  const auto corrupt = [&](std::string_view why) {
    return Fail(Code::kCorrupt,
                fmt::format("{} is no whole prepared record ({}): prepare its files again with "
                            "`eider prepare --again`",
                            name, why));
  };
  try {
    const Json whole = Json::parse(text);
    const int version = whole.at("eider_prepared").get<int>();
    if (version > kVersion) {
      return Fail(Code::kUnsupported,
                  fmt::format("{} is a prepared record of version {}, and this program knows "
                              "version {}: commit it by the program that prepared it",
                              name, version, kVersion));
    }
    const Json& content = whole.at("prepared");
    if (codec::Sha256Hex(content.dump()) != whole.at("sha256").get<std::string>()) {
      return corrupt("it was changed: its checksum is another");
    }
    return RecordFrom(content);
  } catch (const std::exception& error) {
    return corrupt(error.what());
  }
}

}  // namespace eider::pipeline
