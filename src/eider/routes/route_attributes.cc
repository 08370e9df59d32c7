// Checking of a route's attributes, each for itself.
#include "eider/routes/route_attributes.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/aws/time_text.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/codec/json.h"
#include "eider/codec/shortened_text.h"
#include "eider/codec/transcoder.h"
#include "eider/config/byte_size.h"
#include "eider/config/nearest_name.h"
#include "eider/iceberg/table_name.h"
#include "eider/records/lower_name.h"
#include "eider/records/value_type.h"
#include "eider/routes/after_load.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"
#include "eider/routes/table_layout.h"

namespace eider::routes {
namespace {

using codec::Json;

constexpr std::string_view kMarker = "{s3_input_path}";

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// An object or a prefix where it has a scheme, else a table.
Result<RouteInput> ParseInput(const std::string& text) {
  if (text.starts_with("file:") || text.find("://") != std::string::npos) {
    if (auto uri = Uri::Parse(text)) return RouteInput(*std::move(uri));
  } else if (auto table = iceberg::TableName::Parse(text)) {
    return RouteInput(*std::move(table));
  }
  return Fail(Code::kInvalid,
              fmt::format("must be an s3:// or file:// URI (an object, or a prefix that ends in "
                          "'/') or a table of the catalog (namespace.table): '{}'",
                          text));
}

struct Range {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

class Decoder {
 public:
  explicit Decoder(const Json& item) : item_(item) {}

  DecodedRoute Decode() {
    if (const Json* const key = Find(kPartitionKey); key != nullptr && key->is_string()) {
      decoded_.partition_key = key->get<std::string>();
    }
    for (const auto& [name, value] : item_.items()) {
      if (std::ranges::find(kAttributes, name) == kAttributes.end()) {
        decoded_.unknown.push_back({name, Unknown(name, name, kAttributes)});
      }
    }
    Route route;
    route.partition_key = RequiredText(kPartitionKey);
    ReadTarget(route);
    ReadTransform(route);
    route.create_table = Boolean(kCreateTable).value_or(false);
    route.layout = ReadTableLayout(item_, decoded_.problems);
    route.enabled = Boolean(kEnabled).value_or(true);
    ReadInputs(route);
    ReadTypes(route);
    ReadEncoding(route);
    ReadRejects(route);
    ReadSchema(route);
    ReadRescue(route);
    route.lineage = Boolean(kLineage).value_or(false);
    ReadEngine(route);
    ReadCommit(route);
    route.after_load = ReadAfter(kAfterLoad);
    route.after_failure = ReadAfter(kAfterFailure);
    route.priority = Number(item_, kPriority, {}).value_or(0);
    route.description = Text(item_, kDescription).value_or("");
    route.owner = Text(item_, kOwner).value_or("");
    ReadUpdatedAt(route);
    route.version = Number(item_, kVersion, {.min = 0}).value_or(0);
    if (decoded_.problems.empty()) decoded_.route = std::move(route);
    return std::move(decoded_);
  }

 private:
  const Json* Find(std::string_view name) const {
    const auto found = item_.find(name);
    return found == item_.end() || found->is_null() ? nullptr : &*found;
  }

  // The value of the path's last name in `object`; nothing when it is absent or null.
  static const Json* ValueIn(const Json& object, std::string_view path) {
    const auto found = object.find(path.substr(path.rfind('.') + 1));  // npos + 1 is 0
    return found == object.end() || found->is_null() ? nullptr : &*found;
  }

  static std::string Unknown(std::string_view path, std::string_view name,
                             std::span<const std::string_view> names) {
    return fmt::format("unknown attribute '{}'; {}", path, config::NameHint(name, names));
  }

  // The attribute's text; empty, and a problem, when it has none.
  std::string RequiredText(std::string_view name) {
    const auto found = item_.find(name);
    if (found == item_.end()) {
      Problem(name, fmt::format("{} is missing", name));
    } else if (found->is_null() ||
               (found->is_string() && IsBlank(found->get_ref<const std::string&>()))) {
      Problem(name, fmt::format("{} is empty", name));
    } else {
      return Text(item_, name).value_or("");
    }
    return {};
  }

