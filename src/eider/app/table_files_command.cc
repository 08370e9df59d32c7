// `eider table partitions|files`: what the current snapshot is made of.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/table_preview.h"
#include "eider/app/text_table.h"
#include "eider/base/result.h"
#include "eider/base/trimmed.h"
#include "eider/config/nearest_name.h"
#include "eider/iceberg/live_files.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/partition.h"
#include "eider/iceberg/single_value.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::app {
namespace {

using iceberg::DataFile;
using iceberg::PartitionColumn;
using iceberg::PartitionTuple;

std::string_view ContentName(iceberg::FileContent content) {
  switch (content) {
    case iceberg::FileContent::kPositionDeletes:
      return "position_deletes";
    case iceberg::FileContent::kEqualityDeletes:
      return "equality_deletes";
    case iceberg::FileContent::kData:
      break;
  }
  return "data";
}

// The files of a table's current snapshot, and the specs that their partitions are of.
class CurrentFiles {
 public:
  static Result<CurrentFiles> Read(Session& session, const iceberg::TableMetadata& metadata) {
    CurrentFiles read;
    EIDER_ASSIGN(read.files_, iceberg::ReadCurrentFiles(session.program.TableStore(), metadata));
    std::set<int> used;
    for (const DataFile& file : read.files_) used.insert(file.spec_id);
    for (const iceberg::PartitionSpec& spec : metadata.partition_specs) {
      auto columns = iceberg::PartitionColumns(metadata, spec);
      // One with an unknown transform matters only where a file is of it.
      if (!columns && used.contains(spec.spec_id)) return std::unexpected(columns.error());
      if (columns) read.columns_[spec.spec_id] = *std::move(columns);
    }
    for (const DataFile& file : read.files_) {
      const auto columns = read.columns_.find(file.spec_id);
      if (columns != read.columns_.end() && columns->second.size() == file.partition.size()) {
        continue;
      }
      return Fail(Code::kCorrupt,
                  fmt::format("the partition of a file is not one of partition spec {}: {}",
                              file.spec_id, file.file_path));
    }
    return read;
  }

  const std::vector<DataFile>& files() const { return files_; }

  const std::vector<PartitionColumn>& ColumnsOf(int spec_id) const { return columns_.at(spec_id); }

  // The names of all fields, each once.
  std::vector<std::string_view> Names() const {
    std::set<std::string_view> names;
    for (const auto& [spec_id, columns] : columns_) {
      for (const PartitionColumn& column : columns) names.insert(column.name);
    }
    return {names.begin(), names.end()};
  }

 private:
  std::vector<DataFile> files_;
  std::map<int, std::vector<PartitionColumn>> columns_;  // by spec id
};

std::optional<std::string> TextOf(const PartitionColumn& column,
                                  const std::optional<std::string>& value) {
  if (!value) return std::nullopt;
  return iceberg::PartitionValueText(column, *value);
}

// "ts_day = 2024-01-31, id_bucket = 3".
std::string PartitionText(const std::vector<PartitionColumn>& columns,
                          const PartitionTuple& tuple) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    values.push_back(
        fmt::format("{} = {}", columns[i].name, TextOf(columns[i], tuple[i]).value_or("null")));
  }
  return values.empty() ? "unpartitioned" : fmt::to_string(fmt::join(values, ", "));
}

JsonLine PartitionJson(const std::vector<PartitionColumn>& columns, const PartitionTuple& tuple) {
  JsonLine values = JsonLine::object();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto text = TextOf(columns[i], tuple[i]);
    values[columns[i].name] = text ? JsonLine(*text) : JsonLine(nullptr);
  }
  return values;
}

struct Partition {
  int spec_id = 0;
  PartitionTuple tuple;
  std::int64_t rows = 0;
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t delete_files = 0;
};

// Null comes first.
bool ComesBefore(const std::vector<PartitionColumn>& columns, const PartitionTuple& a,
                 const PartitionTuple& b) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (a[i] == b[i]) continue;
    if (!a[i] || !b[i]) return !a[i];
    return iceberg::IsLess(columns[i].type, iceberg::Promoted(columns[i].type, *a[i]),
                           iceberg::Promoted(columns[i].type, *b[i]));
  }
  return false;
}

std::vector<Partition> PartitionsOf(const CurrentFiles& current) {
  std::map<std::pair<int, PartitionTuple>, Partition> found;
  for (const DataFile& file : current.files()) {
    Partition& partition = found[{file.spec_id, file.partition}];
    partition.spec_id = file.spec_id;
    partition.tuple = file.partition;
    if (file.content != iceberg::FileContent::kData) {
      ++partition.delete_files;
      continue;
    }
    partition.rows += file.record_count;
    partition.bytes += file.file_size_in_bytes;
    ++partition.files;
  }
  std::vector<Partition> partitions;
  for (auto& [key, partition] : found) partitions.push_back(std::move(partition));
  std::ranges::stable_sort(partitions, [&](const Partition& a, const Partition& b) {
    if (a.spec_id != b.spec_id) return a.spec_id < b.spec_id;
    return ComesBefore(current.ColumnsOf(a.spec_id), a.tuple, b.tuple);
  });
  return partitions;
}

// "ts_day = 2024-01-31": a value as `eider table partitions` shows it.
struct Condition {
  std::string name;
  std::optional<std::string> value;  // nothing: null
};

