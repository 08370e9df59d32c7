// Words of options, and the readers that names of files tell.
#include "eider/engine/reader_options.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/string_util.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/tableref/basetableref.hpp>
#include <duckdb/storage/buffer_manager.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/query.h"

namespace eider::engine {
namespace {

using duckdb::Value;

// Options by which a call asks for looser reading, with the values that do not.
constexpr auto kLooseOptions = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"comment", ""},
    {"null_padding", "false"},
    {"ignore_errors", "false"},
    {"strict_mode", "true"},
    {"store_rejects", "false"},
    {"thousands", ""},
    {"normalize_names", "false"},
    {"union_by_name", "false"},
    {"decimal_separator", "."},
});

// Options that decide types in a way of their own: they need DuckDB's own look at the values.
constexpr auto kTypingOptions = std::to_array<std::string_view>({
    "dateformat",
    "date_format",
    "timestampformat",
    "timestamp_format",
    "auto_type_candidates",
    "convert_strings_to_integers",
    "field_appearance_threshold",
    "maximum_depth",
    "map_inference_threshold",
    "maximum_sample_files",
});

std::string BaseName(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);
  return std::string(path.substr(0, path.find('.')));
}

}  // namespace

bool IsLoose(const ReaderCall& call) {
  return std::ranges::any_of(kLooseOptions, [&](const auto& option) {
    const Value* value = call.Find(option.first);
    return value != nullptr && duckdb::StringUtil::Lower(value->ToString()) != option.second;
  });
}

bool DecidesTypes(const ReaderCall& call) {
  return std::ranges::any_of(kTypingOptions,
                             [&](std::string_view option) { return call.Has(option); });
}

std::optional<std::string> OptionText(const ReaderCall& call,
                                      std::initializer_list<std::string_view> options) {
  for (const std::string_view option : options) {
    if (const Value* value = call.Find(option)) return value->ToString();
  }
  return std::nullopt;
}

std::optional<bool> OptionBool(const ReaderCall& call, std::string_view option) {
  const Value* value = call.Find(option);
  if (value == nullptr) return std::nullopt;
  const std::string text = duckdb::StringUtil::Lower(value->ToString());
  return text == "true" || text == "1";
}

std::vector<std::string> TextsOf(const Value* list) {
  std::vector<std::string> texts;
  if (list == nullptr || list->type().id() != duckdb::LogicalTypeId::LIST) return texts;
  for (const Value& value : duckdb::ListValue::GetChildren(*list))
    texts.push_back(value.ToString());
  return texts;
}

std::vector<std::string> NamesOfColumns(const Value& columns) {
  std::vector<std::string> names;
  if (columns.type().id() != duckdb::LogicalTypeId::STRUCT) return names;
  for (const auto& [name, type] : duckdb::StructType::GetChildTypes(columns.type())) {
    names.push_back(name);
  }
  return names;
}

void DecideForMany(ReaderCall& call) {
  if (call.kind() == ReaderKind::kJsonObjects) return;  // has no types to be decided
  const auto set = [&](const std::string& option, Value value) {
    if (!call.Has(option)) call.Set(option, std::move(value));
  };
  set("sample_size", Value::BIGINT(-1));
  if (call.kind() == ReaderKind::kJson) {
    set("map_inference_threshold", Value::BIGINT(-1));
    set("maximum_depth", Value::BIGINT(-1));
    return;
  }
  if (IsLoose(call)) return;
  set("strict_mode", Value::BOOLEAN(true));
  set("null_padding", Value::BOOLEAN(false));
  set("comment", Value(""));
  set("skip", Value::BIGINT(0));
}

void SpareMemory(duckdb::ClientContext& context, ReaderCall& call) {
  constexpr std::uint64_t kUsualBytes = 32'000'000;
  constexpr std::uint64_t kLeastBytes = 4'000'000;  // two lines of the longest kind
  constexpr std::uint64_t kBuffers = 16;
  const std::uint64_t memory = duckdb::BufferManager::GetBufferManager(context).GetMaxMemory();
  const std::uint64_t bytes = std::max(memory / kBuffers, kLeastBytes);
  if (bytes >= kUsualBytes || call.Has("buffer_size")) return;
  call.Set("buffer_size", Value::UBIGINT(bytes));
}

std::optional<std::string> ReaderOfName(std::string_view path) {
  std::string name = duckdb::StringUtil::Lower(std::string(path));
  for (const std::string_view packed : {".gz", ".zst", ".zstd"}) {
    if (name.ends_with(packed)) name.resize(name.size() - packed.size());
  }
  if (name.ends_with(".csv") || name.ends_with(".tsv")) return "read_csv";
  if (name.ends_with(".json") || name.ends_with(".jsonl") || name.ends_with(".ndjson")) {
    return "read_json";
  }
  if (name.ends_with(".parquet")) return "read_parquet";
  return std::nullopt;
}

Status NameReader(duckdb::unique_ptr<duckdb::TableRef>& place) {
  if (place->type != duckdb::TableReferenceType::BASE_TABLE) return {};
  const auto& table = place->Cast<duckdb::BaseTableRef>();
  const auto reader = ReaderOfName(table.table_name);
  if (!reader) {
    return Fail(
        Code::kInvalid,
        fmt::format("the name of {} tells no reader: in the route's SQL, name one in the "
                    "place of the path alone, as FROM read_csv('{}'), read_json('{}') or "
                    "read_parquet('{}')",
                    codec::ShortName(table.table_name), kInputMarker, kInputMarker, kInputMarker));
  }
  duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>> arguments;
  arguments.push_back(duckdb::make_uniq<duckdb::ConstantExpression>(Value(table.table_name)));
  auto call = duckdb::make_uniq<duckdb::TableFunctionRef>();
  call->function = duckdb::make_uniq<duckdb::FunctionExpression>(*reader, std::move(arguments));
  call->alias = table.alias.empty() ? BaseName(table.table_name) : table.alias;
  call->column_name_alias = table.column_name_alias;
  call->sample = table.sample ? table.sample->Copy() : nullptr;
  call->query_location = table.query_location;
  place = std::move(call);
  return {};
}

}  // namespace eider::engine
