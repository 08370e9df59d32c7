// Sorting of DuckDB's exceptions by their type and, where the type says too little, their text.
#include "eider/engine/query_errors.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/exception.hpp>
#include <fmt/format.h>

#include "eider/base/advice.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/projection.h"

namespace eider::engine {
namespace {

using duckdb::ExceptionType;

// DuckDB explains a bad CSV line on a page; its beginning says it.
constexpr std::size_t kMessageBytesMax = 1000;

// What DuckDB adds for its developers, and for those who can change its settings or would leave
// rows out: neither a route nor an operator can, or should.
constexpr auto kAdditions = std::to_array<std::string_view>({
    "Stack Trace:",
    "Possible solutions:",
    "Possible Solution:",
    "This limit was set by the 'max_temp_directory_size'",
    "To enable temporary buffer eviction",
    "It is possible that the encoding exists",
    "Consider explicitly \"INSTALL",
    "Try setting 'auto_detect'",
    "Try increasing 'sample_size'",
    ", try ignore_errors=true",
});

std::string WithoutAdditions(std::string message) {
  for (const std::string_view addition : kAdditions) {
    message.resize(std::min(message.find(addition), message.size()));
  }
  message.resize(message.find_last_not_of(" \n") + 1);
  return message;
}

// Texts of the readers about bytes that are not what they should be.
bool SpeaksOfInput(std::string_view message) {
  constexpr auto kSigns = std::to_array<std::string_view>({
      "CSV Error",
      "Malformed JSON",
      "Parquet",
      "parquet",
      "GZIP",
      "gzip",
      "ZSTD",
      "Snappy",
      "snappy",
      "decompress",
      "TProtocolException",
      "read past the end of",
  });
  return std::ranges::any_of(
      kSigns, [&](std::string_view sign) { return message.find(sign) != std::string_view::npos; });
}

bool IsAboutSql(ExceptionType type) {
  switch (type) {
    case ExceptionType::PARSER:
    case ExceptionType::SYNTAX:
    case ExceptionType::BINDER:
    case ExceptionType::CATALOG:
    case ExceptionType::EXPRESSION:
    case ExceptionType::PLANNER:
    case ExceptionType::SETTINGS:
    case ExceptionType::INVALID_CONFIGURATION:
    case ExceptionType::PARAMETER_NOT_RESOLVED:
    case ExceptionType::PARAMETER_NOT_ALLOWED:
    case ExceptionType::DEPENDENCY:
      return true;
    default:
      return false;
  }
}

// Errors that a value can raise, in the input's reader or in an expression of the SQL.
bool IsAboutValues(ExceptionType type) {
  switch (type) {
    case ExceptionType::INVALID_INPUT:
    case ExceptionType::CONVERSION:
    case ExceptionType::OUT_OF_RANGE:
    case ExceptionType::MISMATCH_TYPE:
    case ExceptionType::INVALID_TYPE:
    case ExceptionType::DIVIDE_BY_ZERO:
    case ExceptionType::OBJECT_SIZE:
    case ExceptionType::CONSTRAINT:
    case ExceptionType::EXECUTOR:
      return true;
    default:
      return false;
  }
}

// Whether the system refused memory, as the bound of the process has it, and not DuckDB itself by
// its own limit.
bool IsOfProcess(std::string_view message) {
  constexpr auto kSigns = std::to_array<std::string_view>(
      {"Failed to allocate block", "Allocation failure", "bad_alloc"});
  return std::ranges::any_of(
      kSigns, [&](std::string_view sign) { return message.find(sign) != std::string_view::npos; });
}

Error OfValue(std::string message, const std::string& file) {
  FilePlace place;
  if (const std::size_t end = message.find(kValueColumnEnd); end != std::string::npos) {
    place.column = message.substr(0, end);
    message.erase(0, end + 1);
  }
  return {Code::kInvalid,
          fmt::format("{}; file {}", codec::Shortened(message, kMessageBytesMax), file),
          std::move(place)};
}

}  // namespace

Error QueryErrors::From(const duckdb::ErrorData& error) const {
  if (grants_.stop_requested()) return {Code::kCancelled, "the query was stopped"};
  if (auto first = grants_.FirstError()) return *std::move(first);
  const std::string whole = WithoutAdditions(error.RawMessage());
  const std::string file = grants_.InputsText();
  if (whole.starts_with(kValueError)) return OfValue(whole.substr(kValueError.size()), file);
  const std::string message = codec::Shortened(whole, kMessageBytesMax);
  const ExceptionType type = error.Type();
  if (type == ExceptionType::INTERRUPT) return {Code::kCancelled, "the query was interrupted"};
  if (type == ExceptionType::OUT_OF_MEMORY) {
    return {Code::kOutOfMemory,
            fmt::format("not enough memory or temporary disk for the query; memory limit {} bytes, "
                        "temporary directory {}, file {}: {}; {}",
                        options_.memory_limit_bytes, options_.temp_directory, file, message,
                        IsOfProcess(message)
                            ? kRaiseProcessMemory
                            : "give more by engine.memory_limit (of the route or of the "
                              "configuration) or room in engine.temp_directory, or need less by "
                              "fewer engine.threads")};
  }
  if (!question_.empty()) return OfQuestion(type, message);
  if (type == ExceptionType::PERMISSION || type == ExceptionType::MISSING_EXTENSION ||
      type == ExceptionType::AUTOLOAD) {
    return {Code::kInvalid,
            fmt::format("the SQL of a route may read only its input file {} and the route's "
                        "`inputs`: {}",
                        file, message)};
  }
  if (type == ExceptionType::NOT_IMPLEMENTED) {
    return {Code::kUnsupported, fmt::format("route SQL on {}: {}", file, message)};
  }
  if (type == ExceptionType::INTERNAL || type == ExceptionType::FATAL) {
    return {Code::kInternal, fmt::format("DuckDB failed on {}: {}", file, message)};
  }
  if (IsAboutSql(type)) return {Code::kInvalid, fmt::format("route SQL on {}: {}", file, message)};
  if (IsAboutValues(type) && !SpeaksOfInput(message) && message.find(file) == std::string::npos) {
    return {Code::kInvalid, fmt::format("route SQL failed on a value of {}: {}", file, message)};
  }
  return FromInput(message);
}

// Its table is whole: whatever fails is of the SQL, or of the machine.
Error QueryErrors::OfQuestion(ExceptionType type, const std::string& message) const {
  if (type == ExceptionType::INTERNAL || type == ExceptionType::FATAL) {
    return {Code::kInternal, fmt::format("{}: DuckDB failed: {}", question_, message)};
  }
  if (message.find(options_.temp_directory) != std::string::npos) {
    return {Code::kUnavailable, "the temporary directory cannot be used: " + message};
  }
  return {Code::kInvalid, fmt::format("{}: {}", question_, message)};
}

Error QueryErrors::FromInput(const std::string& message) const {
  if (message.find(options_.temp_directory) != std::string::npos) {
    return {Code::kUnavailable, "the temporary directory cannot be used: " + message};
  }
  return {Code::kCorrupt, fmt::format("the file is not what the SQL's reader expects: {}: {}",
                                      grants_.InputsText(), message)};
}

}  // namespace eider::engine