std::string Unquoted(std::string_view text, char quote) {
  if (text.size() < 2 || text.front() != quote || text.back() != quote) return std::string(text);
  return std::string(text.substr(1, text.size() - 2));
}

Result<Condition> ParseCondition(const std::string& text, const CurrentFiles& current) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return Fail(Code::kInvalid,
                fmt::format("--where must be NAME = VALUE, as 'ts_day = 2024-01-31': '{}'", text));
  }
  const std::string_view whole = text;
  Condition condition;
  condition.name = Unquoted(Trimmed(whole.substr(0, equals)), '"');
  const std::string_view value = Trimmed(whole.substr(equals + 1));
  if (value != "null" && value != "NULL") condition.value = Unquoted(value, '\'');
  const auto names = current.Names();
  if (std::ranges::find(names, condition.name) != names.end()) return condition;
  return Fail(Code::kInvalid,
              fmt::format("--where: the table has no partition field '{}'; {}", condition.name,
                          names.empty() ? std::string("it is unpartitioned")
                                        : config::NameHint(condition.name, names)));
}

bool Fits(const std::vector<PartitionColumn>& columns, const PartitionTuple& tuple,
          const Condition& condition) {
  const auto column = std::ranges::find(columns, condition.name, &PartitionColumn::name);
  if (column == columns.end()) return false;
  const auto index = static_cast<std::size_t>(column - columns.begin());
  return TextOf(*column, tuple[index]) == condition.value;
}

void PrintPartitions(Session& session, const CurrentFiles& current) {
  const std::vector<Partition> partitions = PartitionsOf(current);
  TextTable table({{"partition"},
                   {"rows", Align::kRight},
                   {"files", Align::kRight},
                   {"bytes", Align::kRight},
                   {"delete files", Align::kRight}});
  for (const Partition& partition : partitions) {
    const auto& columns = current.ColumnsOf(partition.spec_id);
    if (session.is_json) {
      PrintJson(session.console, {{"partition", PartitionJson(columns, partition.tuple)},
                                  {"spec_id", partition.spec_id},
                                  {"rows", partition.rows},
                                  {"files", partition.files},
                                  {"bytes", partition.bytes},
                                  {"delete_files", partition.delete_files}});
      continue;
    }
    table.Add({Printable(PartitionText(columns, partition.tuple)), std::to_string(partition.rows),
               std::to_string(partition.files), std::to_string(partition.bytes),
               std::to_string(partition.delete_files)});
  }
  if (session.is_json) return;
  if (partitions.empty()) {
    session.console.err << "no partitions: the table has no files\n";
  } else {
    session.console.out << table.ToString(session.console.columns);
  }
}

void PrintFiles(Session& session, const CurrentFiles& current,
                const std::vector<Condition>& conditions) {
  TextTable table({{"path"},
                   {"partition"},
                   {"rows", Align::kRight},
                   {"bytes", Align::kRight},
                   {"spec", Align::kRight},
                   {"content"}});
  std::size_t shown = 0;
  for (const DataFile& file : current.files()) {
    const auto& columns = current.ColumnsOf(file.spec_id);
    const bool is_wanted = std::ranges::all_of(conditions, [&](const Condition& condition) {
      return Fits(columns, file.partition, condition);
    });
    if (!is_wanted) continue;
    ++shown;
    if (session.is_json) {
      PrintJson(session.console,
                {{"path", file.file_path},
                 {"partition", PartitionJson(columns, file.partition)},
                 {"rows", file.record_count},
                 {"bytes", file.file_size_in_bytes},
                 {"spec_id", file.spec_id},
                 {"sort_order_id",
                  file.sort_order_id ? JsonLine(*file.sort_order_id) : JsonLine(nullptr)},
                 {"content", ContentName(file.content)}});
      continue;
    }
    table.Add({Printable(file.file_path), Printable(PartitionText(columns, file.partition)),
               std::to_string(file.record_count), std::to_string(file.file_size_in_bytes),
               std::to_string(file.spec_id), std::string(ContentName(file.content))});
  }
  if (session.is_json) return;
  if (shown == 0) {
    session.console.err << "no files\n";
  } else {
    session.console.out << table.ToString(session.console.columns);
  }
}

// What both commands begin with.
Result<CurrentFiles> FilesOf(Session& session, const std::string& table) {
  EIDER_ASSIGN(const auto loaded, LoadTable(session, table));
  auto files = CurrentFiles::Read(session, *loaded.metadata);
  if (files) return files;
  return Fail(fmt::format("table {}", table), std::move(files).error());
}

}  // namespace

Result<int> TablePartitionsCommand(Session& session, const std::string& table) {
  const auto current = FilesOf(session, table);
  if (!current) return CannotLoad(session, current.error());
  PrintPartitions(session, *current);
  return kExitDone;
}

Result<int> TableFilesCommand(Session& session, const TableFilesOptions& options) {
  const auto current = FilesOf(session, options.table);
  if (!current) return CannotLoad(session, current.error());
  std::vector<Condition> conditions;
  for (const std::string& text : options.where) {
    EIDER_ASSIGN(conditions.emplace_back(), ParseCondition(text, *current));
  }
  PrintFiles(session, *current, conditions);
  return kExitDone;
}

}  // namespace eider::app
