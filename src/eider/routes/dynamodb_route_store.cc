// Items as routes.
#include "eider/routes/dynamodb_route_store.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/aws/dynamodb_table.h"
#include "eider/base/in_parallel.h"
#include "eider/base/result.h"
#include "eider/codec/dynamodb_item.h"
#include "eider/codec/json.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"
#include "eider/routes/route_condition.h"
#include "eider/routes/route_json.h"
#include "eider/routes/route_schema.h"
#include "eider/routes/route_store.h"

namespace eider::routes {
namespace {

using codec::AttributeValue;
using codec::Json;

constexpr std::size_t kKeyBytesMax = 2'048;
constexpr std::size_t kRequestsAtATime = 16;

// A number of up to 38 digits: exact where 64 bits hold it, and else not the whole number that any
// attribute wants.
Json NumberOf(const std::string& digits) {
  const char* const end = digits.data() + digits.size();
  std::int64_t number = 0;
  const auto [rest, failure] = std::from_chars(digits.data(), end, number);
  if (failure == std::errc() && rest == end) return number;
  return std::strtod(digits.c_str(), nullptr);
}

// As deep as DynamoDB's 32 levels.
Json ValueOf(const AttributeValue& value) {
  Json list = Json::array();
  switch (value.kind) {
    case AttributeValue::Kind::kString:
      return value.text;
    case AttributeValue::Kind::kNumber:
      return NumberOf(value.text);
    case AttributeValue::Kind::kBoolean:
      return value.boolean;
    case AttributeValue::Kind::kNull:
      return nullptr;
    case AttributeValue::Kind::kBinary:
      return Json::binary({value.text.begin(), value.text.end()});
    case AttributeValue::Kind::kMap: {
      Json map = Json::object();
      for (const auto& [name, element] : value.map) map[name] = ValueOf(element);
      return map;
    }
    case AttributeValue::Kind::kList:
      for (const AttributeValue& element : value.list) list.push_back(ValueOf(element));
      return list;
    case AttributeValue::Kind::kStringSet:
      return value.set;
    case AttributeValue::Kind::kNumberSet:
      for (const std::string& digits : value.set) list.push_back(NumberOf(digits));
      return list;
    case AttributeValue::Kind::kBinarySet:
      for (const std::string& bytes : value.set) {
        list.push_back(Json::binary({bytes.begin(), bytes.end()}));
      }
      return list;
  }
  return nullptr;
}

Json AttributesOf(const codec::Item& item) {
  Json attributes = Json::object();
  for (const auto& [name, value] : item) attributes[name] = ValueOf(value);
  return attributes;
}

// The other way: what a route's JSON has. Sets are never written: a list keeps the order.
AttributeValue AttributeOf(const Json& json) {
  if (json.is_string()) return AttributeValue::String(json.get<std::string>());
  if (json.is_boolean()) return AttributeValue::Boolean(json.get<bool>());
  if (json.is_number_integer()) return AttributeValue::Number(json.get<std::int64_t>());
  AttributeValue value{.kind = AttributeValue::Kind::kMap};
  if (json.is_array()) {
    value.kind = AttributeValue::Kind::kList;
    for (const Json& element : json) value.list.push_back(AttributeOf(element));
  } else {
    for (const auto& [name, element] : json.items()) value.map[name] = AttributeOf(element);
  }
  return value;
}

// Writes the names and values of an expression, because many an attribute's name is a word that
// DynamoDB reserves: `#owner = :owner`.
class Expression {
 public:
  std::string Name(std::string_view attribute) {
    std::string placeholder = fmt::format("#{}", attribute);
    names_[placeholder] = attribute;
    return placeholder;
  }

  // `prefix` tells apart what is written from what is compared with.
  std::string Value(std::string_view prefix, std::string_view attribute, const Json& value) {
    std::string placeholder = fmt::format(":{}{}", prefix, attribute);
    values_[placeholder] = AttributeOf(value);
    return placeholder;
  }

