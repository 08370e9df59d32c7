// What apply would write, and what a conditional write is held to.
#include "eider/routes/route_plan.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/routes/route_condition.h"
#include "eider/routes/testing/every_attribute.h"

namespace eider::routes {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = RouteChange::Kind;

Route Plain(const std::string& key) {
  return {.partition_key = key,
          .target_table = {{"bronze"}, "orders"},
          .query_sql = "FROM '{s3_input_path}'"};
}

// "+a", "~b", "-c".
std::vector<std::string> Told(const std::vector<RouteChange>& changes) {
  std::vector<std::string> told;
  for (const RouteChange& change : changes) {
    told.push_back((change.kind == Kind::kNew       ? "+"
                    : change.kind == Kind::kChanged ? "~"
                                                    : "-") +
                   change.key);
  }
  return told;
}

TEST(RoutePlan, TellsNewChangedAndRemovedInTheOrderOfWriting) {
  Route changed = Plain("b");
  changed.priority = 5;
  const RouteListing present{{Plain("a"), Plain("b"), Plain("c")}, {}};
  const std::vector<Route> wanted = {Plain("z"), changed, Plain("a")};
  EXPECT_THAT(Told(PlanRoutes(present, wanted, true)), ElementsAre("+z", "~b", "-c"));
  const auto without_prune = PlanRoutes(present, wanted, false);
  EXPECT_THAT(Told(without_prune), ElementsAre("+z", "~b"));
  ASSERT_EQ(without_prune[1].differences.size(), 1U);
  EXPECT_EQ(without_prune[1].differences[0].name, "priority");
  EXPECT_TRUE(without_prune[1].differences[0].before.is_null());
  EXPECT_EQ(without_prune[1].differences[0].after, 5);
}

TEST(RoutePlan, VersionAndTimeAreNoDifference) {
  Route stamped = Plain("a");
  stamped.version = 7;
  stamped.updated_at = "2026-11-24T12:00:00Z";
  EXPECT_THAT(PlanRoutes({{stamped}, {}}, std::vector<Route>{Plain("a")}, true), IsEmpty());
}

TEST(RoutePlan, WrongRoutesAreWrittenAnewOrRemoved) {
  const RouteListing present{{},
                             {{"w", "item", "no SQL"}, {"w", "item", "no table"}, {"v", "i", "?"}}};
  const auto changes = PlanRoutes(present, std::vector<Route>{Plain("w")}, true);
  EXPECT_THAT(Told(changes), ElementsAre("~w", "-v"));
  EXPECT_TRUE(changes[0].was_wrong);
  EXPECT_TRUE(changes[1].was_wrong);
  EXPECT_THAT(Told(PlanRoutes(present, std::vector<Route>{Plain("w")}, false)), ElementsAre("~w"));
}

TEST(RouteDiff, NamesEveryAttributeThatDiffers) {
  std::vector<std::string> names;
  for (const AttributeChange& change : DiffOf(Plain("k"), EveryAttribute("k"))) {
    names.push_back(change.name);
  }
  EXPECT_THAT(names,
              ElementsAre("target_table", "query_sql", "transform", "then_sql", "create_table",
                          "partition_by", "sort_by", "table_properties", "location", "enabled",
                          "inputs", "types", "encoding", "on_bad_rows", "reject_max", "schema",
                          "rescue", "lineage", "engine", "commit", "after_load", "after_failure",
                          "priority", "description", "owner"));
}

TEST(RouteCondition, HoldsWhereTheRouteIsWhatWasSeen) {
  Route first = Plain("k");
  EXPECT_TRUE(CheckCondition("k", {}, {.is_wrong = true}));
  EXPECT_TRUE(CheckCondition("k", {true, {}}, {}));
  Route described = first;
  described.description = "edited by hand";
  EXPECT_TRUE(CheckCondition("k", {true, first}, {.route = described}));
  first.version = 1;
  Route other_sql = first;
  other_sql.query_sql = "another";
  EXPECT_TRUE(CheckCondition("k", {true, first}, {.route = other_sql}));  // by its version
}

TEST(RouteCondition, ConflictSaysWhatHappenedAndTheWayOut) {
  Route seen = Plain("k");
  seen.version = 3;
  Route present = seen;
  present.version = 4;
  present.updated_at = "2026-11-24T12:00:00Z";
  present.owner = "ada";
  present.target_table.name = "customers";
  const auto message = [](const RouteCondition& condition, const PresentRoute& there) {
    const Status status = CheckCondition("k", condition, there);
    EXPECT_FALSE(status);
    return status ? "" : status.error().message;
  };
  EXPECT_THAT(message({true, seen}, {.route = present}),
              AllOf(HasSubstr("the route 'k' was changed: seen was version 3, now it is version 4, "
                              "of 2026-11-24T12:00:00Z, of the owner ada, with another "
                              "target_table, owner"),
                    HasSubstr("look at it again (`eider routes get`)")));
  EXPECT_THAT(message({true, seen}, {}), HasSubstr("'k' was removed"));
  EXPECT_THAT(message({true, {}}, {.route = seen}), HasSubstr("'k' was added (version 3)"));
  EXPECT_THAT(message({true, {}}, {.is_wrong = true}), HasSubstr("'k' is there now, and wrong"));
  EXPECT_EQ(CheckCondition("k", {true, {}}, {.route = seen}).error().code, Code::kConflict);
  // Removed and added again in between: the version is the same, the time is not.
  Route again = seen;
  again.updated_at = "2026-11-24T12:00:00Z";
  EXPECT_FALSE(CheckCondition("k", {true, seen}, {.route = again}));
  // Neither has a version.
  Route plain = Plain("k");
  Route other = plain;
  other.query_sql = "another";
  EXPECT_THAT(message({true, plain}, {.route = other}), HasSubstr("with another query_sql"));
}

}  // namespace
}  // namespace eider::routes
