// Files whose rows go to several routes by the values of a column.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/iceberg/table_name.h"
#include "eider/routes/route.h"
#include "eider/routes/testing/counting_route_store.h"
#include "eider/routing/file_facts.h"
#include "eider/routing/router.h"
#include "eider/routing/strategy.h"
#include "eider/routing/testing/memory_file_facts.h"

namespace eider::routing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const ColumnValue kNull = std::nullopt;

class RouterColumnTest : public ::testing::Test {
 protected:
  RouterColumnTest() { options_.strategies = Strategies({"column:country"}); }

  static std::vector<Strategy> Strategies(const std::vector<std::string>& texts) {
    return ParseStrategies(texts).value();
  }

  static routes::RouteListing Routes(const std::vector<std::string>& keys) {
    routes::RouteListing listing;
    for (const std::string& key : keys) {
      routes::Route route;
      route.partition_key = key;
      route.target_table = {{"bronze"}, "to:" + key};
      route.query_sql = "SELECT * FROM '{s3_input_path}'";
      listing.routes.push_back(std::move(route));
    }
    return listing;
  }

  // Routes the file with these values of `country`, once.
  Result<RoutedFile> RouteBy(std::vector<ColumnValue> values, routes::RouteListing listing) {
    store_.emplace(std::move(listing));
    facts_.columns = {{"country", std::move(values)}};
    return Router(*store_, std::move(options_)).FindRoutes(facts_);
  }

  Result<RoutedFile> RouteBy(std::vector<ColumnValue> values,
                             const std::vector<std::string>& keys) {
    return RouteBy(std::move(values), Routes(keys));
  }

  // "key: value value; key: value" of the parts.
  static std::string Parts(const Result<RoutedFile>& routed) {
    if (!routed) return routed.error().message;
    std::string text;
    for (const RoutedPart& part : routed->parts) {
      if (!text.empty()) text += "; ";
      text += part.route.partition_key + ":";
      for (const ColumnValue& value : part.values) text += " " + value.value_or("null");
    }
    return text;
  }

  RouterOptions options_;
  std::optional<routes::CountingRouteStore> store_;
  MemoryFileFacts facts_{"s3://src-a/x.parquet"};
};

TEST_F(RouterColumnTest, EachValueGoesByItsOwnRoute) {
  const auto routed = RouteBy({"at", "de", "fr"}, {"fr", "de", "at"});
  EXPECT_EQ(Parts(routed), "at: at; de: de; fr: fr");
  EXPECT_EQ(routed->strategy, "column:country");
  EXPECT_EQ(routed->column, "country");
  EXPECT_EQ(routed->parts[1].route.target_table.name, "to:de");
  EXPECT_EQ(store_->patterns, 0);
  EXPECT_EQ(store_->finds["*"], 0);
}

TEST_F(RouterColumnTest, ValuesOfOneRouteMakeOnePart) {
  EXPECT_EQ(Parts(RouteBy({"de-1", "de-2", "fr-1", "fr-2"}, {"de-*", "fr-*", "fr-2"})),
            "de-*: de-1 de-2; fr-*: fr-1; fr-2: fr-2");
}

TEST_F(RouterColumnTest, ValuesWithoutARouteGoToTheDefaultRoute) {
  const auto routed = RouteBy({"", "de", "xx", kNull}, {"de", "*"});
  EXPECT_EQ(Parts(routed), "*:  xx null; de: de");
  EXPECT_THAT(routed->parts.front().values, ElementsAre("", "xx", kNull));
  EXPECT_EQ(routed->strategy, "column:country");
}

TEST_F(RouterColumnTest, OneValueOfManyWithARouteWins) {
  options_.strategies = Strategies({"column:country", "bucket"});
  EXPECT_EQ(Parts(RouteBy({"a", "b", "de"}, {"de", "src-a", "*"})), "*: a b; de: de");
}

