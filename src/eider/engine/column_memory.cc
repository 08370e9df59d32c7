#include "eider/engine/column_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include <duckdb/common/types.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/column_use.h"
#include "eider/engine/freed_pages.h"
#include "eider/engine/reader_call.h"

namespace eider::engine {
namespace {

// Steps that have a column's values: of a reader of texts, of another reader, between it and the
// writer.
constexpr std::uint64_t kTextSteps = 4;
constexpr std::uint64_t kReaderSteps = 2;
constexpr std::uint64_t kWriterSteps = 2;
constexpr std::uint64_t kWriterBytesMax = 8;
constexpr std::uint64_t kTextBytes = sizeof(duckdb::string_t);

std::uint64_t BytesOf(const duckdb::LogicalType& type) {
  if (type.id() != duckdb::LogicalTypeId::STRUCT) return GetTypeIdSize(type.InternalType());
  std::uint64_t bytes = 0;
  for (const auto& [name, field] : duckdb::StructType::GetChildTypes(type)) bytes += BytesOf(field);
  return bytes;
}

std::uint64_t MebibytesOf(std::uint64_t bytes) {
  return (bytes + (1U << 20U) - 1) >> 20U;
}

}  // namespace

std::uint64_t LeastColumnBytes(QueryPlan& plan) {
  if (plan.columns().size() < kManyColumns) return 0;
  const ColumnUse use(*plan.root());
  std::set<ColumnSource> read;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < plan.columns().size(); ++i) {
    const ResultColumn& column = plan.columns()[i];
    const auto source = use.SourceOf(i);
    const auto reader = source ? ReaderKindOf(source->get->function.name) : std::nullopt;
    const bool is_csv = reader == ReaderKind::kCsv;
    // What a text becomes is said by the table, and a long value may become a shorter one: no more
    // is sure than what reads them.
    const bool is_text = is_csv || column.is_text || column.hint;
    if (!is_text) bytes += kWriterSteps * std::min(BytesOf(column.type), kWriterBytesMax);
    if (!reader || !read.insert(*source).second) continue;
    bytes += is_csv ? kTextSteps * kTextBytes : kReaderSteps * BytesOf(column.type);
  }
  return bytes * STANDARD_VECTOR_SIZE;
}

bool NeedsOneThread(QueryPlan& plan, const EngineOptions& options) {
  return options.threads > 1 && LeastColumnBytes(plan) > options.memory_limit_bytes /
                                                             static_cast<unsigned>(options.threads);
}

Status CheckColumnMemory(QueryPlan& plan, const EngineOptions& options, const std::string& files) {
  const std::uint64_t bytes = LeastColumnBytes(plan);
  if (bytes <= options.memory_limit_bytes) return {};
  return Fail(Code::kOutOfMemory,
              fmt::format("the {} columns of the query's result need at least {} MiB of memory, "
                          "whatever the number of its rows, and the limit is {} MiB; give more by "
                          "engine.memory_limit (of the route or of the configuration), or select "
                          "fewer columns; file {}",
                          plan.columns().size(), MebibytesOf(bytes),
                          options.memory_limit_bytes >> 20U, files));
}

}  // namespace eider::engine
