#include "eider/engine/fine_time_check.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/multi_file/multi_file_states.hpp>
#include <duckdb/common/string_util.hpp>
#include <duckdb/common/type_visitor.hpp>
#include <duckdb/common/types.hpp>
#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <duckdb/common/types/vector.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/planner/operator/logical_get.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/fine_times.h"
#include "eider/engine/object_file_system.h"
#include "eider/engine/parquet_metadata.h"
#include "eider/engine/reader_call.h"
#include "eider/engine/sql_literal.h"
#include "eider/store/object_store.h"

namespace eider::engine {
namespace {

using duckdb::LogicalTypeId;

bool MayBeCut(const duckdb::LogicalType& type) {
  return duckdb::TypeVisitor::Contains(type, [](const duckdb::LogicalType& part) {
    return part.id() == LogicalTypeId::TIMESTAMP || part.id() == LogicalTypeId::TIMESTAMP_TZ ||
           part.id() == LogicalTypeId::TIME;
  });
}

// A column's values of one chunk, leaf by leaf in the order of the file's schema.
class FineTimeCheck {
 public:
  explicit FineTimeCheck(const std::vector<FineTime>& leaves) : leaves_(leaves) {}

  // What is wrong with the first value that is; empty when nothing is.
  std::string Check(duckdb::Vector& values, std::size_t count) {
    next_leaf_ = 0;
    std::string fault = CheckTree(values, count);
    if (fault.empty() && next_leaf_ != leaves_.size()) return "cannot be looked at value by value";
    return fault;
  }

 private:
  std::string CheckTree(duckdb::Vector& values, std::size_t count) {
    switch (values.GetType().InternalType()) {
      case duckdb::PhysicalType::STRUCT: {
        for (auto& child : duckdb::StructVector::GetEntries(values)) {
          if (std::string fault = CheckTree(*child, count); !fault.empty()) return fault;
        }
        return "";
      }
      case duckdb::PhysicalType::LIST:
        return CheckTree(duckdb::ListVector::GetEntry(values),
                         duckdb::ListVector::GetListSize(values));
      default:
        return CheckLeaf(values, count);
    }
  }

  std::string CheckLeaf(duckdb::Vector& values, std::size_t count) {
    const FineTime time = next_leaf_ < leaves_.size() ? leaves_[next_leaf_] : FineTime::kNone;
    ++next_leaf_;
    if (time == FineTime::kNone) return "";
    const auto expected =
        time == FineTime::kInt96 ? duckdb::PhysicalType::VARCHAR : duckdb::PhysicalType::INT64;
    if (values.GetType().InternalType() != expected) return "cannot be looked at value by value";
    duckdb::UnifiedVectorFormat format;
    values.ToUnifiedFormat(count, format);
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = format.sel->get_index(i);
      if (!format.validity.RowIsValid(at)) continue;
      std::string fault =
          time == FineTime::kInt96
              ? Int96Fault(TextAt(format, at))
              : NanosFault(duckdb::UnifiedVectorFormat::GetData<std::int64_t>(format)[at]);
      if (!fault.empty()) return fault;
    }
    return "";
  }

  static std::string_view TextAt(const duckdb::UnifiedVectorFormat& format, duckdb::idx_t at) {
    const auto& text = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format)[at];
    return {text.GetData(), text.GetSize()};
  }

  static std::string NanosFault(std::int64_t nanos) {
    if (nanos % 1000 == 0) return "";
    return fmt::format("has the value of {} nanoseconds, and microseconds are kept", nanos);
  }

  const std::vector<FineTime>& leaves_;
  std::size_t next_leaf_ = 0;
};

// One file's check.
class FileCheck {
 public:
  FileCheck(duckdb::ClientContext& context, const SharedGrants& grants, std::string path)
      : context_(context), grants_(grants), path_(std::move(path)) {}

