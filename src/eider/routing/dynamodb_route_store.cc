// Items as routes.
#include "eider/routing/dynamodb_route_store.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/aws/dynamodb_table.h"
#include "eider/base/result.h"
#include "eider/codec/dynamodb_item.h"
#include "eider/routing/route.h"
#include "eider/routing/route_attributes.h"
#include "eider/routing/route_store.h"

namespace eider::routing {
namespace {

using codec::AttributeValue;
using codec::Json;

constexpr std::size_t kKeyBytesMax = 2'048;

std::vector<RouteAttribute> AttributesOf(const codec::Item& item) {
  using Kind = RouteAttribute::Kind;
  std::vector<RouteAttribute> attributes;
  for (const auto& [name, value] : item) {
    const Kind kind = value.kind == AttributeValue::Kind::kString    ? Kind::kText
                      : value.kind == AttributeValue::Kind::kBoolean ? Kind::kBoolean
                      : value.kind == AttributeValue::Kind::kNull    ? Kind::kNothing
                                                                     : Kind::kOther;
    attributes.push_back({name, kind, value.text, value.boolean, std::string(value.KindName())});
  }
  return attributes;
}

// DynamoDB holds no other key, so that none other can have a route.
bool CanBeKey(std::string_view key) {
  return !key.empty() && key.size() <= kKeyBytesMax &&
         AttributeValue::StringOrBinary(std::string(key)).kind == AttributeValue::Kind::kString;
}

class DynamoDbRouteStore final : public RouteStore {
 public:
  DynamoDbRouteStore(aws::JsonService& service, const std::string& table, const std::string& region)
      : table_(service, {table, region, "routing table", std::string(kPartitionKey)}) {}

  Result<std::optional<Route>> Find(std::string_view key) override {
    if (!CanBeKey(key)) return std::nullopt;
    EIDER_ASSIGN(const auto item, table_.Get(key));
    if (!item) return std::nullopt;
    EIDER_ASSIGN(Route route, RouteOf(AttributesOf(*item), Name()));
    return route;
  }

  Result<RouteListing> List() override {
    RouteListing listing;
    EIDER_CHECK(table_.Scan({}, [&](const codec::Item& item) -> Status {
      AddToListing(AttributesOf(item), Name(), listing);
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

  // An update and not a put: what else people keep in the item stays.
  Status Put(const Route& route) override {
    if (!CanBeKey(route.partition_key)) {
      return Fail(Code::kInvalid, fmt::format("{}: a PartitionKey is UTF-8 of 1 to {} bytes: '{}'",
                                              Name(), kKeyBytesMax, route.partition_key));
    }
    Json values = {{":target_table", {{"S", route.target_table.ToString()}}},
                   {":query_sql", {{"S", route.query_sql}}}};
    std::string update = "SET target_table = :target_table, query_sql = :query_sql";
    if (route.create_table) {
      update += ", create_table = :create_table";
      values[":create_table"] = {{"BOOL", true}};
    } else {
      update += " REMOVE create_table";
    }
    const auto answer = table_.Invoke("UpdateItem", {{"Key", table_.KeyJson(route.partition_key)},
                                                     {"UpdateExpression", update},
                                                     {"ExpressionAttributeValues", values}});
    if (!answer) return std::unexpected(answer.error().error);
    return {};
  }

  Result<bool> Remove(std::string_view key) override {
    if (!CanBeKey(key)) return false;
    const auto answer =
        table_.Invoke("DeleteItem", {{"Key", table_.KeyJson(key)}, {"ReturnValues", "ALL_OLD"}});
    if (!answer) return std::unexpected(answer.error().error);
    return answer->contains("Attributes");
  }

  std::string Name() const override { return table_.label(); }

 private:
  aws::DynamoDbTable table_;
};

}  // namespace

std::unique_ptr<RouteStore> OpenDynamoDbRoutes(aws::JsonService& service, const std::string& table,
                                               const std::string& region) {
  return std::make_unique<DynamoDbRouteStore>(service, table, region);
}

}  // namespace eider::routing
