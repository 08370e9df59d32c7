// Which parts of a file are planned, given its routes today and what earlier loads have done.
#include "eider/pipeline/plan_parts.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_load.h"
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

FileLoad NewLoad(std::vector<ledger::PartRecord> parts_before = {}) {
  FileLoad load;
  load.claim.commit_token = "0123456789abcdef0123456789abcdef";
  load.parts_before = std::move(parts_before);
  return load;
}

TEST(PlanParts, WholeFileIsOnePartUnderTheFilesToken) {
  FileLoad load = NewLoad();
  routing::RoutedFile routed;
  routed.parts = {Routed("src-a", {})};
  ASSERT_TRUE(PlanParts(routed, load));
  ASSERT_THAT(load.parts, SizeIs(1));
  EXPECT_FALSE(load.is_fan_out());
  EXPECT_EQ(load.parts[0].commit_token, load.claim.commit_token);
  EXPECT_EQ(load.parts[0].file, &load);
}

TEST(PlanParts, EveryPartHasATokenOfItsOwn) {
  FileLoad load = NewLoad();
  ASSERT_TRUE(PlanParts(ByColumn({Routed("a", {"a"}), Routed("*", {"x", std::nullopt})}), load));
  ASSERT_THAT(load.parts, SizeIs(2));
  EXPECT_NE(load.parts[0].commit_token, load.parts[1].commit_token);
  EXPECT_NE(load.parts[0].commit_token, load.claim.commit_token);
  EXPECT_EQ(load.parts[0].commit_token,
            ledger::PartToken(load.claim.commit_token, "a", Values{"a"}));
}

TEST(PlanParts, OnePartByColumnIsAFanOutToo) {
  FileLoad load = NewLoad();
  ASSERT_TRUE(PlanParts(ByColumn({Routed("a", {"a"})}), load));
  EXPECT_TRUE(load.is_fan_out());
  EXPECT_NE(load.parts[0].commit_token, load.claim.commit_token);
}

TEST(PlanParts, ValuesThatAreInAreNotPlannedAgain) {
  FileLoad load = NewLoad({Loaded("a", {"a"})});
  ASSERT_TRUE(PlanParts(ByColumn({Routed("a", {"a"}), Routed("b", {"b"})}), load));
  ASSERT_THAT(load.parts, SizeIs(1));
  EXPECT_EQ(load.parts[0].route.partition_key, "b");
}

// The default route took x and null; since then x got a route of its own.
TEST(PlanParts, ARouteAddedMeanwhileGetsNothingThatIsInElsewhere) {
  FileLoad load = NewLoad({Loaded("*", {"x", std::nullopt})});
  ASSERT_TRUE(PlanParts(ByColumn({Routed("x", {"x"}), Routed("*", {"y", std::nullopt})}), load));
  ASSERT_THAT(load.parts, SizeIs(1));
  EXPECT_EQ(load.parts[0].route.partition_key, "*");
  EXPECT_THAT(load.parts[0].values, ElementsAre(routing::ColumnValue("y")));
  EXPECT_NE(load.parts[0].commit_token,
            ledger::PartToken(load.claim.commit_token, "*", load.parts_before[0].values));
}

TEST(PlanParts, NothingIsLeftWhenAllValuesAreIn) {
  FileLoad load = NewLoad({Loaded("a", {"a"}), Loaded("b", {"b"})});
  ASSERT_TRUE(PlanParts(ByColumn({Routed("a", {"a"}), Routed("b", {"b"})}), load));
  EXPECT_THAT(load.parts, IsEmpty());
  EXPECT_EQ(load.skip_reason, "");
}

TEST(PlanParts, RefusesToLoadAWholeFileOfWhichPartsAreIn) {
  FileLoad load = NewLoad({Loaded("a", {"a"})});
  routing::RoutedFile routed;
  routed.parts = {Routed("src-a", {})};
  const Status planned = PlanParts(routed, load);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().code, Code::kInvalid);
  EXPECT_THAT(planned.error().message, HasSubstr("bronze.orders"));
  EXPECT_THAT(planned.error().message, HasSubstr("routing.strategies"));
}

TEST(PlanParts, SkipsAFileThatRoutingSkips) {
  FileLoad load = NewLoad();
  ASSERT_TRUE(PlanParts({}, load));
  EXPECT_THAT(load.parts, IsEmpty());
  EXPECT_THAT(load.skip_reason, HasSubstr("routing.unrouted"));
}

TEST(PlanParts, SaysWhichRoutesHoldTheFile) {
  FileLoad load = NewLoad();
  auto off = Routed("b", {"b"});
  off.route.enabled = false;
  ASSERT_TRUE(PlanParts(ByColumn({Routed("a", {"a"}), off}), load));
  EXPECT_THAT(load.parts, SizeIs(2));
  EXPECT_THAT(load.hold_reason, HasSubstr("'b'"));
  EXPECT_THAT(load.hold_reason, HasSubstr("--held"));
}

}  // namespace
}  // namespace eider::pipeline