TEST_F(RouterColumnTest, ColumnWithoutARouteLeavesTheFileToOthers) {
  options_.strategies = Strategies({"column:country", "bucket"});
  const auto routed = RouteBy({"a", "b", kNull}, {"src-a", "*"});
  EXPECT_EQ(Parts(routed), "src-a:");
  EXPECT_EQ(routed->strategy, "bucket");
  EXPECT_EQ(routed->column, "");
  EXPECT_THAT(routed->parts.front().values, IsEmpty());
}

TEST_F(RouterColumnTest, ExactRouteOfALaterStrategyComesBeforeAPatternOfValues) {
  options_.strategies = Strategies({"column:country", "bucket"});
  EXPECT_EQ(Parts(RouteBy({"de", "fr"}, {"d*", "src-a"})), "src-a:");
}

TEST_F(RouterColumnTest, PatternOfAValueComesBeforePatternsOfLaterStrategies) {
  options_.strategies = Strategies({"column:country", "bucket"});
  EXPECT_EQ(Parts(RouteBy({"de", "fr"}, {"d*", "src-*", "*"})), "*: fr; d*: de");
}

TEST_F(RouterColumnTest, FileWithoutRowsOrValuesHasNoKey) {
  for (const auto& [values, reason] : std::vector<std::pair<std::vector<ColumnValue>, std::string>>{
           {{}, "gives no key, the file has no rows"},
           {{kNull}, "gives no key, no row has a value"},
           {{"", kNull}, "gives no key, no row has a value"}}) {
    options_.strategies = Strategies({"column:country", "bucket"});
    const auto routed = RouteBy(values, {"src-a"});
    EXPECT_EQ(Parts(routed), "src-a:");
    EXPECT_EQ(routed->steps.front().text, reason);
  }
}

TEST_F(RouterColumnTest, StepsTellHowFarTheValuesWent) {
  EXPECT_THAT(RouteBy({"de", "xx", kNull}, {"de", "*"})->steps,
              ElementsAre(RouteStep{"column:country", "gives 'de', 'xx', null; 1 of 3 with a route",
                                    true}));
  std::vector<ColumnValue> many;
  for (int i = 10; i < 25; ++i) many.emplace_back(std::to_string(i));
  options_.strategies = Strategies({"column:country"});
  EXPECT_EQ(RouteBy(many, {"*"})->steps.front(),
            (RouteStep{"column:country",
                       "gives '10', '11', '12', '13', '14', '15', '16', '17', '18', '19' and 5 "
                       "more; none with a route"}));
}

TEST_F(RouterColumnTest, UnroutedValuesFailTheFileWhereThereIsNoDefaultRoute) {
  const auto routed = RouteBy({"de", "xx", kNull}, {"de"});
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kNotFound);
  EXPECT_EQ(routed.error().message,
            "no route for 2 values of column country ('xx', null); add a route for each by its "
            "PartitionKey, or add the default route '*', or set routing.unrouted_values to "
            "reject: s3://src-a/x.parquet");
}

TEST_F(RouterColumnTest, UnroutedValuesFailTheFileWhereConfigured) {
  options_.unrouted_values = UnroutedValues::kFail;
  const auto routed = RouteBy({"de", "xx"}, {"de", "*"});
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kNotFound);
  EXPECT_EQ(routed.error().message,
            "no route for a value of column country ('xx'); add a route for each by its "
            "PartitionKey, or set routing.unrouted_values to default or reject: "
            "s3://src-a/x.parquet");
  EXPECT_EQ(store_->finds["*"], 0);
}

TEST_F(RouterColumnTest, NullIsNotToldToAddARouteForItself) {
  options_.unrouted_values = UnroutedValues::kFail;
  const auto routed = RouteBy({"de", kNull}, {"de"});
  ASSERT_FALSE(routed);
  EXPECT_THAT(routed.error().message, AllOf(HasSubstr("(null); set routing.unrouted_values"),
                                            Not(HasSubstr("PartitionKey"))));
}

