// Deciding per call: by the bytes of its file where it is one file, else by options that let no
// reader pass over anything.
#include "eider/engine/readers.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/string_util.hpp>
#include <duckdb/common/types/value.hpp>
#include <duckdb/parallel/task_scheduler.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/planner/binder.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/transcoder.h"
#include "eider/engine/file_text.h"
#include "eider/engine/folder_columns.h"
#include "eider/engine/input_check.h"
#include "eider/engine/reader_options.h"
#include "eider/engine/text_piece.h"
#include "eider/records/json_file.h"

namespace eider::engine {
namespace {

using duckdb::Value;

// Whether lines may be longer than those that are looked at.
bool HasLongLines(const ReaderCall& call) {
  return call.Has("max_line_size") || call.Has("maximum_line_size");
}

// One letter, or nothing for texts of several.
bool TakeLetter(const std::optional<std::string>& text, std::optional<char>& letter) {
  if (!text) return true;
  if (text->size() > 1) return false;
  letter = text->empty() ? '\0' : text->front();
  return true;
}

Value LetterValue(char letter) {
  return Value(letter == '\0' ? std::string() : std::string(1, letter));
}

void Give(FileColumn& column, std::string type) {
  column.type = std::move(type);
  column.is_given = true;
}

// Where the call says them: names with their types of `columns`, or the types of `types`.
void TakeGivenTypes(FileReader& file) {
  for (const std::string_view option : {"columns", "types", "dtypes", "column_types"}) {
    const Value* given = file.call.Find(option);
    if (given == nullptr) continue;
    const auto types = TextsOf(given);
    for (std::size_t i = 0; i < std::min(types.size(), file.columns.size()); ++i) {
      Give(file.columns[i], types[i]);
    }
    if (given->type().id() != duckdb::LogicalTypeId::STRUCT) continue;
    const auto& children = duckdb::StructValue::GetChildren(*given);
    for (std::size_t i = 0; i < children.size(); ++i) {
      FileColumn* const column = file.Find(duckdb::StructType::GetChildName(given->type(), i));
      if (column != nullptr) Give(*column, children[i].ToString());
    }
  }
}

std::vector<std::string> NamesOf(const std::vector<FileColumn>& columns) {
  std::vector<std::string> names;
  for (const FileColumn& column : columns) names.push_back(column.name);
  return names;
}

// The columns of the file itself. Throws DuckDB's exceptions.
std::vector<std::string> ColumnsOf(duckdb::ClientContext& context,
                                   duckdb::TableFunctionRef& reference) {
  auto copy = reference.Copy();
  auto& function = copy->Cast<duckdb::TableFunctionRef>();
  ReaderCall call(context, function, ReaderKind::kParquet);
  call.Set("hive_partitioning", Value::BOOLEAN(false));
  call.Drop("hive_types");
  std::vector<std::string> names;
  context.RunFunctionInTransaction([&] {
    const auto bound = duckdb::Binder::CreateBinder(context)->Bind(*copy);
    names.assign(bound.names.begin(), bound.names.end());
  });
  return names;
}

// That look at a text side by side: one reads for all of them, and each has some megabytes.
std::size_t LookersOf(duckdb::ClientContext& context) {
  constexpr std::size_t kLookersMax = 8;
  const auto threads =
      static_cast<std::size_t>(duckdb::TaskScheduler::GetScheduler(context).NumberOfThreads());
  return std::min(threads, kLookersMax);
}

Error Located(const std::string& path, Error error) {
  return Annotate("file " + path, std::move(error));
}

}  // namespace

FileColumn* FileReader::Find(const std::string& name) {
  const auto found = std::ranges::find_if(columns, [&](const FileColumn& column) {
    return duckdb::StringUtil::CIEquals(column.name, name);
  });
  return found == columns.end() ? nullptr : &*found;
}

Result<Readers> Readers::Decide(duckdb::ClientContext& context, QueryGrants& grants, BoundSql& sql,
                                ReaderQuestion question) {
  Readers readers(context, grants, std::move(question));
  for (auto* place : sql.reads) {
    EIDER_CHECK(NameReader(*place));
    EIDER_CHECK(readers.DecideOne(*place));
  }
  readers.SetAllText();
  return readers;
}

Status Readers::DecideOne(duckdb::unique_ptr<duckdb::TableRef>& place) {
  auto& reference = place->Cast<duckdb::TableFunctionRef>();
  const auto kind =
      ReaderKindOf(reference.function->Cast<duckdb::FunctionExpression>().function_name);
  ReaderCall call(context_, reference, *kind);
  TypeFolders(call);
  if (!call.IsConstant()) return LeaveOpen(std::move(call));
  if (*kind == ReaderKind::kParquet) return DecideParquet(std::move(call), reference);
  if (!call.path()) {
    EIDER_CHECK(CheckNoEncoding(call));
    DecideForMany(call);
    return LeaveOpen(std::move(call));
  }
  EIDER_ASSIGN(const auto paths, grants_.Expand(*call.path()));
  if (*kind == ReaderKind::kCsv) EIDER_CHECK(MakeUtf8(call, paths));
  if (paths.size() != 1) {
    DecideForMany(call);
    return LeaveOpen(std::move(call));
  }
  if (*kind == ReaderKind::kCsv) {
    return DecideCsv(std::move(call), paths.front());
  }
  return DecideJson(std::move(call), paths.front());
}

Status Readers::DecideParquet(ReaderCall call, duckdb::TableFunctionRef& reference) {
  const bool is_decided = !call.path() || call.Has("hive_partitioning");
  if (is_decided || !HasFolderColumns(*call.path())) return LeaveOpen(std::move(call));
  try {
    KeepColumns(call, *call.path(), ColumnsOf(context_, reference));
  } catch (const std::exception&) {
    return {};  // the query itself meets the error and tells it
  }
  return LeaveOpen(std::move(call));
}

Status Readers::CheckNoEncoding(const ReaderCall& call) const {
  const bool is_open = call.kind() == ReaderKind::kCsv && !call.Has("encoding");
  if (!is_open || question_.encoding.empty() || codec::NamesUtf8(question_.encoding)) return {};
  return Fail(Code::kInvalid,
              fmt::format("the route's encoding {} is for a read_csv of its file alone: read the "
                          "others by a call of their own, and put them together by UNION ALL BY "
                          "NAME; file {}",
                          question_.encoding, question_.input));
}

Status Readers::LeaveOpen(ReaderCall call) {
  others_.push_back(std::move(call));
  return {};
}

// Texts in another encoding, that the call or the route names, are made UTF-8.
Status Readers::MakeUtf8(ReaderCall& call, const std::vector<std::string>& paths) {
  const auto own = OptionText(call, {"encoding"});
  call.Drop("encoding");
  for (const std::string& path : paths) {
    const bool is_input = path == question_.input;
    const std::string encoding = own.value_or(is_input ? question_.encoding : "");
    const std::string text = codec::NamesUtf8(encoding) ? "" : encoding;
    const auto [known, is_new] = question_.encodings->emplace(path, text);
    if (known->second != text) {
      return Fail(Code::kInvalid, fmt::format("the route's SQL reads file {} in two encodings, "
                                              "'{}' and '{}'",
                                              path, known->second, text));
    }
    if (text.empty()) continue;
    if (question_.piece && is_input) {
      return Fail(
          Code::kUnsupported,
          fmt::format("file {} is in encoding {}, and only UTF-8 is cut into pieces: prepare "
                      "it whole",
                      path, text));
    }
    if (is_new) {
      auto made = TranscodeInput(grants_, path, text, question_.temp_directory);
      if (!made) return std::unexpected(Located(path, std::move(made).error()));
    }
    // It is unpacked, too.
    if (call.Has("compression")) call.Set("compression", Value("uncompressed"));
  }
  return {};
}

// Once: of a file that the SQL reads twice each row may be made of two of the file's.
bool Readers::IsToBeCut(const std::string& path) {
  return question_.piece && path == question_.input && !std::exchange(has_cut_, true);
}

Status Readers::DecideCsv(ReaderCall call, const std::string& path) {
  records::CsvQuestion question;
  question.wants_types = question_.wants_types;
  question.threads = LookersOf(context_);
  const bool is_plain =
      TakeLetter(OptionText(call, {"delim", "sep", "delimiter"}), question.delimiter) &&
      TakeLetter(OptionText(call, {"quote"}), question.quote) &&
      TakeLetter(OptionText(call, {"escape"}), question.escape);
  if (IsLoose(call) || DecidesTypes(call) || HasLongLines(call) || !is_plain) {
    DecideForMany(call);
    return LeaveOpen(std::move(call));
  }
  EIDER_CHECK(grants_.OpenInput(path));
  question.has_header = OptionBool(call, "header");
  if (const Value* skip = call.Find("skip")) question.skip_lines = skip->GetValue<std::uint64_t>();
  question.null_text = OptionText(call, {"nullstr", "null"}).value_or("");
  question.likely_names = question_.likely_names;
  question.names = TextsOf(call.Find("names"));
  if (question.names.empty()) question.names = TextsOf(call.Find("column_names"));
  if (const Value* columns = call.Find("columns")) {
    question.names = NamesOfColumns(*columns);
    question.likely_names = question.names;
  }
  if (IsToBeCut(path)) {
    auto cut = CutCsv(grants_, path, *question_.piece, question);
    if (!cut) return std::unexpected(Located(path, std::move(cut).error()));
  }
  auto found = LookAtCsv(path, question);
  if (!found) return std::unexpected(Located(path, std::move(found).error()));
  EIDER_ASSIGN(const std::string compression, CompressionOf(grants_, path));
  FileReader file{std::move(call), path};
  file.csv = *std::move(found);
  file.question = std::move(question);
  file.records = file.csv->records;
  const bool all_text = OptionBool(file.call, "all_varchar").value_or(false);
  for (const std::string& name : file.csv->names) file.columns.push_back({.name = name});
  if (file.columns.empty()) {
    for (const std::string& name : file.question.names) file.columns.push_back({.name = name});
  }
  // Without a byte there is nothing to name; the reader wants a column all the same.
  if (file.columns.empty()) file.columns.push_back({.name = "column0"});
  for (FileColumn& column : file.columns) column.is_given = all_text;
  TakeGivenTypes(file);
  for (const char* given : {"names", "column_names", "types", "dtypes", "column_types",
                            "all_varchar", "sample_size", "sep", "delimiter"}) {
    file.call.Drop(given);
  }
  KeepColumns(file.call, path, NamesOf(file.columns));
  const records::CsvDialect& dialect = file.csv->dialect;
  file.call.Set("auto_detect", Value::BOOLEAN(false));
  file.call.Set("delim", LetterValue(dialect.delimiter));
  file.call.Set("quote", LetterValue(dialect.quote));
  file.call.Set("escape", LetterValue(dialect.escape));
  file.call.Set("header", Value::BOOLEAN(file.csv->has_header));
  file.call.Set("compression", Value(compression));
  // DuckDB takes the first one that it sees, also within quotes. (Told of others, it gives no row.)
  if (file.csv->has_later_lf) file.call.Set("new_line", Value("\\n"));
  if ((file.csv->has_header || file.csv->names.empty()) && file.csv->blank_lines > 0) {
    // DuckDB would take the first of them for the header, or where there is nothing else for a row.
    file.call.Set("skip", Value::UBIGINT(file.csv->skip_lines + file.csv->blank_lines));
  }
  file.call.Set("strict_mode", Value::BOOLEAN(true));
  SpareMemory(context_, file.call);
  readers_.push_back(std::move(file));
  return {};
}

Status Readers::DecideJson(ReaderCall call, const std::string& path) {
  if (IsLoose(call)) return LeaveOpen(std::move(call));
  records::JsonQuestion question;
  question.depth_max = kInputDepthMax;
  question.threads = LookersOf(context_);
  const std::string format = OptionText(call, {"format"}).value_or("auto");
  const bool is_lines =
      call.function().starts_with("read_ndjson") || format == "newline_delimited" || format == "nd";
  if (is_lines) question.format = records::JsonFormat::kLines;
  if (format == "array") question.format = records::JsonFormat::kArray;
  if (format == "unstructured") question.format = records::JsonFormat::kValues;
  if (const Value* bytes = call.Find("maximum_object_size")) {
    question.value_bytes_max = bytes->GetValue<std::uint64_t>();
  }
  if (IsToBeCut(path)) {
    auto cut = CutJson(grants_, path, *question_.piece, question);
    if (!cut) return std::unexpected(Located(path, std::move(cut).error()));
  }
  auto found = LookAtJson(path, question);
  if (!found) return std::unexpected(Located(path, std::move(found).error()));
  EIDER_CHECK(grants_.PassAsJson(path));
  const bool is_sifted = question_.rejects != nullptr && path == question_.input;
  EIDER_ASSIGN(const std::string compression, CompressionOf(grants_, path));
  if (!call.Has("compression") || is_sifted) call.Set("compression", Value(compression));
  if (call.kind() == ReaderKind::kJsonObjects) return LeaveOpen(std::move(call));
  const bool is_typed = call.Has("columns") || call.Has("records") || DecidesTypes(call);
  if (is_typed) {
    if (!call.Has("columns")) DecideForMany(call);
    return LeaveOpen(std::move(call));
  }
  FileReader file{std::move(call), path, found->records};
  for (records::JsonColumn& column : found->columns) {
    // What is nested keeps the type that the whole file has.
    file.columns.push_back({.name = std::move(column.name),
                            .type = std::move(column.sql_type),
                            .is_given = !column.is_scalar,
                            .is_empty = !column.has_values,
                            .fits_int = column.fits_int});
  }
  constexpr auto kFormats =
      std::to_array<const char*>({"newline_delimited", "array", "unstructured"});
  if (!is_lines) {
    file.call.Set("format", Value(kFormats[static_cast<std::size_t>(found->format)]));
  }
  KeepColumns(file.call, path, NamesOf(file.columns));
  // Of no values all are objects: columns may be added.
  const bool are_objects = found->are_objects || found->records == 0;
  file.call.Set("records", Value(are_objects ? "true" : "false"));
  file.json = question;
  file.json.format = found->format;
  file.are_objects = are_objects;
  file.call.Drop("sample_size");
  file.call.Drop("auto_detect");
  readers_.push_back(std::move(file));
  return {};
}

Status Readers::ReadTypes() {
  for (FileReader& file : readers_) {
    for (FileColumn& column : file.columns) column.is_text = false;
    if (!file.csv) continue;
    if (!file.question.wants_types) {
      file.question.wants_types = true;
      auto found = records::ReadCsv(PiecesOf(grants_, file.path), file.question);
      if (!found) return std::unexpected(Located(file.path, std::move(found).error()));
      file.csv = *std::move(found);
    }
    for (std::size_t i = 0; i < file.csv->types.size(); ++i) {
      FileColumn& column = file.columns[i];
      if (column.is_given) continue;
      column.type = file.csv->types[i].Sql();
      column.is_empty = !file.csv->types[i].HasValues();
    }
  }
  Apply();
  return {};
}

std::vector<ExplainedReader> Readers::Explain() const {
  std::vector<ExplainedReader> explained;
  const auto add = [&](const ReaderCall& call) {
    ExplainedReader& reader = explained.emplace_back();
    reader.file = call.path().value_or("");
    reader.reader = call.function();
    for (const auto& [name, value] : call.options()) {
      reader.options.emplace_back(name, value.ToSQLString());
    }
  };
  for (const FileReader& file : readers_) {
    add(file.call);
    if (file.csv) explained.back().renamed = file.csv->renamed;
  }
  for (const ReaderCall& call : others_) add(call);
  return explained;
}

std::uint64_t Readers::FindLine(const TextColumn& column, const std::string& text) const {
  const FileReader& file = readers_[column.file];
  if (!file.csv) {
    return records::FindJsonLine(PiecesOf(grants_, file.path), file.json, file.are_objects,
                                 file.columns[column.column].name, text)
        .value_or(0);
  }
  return records::FindCsvLine(PiecesOf(grants_, file.path), *file.csv, column.column, text)
      .value_or(0);
}

}  // namespace eider::engine
