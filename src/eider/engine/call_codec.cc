// The shapes of calls and answers.
#include "eider/engine/call_codec.h"

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/iceberg/partition_spec_json.h"
#include "eider/iceberg/schema_json.h"
#include "eider/iceberg/sort_order_json.h"

namespace eider::engine {
namespace {

using codec::Json;

// Takes a value out of a Result, or throws its message: this file's callers catch.
template <typename T>
T ValueOf(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <typename T>
std::optional<T> OptionalFrom(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional<T>(json.get<T>());
}

// A map by field id: [[id, value], ...].
template <typename T, typename Encode>
Json Pairs(const std::map<int, T>& values, const Encode& encode) {
  Json pairs = Json::array();
  for (const auto& [id, value] : values) pairs.push_back(Json::array({id, encode(value)}));
  return pairs;
}

template <typename T, typename Decode>
std::map<int, T> MapFrom(const Json& pairs, const Decode& decode) {
  std::map<int, T> values;
  for (const Json& pair : pairs) values.emplace(pair.at(0).get<int>(), decode(pair.at(1)));
  return values;
}

Json Counts(const std::map<int, std::int64_t>& counts) {
  return Pairs(counts, [](std::int64_t count) { return Json(count); });
}

std::map<int, std::int64_t> CountsFrom(const Json& json) {
  return MapFrom<std::int64_t>(json, [](const Json& count) { return count.get<std::int64_t>(); });
}

Json ToJson(const iceberg::DataFile& file) {
  Json partition = Json::array();
  for (const auto& value : file.partition) {
    partition.push_back(value ? BytesToJson(*value) : Json(nullptr));
  }
  return {{"content", static_cast<int>(file.content)},
          {"file_path", BytesToJson(file.file_path)},
          {"file_format", file.file_format},
          {"spec_id", file.spec_id},
          {"partition", std::move(partition)},
          {"record_count", file.record_count},
          {"file_size_in_bytes", file.file_size_in_bytes},
          {"column_sizes", Counts(file.column_sizes)},
          {"value_counts", Counts(file.value_counts)},
          {"null_value_counts", Counts(file.null_value_counts)},
          {"nan_value_counts", Counts(file.nan_value_counts)},
          {"lower_bounds", Pairs(file.lower_bounds, BytesToJson)},
          {"upper_bounds", Pairs(file.upper_bounds, BytesToJson)},
          {"key_metadata", file.key_metadata ? BytesToJson(*file.key_metadata) : Json(nullptr)},
          {"split_offsets", file.split_offsets},
          {"equality_ids", file.equality_ids},
          {"sort_order_id", OrNull(file.sort_order_id)},
          {"referenced_data_file", OrNull(file.referenced_data_file)}};
}

iceberg::DataFile DataFileFrom(const Json& json) {
  iceberg::DataFile file;
  file.content = static_cast<iceberg::FileContent>(json.at("content").get<int>());
  file.file_path = BytesFrom(json.at("file_path"));
  file.file_format = json.at("file_format").get<std::string>();
  file.spec_id = json.at("spec_id").get<int>();
  for (const Json& value : json.at("partition")) {
    file.partition.push_back(value.is_null() ? std::nullopt : std::optional(BytesFrom(value)));
  }
  file.record_count = json.at("record_count").get<std::int64_t>();
  file.file_size_in_bytes = json.at("file_size_in_bytes").get<std::int64_t>();
  file.column_sizes = CountsFrom(json.at("column_sizes"));
  file.value_counts = CountsFrom(json.at("value_counts"));
  file.null_value_counts = CountsFrom(json.at("null_value_counts"));
  file.nan_value_counts = CountsFrom(json.at("nan_value_counts"));
  file.lower_bounds = MapFrom<std::string>(json.at("lower_bounds"), BytesFrom);
  file.upper_bounds = MapFrom<std::string>(json.at("upper_bounds"), BytesFrom);
  if (!json.at("key_metadata").is_null()) file.key_metadata = BytesFrom(json.at("key_metadata"));
  file.split_offsets = json.at("split_offsets").get<std::vector<std::int64_t>>();
  file.equality_ids = json.at("equality_ids").get<std::vector<int>>();
  file.sort_order_id = OptionalFrom<int>(json.at("sort_order_id"));
  file.referenced_data_file = OptionalFrom<std::string>(json.at("referenced_data_file"));
  return file;
}

Json ToJson(const QueryLimits& limits) {
  return {{"memory", OrNull(limits.memory_limit_bytes)},
          {"threads", OrNull(limits.threads)},
          {"timeout_ms", limits.timeout ? Json(limits.timeout->count()) : Json(nullptr)}};
}

QueryLimits LimitsFrom(const Json& json) {
  QueryLimits limits;
  limits.memory_limit_bytes = OptionalFrom<std::uint64_t>(json.at("memory"));
  limits.threads = OptionalFrom<int>(json.at("threads"));
  if (const auto timeout = OptionalFrom<std::int64_t>(json.at("timeout_ms"))) {
    limits.timeout = Milliseconds(*timeout);
  }
  return limits;
}

// A map of texts: [[name, value], ...].
Json TextPairs(const std::map<std::string, std::string>& texts) {
  Json pairs = Json::array();
  for (const auto& [name, value] : texts) {
    pairs.push_back(Json::array({BytesToJson(name), BytesToJson(value)}));
  }
  return pairs;
}

std::map<std::string, std::string> TextsFrom(const Json& pairs) {
  std::map<std::string, std::string> texts;
  for (const Json& pair : pairs) texts.emplace(BytesFrom(pair.at(0)), BytesFrom(pair.at(1)));
  return texts;
}

Json ToJson(const Transform& transform) {
  const config::PluginProgram& program = transform.program;
  Json command = Json::array();
  for (const std::string& word : program.command) command.push_back(BytesToJson(word));
  return {{"name", BytesToJson(program.name)},
          {"command", std::move(command)},
          {"folder", BytesToJson(program.folder)},
          {"environment", TextPairs(program.environment)},
          {"memory", program.memory_limit_bytes},
          {"timeout_ms", program.timeout ? Json(program.timeout->count()) : Json(nullptr)},
          {"network", program.network},
          {"then_sql", BytesToJson(transform.then_sql)}};
}

Transform TransformFrom(const Json& json) {
  Transform transform{.program = {.name = BytesFrom(json.at("name")),
                                  .folder = BytesFrom(json.at("folder")),
                                  .memory_limit_bytes = json.at("memory").get<std::uint64_t>(),
                                  .network = json.at("network").get<bool>()},
                      .then_sql = BytesFrom(json.at("then_sql"))};
  config::PluginProgram& program = transform.program;
  for (const Json& word : json.at("command")) program.command.push_back(BytesFrom(word));
  program.environment = TextsFrom(json.at("environment"));
  if (const auto timeout = OptionalFrom<std::int64_t>(json.at("timeout_ms"))) {
    program.timeout = Milliseconds(*timeout);
  }
  return transform;
}

Json ToJson(const RowFilter& filter) {
  Json values = Json::array();
  for (const auto& value : filter.values)
    values.push_back(value ? BytesToJson(*value) : Json(nullptr));
  return {{"column", BytesToJson(filter.column)}, {"values", std::move(values)}};
}

iceberg::PartitionSpec SpecFrom(const Json& json) {
  const codec::JsonObject spec = ValueOf(codec::JsonObject::Of(json));
  return ValueOf(iceberg::PartitionSpecFromJson(spec));
}

iceberg::SortOrder SortOrderFrom(const Json& json) {
  const codec::JsonObject order = ValueOf(codec::JsonObject::Of(json));
  return ValueOf(iceberg::SortOrderFromJson(order));
}

RowFilter FilterFrom(const Json& json) {
  RowFilter filter{.column = BytesFrom(json.at("column")), .values = {}};
  for (const Json& value : json.at("values")) {
    filter.values.push_back(value.is_null() ? std::nullopt : std::optional(BytesFrom(value)));
  }
  return filter;
}

}  // namespace

Json BytesToJson(const std::string& bytes) {
  return Json::binary({bytes.begin(), bytes.end()});
}

std::string BytesFrom(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  const auto& bytes = json.get_binary();
  return {bytes.begin(), bytes.end()};
}

Json ToJson(const FileRef& file) {
  return {{"uri", BytesToJson(file.uri.ToString())},
          {"version_id", BytesToJson(file.version_id)},
          {"etag", BytesToJson(file.etag)},
          {"size_bytes", file.size_bytes},
          {"sequencer", BytesToJson(file.sequencer)}};
}

FileRef FileRefFrom(const Json& json) {
  return {.uri = ValueOf(Uri::Parse(BytesFrom(json.at("uri")))),
          .version_id = BytesFrom(json.at("version_id")),
          .etag = BytesFrom(json.at("etag")),
          .size_bytes = json.at("size_bytes").get<std::uint64_t>(),
          .sequencer = BytesFrom(json.at("sequencer"))};
}

Json ToJson(const Query& query) {
  Json inputs = Json::array();
  for (const Uri& uri : query.inputs) inputs.push_back(BytesToJson(uri.ToString()));
  Json tables = Json::array();
  for (const InputTable& table : query.tables) {
    tables.push_back({{"name", table.name.ToString()},
                      {"schema", iceberg::SchemaToJson(table.schema)},
                      {"files", ToJson(table.files)}});
  }
  return {
      {"sql", BytesToJson(query.sql)},
      {"input", ToJson(query.input)},
      {"inputs", std::move(inputs)},
      {"tables", std::move(tables)},
      {"part", query.part ? ToJson(*query.part) : Json(nullptr)},
      {"limits", ToJson(query.limits)},
      {"types", TextPairs(query.types)},
      {"encoding", BytesToJson(query.encoding)},
      {"reject", query.reject ? Json(records::ToText(*query.reject)) : Json(nullptr)},
      {"rescue", BytesToJson(query.rescue)},
      {"piece", query.piece ? Json::array({query.piece->number, query.piece->of}) : Json(nullptr)},
      {"transform", query.transform ? ToJson(*query.transform) : Json(nullptr)},
      {"loaded_at_ms", query.lineage ? Json(UnixMillis(query.lineage->loaded_at)) : Json(nullptr)}};
}

Query QueryFrom(const Json& json) {
  Query query{.sql = BytesFrom(json.at("sql")), .input = FileRefFrom(json.at("input"))};
  for (const Json& uri : json.at("inputs")) {
    query.inputs.push_back(ValueOf(Uri::Parse(BytesFrom(uri))));
  }
  for (const Json& table : json.at("tables")) {
    query.tables.push_back({ValueOf(iceberg::TableName::Parse(table.at("name").get<std::string>())),
                            SchemaFrom(table.at("schema")), DataFilesFrom(table.at("files"))});
  }
  if (!json.at("part").is_null()) query.part = FilterFrom(json.at("part"));
  query.limits = LimitsFrom(json.at("limits"));
  query.encoding = BytesFrom(json.at("encoding"));
  query.rescue = BytesFrom(json.at("rescue"));
  if (const auto loaded_at = OptionalFrom<std::int64_t>(json.at("loaded_at_ms"))) {
    query.lineage = Lineage{TimePoint(Milliseconds(*loaded_at))};
  }
  if (const Json& piece = json.at("piece"); !piece.is_null()) {
    query.piece = Piece{piece.at(0).get<int>(), piece.at(1).get<int>()};
  }
  if (const Json& transform = json.at("transform"); !transform.is_null()) {
    query.transform = TransformFrom(transform);
  }
  if (const Json& limit = json.at("reject"); !limit.is_null()) {
    const auto text = limit.get<std::string>();
    query.reject = text.empty() ? records::RejectLimit() : ValueOf(records::ParseRejectLimit(text));
  }
  query.types = TextsFrom(json.at("types"));
  return query;
}

Json ToJson(const PartQuery& part) {
  const WriteTarget& target = part.target;
  const auto mode = [](const iceberg::MetricsMode& metrics) {
    return Json::array({static_cast<int>(metrics.kind), metrics.truncate_length});
  };
  return {{"query", ToJson(part.query)},
          {"table_name", target.table_name},
          {"schema", iceberg::SchemaToJson(target.schema)},
          {"data_location", BytesToJson(target.data_location.ToString())},
          {"file_prefix", target.file_prefix},
          {"spec", iceberg::PartitionSpecToJson(target.spec)},
          {"sort_order", iceberg::SortOrderToJson(target.sort_order)},
          {"target_file_size_bytes", target.target_file_size_bytes},
          {"compression_codec", BytesToJson(target.compression_codec)},
          {"metrics_modes", Pairs(target.metrics_modes, mode)}};
}

WriteTarget TargetFrom(const Json& json, const iceberg::Schema& schema) {
  const auto mode = [](const Json& metrics) {
    return iceberg::MetricsMode{static_cast<iceberg::MetricsMode::Kind>(metrics.at(0).get<int>()),
                                metrics.at(1).get<int>()};
  };
  return {.table_name = json.at("table_name").get<std::string>(),
          .schema = schema,
          .data_location = ValueOf(Uri::Parse(BytesFrom(json.at("data_location")))),
          .file_prefix = json.at("file_prefix").get<std::string>(),
          .spec = SpecFrom(json.at("spec")),
          .sort_order = SortOrderFrom(json.at("sort_order")),
          .target_file_size_bytes = json.at("target_file_size_bytes").get<std::uint64_t>(),
          .compression_codec = BytesFrom(json.at("compression_codec")),
          .metrics_modes = MapFrom<iceberg::MetricsMode>(json.at("metrics_modes"), mode),
          .finishes_soon = false};
}

Json ToJson(const std::vector<iceberg::DataFile>& files) {
  Json list = Json::array();
  for (const iceberg::DataFile& file : files) list.push_back(ToJson(file));
  return list;
}

std::vector<iceberg::DataFile> DataFilesFrom(const Json& json) {
  std::vector<iceberg::DataFile> files;
  for (const Json& file : json) files.push_back(DataFileFrom(file));
  return files;
}

Json ToJson(const std::optional<Transformed>& transformed) {
  if (!transformed) return nullptr;
  return {{"plugin", BytesToJson(transformed->plugin)},
          {"rows_in", transformed->rows_in},
          {"rows_out", transformed->rows_out}};
}

std::optional<Transformed> TransformedFrom(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return Transformed{BytesFrom(json.at("plugin")), json.at("rows_in").get<std::uint64_t>(),
                     json.at("rows_out").get<std::uint64_t>()};
}

Json ToJson(const Written& written) {
  Json rescued = Json::array();
  for (const std::string& column : written.rescued.columns) rescued.push_back(BytesToJson(column));
  return {{"files", ToJson(written.files)},
          {"rows_read", written.rows_read ? Json(*written.rows_read) : Json(nullptr)},
          {"is_row_by_row", written.is_row_by_row},
          {"rows_rejected", written.rows_rejected},
          {"rows_rescued", written.rescued.rows},
          {"rescued", std::move(rescued)},
          {"transformed", ToJson(written.transformed)},
          {"readers", BytesToJson(written.readers)}};
}

Written WrittenFrom(const Json& json) {
  Written written{.files = DataFilesFrom(json.at("files"))};
  const Json& rows = json.at("rows_read");
  if (!rows.is_null()) written.rows_read = rows.get<std::uint64_t>();
  written.is_row_by_row = json.at("is_row_by_row").get<bool>();
  written.rows_rejected = json.at("rows_rejected").get<std::uint64_t>();
  written.rescued.rows = json.at("rows_rescued").get<std::uint64_t>();
  for (const Json& column : json.at("rescued")) {
    written.rescued.columns.push_back(BytesFrom(column));
  }
  written.transformed = TransformedFrom(json.at("transformed"));
  written.readers = BytesFrom(json.at("readers"));
  return written;
}

Json ToJson(const Error& error) {
  const FilePlace& place = error.place;
  return {{"code", static_cast<int>(error.code)},
          {"message", BytesToJson(error.message)},
          {"line", place.line},
          {"column", BytesToJson(place.column)},
          {"value", place.value ? BytesToJson(*place.value) : Json(nullptr)}};
}

Error ErrorFrom(const Json& json) {
  Error error{static_cast<Code>(json.at("code").get<int>()), BytesFrom(json.at("message"))};
  error.place.line = json.at("line").get<std::uint64_t>();
  error.place.column = BytesFrom(json.at("column"));
  const Json& value = json.at("value");
  if (!value.is_null()) error.place.value = BytesFrom(value);
  return error;
}

Json ToJson(const NewTable& made) {
  Json left_out = Json::array();
  for (const std::string& name : made.left_out) left_out.push_back(BytesToJson(name));
  return {{"schema", iceberg::SchemaToJson(made.schema)}, {"left_out", std::move(left_out)}};
}

NewTable NewTableFrom(const Json& json) {
  NewTable made{SchemaFrom(json.at("schema"))};
  for (const Json& name : json.at("left_out")) made.left_out.push_back(BytesFrom(name));
  return made;
}

iceberg::Schema SchemaFrom(const Json& json) {
  return ValueOf(iceberg::SchemaFromJson(json));
}

std::string ToBytes(const Json& json) {
  std::string bytes;
  Json::to_cbor(json, bytes);
  return bytes;
}

}  // namespace eider::engine