  // `used` in lower case; of a column by another name it cannot be told, so that it is looked at.
  Status Run(const std::set<std::string>& used, const std::set<std::string>& known) {
    EIDER_ASSIGN(store::ObjectReader* const reader, grants_->OpenInput(path_));
    EIDER_ASSIGN(const std::string tail, ReadParquetEnd(*reader));
    EIDER_ASSIGN(auto times, FindFineTimes(tail));
    if (!times) return {};
    std::erase_if(times->fine, [&](const FineColumn& column) {
      const std::string name = duckdb::StringUtil::Lower(column.name);
      return known.contains(name) && !used.contains(name);
    });
    if (times->fine.empty()) return {};
    const std::string view = "s3://eider-times/" + path_;  // under the scheme that is let through
    EIDER_CHECK(grants_->AllowWithEnd(view, path_, reader->info().size_bytes - tail.size(),
                                      std::move(times->tail)));
    return ReadValues(SelectFine(*times, view), times->fine);
  }

 private:
  // By position, as names may be there twice.
  static std::string SelectFine(const FineTimes& times, const std::string& view) {
    std::string names;
    for (std::size_t i = 0; i < times.columns; ++i) names += fmt::format("{}c{}", i ? "," : "", i);
    std::string columns;
    for (const FineColumn& column : times.fine) {
      columns += fmt::format("{}c{}", columns.empty() ? "" : ",", column.position);
    }
    return fmt::format("SELECT {} FROM read_parquet({}, hive_partitioning = false) AS t({})",
                       columns, SqlLiteral(view), names);
  }

  Status ReadValues(const std::string& sql, const std::vector<FineColumn>& columns) {
    duckdb::Connection connection(*context_.db);
    const GrantScope scope(*connection.context, grants_);
    auto result = connection.SendQuery(sql);
    while (!result->HasError()) {
      if (grants_->stop_requested()) return Fail(Code::kCancelled, "the query was stopped");
      auto chunk = result->Fetch();
      if (!chunk || chunk->size() == 0) break;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        FineTimeCheck check(columns[i].leaves);
        const std::string fault = check.Check(chunk->data[i], chunk->size());
        if (!fault.empty()) return Fault(columns[i], fault);
      }
    }
    if (!result->HasError()) return {};
    if (auto first = grants_->FirstError()) return std::unexpected(*std::move(first));
    return Fail(Code::kInvalid, fmt::format("cannot look at the times of {}: {}", path_,
                                            result->GetErrorObject().RawMessage()));
  }

  Status Fault(const FineColumn& column, const std::string& fault) const {
    return Fail(Code::kInvalid,
                fmt::format("column {} {}: DuckDB's reader would give another value; write the "
                            "file's times in microseconds, or leave the column out of the SQL; "
                            "file {}",
                            codec::ShortName(column.name), fault, path_));
  }

  duckdb::ClientContext& context_;
  const SharedGrants& grants_;
  std::string path_;
};

Status CheckRead(duckdb::ClientContext& context, const SharedGrants& grants,
                 const std::set<ColumnSource>& needed, const duckdb::LogicalGet& get) {
  std::set<std::string> used;
  std::set<std::string> known;
  for (std::size_t i = 0; i < get.names.size(); ++i) {
    const std::string name = duckdb::StringUtil::Lower(get.names[i]);
    known.insert(name);
    if (MayBeCut(get.returned_types[i]) && needed.contains({&get, i})) used.insert(name);
  }
  if (used.empty()) return {};
  const auto& files = *get.bind_data->Cast<duckdb::MultiFileBindData>().file_list;
  for (const duckdb::OpenFileInfo& file : files.GetAllFiles()) {
    EIDER_CHECK(FileCheck(context, grants, file.path).Run(used, known));
  }
  return {};
}

}  // namespace

Status CheckFineTimes(duckdb::ClientContext& context, const SharedGrants& grants,
                      const ColumnUse& use) {
  try {
    const std::set<ColumnSource> needed = use.Needed();
    for (const duckdb::LogicalGet* get : use.gets()) {
      if (ReaderKindOf(get->function.name) != ReaderKind::kParquet) continue;
      EIDER_CHECK(CheckRead(context, grants, needed, *get));
    }
    return {};
  } catch (const std::exception& error) {
    return Fail(Code::kInvalid, duckdb::ErrorData(error).RawMessage());
  }
}

}  // namespace eider::engine