  std::optional<std::string> Text(const Json& object, std::string_view path) {
    const Json* const value = ValueIn(object, path);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    Problem(path, Mistyped(path, *value));
    return std::nullopt;
  }

  std::optional<bool> Boolean(std::string_view name) {
    const Json* const value = Find(name);
    if (value == nullptr) return std::nullopt;
    if (const auto boolean = BooleanOf(*value)) return boolean;
    Problem(name, Mistyped(name, *value));
    return std::nullopt;
  }

  std::optional<std::int64_t> Number(const Json& object, std::string_view path, Range range) {
    const Json* const value = ValueIn(object, path);
    if (value == nullptr) return std::nullopt;
    const bool is_exact = value->is_number_unsigned()
                              ? std::in_range<std::int64_t>(value->get<std::uint64_t>())
                              : value->is_number_integer();
    if (is_exact) {
      const auto number = value->get<std::int64_t>();
      if (number >= range.min && number <= range.max) return number;
    }
    Problem(path, Mistyped(path, *value));
    return std::nullopt;
  }

  std::optional<Milliseconds> Duration(const Json& object, std::string_view path,
                                       std::int64_t min) {
    const auto number = Number(object, path, {.min = min, .max = kMillisecondsMax});
    if (!number) return std::nullopt;
    return Milliseconds(*number);
  }

  // A map of that name, whose own names are known; nothing when there is none.
  const Json* Map(std::string_view name, std::span<const std::string_view> names) {
    const Json* const value = Find(name);
    if (value == nullptr) return nullptr;
    if (!value->is_object()) {
      Problem(name, Mistyped(name, *value));
      return nullptr;
    }
    for (const auto& [key, ignored] : value->items()) {
      if (std::ranges::find(names, key) != names.end()) continue;
      const std::string path = fmt::format("{}.{}", name, key);
      Problem(path, Unknown(path, key, names));  // the map is Eider's alone: a slip of the pen
    }
    return value;
  }

  void ReadTarget(Route& route) {
    if (Find(kSameAs) != nullptr) {
      route.same_as = RequiredText(kSameAs);
      for (const std::string_view name : {kTargetTable, kQuerySql}) {
        if (Find(name) == nullptr) continue;
        Problem(name, fmt::format("{} must be absent where same_as gives that of the route '{}'; "
                                  "remove one of the two",
                                  name, route.same_as));
      }
      return;
    }
    if (const std::string text = RequiredText(kTargetTable); !text.empty()) {
      if (auto table = iceberg::TableName::Parse(text)) {
        route.target_table = *std::move(table);
      } else {
        Problem(kTargetTable, fmt::format("{}: {}", kTargetTable, table.error().message));
      }
    }
    route.query_sql = RequiredText(kQuerySql);
    if (!route.query_sql.empty() && route.query_sql.find(kMarker) == std::string::npos) {
      Problem(kQuerySql,
              fmt::format("{} does not hold the marker {}, so it would not read the file, as in "
                          "SELECT * FROM read_parquet('{}')",
                          kQuerySql, kMarker, kMarker));
    }
  }

  void ReadTransform(Route& route) {
    if (Find(kTransform) != nullptr) route.transform = RequiredText(kTransform);
    if (Find(kThenSql) == nullptr) return;
    route.then_sql = RequiredText(kThenSql);
    if (Find(kTransform) == nullptr) {
      Problem(kThenSql, fmt::format("{0} is over what a plug-in makes of the rows: it needs {1}",
                                    kThenSql, kTransform));
    }
  }

