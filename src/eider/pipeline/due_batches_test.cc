// When the parts that wait for a commit are due.
#include "eider/pipeline/due_batches.h"

#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/pipeline/file_load.h"

namespace eider::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr TimePoint kNoon{Milliseconds(1'000'000)};

PartLoad PartFor(std::string table, std::optional<Milliseconds> lag = std::nullopt) {
  PartLoad part;
  part.route.target_table = {{"bronze"}, std::move(table)};
  part.route.commit_lag = lag;
  part.ready = kNoon;
  return part;
}

TEST(DueBatches, AFullBatchIsDue) {
  DueBatches batches(2);
  PartLoad first = PartFor("a");
  PartLoad other = PartFor("b");
  PartLoad second = PartFor("a");
  batches.Add({&first});
  batches.Add({&other});
  EXPECT_THAT(batches.TakeDue(kNoon), IsEmpty());
  batches.Add({&second});
  EXPECT_THAT(batches.TakeDue(kNoon), ElementsAre(ElementsAre(&first, &second)));
  EXPECT_THAT(batches.TakeDue(kNoon), IsEmpty());
  EXPECT_THAT(batches.TakeAll(), ElementsAre(ElementsAre(&other)));
}

TEST(DueBatches, ABatchIsDueWhenOnePartHasWaitedAsLongAsItsRouteLetsIt) {
  DueBatches batches(100);
  PartLoad patient = PartFor("a");
  PartLoad hurried = PartFor("a", Milliseconds(500));
  batches.Add({&patient});
  batches.Add({&hurried});
  EXPECT_THAT(batches.TakeDue(kNoon + Milliseconds(499)), IsEmpty());
  EXPECT_THAT(batches.TakeDue(kNoon + Milliseconds(500)),
              ElementsAre(UnorderedElementsAre(&patient, &hurried)));
}

TEST(DueBatches, APartWhoseRouteDoesNotSayWaitsForTenSeconds) {
  DueBatches batches(100);
  PartLoad part = PartFor("a");
  batches.Add({&part});
  EXPECT_THAT(batches.TakeDue(kNoon + Milliseconds(9'999)), IsEmpty());
  EXPECT_THAT(batches.TakeDue(kNoon + Milliseconds(10'000)), ElementsAre(ElementsAre(&part)));
}

TEST(DueBatches, PartsOfSeveralTablesStayTogether) {
  DueBatches batches(2);
  PartLoad first_a = PartFor("a");
  PartLoad first_b = PartFor("b");
  PartLoad alone = PartFor("a");
  PartLoad second_b = PartFor("b");
  PartLoad second_a = PartFor("a");
  batches.Add({&first_a, &first_b});
  batches.Add({&alone});
  EXPECT_THAT(batches.TakeDue(kNoon), IsEmpty());
  batches.Add({&second_b, &second_a});
  EXPECT_THAT(batches.TakeDue(kNoon),
              ElementsAre(ElementsAre(&first_a, &first_b, &second_b, &second_a)));
}

TEST(DueBatches, ALagOfZeroCommitsEachFileAlone) {
  DueBatches batches(100);
  PartLoad part = PartFor("a", Milliseconds(0));
  batches.Add({&part});
  EXPECT_THAT(batches.TakeDue(kNoon), SizeIs(1));
}

}  // namespace
}  // namespace eider::pipeline