  void AddTo(Json& input) const {
    if (!names_.empty()) input["ExpressionAttributeNames"] = names_;
    if (!values_.empty()) input["ExpressionAttributeValues"] = codec::ItemJson(values_);
  }

 private:
  Json names_ = Json::object();
  codec::Item values_;
};

// Every attribute of a route that there is, set or removed.
std::string UpdateOf(const Route& route, Expression& expression) {
  const Json json = ToJson(route);
  std::vector<std::string> set;
  std::vector<std::string> removed;
  for (const std::string_view name : kAttributes) {
    if (name == kPartitionKey) continue;
    if (const auto value = json.find(name); value != json.end()) {
      set.push_back(
          fmt::format("{} = {}", expression.Name(name), expression.Value("", name, *value)));
    } else {
      removed.push_back(expression.Name(name));
    }
  }
  return fmt::format("SET {} REMOVE {}", fmt::join(set, ", "), fmt::join(removed, ", "));
}

// IsSameRoute as DynamoDB says it.
std::string ConditionOf(const std::optional<Route>& seen, Expression& expression) {
  if (!seen) return fmt::format("attribute_not_exists({})", expression.Name(kPartitionKey));
  const Json json = ToJson(*seen);
  const auto is_same = [&](std::string_view name) {
    const auto value = json.find(name);
    if (value == json.end()) return fmt::format("attribute_not_exists({})", expression.Name(name));
    return fmt::format("{} = {}", expression.Name(name), expression.Value("seen_", name, *value));
  };
  if (seen->version != 0) return fmt::format("{} AND {}", is_same(kVersion), is_same(kUpdatedAt));
  return fmt::format(
      "attribute_exists({}) AND (attribute_not_exists({}) OR {} = {}) AND {} AND {} "
      "AND {}",
      expression.Name(kPartitionKey), expression.Name(kVersion), expression.Name(kVersion),
      expression.Value("seen_", kVersion, 0), is_same(kTargetTable), is_same(kQuerySql),
      is_same(kSameAs));
}

// DynamoDB holds no other key, so that none other can have a route.
bool CanBeKey(std::string_view key) {
  return !key.empty() && key.size() <= kKeyBytesMax &&
         AttributeValue::StringOrBinary(std::string(key)).kind == AttributeValue::Kind::kString;
}

class DynamoDbRouteStore final : public RouteStore {
 public:
  DynamoDbRouteStore(aws::JsonService& service, const std::string& table, const std::string& region,
                     const std::stop_token& stop)
      : table_(service, {table, region, "routing table", std::string(kPartitionKey), stop}) {}

  Result<std::optional<Route>> Find(std::string_view key) override {
    if (!CanBeKey(key)) return std::nullopt;
    auto got = table_.Get(key);
    // The table has another key, and refuses every question: no route of it is wrong.
    if (!got && got.error().code == Code::kInvalid) {
      return Fail(Code::kUnsupported, std::move(got).error().message);
    }
    EIDER_ASSIGN(const auto item, std::move(got));
    if (!item) return std::nullopt;
    EIDER_ASSIGN(Route route, RouteOf(AttributesOf(*item), Name()));
    return route;
  }

  Result<RouteListing> List() override { return ScanFor({}); }

  // Reads the whole table too, but answers with the patterns alone.
  Result<RouteListing> Patterns() override {
    EIDER_ASSIGN(RouteListing listing,
                 ScanFor({{"FilterExpression", "contains(#key, :star)"},
                          {"ExpressionAttributeNames", {{"#key", kPartitionKey}}},
                          {"ExpressionAttributeValues", {{":star", {{"S", "*"}}}}}}));
    KeepPatterns(listing);
    return listing;
  }