  void ReadInputs(Route& route) {
    const Json* const inputs = Find(kInputs);
    if (inputs == nullptr) return;
    if (!inputs->is_array()) return Problem(kInputs, Mistyped(kInputs, *inputs));
    if (inputs->size() > kInputsMax) {
      return Problem(kInputs, fmt::format("inputs has {} entries, and at most {} are read; name a "
                                          "prefix instead of many objects",
                                          inputs->size(), kInputsMax));
    }
    for (std::size_t i = 0; i < inputs->size(); ++i) {
      const std::string path = fmt::format("{}[{}]", kInputs, i);
      const Json& value = (*inputs)[i];
      if (!value.is_string()) {
        Problem(path, Mistyped(path, value));
      } else if (auto input = ParseInput(value.get_ref<const std::string&>())) {
        route.inputs.push_back(*std::move(input));
      } else {
        Problem(path, fmt::format("{} {}", path, input.error().message));
      }
    }
  }

  void ReadTypes(Route& route) {
    const Json* const types = Find(kTypes);
    if (types == nullptr) return;
    if (!types->is_object()) return Problem(kTypes, Mistyped(kTypes, *types));
    if (types->size() > kTypesMax) {
      return Problem(kTypes, fmt::format("types names {} columns, and at most {} are read",
                                         types->size(), kTypesMax));
    }
    std::map<std::string, std::string> spelled;  // by the name in lower case
    for (const auto& [column, value] : types->items()) {
      const std::string path = fmt::format("{}.{}", kTypes, column);
      const auto [twin, is_new] = spelled.emplace(records::LowerName(column), column);
      if (!is_new) {
        Problem(path, fmt::format("{} names the column of {}.{} again: names of columns differ by "
                                  "more than their case",
                                  path, kTypes, twin->second));
      }
      if (!value.is_string()) {
        Problem(path, Mistyped(path, value));
        continue;
      }
      const auto& text = value.get_ref<const std::string&>();
      if (const auto type = records::ParseValueType(text); !type) {
        Problem(path, fmt::format("{}: {}", path, type.error().message));
      }
      route.types.emplace(column, text);
    }
  }

  void ReadEncoding(Route& route) {
    route.encoding = Text(item_, kEncoding).value_or("");
    if (route.encoding.empty() || codec::NamesUtf8(route.encoding)) return;
    if (const auto known = codec::Transcoder::From(route.encoding); !known) {
      Problem(kEncoding, fmt::format("{}: {}", kEncoding, known.error().message));
    }
  }

  void ReadRejects(Route& route) {
    const std::string on_bad_rows = Text(item_, kOnBadRows).value_or(std::string(kFailFile));
    if (on_bad_rows == kRejectRows) {
      route.reject.emplace();
    } else if (on_bad_rows != kFailFile) {
      Problem(kOnBadRows, fmt::format("{} is {} or {}, not '{}'", kOnBadRows, kFailFile,
                                      kRejectRows, codec::ShortName(on_bad_rows)));
    }
    const Json* const max = Find(kRejectMax);
    const bool is_number = max != nullptr && max->is_number_integer();
    const auto text = is_number ? std::optional(max->dump()) : Text(item_, kRejectMax);
    if (!text) return;
    const auto limit = records::ParseRejectLimit(*text);
    if (!limit) {
      Problem(kRejectMax, limit.error().message);
    } else if (on_bad_rows == kFailFile) {
      Problem(kRejectMax, fmt::format("{} says how many bad rows may be put aside: it needs {}: {}",
                                      kRejectMax, kOnBadRows, kRejectRows));
    } else {
      route.reject = *limit;
    }
  }

  void ReadSchema(Route& route) {
    const auto text = Text(item_, kSchemaContract);
    if (!text) return;
    const auto* const contract = std::ranges::find(kContracts, *text);
    if (contract == kContracts.end()) {
      return Problem(kSchemaContract,
                     fmt::format("{} is freeze, evolve, evolve_with_widening or hold, not '{}'",
                                 kSchemaContract, codec::ShortName(*text)));
    }
    route.schema = static_cast<SchemaContract>(contract - kContracts.begin());
  }

