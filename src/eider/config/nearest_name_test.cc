// Hints for misspelt names.
#include "eider/config/nearest_name.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace eider::config {
namespace {

// Distances by the definition of optimal string alignment, counted by hand.
TEST(NearestName, CountsEditsAndSwaps) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("abc", ""), 3);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
  EXPECT_EQ(EditDistance("warehuose", "warehouse"), 1);
  EXPECT_EQ(EditDistance("ca", "abc"), 3);
}

TEST(NearestName, NamesTheNearestOrAll) {
  const std::vector<std::string_view> names = {"PartitionKey", "target_table", "query_sql"};
  EXPECT_EQ(NearestName("target_tabel", names), "target_table");
  EXPECT_EQ(NameHint("partitionkey", names), "did you mean 'PartitionKey'?");
  EXPECT_EQ(NameHint("owner", names), "known are: PartitionKey, target_table, query_sql");
  EXPECT_EQ(NearestName(std::string(100'000, 'x'), names), "");
}

}  // namespace
}  // namespace eider::config