  // An update and not a put: what else people keep in the item stays.
  Status Put(const Route& route, const RouteCondition& condition) override {
    if (!CanBeKey(route.partition_key)) {
      return Fail(Code::kInvalid, fmt::format("{}: a PartitionKey is UTF-8 of 1 to {} bytes: '{}'",
                                              Name(), kKeyBytesMax, route.partition_key));
    }
    Expression expression;
    Json input = {{"Key", table_.KeyJson(route.partition_key)},
                  {"UpdateExpression", UpdateOf(route, expression)}};
    if (condition.is_checked)
      input["ConditionExpression"] = ConditionOf(condition.seen, expression);
    expression.AddTo(input);
    const auto answer = table_.Invoke("UpdateItem", std::move(input));
    if (answer) return {};
    if (answer.error().error.code != Code::kConflict) return std::unexpected(answer.error().error);
    EIDER_ASSIGN(const PresentRoute present, Present(route.partition_key));
    // A repeated request meets what the first one wrote.
    if (present.route && ToJson(*present.route) == ToJson(route)) return {};
    EIDER_CHECK(CheckCondition(route.partition_key, condition, present));
    return std::unexpected(answer.error().error);
  }

  Status PutAll(std::span<const Route> routes) override {
    std::atomic<std::size_t> written = 0;
    std::mutex mutex;  // guards `first_error`
    std::optional<Error> first_error;
    std::atomic<bool> has_failed = false;
    InParallel(routes.size(), kRequestsAtATime, [&](std::size_t i) {
      if (has_failed) return;
      if (auto put = Put(routes[i], {})) {
        ++written;
      } else {
        const std::scoped_lock lock(mutex);
        has_failed = true;
        if (!first_error) first_error = std::move(put).error();
      }
    });
    if (first_error) return PartlyWritten(written, routes.size(), *first_error);
    return {};
  }

  Result<bool> Remove(std::string_view key, const RouteCondition& condition) override {
    if (!CanBeKey(key)) return false;
    Json input = {{"Key", table_.KeyJson(key)}, {"ReturnValues", "ALL_OLD"}};
    if (condition.is_checked) {
      Expression expression;
      input["ConditionExpression"] = ConditionOf(condition.seen, expression);
      expression.AddTo(input);
    }
    const auto answer = table_.Invoke("DeleteItem", std::move(input));
    if (answer) return answer->contains("Attributes");
    if (answer.error().error.code != Code::kConflict) return std::unexpected(answer.error().error);
    EIDER_ASSIGN(const PresentRoute present, Present(key));
    // A repeated request meets nothing any more.
    if (condition.seen && !present.route && !present.is_wrong) return true;
    EIDER_CHECK(CheckCondition(key, condition, present));
    return std::unexpected(answer.error().error);
  }

  std::string Name() const override { return table_.label(); }

 private:
  Result<RouteListing> ScanFor(const Json& filter) {
    const RouteSchema schema;
    RouteListing listing;
    EIDER_CHECK(table_.Scan(filter, [&](const codec::Item& item) -> Status {
      AddToListing(DecodeChecked(AttributesOf(item), schema), Name(), listing);
      return {};
    }));
    const auto by_key = [](const auto& left, const auto& right) {
      return left.partition_key < right.partition_key;
    };
    std::ranges::stable_sort(listing.routes, by_key);
    std::ranges::stable_sort(listing.problems, by_key);
    std::ranges::stable_sort(listing.notes, by_key);
    return listing;
  }

  Result<PresentRoute> Present(std::string_view key) {
    auto route = Find(key);
    if (route) return PresentRoute{.route = *std::move(route)};
    if (route.error().code == Code::kInvalid) return PresentRoute{.is_wrong = true};
    return std::unexpected(std::move(route).error());
  }

  aws::DynamoDbTable table_;
};

}  // namespace

std::unique_ptr<RouteStore> OpenDynamoDbRoutes(aws::JsonService& service, const std::string& table,
                                               const std::string& region,
                                               const std::stop_token& stop) {
  return std::make_unique<DynamoDbRouteStore>(service, table, region, stop);
}

}  // namespace eider::routes