  void ReadRescue(Route& route) {
    route.rescue = Text(item_, kRescue).value_or("");
    if (route.rescue.find('\0') == std::string::npos) return;
    Problem(kRescue,
            fmt::format("{} names a column with a NUL character, which none can have", kRescue));
  }

  void ReadEngine(Route& route) {
    const Json* const engine = Map(kEngine, kEngineAttributes);
    if (engine == nullptr) return;
    constexpr std::string_view kPath = "engine.memory_limit";
    if (const auto text = Text(*engine, kPath)) {
      const auto size_bytes = config::ParseByteSize(*text);
      if (!size_bytes) {
        Problem(kPath, fmt::format("{}: {}", kPath, size_bytes.error().message));
      } else if (*size_bytes == 0) {
        Problem(kPath, fmt::format("{} must be more than 0: '{}'", kPath, *text));
      } else {
        route.engine.memory_limit_bytes = *size_bytes;
      }
    }
    if (const auto threads = Number(*engine, "engine.threads", {.min = 1, .max = kThreadsMax})) {
      route.engine.threads = static_cast<int>(*threads);
    }
    if (const auto files =
            Number(*engine, "engine.group_files", {.min = 1, .max = kGroupFilesMax})) {
      route.engine.group_files = static_cast<int>(*files);
    }
    route.engine.timeout = Duration(*engine, "engine.timeout_ms", 1);
  }

  void ReadCommit(Route& route) {
    const Json* const commit = Map(kCommit, kCommitAttributes);
    if (commit != nullptr) route.commit_lag = Duration(*commit, "commit.lag_ms", 0);
  }

  std::optional<AfterLoad> ReadAfter(std::string_view name) {
    const auto text = Text(item_, name);
    if (!text) return std::nullopt;
    auto after = ParseAfterLoad(*text);
    if (after) return *std::move(after);
    Problem(name, fmt::format("{} {}", name, after.error().message));
    return std::nullopt;
  }

  void ReadUpdatedAt(Route& route) {
    route.updated_at = Text(item_, kUpdatedAt).value_or("");
    if (route.updated_at.empty()) return;
    if (!route.updated_at.ends_with('Z') || !aws::ParseIsoTime(route.updated_at)) {
      Problem(kUpdatedAt, fmt::format("{} must be a time in UTC such as 2026-11-24T12:00:00Z: '{}'",
                                      kUpdatedAt, route.updated_at));
    }
  }

  void Problem(std::string_view path, std::string message) {
    decoded_.problems.push_back({std::string(path), std::move(message)});
  }

  const Json& item_;
  DecodedRoute decoded_;
};

}  // namespace

DecodedRoute DecodeRoute(const Json& item) {
  if (!item.is_object()) {
    return {.partition_key = {},
            .route = {},
            .problems = {{"", "a route is a map of attributes, not " + ShownValue(item)}},
            .unknown = {}};
  }
  return Decoder(item).Decode();
}

Result<Route> RouteOf(const Json& item, const std::string& location) {
  DecodedRoute decoded = DecodeRoute(item);
  if (decoded.route) return *std::move(decoded.route);
  std::vector<std::string> reasons;
  for (const AttributeProblem& problem : decoded.problems) {
    reasons.push_back(fmt::format("{}: {}", location, problem.message));
  }
  return std::unexpected(
      WrongRoute(decoded.partition_key, fmt::to_string(fmt::join(reasons, "; "))));
}

void AddToListing(DecodedRoute decoded, const std::string& location, RouteListing& listing) {
  for (AttributeProblem& problem : decoded.problems) {
    listing.problems.push_back({decoded.partition_key, location, std::move(problem.message)});
  }
  for (AttributeProblem& unknown : decoded.unknown) {
    listing.notes.push_back({decoded.partition_key, location, std::move(unknown.message)});
  }
  if (decoded.route) listing.routes.push_back(*std::move(decoded.route));
}

Error WrongRoute(std::string_view key, std::string_view reasons) {
  return {Code::kInvalid, fmt::format("the route '{}' is wrong: {}", key, reasons)};
}

}  // namespace eider::routes
