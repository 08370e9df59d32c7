// Sort terms as Spark's WRITE ORDERED BY has them.
#include "eider/iceberg/sort_term.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

using testing::HasSubstr;

Schema Orders() {
  return AssignFreshIds({.fields = {{.name = "id", .type = {.kind = TypeKind::kLong}},
                                    {.name = "ts", .type = {.kind = TypeKind::kTimestamp}}}});
}

Result<SortOrder> OrderOf(const std::vector<std::string>& texts) {
  std::vector<SortTerm> terms;
  for (const std::string& text : texts) {
    EIDER_ASSIGN(terms.emplace_back(), ParseSortTerm(text));
  }
  return MakeSortOrder(Orders(), terms);
}

TEST(SortTerm, NullsAreWhereSparkPutsThemUnlessItIsSaid) {
  const std::vector<std::pair<std::string, std::string>> written = {
      {"ts", "ts"},
      {"ts ASC", "ts"},
      {"ts desc", "ts desc"},
      {"ts asc nulls first", "ts"},
      {"ts desc NULLS LAST", "ts desc"},
      {"name asc nulls last", "name nulls last"},
      {"name nulls last", "name nulls last"},
      {"name  desc\nnulls  first", "name desc nulls first"},
      {"bucket(16, id) desc", "bucket(16, id) desc"},
      {"\"a b\" desc", "\"a b\" desc"},
      {"desc", "desc"},
  };
  for (const auto& [text, expected] : written) {
    const auto term = ParseSortTerm(text);
    ASSERT_TRUE(term) << text << ": " << term.error().message;
    EXPECT_EQ(ToString(*term), expected);
    EXPECT_EQ(ParseSortTerm(expected).value(), *term);
  }
}

TEST(SortTerm, ThatIsNoneIsRefused) {
  for (const char* text : {"", "ts down", "ts desc asc", "ts nulls", "ts nulls middle",
                           "ts nulls first last", "bucket(id)"}) {
    const auto term = ParseSortTerm(text);
    ASSERT_FALSE(term) << text;
    EXPECT_EQ(term.error().code, Code::kInvalid);
    EXPECT_THAT(term.error().message, HasSubstr("`" + std::string(text) + "`"));
  }
}

TEST(SortTerm, TermsBecomeTheFirstSortOrder) {
  const auto order = OrderOf({"bucket(4, id)", "ts desc", "id nulls last"});
  ASSERT_TRUE(order) << order.error().message;
  EXPECT_EQ(*order,
            (SortOrder{.order_id = 1,
                       .fields = {{1, "bucket[4]", SortDirection::kAscending, NullOrder::kFirst},
                                  {2, "identity", SortDirection::kDescending, NullOrder::kLast},
                                  {1, "identity", SortDirection::kAscending, NullOrder::kLast}}}));
  EXPECT_EQ(SortText(Orders(), *order), "bucket(4, id), ts desc, id nulls last");
}

TEST(SortTerm, NoTermIsTheUnsortedOrder) {
  EXPECT_EQ(OrderOf({}).value(), SortOrder{});
  EXPECT_EQ(SortText(Orders(), {}), "unsorted");
}

TEST(SortTerm, ForeignOrdersAreShownAsFarAsTheyAreKnown) {
  EXPECT_EQ(
      SortText(Orders(), {.order_id = 2, .fields = {{.source_id = 1, .transform = "zorder"}}}),
      "zorder(id)");
  EXPECT_EQ(SortText(Orders(), {.order_id = 2, .unreadable = {{"order-id", 2}}}),
            "an order that Eider does not know");
}

TEST(SortTerm, OfAWrongColumnOrTwiceIsRefused) {
  EXPECT_THAT(OrderOf({"tz"}).error().message, HasSubstr("did you mean `ts`?"));
  EXPECT_THAT(OrderOf({"day(id)"}).error().message, HasSubstr("column `id` is of type long"));
  EXPECT_THAT(OrderOf({"id", "id desc"}).error().message,
              HasSubstr("the table is sorted by `id` already"));
}

}  // namespace
}  // namespace eider::iceberg