TEST_F(RouterColumnTest, AtMostTenUnroutedValuesAreNamed) {
  options_.unrouted_values = UnroutedValues::kFail;
  std::vector<ColumnValue> values = {"de"};
  for (int i = 10; i < 30; ++i) values.emplace_back("x" + std::to_string(i));
  const auto routed = RouteBy(values, {"de"});
  ASSERT_FALSE(routed);
  EXPECT_THAT(routed.error().message,
              AllOf(HasSubstr("20 values"), HasSubstr("'x19' and 10 more"), Not(HasSubstr("x20"))));
}

TEST_F(RouterColumnTest, UnroutedValuesBecomeRejects) {
  options_.unrouted_values = UnroutedValues::kReject;
  options_.rejects_table = iceberg::TableName{{"ops"}, "rejects"};
  const auto routed = RouteBy({"", "de", "xx", kNull}, {"de", "*"});
  EXPECT_EQ(Parts(routed), "(rejects):  xx null; de: de");
  const routes::Route& rejects = routed->parts.front().route;
  EXPECT_EQ(rejects.target_table.ToString(), "ops.rejects");
  EXPECT_THAT(rejects.query_sql, HasSubstr("\"country\""));
  EXPECT_EQ(store_->finds["*"], 0);
}

TEST_F(RouterColumnTest, RejectsWithoutATableNameTheSetting) {
  options_.unrouted_values = UnroutedValues::kReject;
  const auto routed = RouteBy({"de", "xx"}, {"de"});
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kInvalid);
  EXPECT_THAT(routed.error().message, HasSubstr("set routing.rejects_table"));
}

TEST_F(RouterColumnTest, RouteNamedLikeTheRejectsIsToldSo) {
  options_.unrouted_values = UnroutedValues::kReject;
  options_.rejects_table = iceberg::TableName{{"ops"}, "rejects"};
  const auto routed = RouteBy({"(rejects)", "xx"}, {"(rejects)"});
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kInvalid);
  EXPECT_THAT(routed.error().message, HasSubstr("give it another: '(rejects)'"));
}

TEST_F(RouterColumnTest, WrongOrAmbiguousRouteOfAnyValueFailsTheFile) {
  routes::RouteListing wrong = Routes({"de"});
  wrong.problems = {{"fr", "r.yaml:3", "no SQL"}};
  EXPECT_THAT(Parts(RouteBy({"de", "fr"}, std::move(wrong))), HasSubstr("r.yaml:3: no SQL"));
  options_.strategies = Strategies({"column:country"});
  EXPECT_THAT(Parts(RouteBy({"de", "fr"}, {"de", "f*", "*r"})), HasSubstr("'*r' and 'f*'"));
}

TEST_F(RouterColumnTest, EachPartIsAppliedAsItsRouteSays) {
  routes::RouteListing listing = Routes({"de", "*"});
  routes::Route austria;
  austria.partition_key = "at";
  austria.same_as = "de";
  listing.routes.push_back(austria);
  const auto routed = RouteBy({"at", "de", "xx"}, std::move(listing));
  ASSERT_EQ(Parts(routed), "*: xx; at: at; de: de");
  EXPECT_EQ(routed->parts[1].route.target_table.name, "to:de");
}

TEST_F(RouterColumnTest, TooManyValuesFailTheFile) {
  options_.column_values_max = 2;
  const auto routed = RouteBy({"a", "b", "c"}, {"a", "*"});
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kInvalid);
  EXPECT_EQ(routed.error().message,
            "strategy column:country: column country has more than 2 values");
}

TEST_F(RouterColumnTest, UnroutedFileNamesItsValues) {
  const auto routed = RouteBy({"de", "fr"}, {"at"});
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().code, Code::kNotFound);
  EXPECT_EQ(routed.error().message,
            "no route (column:country gives 'de', 'fr'; none with a route; default gives '*', "
            "which has no route); add a route with PartitionKey 'de' or 'fr', or the default "
            "route '*', to the routing table: s3://src-a/x.parquet");
}

}  // namespace
}  // namespace eider::routing
