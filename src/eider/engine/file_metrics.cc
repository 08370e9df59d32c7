// Counts, bounds and split offsets of one written file.
#include "eider/engine/file_metrics.h"

#include <cmath>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/types/value.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/hex.h"
#include "eider/engine/serialized_value.h"
#include "eider/engine/type_mapping.h"
#include "eider/iceberg/bound_truncation.h"
#include "eider/iceberg/bounds.h"
#include "eider/iceberg/metrics_mode.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"

namespace eider::engine {
namespace {

using iceberg::Field;
using iceberg::MetricsMode;
using iceberg::TypeKind;

enum class Side : std::uint8_t { kLower, kUpper };

struct Leaf {
  const Field* field;
  std::string key;   // as RETURN_STATS has it
  std::string path;  // for messages
  bool repeated;     // inside of a list or a map: no bounds
};

std::string Quoted(std::string_view name) {
  std::string quoted = "\"";
  for (const char letter : name) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

void CollectLeaves(const std::vector<Field>& fields, const Leaf& above, std::vector<Leaf>& leaves) {
  for (const Field& field : fields) {
    if (!CanWrite(field.type)) continue;  // it is not in the file
    Leaf leaf{&field, above.key + Quoted(field.name), above.path + field.name, above.repeated};
    if (field.type.IsPrimitive()) {
      leaves.push_back(std::move(leaf));
      continue;
    }
    leaf.key += '.';
    leaf.path += '.';
    leaf.repeated = leaf.repeated || field.type.kind != TypeKind::kStruct;
    CollectLeaves(field.type.fields, leaf, leaves);
  }
}

// Zero has two signs and one print: a lower bound is -0.0, an upper one +0.0.
duckdb::Value SignedZero(const duckdb::Value& value, Side side) {
  const double zero = side == Side::kLower ? -0.0 : 0.0;
  if (value.type().id() == duckdb::LogicalTypeId::FLOAT && value.GetValueUnsafe<float>() == 0) {
    return duckdb::Value::FLOAT(static_cast<float>(zero));
  }
  if (value.type().id() == duckdb::LogicalTypeId::DOUBLE && value.GetValueUnsafe<double>() == 0) {
    return duckdb::Value::DOUBLE(zero);
  }
  return value;
}

// DuckDB's own cast turns its text back into the value.
Result<std::string> SerializeText(const std::string& text, const iceberg::Type& type, Side side) {
  if (type.kind == TypeKind::kBoolean) return iceberg::SerializeBoolean(text == "1");
  if (type.kind == TypeKind::kString) return text;
  if (type.kind == TypeKind::kBinary) return codec::HexDecode(text);
  if (type.kind == TypeKind::kUuid) return iceberg::SerializeUuid(text);
  try {
    const duckdb::Value value = duckdb::Value(text).DefaultCastAs(WriteTypeOf(type), true);
    return SerializeValue(SignedZero(value, side), type.kind);
  } catch (const std::exception& error) {
    return Fail(Code::kInternal, fmt::format("has an unreadable bound '{}': {}", text,
                                             duckdb::ErrorData(error).RawMessage()));
  }
}

// A bound of more than 256 bytes comes shortened, its maximum already raised, so that it is true as
// it is, in mode `full` too.
std::optional<std::string> Truncated(std::string bound, TypeKind kind, const MetricsMode& mode,
                                     Side side) {
  const bool is_text = kind == TypeKind::kString;
  if (mode.kind != MetricsMode::Kind::kTruncate || (!is_text && kind != TypeKind::kBinary)) {
    return bound;
  }
  const auto length = static_cast<std::size_t>(mode.truncate_length);
  if (is_text) {
    return side == Side::kLower ? iceberg::TruncateLowerBound(bound, length)
                                : iceberg::TruncateUpperBound(bound, length);
  }
  return side == Side::kLower ? iceberg::TruncateBinaryLowerBound(bound, length)
                              : iceberg::TruncateBinaryUpperBound(bound, length);
}

class DataFileBuilder {
 public:
  DataFileBuilder(const WrittenFile& file, const MetricsContext& context)
      : file_(file), context_(context) {}

  Result<iceberg::DataFile> Build() {
    data_.file_path = file_.path;
    data_.record_count = file_.row_count;
    data_.file_size_in_bytes = file_.size_bytes;
    for (const RowGroupFacts& group : file_.row_groups) {
      data_.split_offsets.push_back(group.first_page_offset);
    }
    std::vector<Leaf> leaves;
    CollectLeaves(context_.schema.fields, {nullptr, "", "", false}, leaves);
    for (std::size_t i = 0; i < leaves.size(); ++i) EIDER_CHECK(AddLeaf(leaves[i], i));
    return std::move(data_);
  }

 private:
  Status AddLeaf(const Leaf& leaf, std::size_t index) {
    const auto found = file_.columns.find(leaf.key);
    if (found == file_.columns.end()) {
      return Fail(Code::kInternal, "no statistics of a written column: " + leaf.path);
    }
    const ColumnStatistics& column = found->second;
    const int id = leaf.field->id;
    const auto entry = context_.modes.find(id);
    const MetricsMode mode = entry == context_.modes.end() ? MetricsMode{} : entry->second;
    if (column.size_bytes) data_.column_sizes[id] = *column.size_bytes;
    if (mode.kind != MetricsMode::Kind::kNone) {
      if (column.value_count) data_.value_counts[id] = *column.value_count;
      if (column.null_count) data_.null_value_counts[id] = *column.null_count;
      const TypeKind kind = leaf.field->type.kind;
      const bool is_float = kind == TypeKind::kFloat || kind == TypeKind::kDouble;
      if (is_float && HasNoNan(index)) data_.nan_value_counts[id] = 0;
    }
    return AddBounds(leaf, column, mode);
  }

  // RETURN_STATS tells of NaN in the last row group only, so the footer is asked: a chunk with
  // values and without bounds has some.
  bool HasNoNan(std::size_t index) const {
    for (const RowGroupFacts& group : file_.row_groups) {
      if (index >= group.columns.size()) return false;
      const ColumnChunkFacts& column = group.columns[index];
      if (!column.has_bounds && column.value_count > column.null_count) return false;
    }
    return true;
  }

  Status AddBounds(const Leaf& leaf, const ColumnStatistics& column, const MetricsMode& mode) {
    if (!column.minimum || !column.maximum) return {};
    EIDER_ASSIGN(std::string lower, Bound(leaf, *column.minimum, Side::kLower));
    EIDER_ASSIGN(std::string upper, Bound(leaf, *column.maximum, Side::kUpper));
    const bool wanted =
        mode.kind == MetricsMode::Kind::kTruncate || mode.kind == MetricsMode::Kind::kFull;
    if (leaf.repeated || !wanted) return {};
    const TypeKind kind = leaf.field->type.kind;
    const int id = leaf.field->id;
    if (auto bound = Truncated(std::move(lower), kind, mode, Side::kLower)) {
      data_.lower_bounds[id] = *std::move(bound);
    }
    if (auto bound = Truncated(std::move(upper), kind, mode, Side::kUpper)) {
      data_.upper_bounds[id] = *std::move(bound);
    }
    return {};
  }

  // Also where no bound is wanted: it shows values that Iceberg does not have.
  Result<std::string> Bound(const Leaf& leaf, const std::string& text, Side side) const {
    auto bound = SerializeText(text, leaf.field->type, side);
    if (!bound) {
      return Fail(fmt::format("column {} of table {}", leaf.path, context_.table_name),
                  std::move(bound).error());
    }
    return bound;
  }

  const WrittenFile& file_;
  const MetricsContext& context_;
  iceberg::DataFile data_;
};

}  // namespace

Result<iceberg::DataFile> ToDataFile(const WrittenFile& file, const MetricsContext& context) {
  return DataFileBuilder(file, context).Build();
}

}  // namespace eider::engine
