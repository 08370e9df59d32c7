// The table of types, and values as messages show them.
#include "eider/routes/attribute_types.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/lower_case.h"
#include "eider/codec/json.h"

namespace eider::routes {
namespace {

using codec::Json;

constexpr std::size_t kShownTextBytes = 60;

struct Spec {
  std::string_view path;
  AttributeType type;
  std::string_view expected;
};

constexpr std::array kSpecs = {
    Spec{kPartitionKey, AttributeType::kText, "text"},
    Spec{kTargetTable, AttributeType::kText, "text"},
    Spec{kQuerySql, AttributeType::kText, "text"},
    Spec{kTransform, AttributeType::kText, "text, the name of a plug-in"},
    Spec{kThenSql, AttributeType::kText, "text"},
    Spec{kCreateTable, AttributeType::kBoolean, "true or false"},
    Spec{kPartitionBy, AttributeType::kList, "a list of at most 32 texts such as day(ts)"},
    Spec{"partition_by[]", AttributeType::kText, "text such as day(ts)"},
    Spec{kSortBy, AttributeType::kList, "a list of at most 32 texts such as ts desc"},
    Spec{"sort_by[]", AttributeType::kText, "text such as ts desc"},
    Spec{kTableProperties, AttributeType::kMap, "a map of at most 1000 properties of a table"},
    Spec{"table_properties.*", AttributeType::kText, "text"},
    Spec{kLocation, AttributeType::kText, "text such as s3://bucket/folder"},
    Spec{kEnabled, AttributeType::kBoolean, "true or false"},
    Spec{kSameAs, AttributeType::kText, "text"},
    Spec{kInputs, AttributeType::kList, "a list of at most 32 texts"},
    Spec{"inputs[]", AttributeType::kText, "text"},
    Spec{kTypes, AttributeType::kMap, "a map of at most 1000 columns and their types"},
    Spec{"types.*", AttributeType::kText, "text such as DECIMAL(12,2)"},
    Spec{kEncoding, AttributeType::kText, "text such as windows-1252"},
    Spec{kOnBadRows, AttributeType::kText, "fail or reject"},
    Spec{kRejectMax, AttributeType::kText, "text such as 100 or 1%"},
    Spec{kSchemaContract, AttributeType::kText, "freeze, evolve, evolve_with_widening or hold"},
    Spec{kRescue, AttributeType::kText, "text such as _rescued_data"},
    Spec{kLineage, AttributeType::kBoolean, "true or false"},
    Spec{kEngine, AttributeType::kMap,
         "a map of memory_limit, threads, timeout_ms and group_files"},
    Spec{"engine.memory_limit", AttributeType::kText, "text such as 512MiB"},
    Spec{"engine.threads", AttributeType::kWholeNumber, "a whole number from 1 to 1024"},
    Spec{"engine.group_files", AttributeType::kWholeNumber, "a whole number from 1 to 1000"},
    Spec{"engine.timeout_ms", AttributeType::kWholeNumber, "a whole number from 1 to 604800000"},
    Spec{kCommit, AttributeType::kMap, "a map of lag_ms"},
    Spec{"commit.lag_ms", AttributeType::kWholeNumber, "a whole number from 0 to 604800000"},
    Spec{kAfterLoad, AttributeType::kText, "text such as move s3://archive/orders/"},
    Spec{kAfterFailure, AttributeType::kText, "text such as move s3://quarantine/"},
    Spec{kPriority, AttributeType::kWholeNumber, "a whole number of 64 bits"},
    Spec{kDescription, AttributeType::kText, "text"},
    Spec{kOwner, AttributeType::kText, "text"},
    Spec{kUpdatedAt, AttributeType::kText, "text such as 2026-11-24T12:00:00Z"},
    Spec{kVersion, AttributeType::kWholeNumber, "a whole number of 64 bits, from 0"},
};

// "inputs[2]" stands in the table as "inputs[]", and the names in `types` and `table_properties`
// are any.
std::string NameInTable(std::string_view path) {
  if (path.starts_with("types.")) return "types.*";
  if (path.starts_with("table_properties.")) return "table_properties.*";
  const std::size_t bracket = path.find('[');
  return bracket == std::string_view::npos ? std::string(path)
                                           : std::string(path.substr(0, bracket)) + "[]";
}

const Spec* Find(std::string_view path) {
  const std::string name = NameInTable(path);
  const auto* const spec = std::ranges::find(kSpecs, std::string_view(name), &Spec::path);
  return spec == kSpecs.end() ? nullptr : spec;
}

}  // namespace

AttributeType TypeOf(std::string_view path) {
  const Spec* const spec = Find(path);
  return spec == nullptr ? AttributeType::kText : spec->type;
}

std::string ShownValue(const Json& value) {
  switch (value.type()) {
    case Json::value_t::boolean:
      return fmt::format("the boolean {}", value.get<bool>());
    case Json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      return text.size() > kShownTextBytes ? fmt::format("a text of {} bytes", text.size())
                                           : fmt::format("the text '{}'", text);
    }
    case Json::value_t::array:
      return "a list";
    case Json::value_t::object:
      return "a map";
    case Json::value_t::binary:
      return "binary";
    case Json::value_t::null:
    case Json::value_t::discarded:
      return "null";
    default:
      return "the number " + codec::ToJsonText(value);
  }
}

std::optional<bool> BooleanOf(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (!value.is_string()) return std::nullopt;
  const std::string lower = LowerCase(value.get_ref<const std::string&>());  // YAML's spellings
  if (lower == "true") return true;
  if (lower == "false") return false;
  return std::nullopt;
}

std::string Mistyped(std::string_view path, const Json& value) {
  const Spec* const spec = Find(path);
  return fmt::format("{} must be {}, not {}", path, spec == nullptr ? "absent" : spec->expected,
                     ShownValue(value));
}

}  // namespace eider::routes
