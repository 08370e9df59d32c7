// Which parts of a file are planned, given its routes today and what earlier loads have done.
#include "eider/pipeline/plan_parts.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_phases.h"
#include "eider/routing/router.h"

namespace eider::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Values = std::vector<routing::ColumnValue>;

routing::RoutedPart Routed(std::string key, Values values) {
  routing::RoutedPart part;
  part.route.partition_key = std::move(key);
  part.route.target_table = {{"bronze"}, "orders"};
  part.values = std::move(values);
  return part;
}

routing::RoutedFile ByColumn(std::vector<routing::RoutedPart> parts) {
  routing::RoutedFile routed;
  routed.strategy = "column:kind";
  routed.column = "kind";
  routed.parts = std::move(parts);
  return routed;
}

ledger::PartRecord Loaded(std::string key, Values values) {
  ledger::PartRecord part;
  part.route = std::move(key);
  part.values = std::move(values);
  part.target_table = "bronze.orders";
  part.is_loaded = true;
  return part;
}

const std::string kToken = "0123456789abcdef0123456789abcdef";

Plan Planned(const routing::RoutedFile& routed, std::vector<ledger::PartRecord> before = {}) {
  auto planned = PlanParts(routed, kToken, std::move(before));
  if (planned && std::holds_alternative<Plan>(*planned)) return std::get<Plan>(*planned);
  ADD_FAILURE() << "no plan";
  return {};
}

TEST(PlanParts, WholeFileIsOnePartUnderTheFilesToken) {
  routing::RoutedFile routed;
  routed.parts = {Routed("src-a", {})};
  const Plan plan = Planned(routed);
  ASSERT_THAT(plan.parts, SizeIs(1));
  EXPECT_FALSE(plan.is_fan_out());
  EXPECT_EQ(plan.parts[0].commit_token, kToken);
}

TEST(PlanParts, EveryPartHasATokenOfItsOwn) {
  const Plan plan = Planned(ByColumn({Routed("a", {"a"}), Routed("*", {"x", std::nullopt})}));
  ASSERT_THAT(plan.parts, SizeIs(2));
  EXPECT_NE(plan.parts[0].commit_token, plan.parts[1].commit_token);
  EXPECT_NE(plan.parts[0].commit_token, kToken);
  EXPECT_EQ(plan.parts[0].commit_token, ledger::PartToken(kToken, "a", Values{"a"}));
}

TEST(PlanParts, OnePartByColumnIsAFanOutToo) {
  const Plan plan = Planned(ByColumn({Routed("a", {"a"})}));
  EXPECT_TRUE(plan.is_fan_out());
  EXPECT_NE(plan.parts.at(0).commit_token, kToken);
}

TEST(PlanParts, ValuesThatAreInAreNotPlannedAgain) {
  const Plan plan =
      Planned(ByColumn({Routed("a", {"a"}), Routed("b", {"b"})}), {Loaded("a", {"a"})});
  ASSERT_THAT(plan.parts, SizeIs(1));
  EXPECT_EQ(plan.parts[0].route.partition_key, "b");
}

// The default route took x and null; since then x got a route of its own.
TEST(PlanParts, ARouteAddedMeanwhileGetsNothingThatIsInElsewhere) {
  const Plan plan = Planned(ByColumn({Routed("x", {"x"}), Routed("*", {"y", std::nullopt})}),
                            {Loaded("*", {"x", std::nullopt})});
  ASSERT_THAT(plan.parts, SizeIs(1));
  EXPECT_EQ(plan.parts[0].route.partition_key, "*");
  EXPECT_THAT(plan.parts[0].values, ElementsAre(routing::ColumnValue("y")));
  EXPECT_NE(plan.parts[0].commit_token,
            ledger::PartToken(kToken, "*", plan.parts_before.at(0).values));
}

TEST(PlanParts, NothingIsLeftWhenAllValuesAreIn) {
  const Plan plan = Planned(ByColumn({Routed("a", {"a"}), Routed("b", {"b"})}),
                            {Loaded("a", {"a"}), Loaded("b", {"b"})});
  EXPECT_THAT(plan.parts, IsEmpty());
  EXPECT_THAT(plan.parts_before, SizeIs(2));
}

TEST(PlanParts, RefusesToLoadAWholeFileOfWhichPartsAreIn) {
  routing::RoutedFile routed;
  routed.parts = {Routed("src-a", {})};
  const auto planned = PlanParts(routed, kToken, {Loaded("a", {"a"})});
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, Code::kInvalid);
  EXPECT_THAT(planned.error().message, HasSubstr("bronze.orders"));
  EXPECT_THAT(planned.error().message, HasSubstr("routing.strategies"));
}

TEST(PlanParts, SkipsAFileThatRoutingSkips) {
  const auto planned = PlanParts({}, kToken, {});
  ASSERT_TRUE(planned);
  ASSERT_TRUE(std::holds_alternative<Skipped>(*planned));
  EXPECT_THAT(std::get<Skipped>(*planned).why, HasSubstr("routing.unrouted"));
}

TEST(PlanParts, SaysWhichRoutesHoldTheFile) {
  auto off = Routed("b", {"b"});
  off.route.enabled = false;
  const Plan plan = Planned(ByColumn({Routed("a", {"a"}), off}));
  EXPECT_THAT(plan.parts, SizeIs(2));
  EXPECT_THAT(HoldReason(plan), HasSubstr("'b'"));
  EXPECT_THAT(HoldReason(plan), HasSubstr("--held"));
  EXPECT_EQ(HoldReason(Planned(ByColumn({Routed("a", {"a"})}))), "");
}

}  // namespace
}  // namespace eider::pipeline
