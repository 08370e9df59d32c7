// Constants for one file; for several, calls that take the path of the row.
#include "eider/engine/lineage.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/string_util.hpp>
#include <duckdb/common/types/value.hpp>
#include <duckdb/common/vector_operations/binary_executor.hpp>
#include <duckdb/function/scalar_function.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>
#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/engine/file_rows.h"
#include "eider/engine/query.h"

namespace eider::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using ExpressionPtr = duckdb::unique_ptr<duckdb::Expression>;

struct VersionData final : duckdb::FunctionData {
  // shared: as AddLineage has it
  explicit VersionData(std::shared_ptr<const FileVersions> by_path)
      : versions(std::move(by_path)) {}

  duckdb::unique_ptr<FunctionData> Copy() const override {
    return duckdb::make_uniq<VersionData>(versions);
  }

  bool Equals(const FunctionData& other) const override {
    return other.Cast<VersionData>().versions == versions;
  }

  std::shared_ptr<const FileVersions> versions;  // shared: as AddLineage has it
};

// Of a text, which says nothing, and the path of the row's file.
void FileVersion(duckdb::DataChunk& arguments, duckdb::ExpressionState& state,
                 duckdb::Vector& result) {
  using duckdb::string_t;
  const auto& call = state.expr.Cast<duckdb::BoundFunctionExpression>();
  const FileVersions& versions = *call.bind_info->Cast<VersionData>().versions;
  duckdb::BinaryExecutor::ExecuteWithNulls<string_t, string_t, string_t>(
      arguments.data[0], arguments.data[1], result, arguments.size(),
      [&](string_t /*text*/, string_t path, duckdb::ValidityMask& mask, duckdb::idx_t row) {
        const auto found = versions.find(std::string_view(path.GetData(), path.GetSize()));
        if (found == versions.end()) {
          throw duckdb::InternalException("a row of an unknown file: " + path.GetString());
        }
        if (found->second.empty()) mask.SetInvalid(row);
        return duckdb::StringVector::AddString(result, found->second);
      });
}

// shared: as AddLineage has it
ExpressionPtr VersionOfRow(std::shared_ptr<const FileVersions> versions) {
  duckdb::ScalarFunction function(kFileVersion, {LogicalType::VARCHAR, LogicalType::VARCHAR},
                                  LogicalType::VARCHAR, FileVersion);
  function.SetVolatile();
  return FileCall(std::move(function), "", duckdb::make_uniq<VersionData>(std::move(versions)));
}

ExpressionPtr Constant(Value value) {
  return duckdb::make_uniq<duckdb::BoundConstantExpression>(std::move(value));
}

ExpressionPtr TimeOf(const Lineage& lineage) {
  const std::int64_t micros = UnixMillis(lineage.loaded_at) * 1'000;
  return Constant(Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(micros)));
}

Status AddColumns(QueryPlan& plan, ExpressionPtr file, ExpressionPtr version, ExpressionPtr time,
                  const QueryErrors& errors) {
  constexpr std::array kNames = {kSourceFile, kSourceVersion, kLoadedAt};
  for (const ResultColumn& column : plan.columns()) {
    for (const std::string_view name : kNames) {
      if (!duckdb::StringUtil::CIEquals(column.name, std::string(name))) continue;
      return Fail(Code::kInvalid,
                  fmt::format("the route's SQL gives a column {}, and its `lineage: true` adds one "
                              "of that name: give the SQL's another name with AS, or take lineage "
                              "from the route",
                              codec::ShortName(column.name)));
    }
  }
  std::vector<QueryPlan::AddedColumn> added;
  added.push_back({std::string(kSourceFile), std::move(file)});
  added.push_back({std::string(kSourceVersion), std::move(version)});
  added.push_back({std::string(kLoadedAt), std::move(time)});
  return plan.AddColumns(std::move(added), errors);
}

}  // namespace

const std::string& SourceVersion(const FileRef& file) {
  return file.version_id.empty() ? file.etag : file.version_id;
}

Status AddLineage(QueryPlan& plan, const FileRef& file, const Lineage& lineage,
                  const QueryErrors& errors) {
  const std::string& version = SourceVersion(file);
  return AddColumns(plan, Constant(Value(file.uri.ToString())),
                    Constant(version.empty() ? Value(LogicalType::VARCHAR) : Value(version)),
                    TimeOf(lineage), errors);
}

// shared: as declared
Status AddLineage(QueryPlan& plan, std::shared_ptr<const FileVersions> versions,
                  const Lineage& lineage, const QueryErrors& errors) {
  return AddColumns(plan, FileCall(FileTextFunction(), std::string(kInputMarker), nullptr),
                    VersionOfRow(std::move(versions)), TimeOf(lineage), errors);
}

}  // namespace eider::engine
